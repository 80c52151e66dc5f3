"""How promises were kept, over HTTP: every figure opens to its clocks, and every month to its offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.settings import Settings
from domain import events as e
from ledger.book import Book
from ledger.entry import Claim, Refusal
from tests.api.serving import serving
from tests.domain.telling import INSIDE, MARKETING, History, accepted
from tests.domain.test_agreements import EVERYBODY, signature

AFTERNOON = "2026-11-16T14:50:00+09:00"
NEXT_NOON = "2026-11-17T12:00:00+09:00"
STATES = ("kept", "late", "missed", "overdue", "running", "paused", "void", "paused_closed")


def offers_of_the_16th() -> History:
    """L-1 is accepted at eleven and left alone; L-2 is accepted at two and called at half past; L-3 is left unanswered."""
    story = accepted()
    for lead in ("L-2", "L-3"):
        story = story.then("16 11:30", MARKETING, e.LeadCaptured(channel="web"), lead=lead)
    for lead in ("L-2", "L-3"):
        story = story.then("16 12:00", MARKETING, e.StageEntered("mql"), lead=lead)
    for lead in ("L-2", "L-3"):
        offer = e.HandoffOffered(f"h{lead}", "mql", "inside_sales", e.Briefing(score=70), owner=INSIDE)
        story = story.then("16 13:00", MARKETING, offer, lead=lead)
    story = story.then("16 14:00", INSIDE, e.HandoffAccepted("hL-2"), lead="L-2")
    return story.then("16 14:30", INSIDE, e.ActivityLogged("call", "outbound", "no_answer"), lead="L-2")


def append(book: Book, story: History) -> None:
    for number, told in enumerate(story.events):
        claim = Claim("crm", f"{told.lead}-{number}", told.lead or str(told.event.SHARED), told.occurred_at, told.actor, told.event)
        ((answer,),) = book.append_groups([(told.recorded_at, [claim])])
        assert not isinstance(answer, Refusal), answer


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A company whose Monday the 16th is on trial, and which then signs the default agreement; L-4 comes under it."""
    database = f"sqlite:///{tmp_path_factory.mktemp('promises') / 'ledger.db'}"
    with Book.open(database) as book:
        append(book, offers_of_the_16th())
        signed = History()
        for minute, person in enumerate(EVERYBODY):
            signed = signed.then(f"17 09:0{minute}", person, signature(person, "the-model"))
        append(book, signed)
        late = History().then("17 10:00", MARKETING, e.LeadCaptured(channel="fair"), lead="L-4")
        append(book, late.then("17 10:30", MARKETING, e.StageEntered("mql"), lead="L-4"))
    with serving(Settings(database=database)) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def read(client: httpx.Client, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def not_nought(figures: dict[str, Any]) -> dict[str, int]:
    return {state: figures[state] for state in STATES if figures[state]}


def test_how_each_promise_was_kept(client: httpx.Client) -> None:
    answer = read(client, "/v1/sla", group_by="promise", as_of=AFTERNOON)
    assert {group["group"]["promise"]: not_nought(group["figures"]) for group in answer["groups"]} == {
        "offer.mql": {"kept": 3},
        "quality.mql": {"kept": 2, "missed": 1},
        "decide.mql": {"kept": 2, "running": 1},
        "first_attempt.mql": {"kept": 1, "overdue": 1},
        "depth.mql": {"running": 2},
        "progress.mql": {"running": 2},
    }
    assert answer["trial"] == {
        "kept": 8, "late": 0, "missed": 1, "overdue": 1, "running": 5, "paused": 0, "void": 0, "paused_closed": 0,
        "ever_breached": 2, "n": 10, "percent": 80.0,
    }  # fmt: skip
    assert (answer["total"]["n"], answer["total"]["percent"]) == (0, None)


@pytest.mark.parametrize("as_of", [AFTERNOON, NEXT_NOON, "2027-03-01T09:00:00+09:00"])
@pytest.mark.parametrize("known_at", [None, 8, "2026-11-16T13:30:00+09:00"])
@pytest.mark.parametrize("group_by", ["promise", "department,month", "channel,owner", "week"])
def test_every_figure_opens_to_as_many_clocks(client: httpx.Client, as_of: str, known_at: int | str | None, group_by: str) -> None:
    axes = {"as_of": as_of} | ({} if known_at is None else {"known_at": known_at})
    answer = read(client, "/v1/sla", group_by=group_by, **axes)
    for group in answer["groups"]:
        named = {name: value or "" for name, value in group["group"].items()} | {"provisional": str(group["provisional"]).lower()}
        for state in STATES:
            opened = read(client, "/v1/sla/clocks", state=state, limit=1000, **named, **axes)
            assert opened["n"] == len(opened["clocks"]) == group["figures"][state]
        assert read(client, "/v1/sla/clocks", breached="true", **named, **axes)["n"] == group["figures"]["ever_breached"]
        assert read(client, "/v1/sla/clocks", counted="true", **named, **axes)["n"] == group["figures"]["n"]
    everything = [group["figures"] for group in answer["groups"]]
    for name in (*STATES, "n", "ever_breached"):
        assert answer["total"][name] + answer["trial"][name] == sum(figures[name] for figures in everything)


def test_what_binds_stands_apart_from_what_is_on_trial(client: httpx.Client) -> None:
    answer = read(client, "/v1/sla", group_by="promise", promise="offer.mql", as_of=NEXT_NOON)
    assert [(group["provisional"], not_nought(group["figures"])) for group in answer["groups"]] == [
        (False, {"running": 1}),
        (True, {"kept": 3}),
    ]
    (binding,) = read(client, "/v1/sla/clocks", promise="offer.mql", provisional="false", as_of=NEXT_NOON)["clocks"]
    assert (binding["lead"], binding["state"], binding["due_at"]) == ("L-4", "running", "2026-11-17T05:30:00Z")


def test_a_forecast_is_what_breaks_if_nobody_acts(client: httpx.Client) -> None:
    tomorrow = read(client, "/v1/sla", promise="decide.mql", as_of=NEXT_NOON, known_at=AFTERNOON)
    assert not_nought(tomorrow["trial"]) == {"kept": 2, "missed": 1}


def test_what_is_overdue_and_what_is_due_soon(client: httpx.Client) -> None:
    overdue = read(client, "/v1/sla/clocks", state="overdue", order="due", as_of=NEXT_NOON)["clocks"]
    assert [(clock["lead"], clock["promise"]) for clock in overdue] == [("L-1", "first_attempt.mql"), ("L-3", "first_attempt.mql")]
    soon = read(client, "/v1/sla/clocks", state="running", due_until="2026-11-16T15:00:01+09:00", order="due", as_of=AFTERNOON)["clocks"]
    assert [(clock["lead"], clock["promise"], clock["owner"]) for clock in soon] == [("L-3", "decide.mql", INSIDE)]


@pytest.mark.parametrize("order", ["lead", "due"])
def test_pages_give_every_clock_once(client: httpx.Client, order: str) -> None:
    whole = read(client, "/v1/sla/clocks", order=order, as_of=AFTERNOON)
    found, path = [], f"/v1/sla/clocks?order={order}&limit=4&as_of={AFTERNOON.replace('+', '%2B')}"
    while path:
        page = client.get(path)
        found += page.json()["clocks"]
        assert page.json()["n"] == whole["n"] == 15
        path = page.links.get("next", {}).get("url", "")
    assert found == whole["clocks"]


def test_a_months_volume_and_its_offers(client: httpx.Client) -> None:
    """Two offers over the bar of a hundred promised; nine of nineteen working days are over."""
    (month,) = read(client, "/v1/sla/periods", promise="volume.mql", as_of=AFTERNOON)["periods"]
    told = {name: month[name] for name in ("state", "target", "actual", "n", "expected", "needed", "needed_a_day", "provisional")}
    assert told == {
        "state": "running", "target": 100, "actual": 2.0, "n": 3, "expected": 47.368, "needed": 98, "needed_a_day": 9.8,
        "provisional": True,
    }  # fmt: skip
    assert (month["from"], month["until"]) == ("2026-10-31T15:00:00Z", "2026-11-30T15:00:00Z")
    offers = read(client, "/v1/sla/offers", promise="volume.mql", as_of=AFTERNOON)
    assert [(offer["lead"], offer["counts"]) for offer in offers["offers"]] == [("L-1", False), ("L-2", True), ("L-3", True)]


def test_a_months_acceptance_and_its_offers(client: httpx.Client) -> None:
    """L-3 waits and is not counted; by the next noon it is deemed accepted."""
    for as_of, accepted_leads in ((AFTERNOON, ["L-1", "L-2"]), (NEXT_NOON, ["L-1", "L-2", "L-3"])):
        (month,) = read(client, "/v1/sla/periods", promise="acceptance.mql", as_of=as_of)["periods"]
        assert (month["state"], month["actual"], month["n"], month["target"]) == ("running", 100.0, len(accepted_leads), 90)
        offers = read(client, "/v1/sla/offers", promise="acceptance.mql", as_of=as_of)["offers"]
        assert [offer["lead"] for offer in offers if offer["counts"]] == accepted_leads


def test_months_follow_each_other(client: httpx.Client) -> None:
    told = read(client, "/v1/sla/periods", promise="volume.mql", **{"from": "2026-10-05T00:00:00Z", "until": "2026-12-24T00:00:00Z"})
    assert [month["from"][:10] for month in told["periods"]] == ["2026-09-30", "2026-10-31", "2026-11-30"]


def test_figures_come_as_csv(client: httpx.Client) -> None:
    answer = client.get("/v1/sla", params={"group_by": "department", "as_of": AFTERNOON}, headers={"Accept": "text/csv"})
    header, first, *_ = answer.text.removeprefix("\ufeff").splitlines()
    assert header.startswith("group.department,provisional,figures.kept")
    assert first.startswith("inside_sales,true,3,")


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        ("/v1/sla", {"group_by": "stage"}, "/query/group_by"),
        ("/v1/sla", {"from": "2026-11-16T00:00:00Z", "until": "2026-11-15T00:00:00Z"}, "/query/until"),
        ("/v1/sla", {"state": "kept"}, "/query/state"),
        ("/v1/sla/clocks", {"due_until": "soon"}, "/query/due_until"),
        ("/v1/sla/clocks", {"cursor": "WyJMIiwx"}, "/query/cursor"),
        ("/v1/sla/periods", {"from": "9999-12-31T23:59:59Z"}, "/query/from"),
        ("/v1/sla/periods", {"as_of": "1999-12-31T00:00:00Z"}, "/query/as_of"),
        ("/v1/sla/periods", {"from": "2050-10-05T00:00:00Z", "until": "2051-02-01T00:00:00Z"}, "/query/until"),
        ("/v1/sla/periods", {"from": "2020-10-05T00:00:00Z", "until": "2030-02-01T00:00:00Z"}, "/query/until"),
        ("/v1/sla/offers", {}, "/query/promise"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(client: httpx.Client, path: str, query: dict[str, str], pointer: str) -> None:
    answer = client.get(path, params=query)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_the_instants_of_a_clock_are_those_of_its_timeline(client: httpx.Client) -> None:
    clocks = read(client, "/v1/sla/clocks", as_of=AFTERNOON)["clocks"]
    for lead in ("L-1", "L-2", "L-3"):
        (episode,) = read(client, f"/v1/leads/{lead}/timeline", as_of=AFTERNOON)["episodes"]
        names = ("promise", "instance", "state", "started_at", "due_at", "stopped_at", "started_by", "stopped_by", "agreement")
        told = {tuple(clock[name] for name in names) for clock in episode["clocks"]}
        assert told == {tuple(clock[name] for name in names) for clock in clocks if clock["lead"] == lead}


def test_what_is_broken_stands_among_the_figures_for_operators(client: httpx.Client) -> None:
    """By promise, department and state, as /v1/sla counts it, without what is on trial."""
    lines = [line.rsplit(maxsplit=1) for line in client.get("/metrics").text.splitlines() if line.startswith("tasuki_breaches{")]
    expected = {}
    for group in read(client, "/v1/sla", group_by="promise,department")["groups"]:
        for state in ("overdue", "late", "missed") if not group["provisional"] else ():
            labels = f'department="{group["group"]["department"]}",promise="{group["group"]["promise"]}",state="{state}"'
            expected[f"tasuki_breaches{{{labels}}}"] = group["figures"][state]
    assert sum(expected.values()) > 0
    assert {_sorted(name): float(value) for name, value in lines} == expected


def _sorted(name: str) -> str:
    family, labels = name.rstrip("}").split("{")
    return f"{family}{{{','.join(sorted(labels.split(',')))}}}"
