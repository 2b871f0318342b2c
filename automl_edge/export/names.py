"""Names and texts that go into C: symbols that are valid there, strings that stay intact."""

from __future__ import annotations

import re

from automl_edge.errors import UsageError

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_WORDS_OF_C = (
    "auto break case char const continue default do double else enum extern float for "
    "goto if inline int long register restrict return short signed sizeof static "
    "struct switch typedef union unsigned void volatile while alignas alignof and "
    "and_eq asm atomic bitand bitor bool catch char8_t char16_t char32_t class compl "
    "concept consteval constexpr constinit const_cast co_await co_return co_yield "
    "decltype delete dynamic_cast explicit export false friend mutable namespace new "
    "noexcept not not_eq nullptr operator or or_eq private protected public "
    "reinterpret_cast requires static_assert static_cast template this thread_local "
    "throw true try typeid typename using virtual wchar_t xor xor_eq main "
)
_KEYWORDS = frozenset(_WORDS_OF_C.split())
_C_HEADERS = """
assert complex ctype errno fenv float inttypes iso646 limits locale math memory new setjmp
signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string
tgmath threads time uchar unistd wchar wctype
"""
_HEADERS = frozenset(_C_HEADERS.split())
"""Headers of the C library, which ``src/<name>.h`` would hide on the include path."""


def check_symbol(name: str) -> str:
    """``name`` if it can start the library's C symbols; raises UsageError.

    It becomes ``<name>.h`` and ``<name>_classify``, so it is a C and C++ identifier of at
    most 40 characters that starts with a letter and is no word of the languages.
    """
    hint = f"Write --name {_suggestion(name)}, for example."
    if not _IDENTIFIER.fullmatch(name):
        raise UsageError(
            f"--name {name!r} cannot be a C name: letters, digits and underscores, a letter "
            "first, 40 characters at most",
            hint,
        )
    if name.lower() in _KEYWORDS:
        raise UsageError(f"--name {name!r} is a word of C or C++ itself", hint)
    if name.lower() in _HEADERS:
        raise UsageError(f"--name {name!r} would hide the C library's own <{name}.h>", hint)
    if name.lower() == "ae" or name.lower().startswith("ae_"):
        raise UsageError(f"--name {name!r} would collide with the runtime's files (ae_...)", hint)
    return name


def c_string(text: str) -> str:
    """``text`` as a C string literal in plain ASCII that every compiler reads the same way.

    Bytes outside printable ASCII, quotes, backslashes and question marks (trigraphs) are
    written as three-digit octal escapes of their UTF-8, which no following character can
    change the meaning of.
    """
    safe = (
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\?' else f"\\{byte:03o}"
        for byte in text.encode("utf-8", "replace")
    )
    return f'"{"".join(safe)}"'


def c_comment(text: str) -> str:
    """``text`` made fit for the inside of a C comment: one line, ASCII, not able to end it."""
    plain = text.encode("ascii", "replace").decode()
    return (
        re.sub(r"[^ -~]+", " ", plain).replace("*/", "* /").replace("/*", "/ *").replace("\\", "/")
    )


def _suggestion(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:30]
    taken = plain.lower() in _KEYWORDS or plain.lower().startswith("ae")
    return f"my_{plain or 'model'}" if taken or not plain[:1].isalpha() else plain
