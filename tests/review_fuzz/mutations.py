"""Ways to write the same statement otherwise, and ways to break it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from neoron.sql.lexer import Kind, Token, tokens

GAPS = (" ", "\n", "\t ", "  \n  ", " /* a */ ", " -- it's\n", "/* 'x' */ ", "\n-- DROP\n")
Drawn = st.DrawFn


def _recased(draw: Drawn, word: str) -> str:
    flips = draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word)))
    return "".join(c.upper() if up else c.lower() for c, up in zip(word, flips, strict=True))


@st.composite
def rewritten(draw: Drawn, bases: Sequence[str], dialect: str, *, quote: str, schema: str) -> str:
    """The same statement: other case, white space and comments; `{t}` is the table, quoted and qualified or not."""
    base = draw(st.sampled_from(bases))
    name = draw(st.sampled_from(("orders", f"{quote[0]}orders{quote[-1]}")))
    prefix = draw(st.sampled_from(("", f"{schema}.", f"{quote[0]}{schema}{quote[-1]}.")))
    text = base.replace("{t}", prefix + name)
    parts = list(tokens(text, dialect))
    made, end = "", 0
    for token in parts:
        gap = text[end : token.start]
        made += draw(st.sampled_from(GAPS)) if gap else gap
        made += _recased(draw, token.text) if token.kind is Kind.WORD else token.text
        end = token.start + len(token.text)
    return made


@st.composite
def broken(draw: Drawn, bases: Sequence[str], dialect: str) -> str:
    """A statement with tokens left out, doubled, exchanged, or with characters put in: it need not be SQL."""
    texts = [base.replace("{t}", "orders") for base in draw(st.lists(st.sampled_from(bases), min_size=1, max_size=3))]
    parts: list[str] = []
    for text in texts:
        parts += [_whole(token) for token in tokens(text, dialect)] + [";"]
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(len(parts) - 1, 0)))
        change = draw(st.sampled_from(("drop", "double", "swap", "noise")))
        if change == "drop" and parts:
            del parts[at]
        elif change == "double" and parts:
            parts.insert(at, parts[at])
        elif change == "swap" and len(parts) > 1:
            other = draw(st.integers(0, len(parts) - 1))
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts.insert(at, draw(st.text(max_size=6)))
    return " ".join(parts)


def _whole(token: Token) -> str:
    return token.text
