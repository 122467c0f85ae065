"""What kind of value a type holds, whatever its size: programs that send another kind fail."""

from __future__ import annotations

from collections.abc import Mapping

from neoron.sql.parts import DataType

_KINDS: Mapping[str, str] = {
    "number": """tinyint,smallint,mediumint,int,integer,bigint,numeric,decimal,money,smallmoney,real,float,double,
        double precision,serial,bigserial,smallserial,oid""",
    "text": """text,varchar,nvarchar,char,nchar,ntext,citext,tinytext,mediumtext,longtext,name,enum,set,xml""",
    "time": "timestamp,timestamptz,datetime,datetime2,datetimeoffset,smalldatetime,date",
    "bytes": "bytea,binary,varbinary,blob,tinyblob,mediumblob,longblob,image",
    "json": "json,jsonb",
    "address": "inet,cidr",
    "truth": "boolean",
    "identifier": "uuid,uniqueidentifier",
}
_KIND_OF = {name.strip(): kind for kind, names in _KINDS.items() for name in names.split(",")}


def is_other_kind(old: DataType, new: DataType) -> bool:
    """Whether values of the old type are of another kind than those of the new; of unknown types nothing is said."""
    if old.is_array != new.is_array:
        return True
    before, after = _KIND_OF.get(old.name, ""), _KIND_OF.get(new.name, "")
    return bool(before and after) and before != after
