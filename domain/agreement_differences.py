"""What changes from one version of the agreement to the next, in words that people who do not program read.

Compares documents as they are written, without what was resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.agreement_terms import UNITS

_NAMED_BY = {"promises": "id", "relays": "id", "handoffs": "leg", "extra": "date"}
"""What a row of a list is known by."""
_NOUN = {"promises": "promise", "relays": "relay", "handoffs": "handoff", "extra": "extra date"}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One line a change: `decide.mql: within 2 business hours -> 1 business hour`. The name and version are no change."""
    own = ("name", "version")
    return list(_changes((), {k: v for k, v in before.items() if k not in own}, {k: v for k, v in after.items() if k not in own}))


def _changes(path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        place = (*path, key)
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if key in _NAMED_BY and _is_rows(old) and _is_rows(new):
            yield from _rows(path, key, old or [], new or [])
        elif isinstance(old, Mapping) and isinstance(new, Mapping) and not _is_span(old) and not _is_span(new):
            yield from _changes(place, old, new)
        elif key not in before:
            yield f"{_placed(place)} {told(new)}, new"
        elif key not in after:
            yield f"{_placed(place)} {told(old)}, no more"
        else:
            yield f"{_placed(place)} {told(old)} -> {told(new)}"


def _rows(path: tuple[str, ...], key: str, before: list[Any], after: list[Any]) -> Iterator[str]:
    """Rows that came, went or changed, known by their ids; and whether they only stand in another order."""
    name = _NAMED_BY[key]
    old = {str(row.get(name)): row for row in before}
    new = {str(row.get(name)): row for row in after}
    for known in dict.fromkeys([*old, *new]):
        if known not in new:
            yield f"{_NOUN[key]} {known}: no more ({told(_without(old[known], name))})"
        elif known not in old:
            yield f"{_NOUN[key]} {known}: new ({told(_without(new[known], name))})"
        else:
            label = known if key in ("promises", "relays") else f"{_NOUN[key]} {known}"
            yield from _changes((label,), old[known], new[known])
    kept = [known for known in old if known in new]
    if kept != [known for known in new if known in old]:
        yield f"{_placed((*path, key))} in another order: {', '.join(new)}"


def _without(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _is_rows(value: Any) -> bool:
    return value is None or (isinstance(value, list | tuple) and all(isinstance(row, Mapping) for row in value))


def _is_span(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in UNITS


def _placed(place: tuple[str, ...]) -> str:
    """`decide.mql: within`, `calendar: weekly fri`, `deem_accepted:`."""
    first, *rest = place
    return " ".join((f"{first}:", *rest))


def told(value: Any) -> str:
    """A value of a document in words: `2 business hours`, `yes`, `a, b`."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Mapping() if _is_span(value):
            ((unit, number),) = value.items()
            words = str(unit).replace("_", " ")
            return f"{number} {words.removesuffix('s') if number == 1 else words}"
        case Mapping():
            return ", ".join(f"{key} {told(item)}" for key, item in value.items()) or "nothing"
        case list() | tuple() if value and all(_is_hours(item) for item in value):
            return " and ".join(f"{opening}-{closing}" for opening, closing in value)
        case list() | tuple():
            return ", ".join(told(item) for item in value) or "nothing"
        case _:
            return str(value)


def _is_hours(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(edge, str) and ":" in edge for edge in value)
