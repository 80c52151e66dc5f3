"""What the demo's departments agree on besides the SLA: scoring model and personas, what is to be reached, and what it costs.

No chance is drawn here, so that the leads are the same with and without it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from api.demo.company import Company
from api.demo.people import FIELD_SALES, INSIDE_SALES, MARKETING, SIGNERS
from api.demo.season import DAY, FAIR_MONTHS, TOKYO
from api.demo.sources import SALESFORCE
from api.demo.story import Story
from domain import events as e
from domain.vocabulary import Instant, moment
from ledger.entry import Claim

_SIDES = (MARKETING, INSIDE_SALES, FIELD_SALES)
_SCORING: dict[str, Any] = {
    "name": "worth",
    "version": 1,
    "signed_by": [MARKETING, INSIDE_SALES],
    "bar": 60,
    "attributes": [
        {"id": "decides", "attribute": "persona", "is": ["sales_director", "sales_planning_lead"], "points": 20, "says": "Decides on it"},
        {"id": "researches", "attribute": "persona", "is": "researcher", "points": -30, "says": "Researches only"},
        {"id": "our_size", "attribute": "company_size", "is": ["50-299", "300-999"], "points": 15, "says": "A company of our size"},
        {"id": "bought", "attribute": "channel", "is": "list_purchase", "points": -15, "says": "From a bought list"},
    ],
    "actions": [
        {"id": "asked", "hand_raise": "any", "points": 40, "half_life_days": 60, "at_most": 60, "says": "Asked for something"},
        {"id": "prices", "activity": "page_view", "content": "price_list", "points": 16, "half_life_days": 14, "says": "Read prices"},
        {"id": "webinar", "activity": "webinar", "points": 12, "half_life_days": 30, "at_most": 24, "says": "Came to a webinar"},
        {"id": "bounced", "activity": "email", "outcome": "bounced", "points": -25, "says": "Mail came back"},
    ],
}  # fmt: skip
_PERSONAS: dict[str, Any] = {
    "name": "buyers",
    "version": 1,
    "signed_by": list(_SIDES),
    "personas": [
        {"id": "sales_director", "says": "Sales director", "wants": "A forecast that holds", "worries": "Another tool to fill in"},
        {"id": "sales_planning_lead", "says": "Sales planning lead", "wants": "Handoffs one can see", "worries": "Double entry"},
        {"id": "marketing_manager", "says": "Marketing manager", "wants": "To know what became of the leads", "worries": "Blame"},
        {"id": "it_manager", "says": "IT manager", "wants": "Single sign-on and an audit trail", "worries": "Personal data"},
    ],
    "icp": [
        {"says": "Software and services", "industry": ["software", "business_services"], "company_size": ["50-299", "300-999"]},
        {"says": "Makers with a sales force", "industry": "manufacturing", "company_size": ["50-299", "300-999", "1000+"]},
    ],
}
_YEN_A_LEAD = {
    "web": 6_000, "webinar": 12_000, "paid_search": 18_000, "white_paper": 9_000, "list_purchase": 3_000, "partner": 15_000,
    "referral": 2_000,
}  # fmt: skip
_SHARE_PERCENT = {"web": 30, "webinar": 17, "paid_search": 19, "white_paper": 14, "list_purchase": 10, "partner": 6, "referral": 4}
_FAIR_YEN_A_LEAD, _FAIR_PERCENT = 25_000, 40
_TARGET_PER_MILLE = {"lead": 1_000, "mql": 350, "sal": 125, "sql": 85, "opportunity": 60, "won": 15}
_DEAL_YEN = 3_000_000


def agreed_stories(company: Company, leads: int) -> list[Story[None]]:
    """Model and personas are signed in the first working days; targets are set as each month begins, costs are known once it is
    over."""
    a_month = leads * 30 * DAY // max(company.until - company.start, DAY)
    return [_signed(company, _SCORING, 3_600), _signed(company, _PERSONAS, 7_200), _targets(company, a_month), _costs(company, a_month)]


def _signed(company: Company, terms: dict[str, Any], seconds: int) -> Story[None]:
    """A document is proposed by marketing, and signed by one department after the other."""
    name, version = terms["name"], terms["version"]
    of_scoring = terms is _SCORING
    proposed = e.ScoringProposed(name, version, terms) if of_scoring else e.PersonasProposed(name, version, terms)
    at = company.worked(company.start, seconds)
    yield _line(at, f"{name}-proposed", SIGNERS[MARKETING], proposed)
    for department in terms["signed_by"]:
        at = company.worked(at, 5_400)
        signed = e.ScoringSigned(name, version, department) if of_scoring else e.PersonasSigned(name, version, department)
        yield _line(at, f"{name}-signed-{department}", SIGNERS[department], signed)


def _targets(company: Company, leads: int) -> Story[None]:
    for first, begins in _months(company):
        at = company.worked(max(begins, company.start), 10_800)
        for stage, per_mille in _TARGET_PER_MILLE.items():
            n = max(leads * per_mille // 1_000, 1)
            worth = (n * _DEAL_YEN, "JPY") if stage == "won" else (None, None)
            event = e.TargetSet(f"{first:%Y-%m}", stage, n, _SIDES, None, None, *worth)
            at += 1
            yield _line(at, f"target-{first:%Y-%m}-{stage}", SIGNERS[MARKETING], event)


def _costs(company: Company, leads: int) -> Story[None]:
    """A little more or less than planned, by the month."""
    for first, begins in _months(company):
        at = company.worked(max(begins + 31 * DAY, company.start), 14_400)
        spent = {channel: yen * leads * _SHARE_PERCENT[channel] // 100 for channel, yen in _YEN_A_LEAD.items()}
        if first.month in FAIR_MONTHS:
            spent["exhibition"] = _FAIR_YEN_A_LEAD * leads * _FAIR_PERCENT // 100
        for place, (channel, yen) in enumerate(spent.items()):
            varied = yen * (92 + (first.month * 7 + place * 5) % 17) // 100 // 1_000 * 1_000
            at += 1
            yield _line(at, f"cost-{first:%Y-%m}-{channel}", SIGNERS[MARKETING], e.CostRecorded(f"{first:%Y-%m}", channel, varied, "JPY"))


def _months(company: Company) -> list[tuple[date, Instant]]:
    """The first day of every month of the history, and when it begins."""
    day, months = moment(company.start + TOKYO).date().replace(day=1), []
    while (begins := company.calendar.midnight(day)) <= company.until:
        months.append((day, begins))
        day = (day + timedelta(days=31)).replace(day=1)
    return months


def _line(at: Instant, id: str, actor: str, event: e.AnyEvent) -> tuple[Instant, Claim]:
    assert event.SHARED is not None
    return at, Claim(SALESFORCE, id, event.SHARED, at, actor, event)
