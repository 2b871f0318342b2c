"""Targets and spaces are found by name and by path, and refused in words."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from automl_edge import catalog
from automl_edge.costs import core_costs
from automl_edge.device.toolchain import run_compiler, zig
from automl_edge.domain.dataset import Modality
from automl_edge.domain.target import Budget
from automl_edge.errors import TargetError

CORES = (
    "cortex-m0plus",
    "cortex-m3",
    "cortex-m4",
    "cortex-m7",
    "cortex-m33",
    "esp32",
    "esp32-s3",
    "esp32-c3",
)
BOARDS = {
    "arduino-nano-33-ble-sense": "cortex-m4",
    "raspberry-pi-pico": "cortex-m0plus",
    "nucleo-l4r5zi": "cortex-m4",
    "nucleo-h743zi": "cortex-m7",
    "esp32-devkitc": "esp32",
    "esp32-s3-devkitc-1": "esp32-s3",
    "esp32-c3-devkitm-1": "esp32-c3",
}
PHONES = ("raspberry-pi-4", "android-phone", "iphone")


def write(folder: Path, text: str, name: str = "mine.toml") -> str:
    file = folder / name
    file.write_text(text)
    return str(file)


def test_every_target_that_was_promised_is_there() -> None:
    assert set(catalog.target_names()) == {*CORES, *BOARDS, *PHONES}


@pytest.mark.parametrize("name", [*CORES, *BOARDS, *PHONES])
def test_a_target_leaves_room_for_a_model_and_says_where_its_figures_come_from(name: str) -> None:
    target = catalog.load_target(name)
    budget = Budget.of(target)
    assert target.name == name
    assert budget.flash_bytes > 0
    assert budget.ram_bytes > 0
    assert target.latency_ms > 0
    assert all(len(source) > 3 and "without a source" not in source for _, source in target.sources)
    assert core_costs(target.core, target.kernels.value).kernels


def test_boards_keep_their_core_and_its_toolchain() -> None:
    for board, core in BOARDS.items():
        target = catalog.load_target(board)
        assert target.core == core
        assert target.toolchain == catalog.load_target(core).toolchain


def test_a_chip_may_say_what_it_costs_and_from_where(tmp_path: Path) -> None:
    chip = catalog.load_target("esp32-c3")
    assert chip.price == "1 to 2 $"
    assert "ESP32-C3" in dict(chip.sources)["price"]
    assert catalog.load_target("cortex-m3").price == ""
    own = tmp_path / "own.toml"
    own.write_text('inherits = "cortex-m4"\nprice = "a few cents"\n')
    assert catalog.load_target(str(own)).price == "a few cents"
    own.write_text('inherits = "cortex-m4"\nprice = 3\n')
    with pytest.raises(TargetError, match="price must be words"):
        catalog.load_target(str(own))


def test_the_figures_of_the_bare_cores_that_the_design_fixes() -> None:
    m4 = catalog.load_target("cortex-m4")
    assert (m4.clock_hz, m4.flash_bytes, m4.ram_bytes) == (80_000_000, 512 * 1024, 128 * 1024)
    assert Budget.of(m4) == Budget(384 * 1024, 96 * 1024, 200.0)
    assert Budget.of(catalog.load_target("cortex-m0plus")).ram_bytes == 24 * 1024


@pytest.mark.parametrize("name", ["cortex-m0plus", "cortex-m7", "cortex-m33", "esp32-c3"])
def test_zig_compiles_for_the_core(name: str, tmp_path: Path) -> None:
    chain = catalog.load_target(name).toolchain
    assert chain is not None
    (tmp_path / "one.c").write_text("int one(void);\nint one(void) { return 1; }\n")
    arguments = ["-target", chain.triple, f"-mcpu={chain.cpu}", "-c", "one.c", "-o", "one.o"]
    run_compiler(arguments, tmp_path, zig())
    assert (tmp_path / "one.o").read_bytes()[:4] == b"\x7fELF"


@pytest.mark.parametrize(("wrong", "right"), [("cortex-m44", "cortex-m4"), ("pico", "raspberry")])
def test_an_unknown_name_is_answered_with_a_valid_one(wrong: str, right: str) -> None:
    with pytest.raises(TargetError) as caught:
        catalog.load_target(wrong)
    assert wrong in caught.value.message
    assert right in caught.value.hint


def test_a_file_of_ones_own_inherits_by_name_and_by_path(tmp_path: Path) -> None:
    write(tmp_path, 'inherits = "cortex-m4"\nflash = "1 MiB"\nclock = "64 MHz"\n', "base.toml")
    path = write(tmp_path, 'inherits = "base.toml"\ntitle = "Mine"\nreserved_ram = "0"\n')
    target = catalog.load_target(path)
    assert (target.name, target.core, target.title) == ("mine", "cortex-m4", "Mine")
    assert (target.flash_bytes, target.clock_hz) == (1024**2, 64_000_000)
    assert Budget.of(target).ram_bytes == 128 * 1024
    assert dict(target.sources)["flash"] == "given in mine.toml without a source"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('inherits = "cortex-m4"\nflahs = "1 MiB"', "flash"),
        ('inherits = "cortex-m5"', "cortex-m"),
        ('inherits = "cortex-m4"\nflash = { valeu = "1 MiB" }', "value"),
        ('inherits = "cortex-m4"\nflash = "-4 KiB"', "flash"),
        ('inherits = "cortex-m4"\nclock = "0 MHz"', "clock"),
        ('inherits = "cortex-m4"\nclock = "80 MB"', "clock"),
        ('inherits = "cortex-m4"\nclock = true', "clock"),
        ('inherits = "cortex-m4"\nreserved_flash = "512 KiB"', "reserved_flash"),
        ('inherits = "cortex-m4"\nreserved_ram = "1 MiB"', "reserved_ram"),
        ('inherits = "cortex-m4"\ncycle_factor = 0', "cycle_factor"),
        ('inherits = "cortex-m4"\nlatency = "fast"', "latency"),
        ('inherits = "cortex-m4"\nkernels = "cmsis"', "portable"),
        ('inherits = "cortex-m4"\nexporters = ["tflight"]', "tflite"),
        ('inherits = "cortex-m4"\ntoolchain = { triple = "x", cpuu = "y" }', "cpu"),
        ('inherits = "mine.toml"', "itself"),
        ('title = "no core"', "inherits"),
        ("inherits = 3", "inherits"),
        ("flash = [", "TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        catalog.load_target(write(tmp_path, text))
    assert "mine.toml" in caught.value.message
    assert words in caught.value.message + caught.value.hint


def test_a_missing_file_and_a_folder_are_target_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.toml", tmp_path):
        with pytest.raises(TargetError):
            catalog.load_target(str(path))


def test_spaces_of_each_modality() -> None:
    names = {m: [space.NAME for space in catalog.spaces_for(m)] for m in Modality}
    assert names == {
        Modality.IMAGE: ["ds_cnn", "mobilenet_v1", "mobilenet_v2", "tiny_conv"],
        Modality.AUDIO: ["ds_cnn", "temporal_conv", "tiny_conv"],
        Modality.MOTION: ["motion_conv"],
    }


def test_spaces_that_start_from_weights_come_with_them_only() -> None:
    plain = catalog.spaces_for(Modality.IMAGE)
    more = catalog.spaces_for(Modality.IMAGE, {"mobilenet_v1"})
    assert [s.NAME for s in more if s not in plain] == ["mobilenet_v1_pretrained"]
    families = {s.NAME: catalog.pretrained_family(s) for s in more}
    assert families["mobilenet_v1_pretrained"] == "mobilenet_v1"
    assert families["tiny_conv"] is None
    assert catalog.spaces_for(Modality.AUDIO, {"mobilenet_v1"}) == catalog.spaces_for(
        Modality.AUDIO
    )


GOOD_SPACE = """
from automl_edge.domain.dataset import Modality
NAME = "mine"
MODALITIES = (Modality.AUDIO,)
def build(hp, task):
    return None
