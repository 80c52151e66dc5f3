"""The company around the leads: its calendar, its people, and what happens to all of them at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count

from api.demo.people import ARBITER, INSIDE_SALES, LEAVER, SIGNERS, Staff
from api.demo.season import DAY, HOUR, is_fair_day
from api.demo.sources import DEMO, KINDS, ROUTER, SALESFORCE
from api.demo.story import Desk, Line, Story
from domain import events as e
from domain.the_model import THE_MODEL
from domain.vocabulary import SECOND, Instant, moment
from ledger.entry import Claim

GENERATOR = "tasuki-demo@3"
_MEETING_SECONDS = 3_600
_DECISIONS = (
    (
        "Call every new lead before noon.",
        "inside_sales:sato",
        "",
        e.ExpectedFigure("kept_per_mille", 900, None, "first_attempt.mql", within="month"),
    ),
    ("Route by region, not by hand.", "operations:arai", "", e.ExpectedFigure("kept_per_mille", 950, None, "route.mql", within="month")),
    ("Score price-list visits higher.", "marketing:tanaka", "10 more leads a month worth handing over.", None),
    ("Report every lost deal within two days.", "field_sales:takahashi", "", e.ExpectedFigure("overdue", 10, None, "report.outcome")),
)
"""What is decided, who sees to it, what is hoped for in words, and the figure that is to show it."""


class Company:
    """What every story can ask: the next working moment, who is there, and chance itself."""

    def __init__(self, chance: Callable[[], float], start: Instant, until: Instant) -> None:
        self.chance = chance
        self.desk = Desk()
        self.calendar = THE_MODEL.calendar
        self.start, self.until = start, until
        span = until - start
        self.leaves_at = self.calendar.due(start + span * 55 // 100, 7 * 3_600)
        self.staff = Staff(chance, self.leaves_at)
        opens = self.calendar.due(start + span * 30 // 100, 2 * 3_600)
        self.outage = (opens, opens + 5 * HOUR)
        self.recent: deque[str] = deque(maxlen=40)
        """Leads that came lately, of which another may turn out to be a double."""
        self._leads = 0

    def next_key(self) -> str:
        """The key of the next lead."""
        self._leads += 1
        return f"L-{self._leads:06d}"

    def worked(self, since: Instant, seconds: int) -> Instant:
        """When that much business time has passed; nobody can work during the outage."""
        at = self.calendar.due(since, seconds)
        began, ended = self.outage
        return self.calendar.due(ended, 60 + seconds % 1_800) if began <= at < ended else at

    def long_tail(self, median_seconds: float) -> int:
        """A duration around a median: mostly near it, now and then many times as long (log-logistic)."""
        chance = 0.001 + 0.998 * self.chance()
        return int(median_seconds * (chance / (1.0 - chance)) ** 0.7) + 1


def opening(start: Instant, seed: int) -> list[Claim]:
    """The ledger's first claims: that it is a demonstration, how each source writes, and that everybody who is bound by
    the default agreement signs it."""

    def claim(name: str, subject: str, event: e.LedgerOpened | e.SourceDeclared | e.AgreementSigned, actor: str = ARBITER) -> Claim:
        return Claim(DEMO, name, subject, start, actor, event)

    opened = claim("opened", e.LEDGER, e.LedgerOpened("demonstration", GENERATOR, seed))
    declared = [claim(f"source-{name}", e.SOURCES, e.SourceDeclared(name, kind)) for name, kind in KINDS.items()]
    signed = [
        claim(f"signed-{department}", e.AGREEMENTS, e.AgreementSigned(THE_MODEL.name, THE_MODEL.version, department), signer)
        for department, signer in SIGNERS.items()
    ]
    return [opened, *declared, *signed]


def shared_stories(company: Company) -> list[Story[None]]:
    """What happens to all leads at once."""
    fairs = [day for day in range(company.start, company.until, DAY) if is_fair_day(day) and not is_fair_day(day - DAY)]
    return [_meetings(company), _departure(company), _outage(company), *(_surge(company, fair) for fair in fairs)]


def _shared(source: str, id: str, at: Instant, actor: str, event: e.PersonDeactivated | e.OutageDeclared | e.SurgeAnnounced) -> Line:
    return at, Claim(source, id, e.TEAM, at, actor, event)


def _meetings(company: Company) -> Story[None]:
    """Every week the meeting decides something, looking at the ledger as it stands."""
    for week in count(1):
        monday = company.calendar.due(company.start + 7 * week * DAY, _MEETING_SECONDS)
        decision, owner, outlook, expected = _DECISIONS[week % len(_DECISIONS)]
        due = moment(monday + 14 * DAY).date()
        position = yield monday, None
        event = e.MeetingDecided(decision, owner, due, position, expected, outlook or None, moment(monday))
        yield monday, Claim(SALESFORCE, f"meeting-{week}", e.TEAM, monday, ARBITER, event)


def _departure(company: Company) -> Story[None]:
    yield _shared(ROUTER, "departure-1", company.leaves_at, ARBITER, e.PersonDeactivated(LEAVER))


def _outage(company: Company) -> Story[None]:
    """The telephone and the CRM are down; that they were is written down when they are back."""
    began, ended = company.outage
    yield _shared(ROUTER, "outage-1", ended, ARBITER, e.OutageDeclared(moment(began), moment(ended), "all"))


def _surge(company: Company, fair: Instant) -> Story[None]:
    """Marketing announces, two days before a fair, that more leads than planned will follow it."""
    at = company.worked(fair - 2 * DAY, 1_800 + int(company.chance() * 7_200))
    event = e.SurgeAnnounced(moment(fair + 2 * DAY), moment(fair + 9 * DAY + 8 * HOUR), INSIDE_SALES)
    yield _shared(SALESFORCE, f"surge-{fair // SECOND}", at, "marketing:yamada", event)
