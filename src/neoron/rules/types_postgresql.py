"""What PostgreSQL does to the rows when a column's type changes, and what the values lose."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.rules.scene import VersionTuple
from neoron.sql.parts import DataType

_INTEGERS = ("smallint", "integer", "bigint")
_TEXTS = ("text", "varchar", "citext")
_TIMES = ("timestamp", "timestamptz", "time", "timetz", "interval")
_FREE = {("cidr", "inet"), ("integer", "oid"), ("oid", "integer"), ("xml", "text"), ("xml", "varchar"),
         ("text", "citext"), ("varchar", "citext"), ("citext", "text"), ("citext", "varchar")}  # fmt: skip
_LOSSY = {
    ("json", "jsonb"): "key order, duplicate keys and white space go", ("timestamp", "date"): "the time of day goes",
    ("timestamptz", "date"): "the time of day goes", ("timestamptz", "time"): "the date goes",
    ("timestamp", "time"): "the date goes", ("timestamptz", "timestamp"): "the time zone's meaning goes",
    ("double precision", "real"): "digits go", ("inet", "cidr"): "host bits do not fit",
    ("text", "boolean"): "anything but two values goes", ("integer", "boolean"): "all values but two go",
    ("bigint", "boolean"): "all values but two go", ("jsonb", "text[]"): "the structure goes",
}  # fmt: skip
_EXACT = ("numeric", "double precision", "real")
_SHORT = ("varchar", "char", "numeric", "smallint", "date", "boolean", "real", "time")


@dataclass(frozen=True, slots=True)
class TypeChange:
    """What happens: whether all rows are rewritten, and what the values lose (empty: nothing)."""

    rewrites: bool
    loss: str = ""


def type_change(
    old: DataType | None, new: DataType, version: VersionTuple, *, has_using: bool, is_utc: bool
) -> TypeChange:
    """Compare two types; an unknown old one is taken to be rewritten.

    Source: PostgreSQL manual, ALTER TABLE; measured on 10 to 18 by relfilenode.
    """
    if old is None:
        return TypeChange(True, _unknown_loss(new))
    if old.is_array != new.is_array:
        return TypeChange(True)
    if (old.name, old.arguments) == (new.name, new.arguments):
        return TypeChange(False)
    loss = _loss(old, new)
    is_free = _is_free(old, new, version, is_utc=is_utc) and not old.is_array
    # With USING the rows are rewritten even where the types would fit, unless it is a mere cast; be strict.
    return TypeChange(not is_free or (has_using and not _same_family(old, new)), loss)


def _same_family(old: DataType, new: DataType) -> bool:
    return old.name in _TEXTS and new.name in _TEXTS


def _unknown_loss(new: DataType) -> str:
    if new.name in _SHORT and (new.arguments or new.name not in ("varchar", "numeric", "time")):
        return f"what does not fit into {new.text} fails or is cut"
    return ""


def _is_free(old: DataType, new: DataType, version: VersionTuple, *, is_utc: bool) -> bool:
    pair = (old.name, new.name)
    if pair in _FREE:
        return not new.arguments
    if old.name in ("text", "varchar") and new.name in ("text", "varchar"):
        return not new.arguments or bool(old.arguments and old.arguments[0] <= new.arguments[0])
    if pair == ("numeric", "numeric"):
        return not new.arguments or _numeric_fits(old, new, same_scale=True)
    if old.name == new.name and (old.name in _TIMES or old.name in ("varbit", "bit varying")):
        return not new.arguments or bool(old.arguments and old.arguments[0] <= new.arguments[0])
    if set(pair) == {"timestamp", "timestamptz"}:
        return version >= (12,) and is_utc and not new.arguments
    return False


def _numeric_fits(old: DataType, new: DataType, *, same_scale: bool) -> bool:
    if not old.arguments:
        return False
    precision, scale = (*old.arguments, 0)[:2]
    new_precision, new_scale = (*new.arguments, 0)[:2]
    if same_scale and scale != new_scale:
        return False
    return new_scale >= scale and new_precision - new_scale >= precision - scale


def _loss(old: DataType, new: DataType) -> str:
    pair = (old.name, new.name)
    if pair in _LOSSY:
        return _LOSSY[pair]
    if old.name in (*_TEXTS, "char") and new.name in ("varchar", "char") and new.arguments:
        if old.arguments and old.arguments[0] <= new.arguments[0]:
            return ""
        return f"values longer than {new.arguments[0]} fail, or are cut by a USING"
    if old.name in _INTEGERS and new.name in _INTEGERS:
        is_smaller = _INTEGERS.index(new.name) < _INTEGERS.index(old.name)
        return f"values beyond {new.name} fail" if is_smaller else ""
    if old.name in _EXACT and new.name in _INTEGERS:
        return "decimals are rounded away"
    if pair == ("numeric", "numeric") and new.arguments and not _numeric_fits(old, new, same_scale=False):
        return f"digits beyond {new.text} are rounded away or fail"
    if old.name == "numeric" and new.name in ("double precision", "real"):
        return "exact decimals become approximate"
    if old.name in _INTEGERS and new.name == "real":
        return "large numbers become approximate"
    if old.name in _INTEGERS and new.name == "numeric" and new.arguments:
        return f"values beyond {new.text} fail"
    if old.name == new.name and new.arguments and (not old.arguments or old.arguments[0] > new.arguments[0]):
        return f"what does not fit into {new.text} is cut or fails"
    return ""
