"""The compiler's cache: built once, tidied, and complete."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path

import pytest

from automl_edge.device.toolchain import build_shared, run_compiler, tidy_cache, zig
from automl_edge.errors import EnvironmentProblem, TargetError

ADD = {"add.c": b"int add(int a, int b);\nint add(int a, int b) { return a + b; }\n"}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path))
    tidy_cache.cache_clear()
    return tmp_path


def test_a_library_is_built_once(cache: Path) -> None:
    library = build_shared(ADD)
    built = library.stat().st_ino
    assert ctypes.CDLL(str(library)).add(2, 3) == 5
    assert build_shared(ADD).stat().st_ino == built
    assert list(cache.iterdir()) == [library]


def test_a_missing_function_is_told_when_building(cache: Path) -> None:
    lacking = {"a.c": b"int gone(void);\nint add(void);\nint add(void) { return gone(); }\n"}
    with pytest.raises(EnvironmentProblem, match="gone"):
        build_shared(lacking)
    assert list(cache.iterdir()) == []


def test_a_core_that_the_compiler_does_not_know_is_told(tmp_path: Path) -> None:
    (tmp_path / "add.c").write_bytes(ADD["add.c"])
    arguments = ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m99", "-c", "add.c")
    with pytest.raises(TargetError, match="does not know the core 'cortex_m99'"):
        run_compiler(arguments, tmp_path, zig())


def test_what_was_used_longest_ago_goes_first(cache: Path) -> None:
    now = time.time()
    for age in range(5):
        (cache / f"{age}.so").write_bytes(b"")
        os.utime(cache / f"{age}.so", (now - age, now - age))
    (cache / "notes.txt").write_text("not ours to remove")
    abandoned = cache / "tmpabandoned"
    abandoned.mkdir()
    os.utime(abandoned, (now - 2e5, now - 2e5))

    assert tidy_cache(3) == 2

    assert {entry.name for entry in cache.iterdir()} == {"0.so", "1.so", "2.so", "notes.txt"}
