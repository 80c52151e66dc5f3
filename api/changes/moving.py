"""By how much figures rose or fell with the leads whose stories changed: the leads in each stage, how promises were kept,
and what the parties bear of verdicts. Added to the figure as it was known before, that is the figure known afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from api.changes.comparing import Changed
from api.changes.facts import Facts, Story

Figure = Literal["stage", "promise", "relay", "verdict"]


class Moved(msgspec.Struct, frozen=True):
    """A group of a figure, and by how much each of its counts rose (or fell, below zero): of a `stage` the open leads
    `present`; of a `promise` or `relay` its clocks by state; of a `verdict`'s code and party how many there are (`n`) and how
    many percents they bear (100 are one whole verdict), as they count (`final`, `disputed`, `provisional`)."""

    figure: Figure
    group: Mapping[str, str | bool]
    by: Mapping[str, int]


class _Count(NamedTuple):
    figure: Figure
    group: tuple[tuple[str, str | bool], ...]
    name: str


def moved(changed: Iterable[Changed]) -> list[Moved]:
    """What moved, figure by figure."""
    counts: dict[_Count, int] = {}
    for one in changed:
        for story, sign in ((one.before, -1), (one.after, 1)):
            for count, n in _counts(story):
                counts[count] = counts.get(count, 0) + sign * n
    groups: dict[tuple[Figure, tuple[tuple[str, Any], ...]], dict[str, int]] = {}
    for count in sorted(count for count, n in counts.items() if n):
        groups.setdefault((count.figure, count.group), {})[count.name] = counts[count]
    return [Moved(figure, dict(group), by) for (figure, group), by in groups.items()]


def _counts(story: Story) -> Iterator[tuple[_Count, int]]:
    """What one lead adds to the figures."""
    for thing, facts in story.items():
        match thing.kind:
            case "lead" if facts["state"] == "open":
                yield _Count("stage", (("stage", facts["stage"]),), "present"), 1
            case "clock":
                yield _Count("promise", (("promise", facts["promise"]), ("provisional", facts["provisional"])), facts["state"]), 1
            case "relay":
                yield _Count("relay", (("relay", facts["relay"]), ("provisional", facts["provisional"])), facts["state"]), 1
            case "verdict":
                yield from _borne(facts)
            case _:
                pass


def _borne(facts: Facts) -> Iterator[tuple[_Count, int]]:
    counts_as = _counts_as(facts)
    if counts_as is None:
        return
    for party, share in facts["shares"].items():
        group = (("code", facts["code"]), ("party", party), ("counts_as", counts_as))
        yield _Count("verdict", group, "n"), 1
        yield _Count("verdict", group, "share_percents"), share


def _counts_as(facts: Facts) -> str | None:
    """How the figures of faults count a verdict; one that was overturned, in none."""
    if facts["status"] == "overturned":
        return None
    if facts["provisional"]:
        return "provisional"
    return "disputed" if facts["status"] == "disputed" else "final"
