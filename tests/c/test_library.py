"""Exported libraries compile everywhere, pass their own self-test, and live side by side."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from automl_edge.device import toolchain
from automl_edge.export.tflm import tflm_bundle
from automl_edge.export.write import write_bundle
from tests.small_models import ORIGIN, library_for, model_for

KINDS = ("image", "audio", "motion", "tensor")


def units(folder: Path, *folders: str) -> list[str]:
    """All C files of some folders of an exported library."""
    return [str(file) for name in folders for file in sorted((folder / name).glob("*.c"))]


def run_program(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(path)], capture_output=True, text=True, check=False)


def build_program(compiler: list[str], sources: list[str], includes: list[Path], out: Path) -> None:
    search = [f"-I{folder}" for folder in includes]
    command = [*compiler, *toolchain.WARNINGS, *search, *sources, "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("kind", KINDS)
def test_the_self_test_passes_as_a_program(kind: str, tmp_path: Path) -> None:
    write_bundle(library_for(kind).bundle, tmp_path)
    zig = [*toolchain.zig(), "-O2", *toolchain.UBSAN]
    program = tmp_path / "selftest.out"
    build_program(zig, units(tmp_path, "src", "selftest"), [tmp_path / "src"], program)
    assert run_program(program).returncode == 0


@pytest.mark.parametrize("kind", ["motion", "tensor"])
def test_the_self_test_fails_with_other_weights(kind: str, tmp_path: Path) -> None:
    """A self-test that cannot fail proves nothing."""
    write_bundle(library_for(kind).bundle, tmp_path)
    other = library_for(kind, seed=6)
    write_bundle({"src/tiny_weights.c": other.bundle["src/tiny_weights.c"]}, tmp_path)
    program = tmp_path / "selftest.out"
    sources = units(tmp_path, "src", "selftest")
    build_program([*toolchain.zig(), "-O1"], sources, [tmp_path / "src"], program)
    assert run_program(program).returncode == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_classifies_the_first_golden_vector(kind: str, tmp_path: Path) -> None:
    library = library_for(kind)
    write_bundle(library.bundle, tmp_path)
    sources = [*units(tmp_path, "src", "example"), str(tmp_path / "selftest" / "tiny_golden.c")]
    includes = [tmp_path / "src", tmp_path / "selftest"]
    build_program([*toolchain.zig(), "-O1"], sources, includes, tmp_path / "example.out")
    shown = run_program(tmp_path / "example.out")
    assert shown.returncode == 0
    lines = shown.stdout.splitlines()
    assert len(lines) == (3 if kind == "tensor" else len(library.info.labels) + 1)
    if kind != "tensor":
        assert lines[-1].removesuffix(" (unsure)") in library.info.labels


def test_two_libraries_live_in_one_program(tmp_path: Path) -> None:
    """Names carry the symbol, so that linking both and calling both works, in C++ terms too."""
    for kind, symbol in (("audio", "word"), ("image", "scene")):
        write_bundle(library_for(kind, symbol).bundle, tmp_path / symbol)
    (tmp_path / "both.c").write_text(
        '#include "word_selftest.h"\n#include "scene_selftest.h"\n'
        "static word_context word;\nstatic scene_context scene;\n"
        "int main(void) { return word_selftest(&word) || scene_selftest(&scene); }\n"
    )
    objects: list[str] = []
    for symbol in ("word", "scene"):
        root = tmp_path / symbol
        sources = [u for u in units(root, "src", "selftest") if not u.endswith("selftest/main.c")]
        for source in sources:
            objects.append(str(tmp_path / f"{symbol}-{Path(source).stem}.o"))
            build_program([*toolchain.zig(), "-c"], [source], [root / "src"], Path(objects[-1]))
    includes = [
        tmp_path / symbol / part for symbol in ("word", "scene") for part in ("src", "selftest")
    ]
    program = tmp_path / "both.out"
    build_program(list(toolchain.zig()), [str(tmp_path / "both.c"), *objects], includes, program)
    assert run_program(program).returncode == 0


def test_headers_are_c_plus_plus_as_well(tmp_path: Path) -> None:
    for kind in KINDS:
        write_bundle(library_for(kind, f"my_{kind}").bundle, tmp_path / kind)
    lines = [f'#include "my_{kind}_selftest.h"\n' for kind in KINDS]
    (tmp_path / "all.cpp").write_text("".join(lines) + "int main() { return 0; }\n")
    includes = [tmp_path / kind / part for kind in KINDS for part in ("src", "selftest")]
    compiler = [*toolchain.zig()[:-1], "c++", "-Wall", "-Wextra", "-Werror", "-c"]
    search = [f"-I{folder}" for folder in includes]
    command = [*compiler, *search, str(tmp_path / "all.cpp"), "-o", str(tmp_path / "all.o")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_array_for_tflm_is_the_model(tmp_path: Path) -> None:
    model = model_for("motion")
    write_bundle(tflm_bundle(model, "tiny", ORIGIN), tmp_path)
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "tiny_model_data.h"\n'
        "int main(void)\n{\n"
        "    return fwrite(tiny_model_data, 1, TINY_MODEL_DATA_BYTES, stdout) == 0;\n}\n"
    )
    sources = [str(tmp_path / "main.c"), str(tmp_path / "tiny_model_data.c")]
    build_program([*toolchain.zig(), "-O0"], sources, [tmp_path], tmp_path / "main.out")
    written = subprocess.run([str(tmp_path / "main.out")], capture_output=True, check=True).stdout
    assert written == model == (tmp_path / "model.tflite").read_bytes()
    header = (tmp_path / "tiny_model_data.h").read_text()
    for name in ("AddConv2D", "AddMean", "AddFullyConnected", "AddSoftmax"):
        assert f"resolver.{name}();" in header


@pytest.mark.cross
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", ["-O0", "-O1", "-Os", "-O3"])
def test_gcc_for_the_chip_compiles_every_file_without_a_warning(
    kind: str, level: str, tmp_path: Path
) -> None:
    write_bundle(library_for(kind).bundle, tmp_path)
    for cpu in ("cortex-m0plus", "cortex-m4"):
        gcc = ["arm-none-eabi-gcc", level, f"-mcpu={cpu}", "-mthumb", "-c"]
        for source in units(tmp_path, "src", "selftest"):
            build_program(gcc, [source], [tmp_path / "src"], tmp_path / "one.o")


@pytest.mark.cross
@pytest.mark.parametrize("threshold", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["image", "audio"])
def test_a_threshold_at_the_end_of_the_scale_is_no_warning(
    kind: str, threshold: float, tmp_path: Path
) -> None:
    """gcc tells of comparisons that a score's type decides."""
    write_bundle(library_for(kind, threshold=threshold).bundle, tmp_path)
    gcc = ["gcc", "-Os", "-c"]
    build_program(gcc, [str(tmp_path / "src" / "tiny.c")], [tmp_path / "src"], tmp_path / "one.o")


@pytest.mark.cross
@pytest.mark.parametrize("kind", KINDS)
def test_the_system_compiler_finds_nothing_with_asan(kind: str, tmp_path: Path) -> None:
    write_bundle(library_for(kind).bundle, tmp_path)
    gcc = ["gcc", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    program = tmp_path / "selftest.out"
    build_program(gcc, units(tmp_path, "src", "selftest"), [tmp_path / "src"], program)
    done = run_program(program)
    assert (done.returncode, done.stderr) == (0, "")
