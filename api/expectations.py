"""What a scenario expects, compared with what the timeline says: a subset, with readable differences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

_OF_THE_EPISODE = ("segments", "visits", "handoffs", "clocks", "relays")
_VERDICTS = ("verdicts", "verdicts_exactly")
_NAMED = {"clocks": "promise", "relays": "relay"}
"""What tells the items of a part apart, beside their instance; the items of other parts follow each other."""


def compared(expect: Mapping[str, Any], timeline: Mapping[str, Any]) -> list[str]:
    """Where a timeline differs from what was expected, over the last episode unless `episode` names another. Verdicts
    are those of every episode."""
    number = expect.get("episode", len(timeline["episodes"]))
    episode = next((found for found in timeline["episodes"] if found["number"] == number), None)
    differences: list[str] = []
    for name, wanted in expect.items():
        if name == "episode":
            continue
        if name in _VERDICTS:
            found = [verdict for one in timeline["episodes"] for verdict in one["verdicts"]]
            differences.extend(_exactly(wanted, found) if name == "verdicts_exactly" else _among(wanted, found))
            continue
        if name in _OF_THE_EPISODE:
            differences.extend(_listed(name, wanted, episode[name]) if episode else [f"{name}: There is no episode {number}."])
        elif name in timeline:
            differences.extend(_differences(name, wanted, timeline[name]))
        else:
            differences.append(_no_such(name, ("episode", *_OF_THE_EPISODE, *_VERDICTS, *timeline)))
    return differences


Told = tuple[str, frozenset[tuple[str, int]]]
"""A verdict's code and shares."""

_LINE = re.compile(r"(?P<code>[A-Z]\d)\s*\{(?P<shares>[^{}]*)\}")
_SHARE = re.compile(r"\s*(?P<party>[^:,]+?)\s*:\s*(?P<percent>\d+)\s*")


def _exactly(wanted: Sequence[Any], found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every verdict, in any order."""
    expected = Counter[Told]()
    for line in wanted:
        if (told := _read(line)) is None:
            yield f"verdicts_exactly: {line} cannot be read; expected a line such as R2 {{inside_sales: 100}}."
        else:
            expected[told] += 1
    there = Counter((verdict["code"], frozenset(verdict["shares"].items())) for verdict in found)
    yield from (f"verdicts_exactly: expected {_line(told)}, and there is no such verdict." for told in (expected - there).elements())
    for told in (there - expected).elements():
        said = next(verdict["sentence"]["en"] for verdict in found if (verdict["code"], frozenset(verdict["shares"].items())) == told)
        yield f"verdicts_exactly: found {_line(told)}, which was not expected: {said}"


def _among(wanted: Sequence[Any], found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each verdict expected, as a line or with what is expected of it, is to match one of its own."""
    left = list(found)
    for number, item in enumerate(wanted):
        whole = _read(item) if isinstance(item, str) else None
        expected = item if whole is None else {"code": whole[0], "shares": dict(whole[1])}
        match = next((verdict for verdict in left if isinstance(expected, Mapping) and not list(_differences("", expected, verdict))), None)
        if match is not None:
            left.remove(match)
            continue
        same = [verdict for verdict in left if isinstance(expected, Mapping) and verdict["code"] == expected.get("code")]
        if len(same) == 1:
            yield from _differences(f"verdicts[{number}]", expected, same[0])
        else:
            known = "; ".join(_line((verdict["code"], frozenset(verdict["shares"].items()))) for verdict in found) or "none"
            yield f"verdicts[{number}]: expected {_told(item)}, and there is no such verdict; found {known}."


def _read(line: Any) -> Told | None:
    """`E1 {operations: 60, inside_sales: 40}`."""
    parts = _LINE.fullmatch(line.strip()) if isinstance(line, str) else None
    if parts is None:
        return None
    shares = [_SHARE.fullmatch(share) for share in parts["shares"].split(",")]
    if not all(shares):
        return None
    return parts["code"], frozenset((share["party"], int(share["percent"])) for share in shares if share)


def _line(told: Told) -> str:
    code, shares = told
    by_size = sorted(shares, key=lambda share: (-share[1], share[0]))
    return f"{code} {{{', '.join(f'{party}: {percent}' for party, percent in by_size)}}}"


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
