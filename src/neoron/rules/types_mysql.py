"""What MySQL and MariaDB do to the rows when a column's type changes, and what the values lose."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neoron.rules.alter_cost import Habits, habits, table_option
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterType
from neoron.sql.parts import DataType

_INTEGER_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
_TEXT_BYTES = {"tinytext": 255, "text": 65_535, "mediumtext": 16_777_215, "longtext": 4_294_967_295}
_BLOB_BYTES = {"tinyblob": 255, "blob": 65_535, "mediumblob": 16_777_215, "longblob": 4_294_967_295}
_STRINGS = ("char", "varchar", *_TEXT_BYTES)
_BYTES = ("binary", "varbinary", *_BLOB_BYTES)
_TIMES = ("date", "datetime", "timestamp", "time", "year")
_LOSSY_TIMES = {
    ("datetime", "date"): "the time of day goes", ("timestamp", "date"): "the time of day goes",
    ("datetime", "time"): "the date goes", ("timestamp", "time"): "the date goes",
    ("datetime", "timestamp"): "what is not between 1970 and 2038 fails",
    ("date", "timestamp"): "what is not between 1970 and 2038 fails", ("date", "year"): "month and day go",
    ("datetime", "year"): "all but the year goes", ("date", "time"): "the date goes",
}  # fmt: skip
_CHARSET_BYTES = {"latin1": 1, "ascii": 1, "latin2": 1, "binary": 1, "cp1250": 1, "cp1251": 1, "cp1252": 1, "utf8": 3,
                  "utf8mb3": 3, "ucs2": 2, "utf16": 4, "utf32": 4, "gbk": 2, "big5": 2, "sjis": 2}  # fmt: skip
_EVERYTHING = ("utf8mb4", "utf16", "utf32", "gb18030")
_BASIC = ("utf8", "utf8mb3", "ucs2")
_SMALL = ("tinyint", "smallint", "mediumint", "char", "date", "year", "time", "float", "tinytext", "bit", "binary")


@dataclass(frozen=True, slots=True)
class TypeChange:
    """Whether the table is copied, and what the values lose (empty: nothing)."""

    copies: bool
    loss: str = ""


def changed_type(action: AlterType, scene: Scene) -> TypeChange:
    """What a MODIFY or CHANGE does to the values of its column; an unknown old type is taken to be copied."""
    known = habits(scene)
    before = scene.column(action.table, action.column)
    if before is None:
        return TypeChange(True, _unknown_loss(action.type))
    default = table_option(scene, action.table, "CHARSET") or known.charset
    old, new = (_with_charset(t, default, known) for t in (before.type, action.type))
    loss = _loss(old, new)
    if before.generated and action.restated and action.restated.generated:
        loss = ""
    return TypeChange(not _is_free(old, new, known), loss)


def loses_charset(old: str, new: str) -> bool:
    """Whether some character of one set is not in the other."""
    if not new or old == new or new in _EVERYTHING or new == "binary":
        return False
    if new in _BASIC:
        return old in _EVERYTHING or not old
    return old != "ascii"


def _with_charset(kind: DataType, default: str, known: Habits) -> DataType:
    if kind.name == "json" and known.json_is_text:
        return replace(kind, name="longtext", charset="utf8mb4", collation="json")
    if kind.name not in (*_STRINGS, "enum", "set"):
        return kind
    charset = kind.charset or (kind.collation.partition("_")[0] if kind.collation else "") or default
    arguments = kind.arguments or ((1,) if kind.name == "char" else ())
    return replace(kind, charset="utf8mb3" if charset == "utf8" else charset, arguments=arguments)


def _unknown_loss(new: DataType) -> str:
    is_short = new.name in _SMALL or (new.name in ("varchar", "varbinary") and new.arguments[:1] < (255,))
    return f"what does not fit into {new.text} fails or is cut" if is_short or new.name in ("enum", "set") else ""


def _bytes(kind: DataType) -> int:
    length = kind.arguments[0] if kind.arguments else 0
    return length * (_CHARSET_BYTES.get(kind.charset, 4) if kind.name in ("char", "varchar") else 1)


def _is_free(old: DataType, new: DataType, known: Habits) -> bool:
    if old.name != new.name or old.is_unsigned != new.is_unsigned:
        return False
    is_recollated = old.collation != new.collation and bool(old.collation or new.collation)
    if is_recollated and not known.recollates_at_once and bool(new.collation):
        return False
    if "json" in (old.collation, new.collation) and old.collation != new.collation:
        return False
    if old.name in ("enum", "set"):
        return new.labels[: len(old.labels)] == old.labels and _label_bytes(old) == _label_bytes(new)
    is_same_set = old.charset == new.charset or (
        known.widens_utf8_at_once and (old.charset, new.charset) == ("utf8mb3", "utf8mb4")
    )
    if old.name in ("varchar", "varbinary") and is_same_set and old.arguments <= new.arguments:
        before, after = _bytes(old), _bytes(new)
        return after <= 255 or before > 255 or before < known.short_varchar_bytes
    is_equal = old.arguments == new.arguments or (not old.arguments and new.arguments in ((0,), (10, 0), (10,)))
    return is_equal and old.charset == new.charset


def _label_bytes(kind: DataType) -> int:
    count = len(kind.labels)
    if kind.name == "enum":
        return 1 if count < 256 else 2
    return next(size for size in (1, 2, 3, 4, 8) if count <= size * 8 or size == 8)


def _range(kind: DataType) -> tuple[int, int]:
    bits = _INTEGER_BITS[kind.name]
    return (0, 2**bits - 1) if kind.is_unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _digits(kind: DataType) -> tuple[int, int]:
    """Digits before and behind the point of a DECIMAL."""
    precision, scale = (*(kind.arguments or (10, 0)), 0)[:2]
    return precision - scale, scale


def _loss(old: DataType, new: DataType) -> str:
    if old.name in ("enum", "set"):
        return _label_loss(old, new)
    if old.name in _INTEGER_BITS or old.name in ("decimal", "float", "double", "bit"):
        return _number_loss(old, new)
    if old.name in _STRINGS or old.name in _BYTES:
        return _string_loss(old, new)
    if old.name in _TIMES:
        return _time_loss(old, new)
    if old.name == "json" and new.name not in ("json", "longtext", "mediumtext", "longblob"):
        return f"documents that do not fit into {new.text} fail or are cut"
    return "" if old.name == new.name or new.name in ("longtext", "json") else f"what is no {new.text} fails or goes"


def _label_loss(old: DataType, new: DataType) -> str:
    gone = [label for label in old.labels if label not in new.labels]
    if new.name in ("enum", "set"):
        return f"rows with {', '.join(map(repr, gone[:3]))} fail, or are emptied" if gone else ""
    if new.name in _STRINGS:
        longest = max(map(len, old.labels), default=0) if old.name == "enum" else len(",".join(old.labels))
        return "" if _holds(new, longest) else f"labels longer than {new.text} fail or are cut"
    return "labels become their numbers"


def _holds(new: DataType, characters: int) -> bool:
    if new.name in ("char", "varchar"):
        return new.arguments[:1] >= (characters,)
    return _TEXT_BYTES.get(new.name, 0) >= characters


def _number_loss(old: DataType, new: DataType) -> str:
    if new.name in _INTEGER_BITS:
        if old.name in _INTEGER_BITS:
            (low, high), (new_low, new_high) = _range(old), _range(new)
            return "" if new_low <= low and high <= new_high else f"values beyond {new.text} fail or are cut"
        if old.name == "bit":
            return ""
        is_whole = old.name == "decimal" and not _digits(old)[1] and _digits(old)[0] < len(str(_range(new)[1]))
        return "" if is_whole else "decimals are rounded away"
    if new.name == "decimal":
        return _to_decimal(old, new)
    if new.name in ("float", "double"):
        is_exact = old.name in ("float", new.name) or (
            new.name == "double" and old.name in _INTEGER_BITS and old.name != "bigint"
        )
        return "" if is_exact else "numbers become approximate"
    if new.name in _STRINGS:
        width = 21 if old.name in _INTEGER_BITS else sum(_digits(old)) + 2 if old.name == "decimal" else 24
        width = min(width, len(str(_range(old)[0]))) if old.name in _INTEGER_BITS and not old.is_unsigned else width
        return "" if _holds(new, width) else f"numbers longer than {new.text} fail or are cut"
    return "" if old.name == new.name and old.arguments <= new.arguments else f"what is no {new.text} fails or goes"


def _to_decimal(old: DataType, new: DataType) -> str:
    before, behind = _digits(new)
    if old.name == "decimal":
        fits = before >= _digits(old)[0] and behind >= _digits(old)[1] and (old.is_unsigned or not new.is_unsigned)
        return "" if fits else f"digits beyond {new.text} are rounded away or fail"
    if old.name in _INTEGER_BITS:
        low, high = _range(old)
        fits = before >= len(str(high)) and (low >= 0 or not new.is_unsigned)
        return "" if fits else f"values beyond {new.text} fail"
    return f"digits beyond {new.text} are rounded away"


def _string_loss(old: DataType, new: DataType) -> str:
    is_text = old.name in _STRINGS
    if new.name not in _STRINGS and new.name not in _BYTES:
        return f"what is no {new.text} fails or goes"
    if not is_text and new.name in _STRINGS:
        return "bytes that are no text fail"
    if is_text and new.name in _STRINGS and loses_charset(old.charset, new.charset):
        return f"characters that {new.charset} does not have are lost"
    held, wanted = _capacity(new), _capacity(old)
    if old.name in ("char", "varchar") and new.name in ("char", "varchar"):
        held, wanted = new.arguments[0] if new.arguments else 0, old.arguments[0] if old.arguments else 0
    return "" if held >= wanted else f"values longer than {new.text} fail or are cut"


def _capacity(kind: DataType) -> int:
    return _TEXT_BYTES.get(kind.name) or _BLOB_BYTES.get(kind.name) or _bytes(kind)


def _time_loss(old: DataType, new: DataType) -> str:
    told = _LOSSY_TIMES.get((old.name, new.name))
    if told:
        return told
    if new.name in ("datetime", "timestamp", "time") and old.name != "date":
        finer = (old.arguments or (0,)) > (new.arguments or (0,))
        return "fractions of a second are rounded away" if finer else ""
    if new.name in _STRINGS:
        return "" if _holds(new, 26) else f"times longer than {new.text} are cut"
    return "" if new.name == old.name or old.name == "date" else f"what is no {new.text} fails or goes"
