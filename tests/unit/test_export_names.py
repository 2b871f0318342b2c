"""Any name and any label text ends up as C that means what the user wrote."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from automl_edge.device import toolchain
from automl_edge.errors import UsageError
from automl_edge.export.names import c_comment, c_string, check_symbol

STRANGE = (
    "plain",
    'say "hi"',
    "back\\slash\\n",
    "two\nlines\ttab",
    "what??!??/??)",
    "caf\u00e9 \U0001f600 9",
    "ends in octal \x01" + "7",
    "*/ int x; /*",
    "",
)


@pytest.mark.parametrize("name", ["kws", "model", "Wake_Word2", "a", "x" * 40])
def test_usable_names_are_kept(name: str) -> None:
    assert check_symbol(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "2x",
        "a-b",
        "a b",
        "na\u00efve",
        "int",
        "Class",
        "main",
        "_x",
        "x" * 41,
        "ae_x",
        "AE",
        "a\n",
    ],
)
def test_unusable_names_are_refused_with_a_usable_suggestion(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_symbol(name)
    suggestion = refused.value.hint.split("--name ")[1].split(",")[0]
    assert check_symbol(suggestion) == suggestion


def test_strings_come_back_from_the_compiler_byte_for_byte() -> None:
    table = ", ".join(c_string(text) for text in STRANGE)
    source = f"extern const char *const texts[];\nconst char *const texts[] = {{{table}}};\n"
    library = ctypes.CDLL(
        str(toolchain.build_shared({"texts.c": source.encode()}, ("-trigraphs",)))
    )
    texts = (ctypes.c_char_p * len(STRANGE)).in_dll(library, "texts")
    assert [text.decode() for text in texts if text is not None] == list(STRANGE)


def test_comments_cannot_be_ended_from_within(tmp_path: Path) -> None:
    comments = "".join(f"/* {c_comment(text)} */\n" for text in STRANGE)
    source = tmp_path / "comments.c"
    source.write_text(comments + "int x;\n", encoding="ascii")
    flags = ["-trigraphs", *toolchain.WARNINGS]
    toolchain.run_compiler([*flags, "-c", "comments.c", "-o", "comments.o"], tmp_path)
    assert (tmp_path / "comments.o").exists()


@pytest.mark.parametrize("name", ["string", "stdint", "Math"])
def test_a_name_that_would_hide_a_header_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="would hide"):
        check_symbol(name)
