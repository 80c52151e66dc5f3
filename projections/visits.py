"""`visits`: every stay of a lead in a stage, and a tally of how far the leads came."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from domain.agreement import Agreement
from domain.episodes import Episode, Visit, business_seconds, wall_seconds
from domain.timeline import Timeline
from domain.vocabulary import SECOND, Instant
from projections.projection import BOOLEAN, INTEGER, TEXT, Counts, Projection, Row, Tally

RUN, WALL, BUSINESS, OPEN = "run", "wall", "business", "open"
"""What the tally counts: runs by the stages they reached; completed stays by length, in wall-clock and in business
seconds; open ones by the week they began."""

_WEEK = 7 * 86_400 * SECOND


def _rows(timeline: Timeline, episode: Episode) -> list[Row]:
    """Every visit as (episode, visit, agreement, stage, in_order, entered_at, left_at, won_at, amount, currency)."""
    agreement, rows, passed = timeline.agreement, list[Row](), -1
    for number, visit in enumerate(episode.visits, 1):
        left_at = visit.left_at if visit.left_at is not None else episode.until
        rank = agreement.rank(visit.stage)
        passed = max(passed, rank) if rank <= passed + 1 else passed
        won = _won(episode) if number == len(episode.visits) else (None, None, None)
        rows.append((episode.number, number, agreement, visit.stage, rank <= passed, visit.entered_at, left_at, *won))
    return rows


def _in_full(row: Row) -> Row:
    episode, visit, agreement, stage, in_order, entered_at, left_at, *won = row
    spent = (None, None) if left_at is None else _spent(agreement, entered_at, left_at)
    return episode, visit, agreement.id, stage, in_order, entered_at, left_at, *spent, *won


def _won(episode: Episode) -> tuple[Instant | None, int | None, str | None]:
    """When the run was won, and for how much."""
    if episode.outcome != "won":
        return None, None, None
    return episode.outcome_at, episode.deal.amount if episode.deal else None, episode.deal.currency if episode.deal else None


def _spent(agreement: Agreement, entered_at: Instant, left_at: Instant) -> tuple[int, int | None]:
    return wall_seconds(entered_at, left_at), business_seconds(agreement, entered_at, left_at)


def _counts(timeline: Timeline) -> Counts:
    """What a lead adds to the present funnel."""
    counts: Counts = []
    agreement = timeline.agreement
    for episode in timeline.episodes:
        stages = sorted({visit.stage for visit in episode.visits}, key=agreement.rank)
        counts.append(((agreement.id, RUN, value_of(_passed(agreement, episode.visits), *stages)), 1))
        for visit in episode.visits:
            left_at = visit.left_at if visit.left_at is not None else episode.until
            if left_at is None:
                counts.append(((agreement.id, OPEN, value_of(visit.stage, visit.entered_at // _WEEK * _WEEK)), 1))
                continue
            wall, business = _spent(agreement, visit.entered_at, left_at)
            counts.append(((agreement.id, WALL, value_of(visit.stage, bucket(wall))), 1))
            if business is not None:
                counts.append(((agreement.id, BUSINESS, value_of(visit.stage, bucket(business))), 1))
    return counts


def bucket(seconds: int) -> int:
    """The lower end of the bucket that a length of time falls into: an eighth of its power of two wide."""
    if seconds < 0:
        return -(1 << (-seconds).bit_length())
    width = max(seconds.bit_length() - 4, 0)
    return seconds >> width << width


@lru_cache(maxsize=10_000)
def value_of(*parts: str | int) -> str:
    """How the tally names what it counts. Few names are counted again and again."""
    return msgspec.json.encode(parts).decode()


def _passed(agreement: Agreement, visits: Iterable[Visit]) -> int:
    """The rank up to which every stage was entered in order; -1 where the first was skipped."""
    passed = -1
    for visit in visits:
        rank = agreement.rank(visit.stage)
        passed = max(passed, rank) if rank <= passed + 1 else passed
    return passed


VISITS = Projection(
    name="visits",
    version=3,
    columns=(
        ("episode", INTEGER),
        ("visit", INTEGER),
        ("agreement", TEXT),
        ("stage", TEXT),
        ("in_order", BOOLEAN),
        ("entered_at", INTEGER),
        ("left_at", INTEGER),
        ("wall_seconds", INTEGER),
        ("business_seconds", INTEGER),
        ("won_at", INTEGER),
        ("amount", INTEGER),
        ("currency", TEXT),
    ),
    key=2,
    reads=lambda timeline: (timeline.agreement.id,),
    parts=lambda timeline: timeline.episodes,
    rows=_rows,
    in_full=_in_full,
    indexes=(
        ("agreement", "stage", "left_at", "entered_at"),
        ("agreement", "stage", "business_seconds", "left_at"),
        ("agreement", "stage", "wall_seconds", "left_at"),
        ("agreement", "stage"),
        ("entered_at",),
        ("left_at",),
    ),
    present=(("won_at",),),
    tally=Tally(columns=("agreement", "kind", "value"), counts=_counts),
)
