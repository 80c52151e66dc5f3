"""What a scenario expects, compared with what the timeline says: a subset, with readable differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

NOT_JUDGED_YET = ("verdicts", "verdicts_exactly")
_OF_THE_EPISODE = ("segments", "visits", "handoffs", "clocks", "relays")
_NAMED = {"clocks": "promise", "relays": "relay"}
"""What tells the items of a part apart, beside their instance; the items of other parts follow each other."""


class Comparison(NamedTuple):
    """Where a timeline differs from what was expected, and which expectations cannot be judged yet."""

    differences: list[str]
    not_judged: list[str]


def compared(expect: Mapping[str, Any], timeline: Mapping[str, Any]) -> Comparison:
    """Compares the parts that can be judged, over the last episode unless `episode` names another."""
    not_judged = [name for name in NOT_JUDGED_YET if name in expect]
    number = expect.get("episode", len(timeline["episodes"]))
    episode = next((found for found in timeline["episodes"] if found["number"] == number), None)
    differences: list[str] = []
    for name, wanted in expect.items():
        if name in not_judged or name == "episode":
            continue
        if name in _OF_THE_EPISODE:
            differences.extend(_listed(name, wanted, episode[name]) if episode else [f"{name}: There is no episode {number}."])
        elif name in timeline:
            differences.extend(_differences(name, wanted, timeline[name]))
        else:
            differences.append(_no_such(name, ("episode", *_OF_THE_EPISODE, *NOT_JUDGED_YET, *timeline)))
    return Comparison(differences, not_judged)


def _listed(name: str, wanted: Sequence[Any], found: Sequence[Any]) -> Iterator[str]:
    if (naming := _NAMED.get(name)) is None:
        yield from _in_order(name, wanted, found)
        return
    for item in wanted:
        told, instance = item.get(naming), item.get("instance", 1)
        match = next((one for one in found if one[naming] == told and one["instance"] == instance), None)
        if match is None:
            known = ", ".join(f"{one[naming]}#{one['instance']}" for one in found) or "none"
            yield f"{name}: expected {told}#{instance}, and there is none; found {known}."
        else:
            yield from _differences(f"{name}[{told}#{instance}]", item, match)


def _in_order(name: str, wanted: Sequence[Any], found: Sequence[Any]) -> Iterator[str]:
    """Each item expected is to match one behind the match of the item before."""
    place = 0
    for number, item in enumerate(wanted):
        match = next((at for at in range(place, len(found)) if not list(_differences("", item, found[at]))), None)
        if match is not None:
            place = match + 1
        elif place < len(found):
            yield from _differences(f"{name}[{number}]", item, found[place])
            place += 1
        else:
            yield f"{name}[{number}]: expected {_told(item)}, and there is no more."


def _differences(place: str, wanted: Any, found: Any) -> Iterator[str]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key, value in wanted.items():
            at = f"{place}.{key}".lstrip(".")
            if key in found:
                yield from _differences(at, value, found[key])
            else:
                yield _no_such(at, found)
    elif isinstance(wanted, list) and isinstance(found, list):
        yield from _in_order(place, wanted, found)
    elif not _equal(wanted, found):
        yield f"{place}: expected {_told(wanted)}, found {_told(found)}."


def _no_such(place: str, known: Iterable[str]) -> str:
    return f"{place}: There is no such part; expected one of {', '.join(known)}."


def _equal(wanted: Any, found: Any) -> bool:
    """Times compare as instants, however they are written."""
    if isinstance(wanted, datetime) and isinstance(found, str):
        return wanted == _time(found)
    if isinstance(wanted, str) and isinstance(found, str) and wanted != found:
        at = _time(wanted)
        return at is not None and at == _time(found)
    return type(wanted) is type(found) and bool(wanted == found)


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_told(item)}" for key, item in value.items()) + "}"
    if value is None:
        return "nothing"
    return value.isoformat() if isinstance(value, date) else str(value)
