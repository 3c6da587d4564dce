"""Parts of a disclosure built of models at random: whatever Python code may hand to them, within their own bounds."""

from __future__ import annotations

import math
import types
from functools import reduce
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic import StringConstraints

from joulecard.disclosure.document import Conditional, Part
from joulecard.disclosure.document.scalars import EachOnce, Whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from joulecard.disclosure.document.conditions import Demand, When

MOST_ITEMS = 2

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def parts(draw: DrawFn, model: type[Part]) -> Part:
    """A part with all that it must have, some of what it may have, and its conditions fulfilled."""
    hints = get_type_hints(model, include_extras=True)
    fields = model.model_fields
    optional = [name for name, field in fields.items() if not field.is_required()]
    taken = draw(st.sets(st.sampled_from(optional), max_size=6)) if optional else set()
    members = {name: draw(values(hints[name])) for name in fields if name in taken or name not in optional}
    for condition in model.conditions if issubclass(model, Conditional) else ():
        demand = _demand(condition, members)
        members = {**members, **draw(_given(demand, members, hints))}
        members = {name: value for name, value in members.items() if name not in demand.forbids}
    return model(**members)


def _demand(condition: When, members: dict[str, Any]) -> Demand:
    """What the condition wants of these members."""
    first, *inner = condition.member.split(".")
    found = reduce(lambda part, name: getattr(part, name, None), inner, members.get(first))
    holds = found in condition.words if condition.words else found is not None
    return condition.then if holds else condition.otherwise


def _given(demand: Demand, members: dict[str, Any], hints: dict[str, Any]) -> SearchStrategy[dict[str, Any]]:
    """The members that the demand is about, as it wants them."""
    wanted = {name: values(hints[name]) for name in demand.needs if members.get(name) is None}
    wanted |= {name: st.just(()) for name in demand.empty if members.get(name)}
    wanted |= {name: st.sampled_from(words) for name, words in demand.words.items()}
    wanted |= {name: st.floats(least, most) for name, (least, most) in demand.bounds.items()}
    return st.fixed_dictionaries(wanted)


def values(hint: Any) -> SearchStrategy[Any]:
    """Values that a member of that type may have."""
    kind, *metadata = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if get_origin(kind) in {Union, types.UnionType}:  # of something and None, which stands for a member left out
        return values(next(option for option in get_args(kind) if option is not type(None)))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        return _lists(get_args(kind)[0], list(_plain(metadata)))
    if get_origin(kind) is dict:
        names, inner = get_args(kind)
        return st.dictionaries(values(names), values(inner), max_size=MOST_ITEMS)
    if isinstance(kind, type) and issubclass(kind, Part):
        return parts(kind)
    return SCALARS[kind](list(_plain(metadata)))


def _plain(metadata: Iterable[Any]) -> Iterable[Any]:
    """What the annotations say, one by one."""
    for each in metadata:
        yield from getattr(each, "metadata", None) or [each]


def _one(metadata: Iterable[Any], sort: type[Any] | tuple[type[Any], ...]) -> Any:
    return next((each for each in metadata if isinstance(each, sort)), None)


def _lists(inner: Any, metadata: list[Any]) -> SearchStrategy[tuple[Any, ...]]:
    least = getattr(_one(metadata, MinLen), "min_length", 0)
    most = min(_one(metadata, MaxLen).max_length, least + MOST_ITEMS)
    unique = _one(metadata, EachOnce) is not None
    return st.lists(values(inner), min_size=least, max_size=most, unique=unique).map(tuple)


def _floats(metadata: list[Any]) -> SearchStrategy[float]:
    """Numbers of Python's both kinds."""
    above, least, most = _one(metadata, Gt), _one(metadata, Ge), _one(metadata, Le).le
    low = above.gt if above else least.ge
    floats = st.floats(low, most, exclude_min=above is not None)
    first, last = (math.floor(low) + 1 if above else math.ceil(low)), math.floor(most)
    return floats | st.integers(first, last) if first <= last else floats


def _integers(metadata: list[Any]) -> SearchStrategy[int]:
    whole = _one(metadata, Whole)
    return st.integers(whole.least, whole.most)


def _texts(metadata: list[Any]) -> SearchStrategy[str]:
    bounds = _one(metadata, StringConstraints)
    if bounds is None:  # a name below `extensions`
        return st.text()
    pattern = str(bounds.pattern).replace("$", r"\Z")
    if "[^" in pattern:
        return st.text(_VISIBLE, min_size=bounds.min_length, max_size=min(bounds.max_length, 20))
    most = bounds.max_length or len(pattern) * 100
    return st.from_regex(pattern).filter(lambda text: len(text) <= most)


_HIDDEN = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_VISIBLE = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=_HIDDEN)
SCALARS: dict[Any, Callable[[list[Any]], SearchStrategy[Any]]] = {
    float: _floats,
    int: _integers,
    str: _texts,
    bool: lambda _: st.booleans(),
    Any: lambda _: ANYTHING,
}
