"""The disputes of a lead's page: what may be contested and until when, what is contested, and forms as events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from api.audit.trail import ShownAudit, ShownDispute
from api.knowledge import Known, shown
from api.problems import refused
from api.service import Service
from api.shown_disputes import days_left
from api.web.posting import field
from domain.agreement import Agreement
from domain.contesting import docket
from domain.disputes import About
from domain.vocabulary import instant


class Contestable(NamedTuple):
    """A verdict (by its id) or a rejection (by its position) that may be disputed now. Without `until` the agreement names no
    time; `days_left` are working days, 0 on the last one."""

    about: About
    parties: Sequence[str]
    until: datetime | None
    days_left: int | None


class Contested(NamedTuple):
    """A dispute with what was written in it, or why that is withheld, what it asks of whom, and until when."""

    dispute: ShownDispute
    grounds: Any
    answer: Any
    parties: Sequence[str]
    until: datetime | None
    days_left: int | None

    @property
    def is_pending(self) -> bool:
        return self.dispute.ended_at is None


class Docketed(NamedTuple):
    """Everything of a lead that is or may be disputed. Nothing may be at a moment that is not the present."""

    contestable: Mapping[About, Contestable]
    contested: Sequence[Contested]

    def has_form(self, form: Mapping[str, str]) -> bool:
        """Whether the page still has the form that was filled in so: what it asked may not be possible any more."""
        match form.get("act"):
            case "opened":
                return form.get("about", "") in map(str, self.contestable)
            case "answered":
                return any(one.dispute.dispute == form.get("dispute") for one in self.contested if one.dispute.state == "opened")
            case "ruled" | "withdrawn":
                return any(one.dispute.dispute == form.get("dispute") for one in self.contested if one.is_pending)
            case _:
                return False


def docketed(service: Service, key: str, trail: ShownAudit, known: Known, agreement: Agreement, *, is_present: bool) -> Docketed:
    """What a lead's page says of disputes."""
    events = service.book.events_of(key, known.position)
    matters = docket(key, events, service.knowledge.shared(known.position), known.as_of).matters or {}
    contestable = {
        about: Contestable(about, sorted(matter.parties), shown(matter.until), days_left(agreement, known.as_of, matter.until))
        for about, matter in matters.items()
        if is_present and matter.disputed is None and matter.ruled is None and (matter.until is None or known.as_of <= matter.until)
    }
    texts = {record.event.position: msgspec.json.decode(record.event.data) for record in trail.records}
    contested = [
        _contested(dispute, texts, sorted({party for about in dispute.about if about in matters for party in matters[about].parties}),
                   agreement, known)
        for dispute in trail.disputes
    ]  # fmt: skip
    return Docketed(contestable, contested)


def _contested(
    dispute: ShownDispute, texts: Mapping[int, Mapping[str, Any]], parties: Sequence[str], agreement: Agreement, known: Known
) -> Contested:
    until = dispute.answer_by if dispute.state == "opened" else dispute.rule_by if dispute.ended_at is None else None
    return Contested(
        dispute,
        texts.get(dispute.opened_position, {}).get("grounds", ""),
        texts.get(dispute.answered_position or 0, {}).get("text"),
        parties,
        until,
        None if until is None else days_left(agreement, known.as_of, instant(until)),
    )


_ACTS = ("opened", "answered", "ruled", "withdrawn")


class Act(NamedTuple):
    """What a form says, as an event."""

    id: str
    type: str
    actor: str
    data: dict[str, Any]


def act(key: str, form: Mapping[str, str], taken: Iterable[str]) -> Act:
    """The event of a form; `taken` are the names of the lead's disputes. Raises ProblemError for a form that lacks something."""
    actor = f"{field(form, 'department')}:{field(form, 'person')}"
    what = field(form, "act")
    if what not in _ACTS:
        raise refused("malformed", "A form about a dispute opens, answers, rules on or withdraws it.", "/act")
    data: dict[str, Any] = {"dispute": _new_name(taken) if what == "opened" else field(form, "dispute")}
    if what == "opened":
        about = field(form, "about")
        data |= {"about": [int(about) if _is_position(about) else about], "grounds": field(form, "grounds")}
        if evidence := _positions(form):
            data["evidence"] = evidence
    elif what == "answered":
        data["text"] = field(form, "text")
    elif what == "ruled":
        data |= {"ruling": field(form, "ruling"), "evidence": _positions(form)}
        if data["ruling"] == "split":
            data["shares"] = _shares(form)
    return Act(f"{key}/{data['dispute']}/{what}", f"dispute.{what}", actor, data)


def _new_name(taken: Iterable[str]) -> str:
    """`d1`, or the next one that no dispute of the lead has."""
    names, number = set(taken), 1
    while f"d{number}" in names:
        number += 1
    return f"d{number}"


def _is_position(text: str) -> bool:
    """A verdict's id is longer than any position, should it be of digits alone."""
    return text.isascii() and text.isdigit() and len(text) <= 15


def _positions(form: Mapping[str, str]) -> list[int]:
    """Positions with anything but digits between them."""
    told = form.get("evidence", "").replace(",", " ").replace("、", " ").split()
    if not all(map(_is_position, told)):
        raise refused("malformed", "Evidence is given as positions of the ledger, such as 12, 15.", "/evidence")
    return [int(one) for one in told]


def _shares(form: Mapping[str, str]) -> dict[str, int]:
    """The percentages of a split, from fields such as `share_marketing`."""
    told = {name.removeprefix("share_"): value.removesuffix("%") for name, value in form.items() if name.startswith("share_")}
    if not all(value.isdecimal() and len(value) <= 3 for value in told.values()):
        raise refused("malformed", "Shares are whole percentages that add up to 100.", "/shares")
    return {party: int(value) for party, value in told.items() if int(value)}
