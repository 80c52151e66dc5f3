"""The rows of late claims: there while nobody has confirmed them, followed and built anew alike."""

from __future__ import annotations

from domain import events as e
from domain.vocabulary import SECOND
from ledger.entry import Claim, Receipt
from projections.asking import Question
from projections.claims import CLAIMS, Asked, ClaimRow, claimed
from tests.projections.reading import Ledger, without_processes

DAY = 86_400 * SECOND
CALL = e.ActivityLogged("call", "outbound", "connected")


def rows(ledger: Ledger, known_at: int | None = None, **narrowed: object) -> list[ClaimRow]:
    asked = Asked(Question(ledger.now, known_at), None, None, 0, 10)._replace(**narrowed)  # type: ignore[arg-type]
    found: list[ClaimRow] = ledger.read(claimed, [CLAIMS.name], asked)
    return found


def say(ledger: Ledger, event: e.AnyEvent, who: str = "inside_sales:sato", days: int = 0, lead: str = "L-1") -> int:
    """Says it through a CRM that may reach three days back; the position it stands at."""
    ledger.now += SECOND
    if not ledger.book.shared().sources:
        ledger.book.append([Claim("admin", "1", e.SOURCES, ledger.now, None, e.SourceDeclared("crm", "manual", None, 3))])
        ledger.now += SECOND
    name = str(ledger.book.head().position)
    (answer,) = ledger.book.append([Claim("crm", name, event.SHARED or lead, ledger.now - days * DAY, who, event)])
    assert isinstance(answer, Receipt), answer
    ledger.runner.catch_up()
    return answer.position


def test_a_claim_is_listed_until_another_department_confirms_it(ledger: Ledger) -> None:
    say(ledger, e.LeadCaptured(), "marketing:tanaka")
    position = say(ledger, CALL, days=4)
    (row,) = rows(ledger)
    assert row[:6] == (position, "L-1", "activity.logged", "inside_sales", "inside_sales:sato", "crm")
    assert (row.recorded_at, row.recorded_at - row.occurred_at, row.backdating_days) == (ledger.now, 4 * DAY, 3)
    say(ledger, e.RecordConfirmed(position, "seen"), "marketing:tanaka")
    assert rows(ledger) == []
    assert rows(ledger, position) == [row]
    assert rows(ledger, position - 1) == []


def test_a_lead_of_which_there_are_claims_alone_is_listed_too(ledger: Ledger) -> None:
    position = say(ledger, e.LeadCaptured(), "marketing:tanaka", days=9)
    assert [row.position for row in rows(ledger)] == [position]
    say(ledger, e.RecordConfirmed(position, "met at the fair"))
    assert rows(ledger) == []
    assert [row[0] for row in ledger.tables()["leads"] if row[-1] is None] == ["L-1"]


def test_claims_are_narrowed_and_paged(ledger: Ledger) -> None:
    first = say(ledger, e.LeadCaptured(), "marketing:tanaka", days=9)
    second = say(ledger, CALL, days=4)
    assert [row.position for row in rows(ledger, department="inside_sales")] == [second]
    assert rows(ledger, source="mail") == []
    assert [row.position for row in rows(ledger, limit=1)] == [first]
    assert [row.position for row in rows(ledger, after=first)] == [second]


def test_a_claim_about_a_merged_lead_is_listed_once(ledger: Ledger) -> None:
    for lead in ("L-1", "L-2"):
        say(ledger, e.LeadCaptured(), "marketing:tanaka", lead=lead)
    say(ledger, e.LeadMerged("L-1"), "marketing:tanaka", lead="L-2")
    position = say(ledger, e.StageObserved("mal", "s"), days=4, lead="L-2")
    assert [(row.position, row.lead) for row in rows(ledger)] == [(position, "L-2")]


def test_building_anew_leaves_the_same_rows(ledger: Ledger) -> None:
    say(ledger, e.LeadCaptured(), "marketing:tanaka", days=9)
    claims = [say(ledger, CALL, days=days) for days in (4, 5, 6)]
    say(ledger, e.RecordConfirmed(claims[1], "seen"), "marketing:tanaka")
    say(ledger, e.RecordRetracted(claims[2], "another lead"))
    live = ledger.tables()
    with without_processes():
        ledger.rebuild()
    assert live == ledger.tables()
    assert len(rows(ledger)) == 2
