"""The text that is being read, and small ways into its syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neoron.sql.parts import Name
from neoron.sql.reading.postgresql.grammar import Tree


@dataclass(frozen=True, slots=True)
class Source:
    """One statement's text; base is where it begins in the text that was parsed, in bytes.

    Shape: inside and depth say how deep in bodies and strings we are; where the text is not the user's own one,
    origin is the offset of all that is found in it.
    """

    text: str
    base: int = 0
    inside: str = ""
    depth: int = 0
    origin: int | None = None

    def at(self, node: Tree) -> int:
        """The offset of a node in the statement's text, in characters."""
        if self.origin is not None:
            return self.origin
        offset = max(int(node.get("location", self.base)) - self.base, 0)
        return offset if self.text.isascii() else len(self.text.encode()[:offset].decode(errors="ignore"))

    def find(self, word: str, start: int = 0) -> int:
        """The offset of a name in the statement's text; start where it is written otherwise."""
        if self.origin is not None:
            return self.origin
        text, wanted = self.text.lower(), word.lower()
        at = text.find(wanted, start) if wanted else -1
        while at >= 0:
            if not (_is_part(text[at - 1 : at]) and _is_part(wanted[0])) and not (
                _is_part(text[at + len(wanted) : at + len(wanted) + 1]) and _is_part(wanted[-1])
            ):
                return at
            at = text.find(wanted, at + 1)
        return start


def _is_part(character: str) -> bool:
    """Whether a character may stand inside a name."""
    return character.isalnum() or character == "_"


def only(node: Tree) -> tuple[str, Tree]:
    """The kind and the fields of a wrapped node."""
    for kind, fields in node.items():
        return kind, fields
    return "", {}


def strings(nodes: list[Tree] | None) -> list[str]:
    """The texts of a list of String nodes."""
    return [node["String"].get("sval", "") for node in nodes or () if "String" in node]


def relation(node: Tree | None) -> Name:
    """The name of a RangeVar."""
    node = node or {}
    return Name(node.get("relname", ""), node.get("schemaname", ""))


def dotted(nodes: list[Tree] | None) -> Name:
    """The name in a list of String nodes."""
    parts = strings(nodes)
    return Name(parts[-1] if parts else "", parts[-2] if len(parts) > 1 else "")


def nodes(tree: Any, *kinds: str) -> Iterator[tuple[str, Tree]]:
    """Every node of these kinds below a tree, from the outside in."""
    stack = [tree]
    while stack:
        item = stack.pop()
        if item.__class__ is dict:
            for key, value in item.items():
                if value.__class__ is dict:
                    if key in kinds:
                        yield key, value
                    stack.append(value)
                elif value.__class__ is list:
                    stack.append(value)
        elif item.__class__ is list:
            stack.extend(reversed(item))
