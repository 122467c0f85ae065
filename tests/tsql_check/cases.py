"""The cases of cases.txt: small chains of scripts, and what the check must say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Case:
    """A chain of scripts. Shape: expect holds a part of each error that must be found, in any order."""

    name: str
    target: int = 150
    expect: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)


def read_cases() -> list[Case]:
    """All cases, in the order of the file."""
    found: list[Case] = []
    base = ""
    for part in Path(__file__).with_name("cases.txt").read_text(encoding="utf-8").split("=== ")[1:]:
        head, _, text = part.partition("\n")
        word, _, rest = head.partition(" ")
        if head == "base":
            base = text
        elif word == "case":
            found.append(Case(rest))
        elif word == "target":
            found[-1].target = int(rest)
        elif word == "expect":
            found[-1].expect.append(rest)
        else:
            found[-1].scripts.append(base if head == "with base" else text.removesuffix("\n"))
    return found
