"""Histories as people tell them: when (in Tokyo, November 2026), who, and what; and what became of the lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from domain import events as e
from domain.episodes import Episode, Segment
from domain.lead import Lead, silent
from domain.shared import Shared
from domain.the_model import THE_MODEL
from domain.timeline import EMPTY, Timeline, step, timeline
from domain.vocabulary import Instant, SourceKind, instant, moment

TOKYO = timezone(timedelta(hours=9))
MARKETING, INSIDE, FIELD, SUCCESS = "marketing:tanaka", "inside_sales:sato", "field_sales:ito", "customer_success:mori"
LEAD, OTHER, THIRD = "L-1", "L-2", "L-3"


def at(when: str) -> Instant:
    """`16 10:00` is that day of November 2026 in Tokyo; `12-01 18:00` and `2027-01-04 09:00` name the rest."""
    day, clock = when.split(" ")
    date = {0: f"2026-11-{int(day):02}" if day.isdecimal() else "", 1: f"2026-{day}", 2: day}[day.count("-")]
    return instant(datetime.fromisoformat(f"{date}T{clock}+09:00"))


def written(instant_: Instant | None) -> str:
    """The instant as the tests write it; `…` where there is none."""
    if instant_ is None:
        return "…"
    local = moment(instant_).astimezone(TOKYO)
    return f"{local:%d %H:%M}" if (local.year, local.month) == (2026, 11) else f"{local:%m-%d %H:%M}"


@dataclass(frozen=True)
class History:
    """Events in the order in which they were recorded."""

    events: tuple[e.Recorded, ...] = ()
    shared: Shared = field(default_factory=Shared)

    def then(
        self,
        when: str,
        who: str | None,
        event: e.AnyEvent,
        *,
        recorded: str | None = None,
        by: SourceKind = "manual",
        lead: str = LEAD,
        agreement: str = THE_MODEL.id,
    ) -> History:
        """One more event; punctual unless `recorded` says otherwise."""
        position = self.position + 1
        occurred_at = at(when)
        own = None if event.SHARED is not None else lead
        told = e.Recorded(position, position, occurred_at, at(recorded) if recorded else occurred_at, own, event, who, "crm", by, agreement)
        if own is None:
            return replace(self, events=(*self.events, told), shared=self.shared.after(told))
        return replace(self, events=(*self.events, told))

    @property
    def position(self) -> int:
        return len(self.events)

    def of(self, lead: str) -> list[e.Recorded]:
        """What counts for a lead: its own events, and those of leads that may be merged into it."""
        merged = {told.lead for told in self.events if isinstance(told.event, e.LeadMerged)}
        return [told for told in self.events if told.lead == lead or told.lead in merged]

    def timeline(self, lead: str = LEAD) -> Timeline:
        return timeline(self.of(lead), self.shared, lead)

    def lead(self, key: str = LEAD) -> Lead:
        """The lead at its last event."""
        return self.timeline(key).lead

    def segments(self, lead: str = LEAD, episode: int = -1) -> list[str]:
        return table(self.timeline(lead).episodes[episode].segments)

    def marks(self, lead: str = LEAD) -> dict[int, tuple[str, ...]]:
        return dict(self.timeline(lead).marks)


def given(when: str, who: str | None, event: e.AnyEvent, **how: object) -> History:
    """A history begins."""
    return History().then(when, who, event, **how)  # type: ignore[arg-type]


def captured(lead: str = LEAD, when: str = "16 09:00") -> History:
    """A lead that marketing captured on Monday the 16th at nine."""
    return given(when, MARKETING, e.LeadCaptured(), lead=lead)


def offered(owner: str | None = INSIDE) -> History:
    """A lead that marketing offered to inside sales at ten, due for an answer at noon if the owner is known."""
    return (
        captured()
        .then("16 09:30", MARKETING, e.StageEntered("mql"))
        .then("16 10:00", MARKETING, e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(), owner=owner))
    )


def accepted() -> History:
    """A lead that inside sales accepted at eleven."""
    return offered().then("16 11:00", INSIDE, e.HandoffAccepted("h1"))


def at_field_sales() -> History:
    """A lead that field sales holds since Tuesday noon."""
    return (
        accepted()
        .then("16 13:00", INSIDE, e.StageEntered("sal"))
        .then("17 10:00", INSIDE, e.HandoffOffered("h2", "sal", "field_sales", e.Briefing(), owner=FIELD))
        .then("17 12:00", FIELD, e.HandoffAccepted("h2"))
    )


def won() -> History:
    """A lead that field sales won on Friday, not yet handed to customer success."""
    return (
        at_field_sales().then("18 10:00", FIELD, e.OpportunityOpened(3_000_000, "JPY")).then("20 10:00", FIELD, e.DealWon(2_500_000, "JPY"))
    )


def table(segments: Iterable[Segment]) -> list[str]:
    """Segments as lines: from - until, stage, custodian, who owes the next move, the owner if known, and bypass."""
    return [
        " ".join(
            part
            for part in (
                f"{written(s.from_)} - {written(s.until)}: {s.stage} {s.custodian}, {s.responsible}",
                f"({s.owner})" if s.owner else "",
                "bypass" if s.bypass else "",
            )
            if part
        )
        for s in segments
    ]


def visits(episode: Episode) -> list[str]:
    return [f"{visit.stage} {written(visit.entered_at)} - {written(visit.left_at)}" for visit in episode.visits]


def holders(episode: Episode) -> list[str]:
    return [f"{holding.holder} {written(holding.since)}" for holding in episode.custodians]


def stepped(events: Iterable[e.Recorded], shared: Shared) -> Timeline:
    """The timeline event by event, folded anew where an event reaches back."""
    state, told = EMPTY, list[e.Recorded]()
    for event in events:
        told.append(event)
        after = step(state, event, shared)
        state = timeline(told, shared, event.lead) if after is None else after
    return state


def just_before(state: Timeline, instant_: Instant) -> Lead:
    """The lead just before an instant, in silence since its last event."""
    lead = state.lead
    while (change := silent(lead, state.agreement)) is not None and change[0] < instant_:
        lead = change[1]
    return lead
