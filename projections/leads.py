"""`leads`: where each lead is and who has it, as a row for every stretch in which nothing of that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Table, and_, func, select

from domain.episodes import Episode, Segment
from domain.timeline import Fact, Timeline
from domain.vocabulary import Instant
from projections.asking import NOT_SAID, Question, chosen
from projections.projection import BOOLEAN, INTEGER, TEXT, Projection, Row, Tally

ATTRIBUTES = ("channel", "campaign", "persona", "industry", "company_size", "region")


def _rows(timeline: Timeline) -> list[Row]:
    rows: list[Row] = []
    agreement, facts = timeline.agreement.id, timeline.facts
    for from_at, until_at, state in _states(timeline):
        for start, end, fact in ((from_at, until_at, facts[0]),) if len(facts) == 1 else _with_facts(from_at, until_at, facts):
            deal = fact.deal
            amount, currency = (None, None) if deal is None else deal
            rows.append((start, end, agreement, *state, *fact.profile, amount, currency))
    return rows


def _states(timeline: Timeline) -> list[tuple[Instant, Instant | None, Row]]:
    """The segments of all episodes, and the stretches in which the lead lay closed between and after them."""
    states: list[tuple[Instant, Instant | None, Row]] = []
    episodes = timeline.episodes
    for number, episode in enumerate(episodes):
        states += [(segment.from_, segment.until, _open(episode, segment)) for segment in episode.segments]
        if episode.until is not None:
            follower = episodes[number + 1].from_ if number + 1 < len(episodes) else None
            if follower != episode.until:
                merged = timeline.final.merged_into is not None and follower is None
                states.append((episode.until, follower, _closed(episode, merged)))
    return states


def _open(episode: Episode, segment: Segment) -> Row:
    won = episode.outcome == "won" and episode.outcome_at is not None and segment.from_ >= episode.outcome_at
    return (
        episode.number,
        "open",
        segment.stage,
        segment.custodian,
        segment.responsible,
        segment.owner,
        "won" if won else None,
        segment.bypass,
        segment.opened_by,
    )


def _closed(episode: Episode, merged: bool) -> Row:
    last = episode.visits[-1]
    holder = episode.custodians[-1]
    owner = episode.owners[-1].holder if episode.owners else None
    return episode.number, "merged" if merged else "closed", last.stage, holder.holder, None, owner, episode.outcome, False, last.opened_by


def _with_facts(start: Instant, end: Instant | None, facts: tuple[Fact, ...]) -> Iterator[tuple[Instant, Instant | None, Fact]]:
    """A stretch cut where what was known about the lead changed."""
    current = facts[0]
    for fact in facts[1:]:
        if fact.since <= start:
            current = fact
        elif end is None or fact.since < end:
            yield start, fact.since, current
            start, current = fact.since, fact
        else:
            break
    yield start, end, current


STATE, ATTRIBUTE = "state", "attribute"
"""What the tally counts: leads by state and stage; and, by each value of each attribute, what became of them."""

ALL, WON = "leads", "won"


def _counts(timeline: Timeline) -> Counter[tuple[str, ...]]:
    """What a lead adds to the present: its last state, and under each of its attributes the stages it ever entered,
    whether it was won, and for how much."""
    counts: Counter[tuple[str, ...]] = Counter()
    if not timeline.episodes:
        return counts
    agreement, (_, _, last) = timeline.agreement.id, _states(timeline)[-1]
    counts[agreement, STATE, str(last[1]), str(last[2]), ""] += 1
    wins = [episode for episode in timeline.episodes if episode.outcome == "won"]
    measures = Counter({ALL: 1, **{f"stage {visit.stage}": 1 for episode in timeline.episodes for visit in episode.visits}})
    if wins:
        measures[WON] = 1
    for episode in wins:
        if episode.deal is not None:
            measures[f"amount {episode.deal.currency}"] += episode.deal.amount
    for attribute, value in zip(ATTRIBUTES, timeline.facts[-1].profile, strict=False):
        for measure, n in measures.items():
            counts[agreement, ATTRIBUTE, attribute, str(value or NOT_SAID), measure] += n
    return counts


LEADS = Projection(
    name="leads",
    version=1,
    columns=(
        ("from_at", INTEGER),
        ("until_at", INTEGER),
        ("agreement", TEXT),
        ("episode", INTEGER),
        ("state", TEXT),
        ("stage", TEXT),
        ("custodian", TEXT),
        ("responsible", TEXT),
        ("owner", TEXT),
        ("outcome", TEXT),
        ("bypass", BOOLEAN),
        ("opened_by", INTEGER),
        *((attribute, TEXT) for attribute in ATTRIBUTES),
        ("score", INTEGER),
        ("amount", INTEGER),
        ("currency", TEXT),
    ),
    key=1,
    reads=lambda timeline: (timeline.agreement.id, timeline.episodes, timeline.facts, timeline.final.merged_into),
    rows=_rows,
    indexes=(("agreement", "stage", "state", "from_at", "until_at"), ("owner", "lead"), ("from_at",), ("until_at",)),
    tally=Tally(columns=("agreement", "kind", "name", "value", "measure"), counts=_counts),
)


class LeadState(NamedTuple):
    """A lead as it stands at the instant asked about."""

    lead: str
    since: Instant
    agreement: str
    episode: int
    state: str
    stage: str
    custodian: str
    responsible: str | None
    owner: str | None
    outcome: str | None
    bypass: bool
    channel: str | None
    campaign: str | None
    persona: str | None
    industry: str | None
    company_size: str | None
    region: str | None
    score: int | None
    amount: int | None
    currency: str | None


def find(
    connection: Connection,
    leads: Table,
    question: Question,
    filters: Mapping[str, str],
    *,
    text: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[LeadState]:
    """Leads in the order of their keys behind `after`, at most `limit`; `text` is looked for in the keys."""
    columns = [leads.c.lead, leads.c.from_at, *(leads.c[name] for name in LeadState._fields[2:])]
    where = and_(chosen(leads, question, filters), leads.c.lead > after)
    if text:
        where = and_(where, leads.c.lead.contains(text, autoescape=True))
    rows = connection.execute(select(*columns).where(where).order_by(leads.c.lead).limit(limit))
    return [LeadState(*row) for row in rows]


def count(connection: Connection, leads: Table, question: Question, filters: Mapping[str, str]) -> int:
    """How many leads `find` would give in all."""
    found: int = connection.execute(select(func.count()).select_from(leads).where(chosen(leads, question, filters))).scalar_one()
    return found
