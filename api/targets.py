"""`GET /v1/targets`: how many leads were to enter which stage, of all or of a segment, and who agreed on that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.exports import listed
from api.parameters import Asked
from api.service import Open
from domain import events as e
from domain.chain import targets_of
from domain.vocabulary import moment

router = APIRouter(tags=["dashboards"])
Accept = Annotated[str | None, Header()]


class TargetsQuery(Asked):
    """Which targets."""

    period: str | None = Field(None, max_length=8, description="Only those of this month or week.", examples=["2026-11"])


class TargetRow(msgspec.Struct, frozen=True):
    """A target in force: of all leads, or of those whose attribute has a value."""

    position: int
    set_at: datetime
    actor: str | None
    period: str
    stage: str
    attribute: str | None
    value: str | None
    n: int
    amount: int | None
    currency: str | None
    agreed_by: Sequence[str]


class TargetsAnswer(msgspec.Struct, frozen=True):
    """The targets in force, by period, stage and segment."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    targets: Sequence[TargetRow]


@router.get("/v1/targets", operation_id="list_targets", summary="The targets in force")
def list_targets(query: Annotated[TargetsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Recorded as `target.set` events; a later one about the same takes the place of an earlier one."""
    known = service.knowledge.asked(query.as_of, query.known_at)
    found = targets_of(service.book.shared_events(known.position), known.as_of)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], item[1].position))
    rows = [_target_row(recorded) for (period, _, _), recorded in ordered if query.period in (None, period)]
    return listed(accept, TargetsAnswer(known.position, moment(known.as_of), moment(known.known_at), None, rows), rows)


def _target_row(recorded: e.Recorded) -> TargetRow:
    event = recorded.event
    assert isinstance(event, e.TargetSet)
    return TargetRow(
        position=recorded.position,
        set_at=moment(recorded.occurred_at),
        actor=recorded.actor,
        period=event.period,
        stage=event.stage,
        attribute=event.attribute,
        value=event.value,
        n=event.n,
        amount=event.amount,
        currency=event.currency,
        agreed_by=event.agreed_by,
    )
