"""`leads`: where each lead is and who has it, as a row for every stretch in which nothing of that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, func, literal, select

from domain.episodes import Episode
from domain.timeline import Timeline
from domain.vocabulary import Instant
from projections.asking import NOT_SAID, Question, chosen
from projections.projection import BOOLEAN, INTEGER, TEXT, Counts, Projection, Row, Tally, known

ATTRIBUTES = ("channel", "campaign", "persona", "industry", "company_size", "region")


def _rows(timeline: Timeline, episode: Episode) -> list[Row]:
    """Every stretch of an episode as (from_at, until_at, agreement, profile, deal, episode, state, outcome, holds), cut
    where what was known about the lead changed. Facts and stretches both stand in the order of time."""
    rows: list[Row] = []
    agreement, facts = timeline.agreement.id, timeline.facts
    number, last = 0, len(facts) - 1
    _, profile, deal = facts[0]
    for from_at, until, *state in _stretches(timeline, episode):
        since = from_at
        while number < last and (until is None or facts[number + 1].since < until):
            number += 1
            at = facts[number].since
            if at > since:
                rows.append((since, at, agreement, profile, deal, *state))
                since = at
            _, profile, deal = facts[number]
        rows.append((since, until, agreement, profile, deal, *state))
    return rows


def _stretches(timeline: Timeline, episode: Episode) -> list[Row]:
    """The segments of an episode, and the stretch in which the lead lay closed after it, as (from, until, episode, state,
    outcome, (stage, custodian, responsible, owner, bypass, opened_by))."""
    number, won_at = episode.number, episode.outcome_at if episode.outcome == "won" else None
    stretches: list[Row] = []
    for segment in episode.segments:
        won = won_at is not None and segment.from_ >= won_at
        stretches.append((segment.from_, segment.until, number, "open", "won" if won else None, segment[2:]))
    if episode.until is not None:
        follower = next((later.from_ for later in timeline.episodes if later.number > number), None)
        if follower != episode.until:
            merged = timeline.final.merged_into is not None and follower is None
            state = "merged" if merged else "closed"
            stretches.append((episode.until, follower, number, state, episode.outcome, _laid_down(episode)))
    return stretches


def _laid_down(episode: Episode) -> Row:
    """Where a closed lead lies, and with whom: nobody owes a move."""
    last = episode.visits[-1]
    owner = episode.owners[-1].holder if episode.owners else None
    return last.stage, episode.custodians[-1].holder, None, owner, False, last.opened_by


def _in_full(row: Row) -> Row:
    from_at, until_at, agreement, profile, deal, episode, state, outcome, (stage, custodian, responsible, owner, bypass, opened_by) = row
    holds = (episode, state, stage, custodian, responsible, owner, outcome, bypass, opened_by)
    return from_at, until_at, agreement, *holds, *profile, *(deal or (None, None))


STATE, ATTRIBUTE = "state", "attribute"
"""What the tally counts: leads by state and stage; and, by each value of each attribute, what became of them."""

ALL, WON = "leads", "won"


def _counts(timeline: Timeline) -> Counts:
    """What a lead adds to the present: its last state, and under each of its attributes the stages it ever entered,
    whether it was won, and for how much."""
    if not timeline.episodes:
        return []
    agreement, (*_, state, _, (stage, *_)) = timeline.agreement.id, _stretches(timeline, timeline.episodes[-1])[-1]
    measures = {ALL: 1, **{f"stage {visit.stage}": 1 for episode in timeline.episodes for visit in episode.visits}}
    for episode in timeline.episodes:
        if episode.outcome == "won":
            measures[WON] = 1
            if episode.deal is not None:
                amount = f"amount {episode.deal.currency}"
                measures[amount] = measures.get(amount, 0) + episode.deal.amount
    counts: Counts = [((agreement, STATE, state, stage, ""), 1)]
    for attribute, value in zip(ATTRIBUTES, timeline.facts[-1].profile, strict=False):
        said = str(value or NOT_SAID)
        counts += [((agreement, ATTRIBUTE, attribute, said, measure), n) for measure, n in measures.items()]
    return counts


LEADS = Projection(
    name="leads",
    version=2,
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
    reads=lambda timeline: (timeline.agreement.id, timeline.facts, timeline.final.merged_into, len(timeline.episodes)),
    parts=lambda timeline: timeline.episodes,
    rows=_rows,
    in_full=_in_full,
    indexes=(("agreement", "stage", "state", "from_at", "until_at"), ("owner", "lead"), ("from_at",), ("until_at",)),
    present=(("amount",),),
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


def reached(leads: Table, visits: Table, question: Question, stage: str) -> ColumnElement[bool]:
    """Whether a lead ever entered a stage, by the instant asked about."""
    return _stayed(leads, visits, question, visits.c.stage == stage, visits.c.entered_at <= question.as_of)


def was_won(leads: Table, visits: Table, question: Question) -> ColumnElement[bool]:
    """Whether a lead was ever won, by the instant asked about."""
    return _stayed(leads, visits, question, visits.c.won_at <= question.as_of)


def _stayed(leads: Table, visits: Table, question: Question, *how: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(literal(1)).where(visits.c.lead == leads.c.lead, known(visits, question.known_at), *how).exists()


def find(
    connection: Connection,
    leads: Table,
    question: Question,
    filters: Mapping[str, str],
    *only: ColumnElement[bool],
    text: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[LeadState]:
    """Leads in the order of their keys behind `after`, at most `limit`; `text` is looked for in the keys, and `only` chooses
    further."""
    columns = [leads.c.lead, leads.c.from_at, *(leads.c[name] for name in LeadState._fields[2:])]
    where = and_(chosen(leads, question, filters), leads.c.lead > after, *only)
    if text:
        where = and_(where, leads.c.lead.contains(text, autoescape=True))
    rows = connection.execute(select(*columns).where(where).order_by(leads.c.lead).limit(limit))
    return [LeadState(*row) for row in rows]


def count(connection: Connection, leads: Table, question: Question, filters: Mapping[str, str]) -> int:
    """How many leads `find` would give in all."""
    found: int = connection.execute(select(func.count()).select_from(leads).where(chosen(leads, question, filters))).scalar_one()
    return found


def said_of(connection: Connection, tally: Table, most: int) -> dict[str, list[str]]:
    """What leads are said to be, by attribute: at most so many values of each, in their order, as known now."""
    t = tally.c
    query = select(t.name, t.value).where(t.kind == ATTRIBUTE, t.value != NOT_SAID).distinct().order_by(t.name, t.value)
    found: dict[str, list[str]] = {}
    for name, value in connection.execute(query):
        if len(values := found.setdefault(name, [])) < most:
            values.append(value)
    return found


def begun(connection: Connection, leads: Table) -> Instant | None:
    """When the first of the leads known now began; None where there is none."""
    found: Instant | None = connection.execute(select(func.min(leads.c.from_at)).where(leads.c.known_until.is_(None))).scalar_one()
    return found
