"""``targets`` in words and in JSON."""

import json

from automl_edge.cli import main
from tests.command_line import Screen, answer


def test_targets_lists_what_ships(capsys: Screen) -> None:
    lines = answer(capsys, "targets").splitlines()
    assert lines[0].split()[:2] == ["name", "clock"]
    m4 = next(line for line in lines if line.startswith("cortex-m4 "))
    assert " ".join(m4.split()[1:11]) == "80 MHz 512.0 KiB 128.0 KiB 384.0 KiB + 96.0"
    found = json.loads(answer(capsys, "targets", "--json"))["targets"]
    assert len(found) == len(lines) - 1


def test_one_target_tells_each_figure_and_its_source(capsys: Screen) -> None:
    out = answer(capsys, "targets", "cortex-m4")
    found = json.loads(answer(capsys, "targets", "cortex-m4", "--json"))
    assert found["flash_bytes"] == 512 * 1024
    assert set(found["sources"]) >= {
        "clock",
        "flash",
        "ram",
        "cycle_factor",
        "cycle_factor_streamed",
    }
    assert all(text in out for text in found["sources"].values())


def test_an_unknown_target_names_the_nearest(capsys: Screen) -> None:
    assert main(["targets", "cortex-m44", "--json"]) == 4
    assert "cortex-m4" in json.loads(capsys.readouterr().out)["error"]["hint"]
