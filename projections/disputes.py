"""`disputes`: what departments contested about leads, who answered and ruled, and until when they had time.

A row is what one dispute is about: one that names several verdicts has several rows. It says how the dispute went over all
time; asked about an instant, it stands as it stood then. Disputes about whole months belong to no lead and have no rows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select

from domain import events as e
from domain.disputes import About, Dispute, Disputes, State
from domain.timeline import Timeline
from domain.vocabulary import Instant
from projections.asking import Question
from projections.projection import INTEGER, TEXT, Projection, Row, known

REJECTION = "rejection"
"""What a dispute about a rejection is counted under: it contests an act, whichever verdicts rest on it."""


def _rows(timeline: Timeline, dispute: Dispute) -> list[Row]:
    rows: list[Row] = []
    for named, about in {str(about): about for about in dispute.about}.items():
        rejection = about if isinstance(about, int) else None
        code, departments = _charged(timeline, about, dispute.opened.at)
        rows.append((dispute.opened.event.position, named, rejection, code, departments, *facts_of(dispute)))
    return rows


def _charged(timeline: Timeline, about: About, at: Instant) -> tuple[str | None, str]:
    """The code of what is contested, and the departments that it charged when that was opened; of a rejection, whoever turned
    the lead down. None where later evidence cleared it."""
    if isinstance(about, int):
        return REJECTION, next((given.receiver for given in timeline.offers if given.answered_by == about), "")
    charges = [charge for charge in timeline.charges if charge.id == about]
    if not charges:
        return None, ""
    first = next((charge for charge in reversed(charges) if charge.from_ < at), charges[0])
    return first.code, ",".join(party for party, _ in first.shares or first.overruns)


def facts_of(dispute: Dispute) -> Row:
    """Who did what about a dispute, and when: the columns of a row that are the same for all that it is about."""
    answered, ended = dispute.answered, dispute.ended
    return (
        _name(dispute),
        dispute.opened.event.commit,
        dispute.opened.event.agreement,
        dispute.by,
        dispute.opened.at,
        dispute.answer_by,
        dispute.unanswered_rule_by,
        dispute.answered_rule_by,
        *((None, None, None) if answered is None else (answered.by, answered.at, answered.event.position)),
        *((None, None, None, None) if ended is None else (ended.by, ended.at, ended.event.position, dispute.state)),
    )


def _name(dispute: Dispute) -> str:
    opened = dispute.opened.event.event
    assert isinstance(opened, e.DisputeOpened)
    return opened.dispute


DISPUTES = Projection(
    name="disputes",
    version=2,
    columns=(
        ("opened_by", INTEGER),
        ("about", TEXT),
        ("rejection", INTEGER),
        ("code", TEXT),
        ("departments", TEXT),
        ("dispute", TEXT),
        ("commit", INTEGER),
        ("agreement", TEXT),
        ("by", TEXT),
        ("opened_at", INTEGER),
        ("answer_by", INTEGER),
        ("unanswered_rule_by", INTEGER),
        ("answered_rule_by", INTEGER),
        ("answerer", TEXT),
        ("answered_at", INTEGER),
        ("answered_by", INTEGER),
        ("ender", TEXT),
        ("ended_at", INTEGER),
        ("ended_by", INTEGER),
        ("ending", TEXT),
    ),
    key=2,
    parts=lambda timeline: tuple(timeline.lead.disputes.values()),
    reads=lambda timeline: (timeline.offers, timeline.charges) if timeline.lead.disputes else (),
    rows=_rows,
    indexes=(("opened_by",),),
    judged=True,
)
"""`opened_by`, `answered_by` and `ended_by` are positions, `by`, `answerer` and `ender` departments; `commit` is the opening's,
by which one dispute on several leads is known to be one."""


class DisputeRow(NamedTuple):
    """What a dispute is about, as it stood at an instant. Without a lead it is about a whole month, of which no row knows what
    it charges; `departments` are those charged, with commas between."""

    lead: str | None
    opened_by: int
    about: str
    rejection: int | None
    code: str | None
    departments: str
    dispute: str
    commit: int
    agreement: str
    by: str
    opened_at: Instant
    answer_by: Instant | None
    unanswered_rule_by: Instant | None
    answered_rule_by: Instant | None
    answerer: str | None
    answered_at: Instant | None
    answered_by: int | None
    ender: str | None
    ended_at: Instant | None
    ended_by: int | None
    ending: Any

    @property
    def rule_by(self) -> Instant | None:
        """Until when the arbiter is to rule."""
        return self.unanswered_rule_by if self.answered_at is None else self.answered_rule_by

    def state_at(self, at: Instant) -> State:
        """How it stands at an instant, in silence since the last event known by then."""
        if self.ended_at is not None:
            ending: State = self.ending
            return ending
        if self.answered_at is not None:
            return "answered"
        return "unanswered" if self.answer_by is not None and self.answer_by < at else "opened"

    def at(self, at: Instant) -> DisputeRow:
        """Without what took effect only later."""
        row = self
        if row.answered_at is not None and row.answered_at > at:
            row = row._replace(answerer=None, answered_at=None, answered_by=None)
        if row.ended_at is not None and row.ended_at > at:
            row = row._replace(ender=None, ended_at=None, ended_by=None, ending=None)
        return row


def disputed(connection: Connection, disputes: Table, question: Question) -> list[DisputeRow]:
    """Everything disputed on leads by an instant, in the order in which it was opened."""
    columns = [disputes.c[name] for name in DisputeRow._fields]
    query = select(*columns).where(known(disputes, question.known_at), disputes.c.opened_at <= question.as_of)
    rows = (DisputeRow(*row) for row in connection.execute(query.order_by(disputes.c.opened_by, disputes.c.about)))
    return [row.at(question.as_of) for row in rows]


def of_months(disputes: Disputes, question: Question) -> list[DisputeRow]:
    """Everything disputed about whole months by an instant, in the shape of the rows about leads."""
    rows = [
        DisputeRow(None, dispute.opened.event.position, about, None, None, "", *facts_of(dispute)).at(question.as_of)
        for dispute in disputes.values()
        if dispute.opened.at <= question.as_of
        for about in {str(about) for about in dispute.about}
    ]
    return sorted(rows, key=lambda row: (row.opened_by, row.about))
