"""What the ledger's answer for an instant changed between two moments of knowledge, and the records that changed it."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.changes.comparing import Between, Comparison
from api.cli import application
from api.knowledge import Knowledge
from api.settings import Settings
from domain import events as e
from domain.vocabulary import instant, moment
from ledger.book import Book
from ledger.entry import Claim, Refusal
from tests.domain.strategies import seeded
from tests.domain.telling import INSIDE, MARKETING, History, at
from tests.domain.test_agreements import EVERYBODY, proposal, signature

from .conftest import serving
from .test_promises import STATES, append, offers_of_the_16th
from .unsettled import Unsettled

LATE_CALL, RETRACTION, SIGNED, OUTAGE_DECLARED = 13, 14, 21, 22
"""Positions of what was recorded since."""
MEETING = {"as_of": "2026-11-16T18:00:00+09:00", "known_at": "12"}
"""What a meeting knew (the first 12 records), about Monday evening."""


def after_the_meeting() -> History:
    """L-1's call of Monday reaches the ledger on Tuesday, from the machine that made it. The call that was written down
    for L-2 was another lead's. L-4 is captured, and L-3 is rung, on Tuesday."""
    call = e.ActivityLogged("call", "outbound", "no_answer", captured="machine")
    story = History().then("16 11:20", INSIDE, call, recorded="17 10:00", by="integration")
    story = story.then("17 10:05", INSIDE, e.RecordRetracted(12, "another lead"), lead="L-2")
    story = story.then("17 10:10", INSIDE, e.ActivityLogged("call", "outbound", "no_answer"), lead="L-3")
    return story.then("17 10:30", MARKETING, e.LeadCaptured(channel="fair"), lead="L-4")


def tell(book: Book, story: History, name: str) -> None:
    for number, told in enumerate(story.events):
        claim = Claim("crm", f"{name}-{number}", told.lead or str(told.event.SHARED), told.occurred_at, told.actor, told.event)
        ((answer,),) = book.append_groups([(told.recorded_at, [claim])])
        assert not isinstance(answer, Refusal), answer


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    database = f"sqlite:///{tmp_path_factory.mktemp('changes') / 'ledger.db'}"
    with Book.open(database) as book:
        append(book, offers_of_the_16th())
        assert book.head().position == int(MEETING["known_at"])
        tell(book, after_the_meeting(), "later")
        signed = History()
        for minute, person in enumerate(EVERYBODY):
            signed = signed.then(f"18 09:0{minute}", person, signature(person, "the-model"))
        tell(book, signed, "signed")
        tell(book, History().then("19 09:00", None, OUTAGE), "outage")
    with (
        serving(Settings(database=database)) as address,
        httpx.Client(base_url=address, timeout=30, headers={"x-ledger": database}) as client,
    ):
        yield client


OUTAGE = e.OutageDeclared(moment(at("16 11:30")), moment(at("16 17:00")), "inside_sales")


