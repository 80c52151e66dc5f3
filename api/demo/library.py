"""The demo's content: what there is, who made it for whom, and what sales asked for."""

from __future__ import annotations

from api.demo.company import Company
from api.demo.people import CUSTOMER_SUCCESS, FIELD_SALES, INSIDE_SALES, MARKETING, SIGNERS
from api.demo.season import DAY
from api.demo.sources import SALESFORCE
from api.demo.story import Story
from domain import events as e
from ledger.entry import Claim

_REGISTERED = (
    e.ContentRegistered("handoff_handbook", "The handoff handbook", "white_paper", (MARKETING, INSIDE_SALES), "mal", "sales_planning_lead"),
    e.ContentRegistered("sales_relay_101", "The sales relay, a webinar", "webinar", (MARKETING,), "mal", "marketing_manager"),
    e.ContentRegistered("price_list", "Prices", "web_page", (MARKETING, FIELD_SALES), "mql", "sales_director", FIELD_SALES),
    e.ContentRegistered("case_study_logistics", "How a haulier hands over", "case_study", (MARKETING, CUSTOMER_SUCCESS), "mql"),
    e.ContentRegistered("newsletter", "The newsletter", "mail", (MARKETING,), "lead"),
    e.ContentRegistered("welcome", "Welcome", "mail", (MARKETING,), "lead"),
    e.ContentRegistered("we_are_back", "Shall we talk again?", "mail", (MARKETING, INSIDE_SALES), "lead"),
    e.ContentRegistered("kick_off", "Kick-off agenda", "document", (CUSTOMER_SUCCESS, FIELD_SALES), "won"),
)
_REQUESTED = (
    e.ContentRequested("price_list", "Prices", FIELD_SALES, "web_page", "mql", "sales_director", "Every first call begins with them."),
    e.ContentRequested(
        "security_sheet", "Security on one page", FIELD_SALES, "document", "sql", "it_manager", "IT asks before each visit."
    ),
    e.ContentRequested("roi_calculator", "What a lost lead costs", INSIDE_SALES, "spreadsheet", "sal", "sales_director"),
    e.ContentRequested("case_study_manufacturing", "A maker's case study", FIELD_SALES, "case_study", "opportunity"),
)
_DAYS_BETWEEN_REQUESTS = 12


def library(company: Company) -> list[Story[None]]:
    """What there is is registered at the beginning; requests come in later, one by one."""
    return [_registered(company), _requested(company)]


def _registered(company: Company) -> Story[None]:
    at = company.worked(company.start, 18_000)
    for event in _REGISTERED:
        at += 1
        yield at, Claim(SALESFORCE, f"content-{event.content}", e.CONTENT, at, SIGNERS[event.co_authors[0]], event)


def _requested(company: Company) -> Story[None]:
    for number, event in enumerate(_REQUESTED):
        at = company.worked(company.start + number * _DAYS_BETWEEN_REQUESTS * DAY, 14_400)
        yield at, Claim(SALESFORCE, f"request-{event.content}", e.CONTENT, at, SIGNERS[event.requested_by], event)
