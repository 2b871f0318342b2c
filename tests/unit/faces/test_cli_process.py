"""The command as a process of its own: what it loads, and how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

SLOW = ("tensorflow", "keras", "keras_tuner", "librosa", "sklearn", "streamlit")

LOADED = f"""
import sys
from automl_edge.cli import main

def loaded():
    return [name for name in {SLOW!r} if name in sys.modules]

def run(*words):
    code = main(words)
    print("LOADED", words[0], code, *loaded(), file=sys.stderr)

run("--help")
assert "numpy" not in sys.modules, "help needs no numpy"
run("targets")
run("targets", "cortex-m4", "--json")
run("check", sys.argv[1])
run("profile", sys.argv[1] + "/no.tflite", "--target", "cortex-m4")
run("compile", sys.argv[1] + "/no.tflite", "--target", "cortex-m4", "--out", sys.argv[1] + "/lib")
"""


def test_help_targets_check_profile_and_compile_load_nothing_slow(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line.split() for line in done.stderr.splitlines() if line.startswith("LOADED")]
    assert said == [
        ["LOADED", "--help", "0"],
        ["LOADED", "targets", "0"],
        ["LOADED", "targets", "0"],
        ["LOADED", "check", "3"],
        ["LOADED", "profile", "6"],
        ["LOADED", "compile", "6"],
    ]
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end differently there")
def test_a_reader_that_leaves_is_no_failure() -> None:
    command = f"{sys.executable} -m automl_edge.cli targets --json | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")