def changes(client: httpx.Client, **asked: str) -> Any:
    answer = client.get("/v1/changes", params=MEETING | asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def differences(answer: Mapping[str, Any], lead: str) -> dict[str, Any]:
    """What differs about a lead, by name; verdicts by their codes."""
    (found,) = (one for one in answer["leads"] if one["lead"] == lead)
    return {(one["after"] or one["before"]).get("code", one["name"]): one for one in found["differences"]}


def test_a_call_that_came_in_late_clears_what_the_meeting_saw_broken(client: httpx.Client) -> None:
    found = changes(client, until=str(LATE_CALL))
    told = differences(found, "L-1")
    assert told.keys() == {"first_attempt.mql#1", "offer_to_first_attempt#1", "R2", "E1", "O2"}
    clock = told["first_attempt.mql#1"]
    assert (clock["before"]["state"], clock["after"]["state"], clock["after"]["stopped_by"]) == ("overdue", "kept", LATE_CALL)
    assert clock["sentence"] == {
        "en": "first_attempt.mql#1: not kept so far → kept.",
        "ja": "first_attempt.mql#1：期限超過（未対応）→期限内。",
    }
    assert told["R2"]["after"] is told["O2"]["before"] is None
    assert told["R2"]["sentence"]["en"] == "R2 late_touch stands no longer; it was inside sales 100 % (provisional)."
    assert told["O2"]["sentence"]["ja"] == "O2 データ連携遅延：新たな判定、オペレーション100%（速報（試算））。"


def test_each_difference_names_the_records_that_made_it_and_they_stand_there_in_full(client: httpx.Client) -> None:
    found = changes(client)
    for lead, position in (("L-1", LATE_CALL), ("L-2", RETRACTION)):
        assert differences(found, lead)["first_attempt.mql#1"]["events"] == [position]
    (lead,) = changes(client, until=str(LATE_CALL))["leads"]
    (event,) = lead["events"]
    assert (event["position"], event["type"], event["time"]) == (LATE_CALL, "activity.logged", "2026-11-16T02:20:00Z")
    assert event["recordedat"] > MEETING["as_of"]


def test_a_record_taken_back_breaks_a_promise_that_was_kept(client: httpx.Client) -> None:
    told = differences(changes(client, until=str(RETRACTION)), "L-2")
    assert (told["first_attempt.mql#1"]["before"]["state"], told["first_attempt.mql#1"]["after"]["state"]) == ("kept", "overdue")
    assert told["R2"]["before"] is None


def test_what_happened_only_after_the_instant_changes_nothing_of_it(client: httpx.Client) -> None:
    """L-3 was rung and L-4 captured on Tuesday: asked about Tuesday they have changed, asked about Monday they have not."""
    monday, tuesday = (changes(client, until="16", as_of=f"2026-11-{day}T18:00:00+09:00") for day in ("16", "17"))
    assert [lead["lead"] for lead in monday["leads"]] == ["L-1", "L-2"]
    assert [lead["lead"] for lead in tuesday["leads"]] == ["L-1", "L-2", "L-3", "L-4"]
    assert differences(tuesday, "L-4")["L-4"]["sentence"]["en"] == "The lead is known only now."


def test_an_outage_declared_afterwards_reaches_leads_of_which_nothing_else_was_recorded(client: httpx.Client) -> None:
    found = changes(client, known_at=str(SIGNED))
    assert [lead["lead"] for lead in found["leads"]] == ["L-1", "L-2", "L-3"]
    assert all(one["events"] == [OUTAGE_DECLARED] for lead in found["leads"] for one in lead["differences"])
    assert differences(found, "L-3")["N1"]["after"]["shares"] == {"nobody": 100}


def test_signatures_change_nothing_of_leads_that_began_before_them(client: httpx.Client) -> None:
    assert changes(client, known_at="16", until=str(SIGNED))["n"] == 0


def test_signatures_that_bind_from_an_earlier_day_on_change_every_lead_since(tmp_path: Path) -> None:
    """Given leads under a draft that is to hold from Monday on, when everybody signs on Thursday, then their verdicts, on trial
    until then, count; the signature that was last did it."""
    database = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Book.open(database) as book:
        tell(book, History().then("16 08:00", MARKETING, proposal(since="16 08:30")), "proposed")
        append(book, offers_of_the_16th())
        signed = History()
        for minute, person in enumerate(EVERYBODY):
            signed = signed.then(f"19 09:0{minute}", person, signature(person))
        tell(book, signed, "signed")
        last = book.head().position
    with serving(Settings(database=database)) as address, httpx.Client(base_url=address, timeout=30) as client:
        found = changes(client, known_at=str(last - len(EVERYBODY)))
    verdict = differences(found, "L-1")["R2"]
    assert (verdict["before"]["status"], verdict["after"]["status"], verdict["events"]) == ("provisional", "standing", [last])
    assert [lead["lead"] for lead in found["leads"]] == ["L-1", "L-2", "L-3"]


def test_pages_are_of_one_question_whatever_is_recorded_meanwhile(client: httpx.Client) -> None:
    whole, found = changes(client), []
    address: str | None = str(httpx.URL("/v1/changes", params=MEETING | {"limit": "1"}))
    while address:
        page = client.get(address)
        found += page.json()["leads"]
        assert (page.json()["n"], page.json()["position"], page.json()["moved"]) == (3, OUTAGE_DECLARED, whole["moved"])
        address = page.links.get("next", {}).get("url")
    assert found == whole["leads"]


def test_as_csv_each_fact_that_differs_is_a_line(client: httpx.Client) -> None:
    answer = client.get("/v1/changes", params=MEETING | {"until": str(LATE_CALL)}, headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    state = next(row for row in rows if (row["name"], row["fact"]) == ("first_attempt.mql#1", "state"))
    assert (state["lead"], state["kind"], state["before"], state["after"], state["events"]) == ("L-1", "clock", "overdue", "kept", "13")


def test_one_lead_alone_may_be_asked_about(client: httpx.Client) -> None:
    assert [lead["lead"] for lead in changes(client, lead="L-2")["leads"]] == ["L-2"]
    assert changes(client, lead="L-9")["n"] == 0


def test_a_later_moment_that_lies_before_the_earlier_one_is_refused(client: httpx.Client) -> None:
    answer = client.get("/v1/changes", params=MEETING | {"until": "5"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/until")
    assert client.get("/v1/changes").json()["errors"][0]["pointer"] == "/query/known_at"


def test_the_command_tells_the_same(client: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["changes", "--known-at", "12", "--until", "22", "--as-of", MEETING["as_of"], "--database", client.headers["x-ledger"]]
    application(command)([*command, "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out) == changes(client)
    application(command)([*command, "--lang", "ja"], standalone_mode=False)
    printed = capsys.readouterr().out
    assert "L-2\n" in printed
    assert "R2 初回アプローチ遅延：新たな判定" not in printed
    assert "13 活動" in printed


# The law


def figures(client: httpx.Client, known_at: int, as_of: str) -> Counter[tuple[str, ...]]:
    """The figures that `moved` tells the changes of, as other addresses answer them."""
    asked = {"known_at": str(known_at), "as_of": as_of}
    counts: Counter[tuple[str, ...]] = Counter()
    for kind, name in (({}, "promise"), ({"kind": "relay"}, "relay")):
        for group in client.get("/v1/sla", params=asked | kind | {"group_by": "promise"}).json()["groups"]:
            for state in STATES:
                counts[name, group["group"]["promise"], str(group["provisional"]), state] += group["figures"][state]
    for one in ({}, {"code": "E1"}, {"code": "L1"}):
        for group in client.get("/v1/faults", params=asked | one | {"group_by": "code,party"}).json()["groups"]:
            for standing in ("final", "disputed", "provisional"):
                for count in ("n", "share_percents"):
                    counts["verdict", group["group"]["code"], group["group"]["party"], standing, count] += group[standing][count]
    cursor: str | None = ""
    while cursor is not None:
        page = client.get("/v1/leads", params=asked | {"state": "open", "limit": "1000", "cursor": cursor}).json()
        counts.update(("stage", lead["stage"], "present") for lead in page["leads"])
        cursor = page["next"]
    return counts


def test_the_leads_listed_are_those_that_differ_and_the_figures_moved_by_what_it_says(tmp_path: Path) -> None:
    """In a company whose past is told anew: every lead is folded at both moments to compare, and every figure counted."""
    r = seeded(int(os.environ.get("TASUKI_SEED", "11")))
    unsettled = Unsettled(tmp_path, r, 250, 250)
    unsettled.go_on()
    book, head = unsettled.book, unsettled.book.head().position
    everybody = sorted(stream.removeprefix("lead/") for stream, _ in book.store.lead_streams())
    with serving(Settings(database=unsettled.url, poll_seconds=0.2)) as address, httpx.Client(base_url=address, timeout=120) as client:
        for _ in range(2):
            known, until = sorted(book.end_of_commit(r.randint(head // 4, head)) for _ in range(2))
            as_of = _recorded(book, r.randint(known // 2, until))
            asked = {"as_of": as_of, "known_at": str(known), "until": str(until), "limit": "1000"}
            found = client.get("/v1/changes", params=asked).json()
            between = Between(instant(datetime.fromisoformat(as_of)), known, until)
            assert [lead["lead"] for lead in found["leads"]] == [
                one.lead for one in Comparison(book, Knowledge(book), between).changed(everybody)
            ]
            assert all(known < event["position"] <= until for lead in found["leads"] for event in lead["events"])
            assert all(one["events"] for lead in found["leads"] for one in lead["differences"])
            was, now = figures(client, known, as_of), figures(client, until, as_of)
            moved = Counter({_name(one, count): n for one in found["moved"] for count, n in one["by"].items()})
            assert moved == {name: now[name] - was[name] for name in was | now if now[name] != was[name]}
    book.close()


def _name(one: Mapping[str, Any], count: str) -> tuple[str, ...]:
    return one["figure"], *map(str, one["group"].values()), count


def _recorded(book: Book, position: int) -> str:
    found = book.entry(position)
    assert found is not None
    return found[0].recorded_at.isoformat()
