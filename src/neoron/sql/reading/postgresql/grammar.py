"""PostgreSQL's own grammar: text -> syntax tree as dictionaries.

The library that postgast carries gives the tree as JSON. Its Python side would load protobuf and a class for each
node, which takes longer than parsing a thousand migrations; so only the library itself is loaded.
"""

from __future__ import annotations

import ctypes
import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Tree = dict[str, Any]
_LIBRARIES = ("libpg_query.so", "libpg_query.dylib", "pg_query.dll")
# The tree of a trigger function has one `}` too many for each variable that has no words.
_BROKEN = re.compile(r",\{\}\}")


class NotParsed(Exception):
    """Text that PostgreSQL's grammar refuses; offset counts characters from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class _Error(ctypes.Structure):
    _fields_ = (
        ("message", ctypes.c_char_p), ("function", ctypes.c_char_p), ("file", ctypes.c_char_p),
        ("line", ctypes.c_int), ("cursor", ctypes.c_int), ("context", ctypes.c_char_p),
    )  # fmt: skip


class _Parsed(ctypes.Structure):
    _fields_ = (("tree", ctypes.c_void_p), ("stderr", ctypes.c_char_p), ("error", ctypes.POINTER(_Error)))


class _Body(ctypes.Structure):
    _fields_ = (("tree", ctypes.c_void_p), ("error", ctypes.POINTER(_Error)))


def statements(text: str) -> list[Tree]:
    """The statements of a script: each a `stmt` with its `stmt_location` and `stmt_len` in bytes.

    Raises: NotParsed.
    """
    library = _library()
    result = library.pg_query_parse(_bytes(text))
    try:
        _refuse(result.error)
        found: list[Tree] = _json(ctypes.string_at(result.tree)).get("stmts", [])
        return found
    finally:
        library.pg_query_free_parse_result(result)


def routines(text: str) -> list[Tree]:
    """The PL/pgSQL bodies of one CREATE FUNCTION, CREATE PROCEDURE or DO.

    Raises: NotParsed.
    """
    library = _library()
    result = library.pg_query_parse_plpgsql(_bytes(text))
    try:
        _refuse(result.error)
        raw = ctypes.string_at(result.tree).decode()
        try:
            found: list[Tree] = json.loads(raw)
        except ValueError:
            found = _json(_BROKEN.sub(",{}", raw).encode())
        return found
    finally:
        library.pg_query_free_plpgsql_parse_result(result)


@cache
def _library() -> ctypes.CDLL:
    spec = find_spec("postgast")
    folder = Path(spec.origin or "").parent if spec else Path()
    path = next((folder / name for name in _LIBRARIES if (folder / name).is_file()), None)
    if path is None:
        raise ImportError("postgast is not installed with its library; pip install postgast")
    library = ctypes.CDLL(str(path))
    library.pg_query_parse.argtypes = library.pg_query_parse_plpgsql.argtypes = [ctypes.c_char_p]
    library.pg_query_parse.restype, library.pg_query_parse_plpgsql.restype = _Parsed, _Body
    library.pg_query_free_parse_result.argtypes = [_Parsed]
    library.pg_query_free_plpgsql_parse_result.argtypes = [_Body]
    return library


def _bytes(text: str) -> bytes:
    if "\0" in text:
        raise NotParsed("it holds a NUL character", text.index("\0"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotParsed("it holds half of a character", error.start) from None


def _refuse(error: Any) -> None:
    if error:
        told = error.contents
        raise NotParsed((told.message or b"").decode(errors="replace"), max(told.cursor - 1, 0))


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise NotParsed("its syntax tree is too deep or not readable") from None
