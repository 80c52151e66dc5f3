"""Bytes are for ever: one golden file for each event name and version the ledger has ever written.

A new event gets its file by running this with TASUKI_GOLDEN=write, once; an existing file is never written again.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from domain import events as e
from domain.vocabulary import moment
from ledger.codec import decode, encode, entry_of, recorded
from ledger.entry import Claim, permanent_name
from ledger.merkle import leaf_hash
from tests.ledger.appending import MONDAY

FOLDER = Path(__file__).resolve().parents[1] / "golden"
THEN, UNTIL = datetime(2026, 11, 16, 1, tzinfo=UTC), datetime(2026, 11, 16, 3, 30, 15, 250_000, tzinfo=UTC)

EXAMPLES: tuple[e.AnyEvent, ...] = (
    e.LeadCaptured(
        "展示会",
        "autumn",
        "marketing",
        "owner",
        "steel",
        "50-99",
        "関東",
        e.Contact("田中", "t@example.jp", "03-1234-5678", "Tanaka KK", "CEO"),
    ),
    e.LeadProfiled("web", "winter", "buyer", "food", "100-299", "Kansai", "1M", "decider", "now", "Q1", e.Contact(title="CTO")),
    e.LeadScored(82, "v1", "A", ("visited pricing", "large")),
    e.LeadHandRaised("demo_request"),
    e.LeadAssigned("inside_sales", "inside_sales:sato"),
    e.StageEntered("mql"),
    e.StageObserved("sql", "salesforce", "field_sales", "field_sales:ito", 1_200_000, "JPY", "sync", THEN, UNTIL),
    e.CustodyObserved("V5 3rd", "vinst", "unassigned", THEN, UNTIL),
    e.ActivityLogged("call", "outbound", "no_answer", False, "machine", "phone", "intro", "will call back"),
    e.HandoffOffered(
        "h1", "mql", "inside_sales", e.Briefing(82, "demo", "1M", "Q1", ("opened mail",), "call", "keen"), "inside_sales:sato", True
    ),
    e.HandoffAccepted("h1", "inside_sales:sato"),
    e.HandoffRejected("h1", "clerical", "duplicate", "see L-2"),
    e.HandoffWithdrawn("h1", "mistake", "wrong lead"),
    e.HandoffReturned("h1", "not_ready", "in spring"),
    e.ClockPaused("customer", UNTIL, (4, 6)),
    e.ClockResumed("customer"),
    e.OpportunityOpened(1_200_000, "JPY", date(2026, 12, 24)),
    e.OpportunityAmended(1_100_000, "JPY", date(2027, 1, 8)),
    e.DealWon(1_100_000, "JPY"),
    e.DealLost("competitor", "Acme"),
    e.LeadDisqualified("no_fit"),
    e.LeadRecycled("later", date(2027, 4, 1)),
    e.LeadReopened("asked again"),
    e.LeadMerged("L-2"),
    e.OutcomeReported("marketing", "returned", "not_ready", "good", "thanks"),
    e.RecordCorrected(3, "wrong stage", e.Replacement(e.StageEntered("mal"), MONDAY, "marketing:tanaka")),
    e.RecordRetracted(3, "test data"),
    e.RecordConfirmed(3, "I saw it"),
    e.RecordConsented(3, "agreed"),
    e.DisputeOpened("d1", ("a1b2", 7), "It was answered.", (5, 7)),
    e.DisputeAnswered("d1", "It was not."),
    e.DisputeRuled("d1", "split", (5,), {"inside_sales": 40, "marketing": 60}),
    e.DisputeWithdrawn("d1"),
    e.PersonDeactivated("inside_sales:sato"),
    e.OutageDeclared(THEN, UNTIL, "all"),
    e.SurgeAnnounced(THEN, UNTIL, "marketing"),
    e.MeetingDecided(
        "more fairs",
        "marketing:tanaka",
        date(2026, 12, 1),
        9,
        e.ExpectedFigure("kept_per_mille", 950, 812, "offer.mql", "marketing", None, "month"),
        "20 leads",
        THEN,
    ),
    e.TargetSet("2026-11", "won", 12, ("marketing", "field_sales"), "channel", "fair", 60_000_000, "JPY"),
    e.SourceDeclared("crm", "import", date(2026, 12, 1), 30),
    e.AgreementProposed("the-model", 2, {"name": "the-model", "stages": ["lead"], "version": 2}),
    e.AgreementSigned("the-model", 2, "inside_sales"),
    e.AgreementWithdrawn("the-model", 2, "The budgets are too tight."),
    e.AgreementExtended("the-model", 1, {"closed": ["2051-01-01"], "from": "2051-01-01", "offsets": [], "until": "2051-12-31"}),
    e.SubscriptionOpened(
        "late-decisions",
        "inside_sales:sato",
        ("warned", "breached", "kept_late"),
        "wh_0123456789abcdef",
        "hooks.example.jp",
        "slack",
        "ja",
        "decide.mql",
        "inside_sales",
        "marketing",
        "inside_sales:sato",
    ),
    e.SubscriptionPaused("late-decisions"),
    e.SubscriptionResumed("late-decisions"),
    e.SubscriptionClosed("late-decisions", "gone"),
    e.CostRecorded("2026-11", "展示会", 1_200_000, "JPY", "autumn", "the stand"),
    e.RateStated("USD", "JPY", 15_125, 10_000, date(2026, 11, 1)),
    e.ScoringProposed("worth", 2, {"bar": 60, "name": "worth", "signed_by": ["marketing", "inside_sales"], "version": 2}),
    e.ScoringSigned("worth", 2, "inside_sales"),
    e.ScoringWithdrawn("worth", 2, "The fair counts for too much."),
    e.PersonasProposed(
        "buyers", 2, {"name": "buyers", "personas": [{"id": "maker"}], "signed_by": ["marketing", "inside_sales"], "version": 2}
    ),
    e.PersonasSigned("buyers", 2, "inside_sales"),
    e.PersonasWithdrawn("buyers", 2, "The researcher is no buyer."),
    e.ContentRegistered("price_list", "価格表", "web_page", ("marketing", "field_sales"), "opportunity", "business_owner", "field_sales"),
    e.ContentRequested("security_sheet", "Security sheet", "field_sales", "document", "sql", "it_manager", "Asked twice a week."),
    e.KeyGranted("du4ac7ovaq", "0" * 64, "crm", ("read", "append:marketing"), "marketing:tanaka", "Marketo", UNTIL),
    e.KeyRevoked("du4ac7ovaq", "It stood in a mail."),
    e.RoleGranted("1" * 64, "marketing:tanaka", ("reader", "signer")),
    e.RoleRevoked("1" * 64, "She moved on."),
    e.LedgerOpened("demonstration", "tasuki.demo@1", 7),
    e.SubjectErased("request", "L-1"),
)


def bytes_of(event: e.AnyEvent) -> bytes:
    claim = Claim("crm", "id-1", event.SHARED or "L-1", MONDAY, "marketing:tanaka", event, "corr", "cause", "0" * 64, "m@1#ab")
    return encode(entry_of(claim, 7, 8, 3, moment(MONDAY), "manual", "the-model@1", ("late",)))


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: permanent_name(type(event)))
def test_an_event_is_written_in_the_same_bytes_as_ever(event: e.AnyEvent) -> None:
    file = FOLDER / f"{permanent_name(type(event))}.json"
    if os.environ.get("TASUKI_GOLDEN") == "write" and not file.exists():
        file.write_bytes(bytes_of(event))
    assert file.exists(), f"{file.name} is missing; run this test once with TASUKI_GOLDEN=write."
    assert bytes_of(event) == file.read_bytes()
    assert recorded(decode(file.read_bytes())).event == event


def test_every_event_has_an_example() -> None:
    assert [type(event) for event in EXAMPLES] == list(e.EVENTS.values())


def test_every_golden_file_can_still_be_read() -> None:
    for file in FOLDER.glob("*.json"):
        entry = decode(file.read_bytes())
        assert entry.type == file.stem
        assert encode(entry) == file.read_bytes()
        assert file.stem.rpartition(".v")[0] == type(recorded(entry).event).NAME


def test_a_capture_of_the_first_version_is_read_as_today_s_and_its_bytes_stay() -> None:
    """Version 1 said `size`, which read as the size of the deal; today it is `company_size`."""
    blob = (FOLDER / "lead.captured.v1.json").read_bytes()
    assert json.loads(blob)["data"] == {"channel": "fair", "size": "50-99"}
    assert recorded(decode(blob)).event == e.LeadCaptured(channel="fair", company_size="50-99")
    assert leaf_hash(blob).hex() == "0becaa496fc5acde302a50fdfb48ab686e70bdc34b3b94227c9295030c96556e"


def test_a_decision_of_the_first_version_keeps_its_words_and_its_bytes() -> None:
    """Version 1 said what was expected in words alone."""
    blob = (FOLDER / "meeting.decided.v1.json").read_bytes()
    assert json.loads(blob)["data"]["expected"] == "20 leads"
    assert recorded(decode(blob)).event == e.MeetingDecided("more fairs", "marketing:tanaka", date(2026, 12, 1), 9, outlook="20 leads")


def test_a_report_that_a_customer_stayed_is_written_in_the_same_bytes_as_ever() -> None:
    """Values that came later have a file of their own; the older one stays untouched."""
    file = FOLDER / "retained" / "outcome.reported.v1.json"
    event = e.OutcomeReported("marketing", "retained")
    if os.environ.get("TASUKI_GOLDEN") == "write" and not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(bytes_of(event))
    assert bytes_of(event) == file.read_bytes()
    assert recorded(decode(file.read_bytes())).event == event
