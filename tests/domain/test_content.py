"""The register of content, and the touches of a lead."""

from __future__ import annotations

from domain import events as e
from domain.content import register_of
from domain.touches import Noted


def act(position, event, at=None, actor="field_sales:ito"):
    when = position if at is None else at
    return e.Recorded(position, position, when, when, None, event, actor, "crm", "manual", "the-model@1")


SHEET = e.ContentRequested("security_sheet", "Security sheet", "field_sales")
MADE = e.ContentRegistered("security_sheet", "Security sheet", "document", ("marketing", "field_sales"))


def test_what_was_asked_for_is_wanted_until_content_of_its_name_is_registered():
    asked, made = act(1, SHEET), act(5, MADE)
    assert register_of([asked], 9).wanted == (asked,)
    assert register_of([asked, made], 4).wanted == (asked,)
    assert register_of([asked, made], 5).wanted == ()


def test_who_asked_first_waits_since_then_and_a_later_record_of_a_piece_counts():
    again, better = act(2, SHEET, actor="inside_sales:sato"), act(6, MADE)
    found = register_of([act(1, SHEET), again, act(5, MADE), better], 9)
    assert found.requests["security_sheet"].position == 1
    assert found.pieces["security_sheet"] is better


def test_touches_are_counted_by_run_and_what_names_no_content_is_none():
    noted = Noted()
    for position, content, run in ((1, "price_list", 1), (2, None, 1), (3, "newsletter", 1), (4, "price_list", 2)):
        noted = noted.after(act(position, e.ActivityLogged("page_view", "inbound", content=content)), position, run)
    assert [(touch.content, touch.episode, touch.number) for touch in noted.touches] == [
        ("price_list", 1, 1),
        ("newsletter", 1, 2),
        ("price_list", 2, 1),
    ]


def test_what_is_said_of_a_persona_is_noted_with_who_says_it():
    noted = Noted().after(act(3, e.OutcomeReported("marketing", "lost", "no_budget", "poor")), 3, 1)
    assert [(fit.department, fit.outcome, fit.persona_fit) for fit in noted.fits] == [("field_sales", "lost", "poor")]
    assert noted.after(act(4, e.OutcomeReported("marketing", "won")), 4, 1) is noted
