"""Disputes over HTTP: opened, answered or passed on, ruled, and read with their deadlines and rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from domain.monthly import monthly_id

Send = Callable[..., httpx.Response]
Event = dict[str, Any]
LEADS = ("L-1", "L-2")
MONTH = monthly_id("the-model", "M4", "volume.mql", "2025-11")


def at(when: str) -> str:
    """`18 10:00` is that day of November 2025 in Tokyo."""
    day, clock = when.split(" ")
    return f"2025-{'11-' if '-' not in day else ''}{day}T{clock}:00+09:00"


class Company:
    """Two leads that inside sales accepted at eleven on Monday the 17th and called at one, an hour late; and a third one that
    it turned down."""

    def __init__(self, client: httpx.Client, event: Callable[..., Event], post: Send) -> None:
        self.client, self._event, self._post, self._ids = client, event, post, 0
        client.put("/v1/sources/crm", json={"kind": "import"}).raise_for_status()
        told = []
        offer = {
            "handoff": "h1",
            "leg": "mql",
            "to": "inside_sales",
            "owner": "inside_sales:sato",
            "briefing": {"score": 70, "intent": "x"},
        }
        for lead in (*LEADS, "L-3"):
            told += [
                self.act("17 09:00", "marketing:tanaka", "lead.captured", {"channel": "web"}, lead),
                self.act("17 09:30", "marketing:tanaka", "stage.entered", {"stage": "mql"}, lead),
                self.act("17 10:00", "marketing:tanaka", "handoff.offered", offer, lead),
            ]
        for lead in LEADS:
            call = {"kind": "call", "direction": "outbound", "outcome": "no_answer"}
            told += [
                self.act("17 11:00", "inside_sales:sato", "handoff.accepted", {"handoff": "h1"}, lead),
                self.act("17 13:00", "inside_sales:sato", "activity.logged", call, lead),
            ]
        rejection = {"handoff": "h1", "kind": "definitional", "reason": "not_icp"}
        told.append(self.act("17 11:00", "inside_sales:sato", "handoff.rejected", rejection, "L-3"))
        answer = self.send(told)
        assert answer.status_code == 201, answer.text
        self.rejection = answer.json()["results"][-1]["position"]
        self.call = answer.json()["results"][10]["position"]

    def act(self, when: str, who: str, type: str, data: Event, lead: str) -> Event:
        self._ids += 1
        return self._event(f"e-{self._ids}", type, data, subject=lead, time=at(when), actor=who)

    def send(self, told: list[Event]) -> httpx.Response:
        return self._post(told, "application/cloudevents-batch+json", "?atomic=true&wait=true")

    def verdict(self, lead: str) -> str:
        """The id of the late first attempt."""
        (episode,) = self.client.get(f"/v1/leads/{lead}/timeline").json()["episodes"]
        return next(str(verdict["id"]) for verdict in episode["verdicts"] if verdict["code"] == "R2")

    def dispute(self, when: str, type: str, data: Event, who: str, *leads: str) -> httpx.Response:
        """One act upon the dispute d1 on each of several leads, all or none."""
        return self.send([self.act(when, who, type, {"dispute": "d1", **data}, lead) for lead in leads])

    def open(self, when: str, *leads: str, who: str = "inside_sales:sato") -> httpx.Response:
        acts = [
            self.act(when, who, "dispute.opened", {"dispute": "d1", "about": [self.verdict(lead)], "grounds": "The line was down."}, lead)
            for lead in leads
        ]
        return self.send(acts)

    def read(self, when: str = "12-31 09:00", **asked: str) -> list[Event]:
        answer = self.client.get("/v1/disputes", params={"as_of": at(when), **asked})
        assert answer.status_code == 200, answer.text
        found: list[Event] = answer.json()["disputes"]
        return found


@pytest.fixture
def company(client: httpx.Client, event: Callable[..., Event], post: Send) -> Company:
    return Company(client, event, post)


def test_one_dispute_on_several_leads_is_read_as_one(company: Company) -> None:
    assert company.open("18 10:00", *LEADS).status_code == 201
    (found,) = company.read("18 10:00")
    assert (found["dispute"], found["state"], found["by"]) == ("d1", "opened", "inside_sales")
    assert (found["answer_by"], found["answer_days_left"]) == ("2025-11-26T09:00:00Z", 5)
    assert [(matter["lead"], matter["code"], matter["departments"]) for matter in found["matters"]] == [
        ("L-1", "R2", ["inside_sales"]),
        ("L-2", "R2", ["inside_sales"]),
    ]
    assert company.dispute("19 10:00", "dispute.answered", {"text": "It was not."}, "marketing:tanaka", *LEADS).status_code == 201
    ruling = {"ruling": "overturned", "evidence": [company.call]}
    refused = company.dispute("20 10:00", "dispute.ruled", ruling, "operations:arai", *LEADS)
    assert refused.status_code == 422  # The call is on the first lead alone, and all or none are ruled.
    assert company.read("20 10:00")[0]["state"] == "answered"
    for lead, call in (("L-1", company.call), ("L-2", company.call + 2)):
        evidence = {"ruling": "overturned", "evidence": [call]}
        assert company.dispute("20 10:00", "dispute.ruled", evidence, "operations:arai", lead).status_code == 201
    (found,) = company.read("21 10:00")
    assert (found["state"], found["ender"], found["rule_days_left"]) == ("overturned", "operations", None)
    (before,), (after,) = found["matters"][0]["before"], found["matters"][0]["after"]
    assert (before["status"], before["shares"]) == ("provisional", {"inside_sales": 100})
    assert (after["status"], after["shares"]) == ("overturned", {"nobody": 100})


def test_a_dispute_that_nobody_answers_passes_on(company: Company) -> None:
    company.open("18 10:00", "L-1")
    (found,) = company.read("26 18:01")
    assert (found["state"], found["answer_days_left"], found["rule_days_left"]) == ("unanswered", None, 5)
    late = company.dispute("27 10:00", "dispute.answered", {"text": "x"}, "marketing:tanaka", "L-1")
    assert late.status_code == 409
    assert "has passed on to the arbiter" in late.json()["results"][0]["problem"]["detail"]
    ruling = {"ruling": "upheld", "evidence": [company.call]}
    assert company.dispute("27 10:00", "dispute.ruled", ruling, "operations:arai", "L-1").status_code == 201
    assert company.read()[0]["state"] == "upheld"


def test_one_that_comes_too_late_or_about_nothing_known_is_refused(company: Company) -> None:
    late = company.open("25 18:01", "L-1")
    assert late.status_code == 409
    assert "The time to dispute it ended at 2025-11-25T09:00:00Z" in late.json()["results"][0]["problem"]["detail"]
    unknown = company.dispute("18 10:00", "dispute.opened", {"about": ["0" * 16], "grounds": "x"}, "inside_sales:sato", "L-1")
    assert unknown.status_code == 422
    problem = unknown.json()["results"][0]["problem"]
    assert (problem["errors"][0]["pointer"], "No verdict of this id" in problem["detail"]) == ("/data/about/0", True)
    assert company.read() == []


def test_a_rejection_is_contested_and_overturned(company: Company) -> None:
    """Then the rejection was a bad one: R4."""
    about = {"about": [company.rejection], "grounds": "They are a factory."}
    assert company.dispute("18 10:00", "dispute.opened", about, "marketing:tanaka", "L-3").status_code == 201
    ruling = {"ruling": "overturned", "evidence": [company.rejection]}
    assert company.dispute("20 10:00", "dispute.ruled", ruling, "operations:arai", "L-3").status_code == 201
    ((matter,),) = [found["matters"] for found in company.read()]
    assert (matter["code"], matter["departments"], matter["before"]) == ("rejection", ["inside_sales"], [])
    assert [(verdict["code"], verdict["status"]) for verdict in matter["after"]] == [("R4", "provisional")]


def test_a_whole_month_stands_among_the_disputes(company: Company) -> None:
    opened = {"about": [MONTH], "grounds": "There was a fair."}
    assert company.dispute("12-03 10:00", "dispute.opened", opened, "marketing:tanaka", "months").status_code == 201
    ((matter,),) = [found["matters"] for found in company.read("12-04 10:00")]
    assert (matter["lead"], matter["code"], matter["departments"], matter["out_of_time"]) == (None, "M4", ["marketing"], False)
    assert [verdict["status"] for verdict in matter["after"]] == ["disputed"]


def test_a_month_disputed_too_late_says_so_and_counts_for_nothing(company: Company) -> None:
    opened = {"about": [MONTH, "0" * 16], "grounds": "x"}
    assert company.dispute("12-20 10:00", "dispute.opened", opened, "marketing:tanaka", "months").status_code == 201
    ((unknown, late),) = [found["matters"] for found in company.read()]
    assert (unknown["code"], unknown["after"]) == (None, [])
    assert (late["out_of_time"], [verdict["status"] for verdict in late["after"]]) == (True, ["provisional"])


def test_disputes_are_chosen_and_read_page_by_page(company: Company, client: httpx.Client) -> None:
    company.open("18 10:00", "L-1")
    company.open("18 11:00", "L-2")
    company.dispute("18 12:00", "dispute.withdrawn", {}, "inside_sales:sato", "L-2")
    assert [found["state"] for found in company.read("18 13:00")] == ["opened", "withdrawn"]
    assert [len(company.read("18 13:00", state=state)) for state in ("opened", "withdrawn", "ruled")] == [1, 1, 0]
    assert [len(company.read(code=code)) for code in ("R2", "R1")] == [2, 0]
    assert [len(company.read(department=department)) for department in ("inside_sales", "marketing")] == [2, 0]
    first = client.get("/v1/disputes?limit=1")
    second = client.get(first.links["next"]["url"])
    assert [answer.json()["disputes"][0]["matters"][0]["lead"] for answer in (first, second)] == ["L-1", "L-2"]
    assert "next" not in second.links


def test_free_text_is_not_shown(company: Company, client: httpx.Client) -> None:
    company.open("18 10:00", "L-1")
    for accept in ("application/json", "text/csv", "application/x-ndjson"):
        assert "The line was down" not in client.get("/v1/disputes", headers={"accept": accept}).text


def test_rates_say_how_often_a_code_is_overturned(company: Company, client: httpx.Client) -> None:
    company.open("18 10:00", "L-1")
    company.open("18 11:00", "L-2")
    rulings = (("L-1", "upheld", company.call), ("L-2", "overturned", company.call + 2))
    for lead, ruling, evidence in rulings:
        company.dispute("20 10:00", "dispute.ruled", {"ruling": ruling, "evidence": [evidence]}, "operations:arai", lead)
    found = client.get("/v1/disputes/rates").json()
    assert found["codes"] == [
        {
            "group": "R2",
            "opened": 2,
            "pending": 0,
            "withdrawn": 0,
            "ruled": 2,
            "upheld": 1,
            "overturned": 1,
            "split": 0,
            "overturned_rate": {"n": 1, "of": 2, "percent": 50.0},
            "flagged": True,
        }
    ]
    assert [(rate["group"], rate["overturned"]) for rate in found["departments"]] == [("inside_sales", 1)]
    pending = client.get("/v1/disputes/rates", params={"as_of": at("19 10:00")}).json()["codes"][0]
    assert (pending["pending"], pending["overturned_rate"]["percent"], pending["flagged"]) == (2, None, False)
    lines = client.get("/v1/disputes/rates", headers={"accept": "text/csv"}).text.splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["code", "R2"], ["department", "inside_sales"]]


def test_disputes_as_csv_are_a_line_for_each_lead(company: Company, client: httpx.Client) -> None:
    company.open("18 10:00", *LEADS)
    lines = client.get("/v1/disputes", headers={"accept": "text/csv"}).text.splitlines()
    assert len(lines) == 3
    assert ",L-1," in lines[1]
