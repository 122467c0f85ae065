"""What SQL Server does to the rows when a column's type changes, and what the values lose."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.sql.parts import DataType

_INTEGERS = {"bit": 0, "tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_TEXTS = ("char", "varchar", "nchar", "nvarchar", "text", "ntext")
_BYTES = ("binary", "varbinary", "image", "rowversion")
_VARIABLE = ("varchar", "nvarchar", "varbinary")
_MODERN = {("text", "varchar"), ("ntext", "nvarchar"), ("image", "varbinary")}
_DATE_PARTS = {
    "date": "date", "time": "time", "datetime": "date time", "smalldatetime": "date minute", "datetime2": "date time",
    "datetimeoffset": "date time offset",
}  # fmt: skip
_DEFAULT_LENGTH, _MAX = 1, 1 << 31
_LOB = -1


@dataclass(frozen=True, slots=True)
class TypeChange:
    """What happens: whether all rows are written anew, and what the values lose (empty: nothing)."""

    rewrites: bool
    loss: str = ""


def type_change(old: DataType | None, new: DataType) -> TypeChange:
    """Compare two types; an unknown old one is taken to be rewritten.

    Source: Microsoft Learn, ALTER TABLE (Transact-SQL), ALTER COLUMN; Data type conversion (Database Engine);
    decimal and numeric (Transact-SQL), storage by precision.
    """
    if old is None or not old.name:
        return TypeChange(rewrites=True, loss=_unknown_loss(new))
    if _same(old, new):
        return TypeChange(rewrites=False)
    loss = _loss(old, new)
    return TypeChange(rewrites=bool(loss) or not _is_metadata(old, new), loss=loss)


def _same(old: DataType, new: DataType) -> bool:
    return old.name == new.name and (old.arguments == new.arguments or _sizes(old) == _sizes(new))


def _sizes(kind: DataType) -> tuple[int, ...]:
    if kind.name in _TEXTS or kind.name in _BYTES:
        return (_length(kind),)
    if kind.name == "decimal":
        return ((*kind.arguments, 0)[:2] if kind.arguments else (18, 0))  # fmt: skip
    if kind.name in ("datetime2", "time", "datetimeoffset"):
        return (kind.arguments or (7,))[:1]
    if kind.name == "float":
        return (24 if kind.arguments and kind.arguments[0] <= 24 else 53,)
    return kind.arguments


def _length(kind: DataType) -> int:
    if kind.name in ("text", "ntext", "image"):
        return _MAX
    length = kind.arguments[0] if kind.arguments else _DEFAULT_LENGTH
    return _MAX if length == _LOB else length


def _is_metadata(old: DataType, new: DataType) -> bool:
    """Whether the rows stay as they are."""
    if (old.name, new.name) in _MODERN:
        return _length(new) == _MAX
    if old.name == new.name and old.name in _VARIABLE:
        return _length(new) >= _length(old) and (_length(new) != _MAX or _length(old) == _MAX)
    if old.name == new.name == "decimal":
        (precision, scale), (new_precision, new_scale) = _sizes(old), _sizes(new)
        return scale == new_scale and _storage(precision) == _storage(new_precision)
    return False


def _storage(precision: int) -> int:
    return next(size for limit, size in ((9, 5), (19, 9), (28, 13), (99, 17)) if precision <= limit)


def _unknown_loss(new: DataType) -> str:
    is_long = new.name in (*_VARIABLE, "text", "ntext", "image", "xml", "sql_variant") and _length(new) == _MAX
    is_wide = new.name in ("bigint", "float", "datetimeoffset", "xml", "sql_variant", "")
    return "" if is_long or is_wide else f"what does not fit into {new.text} fails, or is cut or rounded"


def _loss(old: DataType, new: DataType) -> str:
    if new.name in _TEXTS:
        return _loss_into_text(old, new)
    if new.name in _DATE_PARTS:
        return _loss_into_time(old, new)
    if new.name in _INTEGERS:
        return _loss_into_integer(old, new)
    if new.name in ("decimal", "money", "smallmoney"):
        return _loss_into_decimal(old, new)
    if new.name in ("float", "real"):
        return _loss_into_float(old, new)
    if new.name in _BYTES and old.name in _BYTES:
        return f"values longer than {new.text} fail" if _length(new) < _length(old) else ""
    if new.name in ("uniqueidentifier", "xml", "json") and old.name in _TEXTS:
        return f"what is no {new.name} fails"
    return "" if new.name in ("sql_variant", "xml", "json", "hierarchyid", "geography", "geometry") else (
        f"what does not fit into {new.text} fails"
    )


def _loss_into_text(old: DataType, new: DataType) -> str:
    if old.name in _TEXTS:
        if old.name in ("nchar", "nvarchar", "ntext") and new.name in ("char", "varchar", "text"):
            return "characters that its code page lacks become ?"
        return f"values longer than {new.text} fail, or are cut" if _length(new) < _length(old) else ""
    if old.name in _INTEGERS:
        return f"numbers longer than {new.text} fail" if _length(new) <= _INTEGERS[old.name] else ""
    if old.name == "uniqueidentifier":
        return f"it does not fit into {new.text}" if _length(new) < 36 else ""
    if old.name in ("float", "real", "money", "smallmoney"):
        return "digits are rounded away"
    if old.name == "decimal":
        return f"numbers longer than {new.text} fail" if _length(new) < _sizes(old)[0] + 2 else ""
    if old.name in _BYTES:
        return "bytes are read as characters"
    return f"what does not fit into {new.text} is cut" if _length(new) < 34 and old.name != "xml" else (
        "" if _length(new) == _MAX or old.name != "xml" else "long documents fail"
    )


def _loss_into_time(old: DataType, new: DataType) -> str:
    parts = _DATE_PARTS.get(old.name)
    if parts is None:
        return f"what is no {new.name} fails"
    lost = set(parts.split()) - set(_DATE_PARTS[new.name].split()) - {"minute"}
    if "date" in lost:
        return "the date goes"
    if "time" in lost:
        return "the time of day goes" if new.name == "date" else "seconds go"
    if old.name == "smalldatetime":
        return "the time of day goes" if new.name == "date" else ""
    if "offset" in lost:
        return "the time zone's offset goes"
    if _fraction(new) < _fraction(old):
        return "fractions of a second are rounded away"
    return "dates before 1753 fail" if new.name == "datetime" and old.name in ("date", "datetime2") else ""


def _fraction(kind: DataType) -> int:
    if kind.name in ("datetime2", "time", "datetimeoffset"):
        return _sizes(kind)[0]
    return {"datetime": 3}.get(kind.name, 0)


def _loss_into_integer(old: DataType, new: DataType) -> str:
    if old.name in _INTEGERS:
        return f"values beyond {new.name} fail" if _INTEGERS[new.name] < _INTEGERS[old.name] else ""
    if old.name == "decimal":
        precision, scale = _sizes(old)
        if scale:
            return "decimals are cut off"
        return f"values beyond {new.name} fail" if precision >= _INTEGERS[new.name] else ""
    if old.name in ("float", "real", "money", "smallmoney"):
        return "decimals are cut off"
    return f"what is no {new.name} fails"


def _loss_into_decimal(old: DataType, new: DataType) -> str:
    precision, scale = {"money": (19, 4), "smallmoney": (10, 4)}.get(new.name, _sizes(new))
    known = {"money": (19, 4), "smallmoney": (10, 4)}.get(old.name)
    if old.name in _INTEGERS:
        known = (max(_INTEGERS[old.name], 1), 0)
    elif old.name == "decimal":
        known = (_sizes(old)[0], _sizes(old)[1])
    if known is None:
        return "digits are rounded away" if old.name in ("float", "real") else f"what is no {new.name} fails"
    if scale < known[1]:
        return f"decimals beyond {new.text} are rounded away"
    return f"values beyond {new.text} fail" if precision - scale < known[0] - known[1] else ""


def _loss_into_float(old: DataType, new: DataType) -> str:
    is_short = new.name == "real" or _sizes(new) == (24,)
    if old.name in ("float", "real"):
        return "digits are rounded away" if is_short and old.name == "float" and _sizes(old) != (24,) else ""
    if old.name in _INTEGERS:
        return "large numbers become approximate" if _INTEGERS[old.name] > (7 if is_short else 15) else ""
    if old.name in ("decimal", "money", "smallmoney"):
        return "exact decimals become approximate"
    return f"what is no {new.name} fails"
