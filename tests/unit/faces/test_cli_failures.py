"""What goes wrong, in words and in JSON."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from automl_edge.cli import main
from automl_edge.errors import DataError
from automl_edge.report.results import Evaluation
from tests.command_line import Install, Screen


class TestFailures:
    @pytest.fixture
    def failing(self, install: Install) -> Callable[[BaseException], None]:
        def fail_with(problem: BaseException) -> None:
            def evaluate_run(*_: Path) -> Evaluation:
                raise problem

            install("tools", evaluate_run=evaluate_run)

        return fail_with

    def codes(self, capsys: Screen) -> tuple[int, str, dict[str, object]]:
        """Exit code, standard error, and the error as JSON."""
        code = main(["evaluate", "run", "new"])
        words = capsys.readouterr()
        assert words.out == ""
        assert main(["evaluate", "run", "new", "--json"]) == code
        error = json.loads(capsys.readouterr().out)["error"]
        assert error["code"] == code
        return code, words.err, error

    def test_an_error_for_users(self, failing: Callable[..., None], capsys: Screen) -> None:
        failing(DataError("no samples in new\x1b[2J", "Put some there."))
        code, words, error = self.codes(capsys)
        assert code == 3
        assert words == "automl-edge: no samples in new\\x1b[2J\n  Put some there.\n"
        assert (error["kind"], error["hint"]) == ("data", "Put some there.")

    def test_control_c(self, failing: Callable[..., None], capsys: Screen) -> None:
        failing(KeyboardInterrupt())
        code, words, error = self.codes(capsys)
        assert code == 130
        assert "interrupted" in words
        assert error["kind"] == "interrupted"

    def test_a_full_disk(self, failing: Callable[..., None], capsys: Screen) -> None:
        failing(OSError(28, "No space left on device", "/runs/a"))
        code, words, _ = self.codes(capsys)
        assert code == 7
        assert "the disk is full: /runs/a" in words

    def test_a_fault_of_ours(
        self,
        failing: Callable[..., None],
        capsys: Screen,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path))
        failing(ZeroDivisionError("division by zero\nand more"))
        code, words, error = self.codes(capsys)
        assert code == 1
        assert error["kind"] == "internal"
        assert "ZeroDivisionError: division by zero\n" in words
        assert "Traceback" not in words
        written = list(tmp_path.glob("traceback-*.txt"))
        assert written
        assert str(written[0]) in words
        assert "Traceback" in written[0].read_text("utf-8")
