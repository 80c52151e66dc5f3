"""How well scores foretell: what became of runs by the score they were offered with, and what another bar would have done."""

import pytest

from tests.api.conftest import ago

BATCH = {"content-type": "application/cloudevents-batch+json"}


@pytest.fixture
def offered(client, event):
    """Offers a lead with a score, and says what became of it."""

    def offer(lead, score, outcome=None, model=None, minutes_ago=30):
        at = {"subject": lead, "time": ago(minutes_ago), "source": "sfa"}
        handoff = {"handoff": "h", "leg": "mql", "to": "inside_sales", "briefing": {"score": score, "intent": "demo"}}
        batch = [event(f"{lead}-1", **at)]
        if model is not None:
            batch.append(event(f"{lead}-2", "lead.scored", {"score": score, "model": model}, **at))
        if score is None:
            del handoff["briefing"]["score"]
        batch += [event(f"{lead}-3", "stage.entered", {"stage": "mql"}, **at), event(f"{lead}-4", "handoff.offered", handoff, **at)]
        if outcome is not None:
            later = {"subject": lead, "source": "sfa", "time": ago(minutes_ago - 5), "actor": "field_sales:ito"}
            batch.append(event(f"{lead}-5", "custody.observed", {"custodian": "field_sales", "from_system": "sfa"}, **later))
            ended = ("deal.won", {"amount": 1, "currency": "JPY"}) if outcome == "won" else ("deal.lost", {"reason": "no_need"})
            batch.append(event(f"{lead}-6", *ended, **later))
        sent = client.post("/v1/events?wait=true", json=batch, headers=BATCH)
        assert sent.status_code == 201, sent.text
        return sent.json()["position"]

    return offer


@pytest.fixture(autouse=True)
def machine(client):
    """What the source says happened when it says so."""
    assert client.put("/v1/sources/sfa", json={"kind": "integration"}).status_code in (200, 201)


@pytest.fixture
def history(offered):
    """Five runs: one over 90 won, two in the sixties of which one was won and one is open, one at 100 lost, one without a score."""
    offered("A", 95, "won", "worth@1")
    offered("B", 65, "won", "hubspot")
    offered("C", 61)
    offered("D", 100, "lost")
    return offered("E", None)


def bands(client, **asked):
    answer = client.get("/v1/scoring/calibration", params=asked).json()
    return {band["low"]: (band["n"], band["won"], band["open"]) for band in answer["bands"] if band["n"]}


def test_runs_are_counted_by_the_band_of_the_score_they_were_offered_with(client, history):
    answer = client.get("/v1/scoring/calibration").json()
    assert (answer["n"], answer["bar"], answer["leg"], len(answer["bands"])) == (5, 60, "mql", 11)
    assert bands(client) == {60: (2, 1, 1), 90: (2, 1, 0), None: (1, 0, 1)}
    sixties = answer["bands"][6]
    assert (sixties["low"], sixties["high"], sixties["rate"]) == (60, 69, {"n": 1, "of": 1, "percent": 100.0})


def test_only_the_runs_that_a_model_scored(client, history):
    assert bands(client, model="worth@1") == {90: (1, 1, 0)}


def test_a_score_given_after_the_offer_does_not_count(client, post, event, history):
    post(event("C-9", "lead.scored", {"score": 5, "model": "hubspot"}, subject="C", time=ago(0)), query="?wait=true")
    assert bands(client)[60] == (2, 1, 1)


def test_what_became_of_a_run_is_read_at_the_moment_asked(client, history, offered):
    assert bands(client, as_of=ago(28))[90] == (2, 0, 2)
    assert bands(client, as_of=ago(60)) == {}
    offered("F", 70)
    assert bands(client)[70] == (1, 0, 1)
    assert 70 not in bands(client, known_at=history)


def test_another_bar_is_tried_beside_the_agreed_one(client, history):
    answer = client.get("/v1/scoring/what-if", params={"bar": 70}).json()
    asked, agreed = answer["asked"], answer["agreed"]
    assert (asked["bar"], asked["over"]["n"], asked["over"]["won"], asked["under"]["n"], asked["under"]["won"]) == (70, 2, 1, 3, 1)
    assert (agreed["bar"], agreed["over"]["n"], agreed["under"]["n"]) == (60, 4, 1)
    for bar in (0, 61, 100):
        tried = client.get("/v1/scoring/what-if", params={"bar": bar}).json()["asked"]
        assert tried["over"]["n"] + tried["under"]["n"] == 5, "Every run is on one side."


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ({}, "ABCDE"),
        ({"over": 60, "under": 70}, "BC"),
        ({"over": 90, "under": 101}, "AD"),
        ({"under": 70}, "BCE"),
        ({"under": 0}, "E"),
        ({"over": 60, "became": "won"}, "AB"),
        ({"became": "ended_otherwise"}, "D"),
        ({"became": "open"}, "CE"),
    ],
)
def test_each_figure_opens_exactly_its_runs(client, history, asked, leads):
    answer = client.get("/v1/scoring/runs", params=asked).json()
    assert "".join(run["lead"] for run in answer["runs"]) == leads
    assert answer["n"] == len(leads)


def test_runs_come_page_by_page_and_as_a_table(client, history):
    first = client.get("/v1/scoring/runs", params={"limit": 2}).json()
    second = client.get("/v1/scoring/runs", params={"limit": 9, "cursor": first["next"]}).json()
    assert [run["lead"] for run in (*first["runs"], *second["runs"])] == list("ABCDE")
    table = client.get("/v1/scoring/calibration", headers={"accept": "text/csv"}).text
    assert table.splitlines()[0].lstrip("\ufeff").startswith("low,high,n,won,ended_otherwise,open,rate.n")


def test_a_bar_that_no_score_can_have_is_refused(client):
    assert client.get("/v1/scoring/what-if", params={"bar": 101}).status_code == 422
    assert client.get("/v1/scoring/what-if").status_code == 422
