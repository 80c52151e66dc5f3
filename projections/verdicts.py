"""`verdicts`: whose fault each broken promise, rejection and loss is, a row for each party that bears a share.

A row is a charge (domain.charges) while it read so. It leaves out what grows while a promise is still owed: the overrun is
what the stopwatch shows beyond `grows_past` when it is asked for, and where several parties bear it by that, party and share are said then.
Whether it is on trial is known apart from the lead, and asked of the agreements.
"""

from __future__ import annotations

from domain.charges import Charge
from domain.timeline import Timeline
from domain.vocabulary import department_of
from projections.clocks import MONTH, WEEK, month_and_week
from projections.projection import BOOLEAN, INTEGER, TEXT, Counts, Projection, Row, Tally

VARYING = ""
"""Stands for the party where several bear it by time that still passes."""


def _rows(timeline: Timeline, charge: Charge) -> list[Row]:
    """A charge's rows in short: (id, party, from_at, until_at, share, first, charge, leg, began_at, channel, deal)."""
    leg = next((given.leg for given in timeline.offers if given.handoff == charge.handoff), None)
    told = timeline.facts[-1]
    rest = charge, leg, timeline.episodes[0].from_, told.profile.channel, told.deal
    bearing: tuple[tuple[str, int | None], ...] = charge.shares or ((VARYING, None),)
    return [(charge.id, party, charge.from_, charge.until, share, not number, *rest) for number, (party, share) in enumerate(bearing)]


def _reads(timeline: Timeline) -> tuple[object, ...]:
    """What every row depends on beside its charge."""
    if not timeline.charges:
        return ()
    told, legs = timeline.facts[-1], tuple((given.handoff, given.leg) for given in timeline.offers)
    return timeline.episodes[0].from_, told.profile.channel, told.deal, legs


def _in_full(row: Row) -> Row:
    name, party, from_at, until_at, share, first, charge, leg, began_at, channel, deal = row
    month, week = month_and_week(charge.day)
    owner = charge.owner if charge.owner is not None and department_of(charge.owner) == party else None
    return (
        name,
        party,
        from_at,
        until_at,
        charge.code,
        charge.status,
        share,
        first,
        charge.is_settled,
        None if charge.grows_past is not None else dict(charge.overruns).get(party, 0),
        charge.grows_past,
        charge.by_wall_clock,
        charge.since,
        month,
        week,
        charge.episode,
        charge.promise,
        leg,
        charge.handoff,
        charge.agreement,
        owner,
        charge.reason,
        ",".join(charge.associated),
        charge.disputed_by,
        charge.ruled_by,
        began_at,
        channel,
        *(deal or (None, None)),
    )


ROWS, FIRST, SHARES, OVERRUN, AMOUNT = "rows", "first", "shares", "overrun", "amount"
"""What the tally measures: parties charged, verdicts, percents, seconds, and money (a hundredfold) by currency."""


def _counts(timeline: Timeline) -> Counts:
    """What a lead adds to the figures of now: the charges that events have settled for good, by the month in which it
    began. What is still owed, or will follow in silence, depends on the instant and is counted when asked."""
    counts: Counts = []
    for charge in timeline.charges:
        if charge.until is not None or not charge.is_settled:
            continue
        month, week = month_and_week(charge.day)
        for row in _rows(timeline, charge):
            _, party, _, _, share, first, _, leg, _, _, deal = row
            measures = {ROWS: 1, FIRST: int(first), SHARES: share, OVERRUN: dict(charge.overruns).get(party, 0)}
            if deal is not None:
                measures[f"{AMOUNT} {deal.currency}"] = deal.amount * share
            named = charge.agreement, month_and_week(charge.began)[0], party, charge.code, leg or ""
            for kind, period in ((MONTH, month), (WEEK, week)):
                counts += [((*named, kind, period, charge.status, measure), n) for measure, n in measures.items() if n]
    return counts


_OF_NOW = (
    "party", "code", "status", "share", "first", "leg", "month", "week", "agreement", "began_at", "from_at", "until_at", "overrun_seconds",
    "grows_past", "by_wall_clock", "amount", "currency", "settled", "known_until",
)  # fmt: skip
"""All that the figures of now ask of a charge that is not settled, so that its row is not read."""

VERDICTS = Projection(
    name="verdicts",
    version=4,
    columns=(
        ("id", TEXT),
        ("party", TEXT),
        ("from_at", INTEGER),
        ("until_at", INTEGER),
        ("code", TEXT),
        ("status", TEXT),
        ("share", INTEGER),
        ("first", BOOLEAN),
        ("settled", BOOLEAN),
        ("overrun_seconds", INTEGER),
        ("grows_past", INTEGER),
        ("by_wall_clock", BOOLEAN),
        ("since", INTEGER),
        ("month", TEXT),
        ("week", TEXT),
        ("episode", INTEGER),
        ("promise", TEXT),
        ("leg", TEXT),
        ("handoff", TEXT),
        ("agreement", TEXT),
        ("owner", TEXT),
        ("reason", TEXT),
        ("associated", TEXT),
        ("disputed_by", INTEGER),
        ("ruled_by", INTEGER),
        ("began_at", INTEGER),
        ("channel", TEXT),
        ("amount", INTEGER),
        ("currency", TEXT),
    ),
    key=3,
    parts=lambda timeline: timeline.charges,
    rows=_rows,
    reads=_reads,
    in_full=_in_full,
    indexes=(("id",), ("since", "id"), ("from_at",), ("code", "since")),
    present=(("until_at",),),
    sparse=(("settled", *_OF_NOW),),
    tally=Tally(
        columns=("agreement", "began", "party", "code", "leg", "kind", "period", "status", "measure"),
        counts=_counts,
    ),
    judged=True,
)
