"""The one order of migrations, and the words a user may use for one of them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neoron.errors import SourceError, UsageError
from neoron.model.migration import Form, Migration
from neoron.source.order import heads, in_order, require_one_head, resolve


def migration(version: str, *parents: str, name: str = "", form: Form = Form.SQL) -> Migration:
    """A migration that follows these."""
    name = name or f"m{version}"
    return Migration(version, name, f"migrations/{version}_{name}.{form.value}", form, parents, "", "")


@st.composite
def graphs(draw: st.DrawFn) -> list[Migration]:
    """Migrations that follow some of the earlier ones, in any order."""
    versions = draw(st.lists(st.from_regex(r"[0-9a-f]{1,6}", fullmatch=True), unique=True, max_size=12))
    found = []
    for number, version in enumerate(versions):
        parents = draw(st.lists(st.sampled_from(versions[:number]), unique=True, max_size=3)) if number else []
        found.append(migration(version, *parents))
    return draw(st.permutations(found))


@settings(max_examples=150, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_parents_come_first_whatever_the_order_of_files(found: list[Migration], random: Random) -> None:
    """Every migration stands after all that it follows, and the order does not depend on that of the files."""
    ordered = in_order(found)
    places = {m.version: place for place, m in enumerate(ordered)}
    assert len(ordered) == len(found)
    assert all(places[p] < places[m.version] for m in ordered for p in m.parents)
    shuffled = list(found)
    random.shuffle(shuffled)
    assert in_order(shuffled) == ordered


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_a_head_is_what_nothing_follows(found: list[Migration]) -> None:
    """Heads are exactly the migrations without a follower; one head is the newest version."""
    ends = {m.version for m in heads(found)}
    assert ends == {m.version for m in found} - {p for m in found for p in m.parents}
    if len(ends) == 1:
        assert {require_one_head(found)} == ends
    elif ends:
        with pytest.raises(SourceError, match="two heads"):
            require_one_head(found)
    else:
        assert require_one_head(found) == "0"


def test_a_cycle_is_shown_as_a_chain() -> None:
    """A cycle behind a sound beginning names only its own members, in their order."""
    found = [migration("1"), migration("2", "1", "4"), migration("3", "2"), migration("4", "3"), migration("5", "4")]
    with pytest.raises(SourceError) as error:
        in_order(found)
    assert "2 → 4 → 3 → 2" in error.value.message
    assert "5_m5" not in error.value.message


def test_a_migration_that_follows_itself_is_a_cycle() -> None:
    """A migration that follows itself is named."""
    with pytest.raises(SourceError, match="1 → 1"):
        in_order([migration("1", "1")])


@pytest.mark.parametrize(
    ("form", "says"), [(Form.SQL, "in its name"), (Form.PYTHON, "in its name and in its `revision`")]
)
def test_a_duplicate_says_how_to_mend_it(form: Form, says: str) -> None:
    """Two files of one version are named, with where the id stands in that form."""
    with pytest.raises(SourceError) as error:
        in_order([migration("1", name="a", form=form), migration("1", name="b", form=form)])
    assert error.value.next.endswith(says)
    assert "1_a" in error.value.message
    assert "1_b" in error.value.message


SHOP = [
    migration("20260101000000", name="items"), migration("20260102000000", "20260101000000", name="add_price"),
    migration("20260103000000", "20260102000000", name="add_tax"),
    migration("ae1027a6acf", "20260103000000", name="Tags"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0", "0"), ("head", "ae1027a6acf"), ("20260101000000", "20260101000000"), ("items", "20260101000000"),
        ("ITEMS", "20260101000000"), ("add price", "20260102000000"), ("20260103", "20260103000000"),
        ("ae10", "ae1027a6acf"), ("tax", "20260103000000"), ("tags", "ae1027a6acf"), ("-1", "20260102000000"),
        ("-3", "0"),
    ],
)  # fmt: skip
def test_a_user_may_say_it_in_many_ways(text: str, version: str) -> None:
    """An id, the start of one, a name or part of it, 0, head, and steps back all name one version."""
    assert resolve(text, SHOP, current="20260103000000") == version


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026", "`2026` fits 3 migrations: 20260101000000 items"), ("add", "fits 2 migrations"),
        ("itens", "did you mean items?"), ("-4", "goes back further than the first migration"), ("", "no migration ``"),
        ("20260104000000", "no migration `20260104000000`"),
    ],
)  # fmt: skip
def test_what_fits_none_or_several_names_the_candidates(text: str, says: str) -> None:
    """A word that fits no migration or several is answered with the candidates."""
    with pytest.raises(UsageError) as error:
        resolve(text, SHOP, current="20260103000000")
    assert says in error.value.message