"""


def test_a_space_of_ones_own_is_loaded_by_path_and_leaves_no_trace(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD_SPACE, "mine.py")
    assert catalog.load_space(path).NAME == "mine"
    assert [file.name for file in tmp_path.iterdir()] == ["mine.py"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = (\n", "mine.py, line 1"),
        ("\n\nraise RuntimeError('late')", "mine.py, line 3: RuntimeError: late"),
        (GOOD_SPACE.replace("NAME", "NAM"), "no NAME"),
        (GOOD_SPACE.replace("MODALITIES", "MODES"), "no MODALITIES"),
        (GOOD_SPACE.replace("(Modality.AUDIO,)", "('audio',)"), "members of Modality"),
        (GOOD_SPACE.replace("def build", "def bild"), "no function build"),
        (GOOD_SPACE + "PRETRAINED = 'resnet'", "no family of pretrained weights 'resnet'"),
    ],
)
def test_a_broken_space_is_refused_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        catalog.load_space(write(tmp_path, text, "mine.py"))
    assert words in caught.value.message


def test_an_unknown_space_is_answered_with_a_valid_one() -> None:
    with pytest.raises(TargetError) as caught:
        catalog.load_space("ds-cnn")
    assert "ds_cnn" in caught.value.hint


def test_the_wheel_carries_targets_spaces_and_cost_tables() -> None:
    root = Path(catalog.__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["targets"] == "automl_edge/targets"
    assert included["search_spaces"] == "automl_edge/search_spaces"


def test_the_catalog_loads_no_framework() -> None:
    program = (
        "import sys, json; from automl_edge import catalog; "
        "from automl_edge.domain.dataset import Modality; "
        "[catalog.load_target(n) for n in catalog.target_names()]; "
        "[catalog.spaces_for(m) for m in Modality]; print(json.dumps(list(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"tensorflow", "keras", "keras_tuner", "librosa"}
