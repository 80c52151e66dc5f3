"""What meetings decided, over HTTP: recorded as events, read again at the position that the meeting looked at, and now."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import ago

DAY = timedelta(days=1)
EXPECTED = {"figure": "kept_per_mille", "promise": "quality.mql", "expected": 500, "at_meeting": 0, "within": "month"}


@pytest.fixture
def offered(client, event):
    """Offers a lead of a score, which keeps or breaks marketing's promise of quality; gives the position."""

    def offer(lead, score, minutes_ago=1):
        batch = [
            event(f"{lead}-1", subject=lead, time=ago(minutes_ago)),
            event(f"{lead}-2", "stage.entered", {"stage": "mql"}, subject=lead, time=ago(minutes_ago)),
            event(
                f"{lead}-3",
                "handoff.offered",
                {"handoff": "h", "leg": "mql", "to": "inside_sales", "briefing": {"score": score, "intent": "demo"}},
                subject=lead,
                time=ago(minutes_ago),
            ),
        ]
        sent = client.post("/v1/events?wait=true", json=batch, headers={"content-type": "application/cloudevents-batch+json"})
        assert sent.status_code == 201, sent.text
        return sent.json()["position"]

    return offer


@pytest.fixture
def decide(client, event):
    def send(position, **over):
        due = (datetime.now(UTC) + 14 * DAY).date().isoformat()
        data = {"decision": "Score twice.", "owner": "marketing", "due": due, "position": position, "expected": EXPECTED} | over
        return client.post("/v1/events?wait=true", json=event(f"d-{over}", "meeting.decided", data, subject="team", time=ago(0.01)))

    return send


def test_a_decision_says_what_was_expected_what_it_was_and_what_it_is_now(client, offered, decide):
    looked_at = offered("L-1", 40)
    assert decide(looked_at).status_code == 201
    (decision,) = client.get("/v1/decisions").json()["decisions"]
    assert (decision["decision"], decision["owner"], decision["looked_at_position"]) == ("Score twice.", "marketing", looked_at)
    told = decision["expected"]
    read = told["at_position"]
    assert (told["at_meeting"], read["value"], read["n"], told["now"]["value"], decision["became"]) == (0, 0, 1, 0, "open")
    behind = client.get("/v1/sla/clocks", params=read["filters"] | {"as_of": decision["looked_at"], "known_at": looked_at}).json()
    assert behind["n"] == 1
    offered("L-2", 90)
    (decision,) = client.get("/v1/decisions").json()["decisions"]
    assert [decision["expected"][name]["value"] for name in ("at_position", "now")] == [0, 500]
    assert decision["became"] == "reached"


def test_what_was_not_reached_when_it_was_due_says_so(client, offered, decide):
    position = offered("L-1", 40)
    decide(position, due=(datetime.now(UTC) - 2 * DAY).date().isoformat())
    assert [one["became"] for one in client.get("/v1/decisions").json()["decisions"]] == ["not_reached"]


def test_words_alone_are_unmeasured(client, offered, decide):
    decide(offered("L-1", 40), expected=None, outlook="Fewer quarrels.")
    (decision,) = client.get("/v1/decisions").json()["decisions"]
    assert (decision["expected"], decision["outlook"], decision["became"]) == (None, "Fewer quarrels.", "unmeasured")


@pytest.mark.parametrize(
    ("expected", "at_position", "now"),
    [
        ({"figure": "verdicts", "code": "M2", "department": "marketing", "expected": 3}, 1, 2),
        ({"figure": "overdue", "department": "inside_sales", "expected": 0}, 0, 0),
    ],
)
def test_verdicts_and_what_is_overdue_are_read_again_too(client, offered, decide, expected, at_position, now):
    position = offered("L-1", 40)
    decide(position, expected=expected)
    offered("L-2", 30)
    (decision,) = client.get("/v1/decisions").json()["decisions"]
    assert [decision["expected"][name]["value"] for name in ("at_position", "now")] == [at_position, now]
    assert decision["became"] == "reached"


def test_the_list_is_read_at_any_moment_the_latest_first_page_by_page(client, offered, decide):
    position = offered("L-1", 40)
    before = client.get("/v1/events").json()["position"]
    decide(position, decision="first")
    decide(position, decision="second", owner="inside_sales:sato")
    assert client.get("/v1/decisions", params={"known_at": before}).json()["decisions"] == []
    assert client.get("/v1/decisions", params={"as_of": ago(60)}).json()["decisions"] == []
    page = client.get("/v1/decisions", params={"limit": 1})
    assert ([one["decision"] for one in page.json()["decisions"]], page.json()["n"]) == (["second"], 2)
    following = client.get(page.links["next"]["url"]).json()
    assert ([one["decision"] for one in following["decisions"]], following["next"]) == (["first"], None)
    (own,) = client.get("/v1/decisions", params={"owner": "inside_sales:sato"}).json()["decisions"]
    assert own["decision"] == "second"
    assert client.get("/v1/decisions", headers={"accept": "text/csv"}).text.count("\n") == 3


def test_a_decision_about_what_the_ledger_does_not_hold_is_refused(decide):
    refused = decide(999)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/data/position")
