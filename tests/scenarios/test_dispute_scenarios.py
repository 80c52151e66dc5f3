"""Disputes as people tell them: what happened above, below it what the service answers, and what it refuses.

The events are sent one by one as they stand, those under `together` as one request, all or none. `about` names a verdict
of the event's lead by its code, one on a month by its code, promise and month, and a rejection by the number of its event in
the file, as `evidence` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.expectations import compared
from api.settings import Settings
from domain.monthly import monthly_id
from ledger.documents import read_document
from tests.api.conftest import serving

HERE = Path(__file__).parent / "disputes"
SCENARIOS: dict[str, Any] = {file.stem: read_document(file.read_bytes()) for file in sorted(HERE.glob("*.yaml"))}


class Sent:
    """What was sent to a service: positions by number of the event, and why one was refused."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.positions: dict[int, int] = {}
        self.refused: dict[int, str] = {}
        client.put("/v1/sources/crm", json={"kind": "import"}).raise_for_status()

    def send(self, told: Mapping[int, Any]) -> None:
        """Some events of a file by their numbers, in one request."""
        batch = [self._event(number, row) for number, row in told.items()]
        how = {"content-type": "application/cloudevents-batch+json"}
        answer = self._client.post("/v1/events?wait=true&atomic=true", json=batch, headers=how).json()
        for number, result in zip(told, answer["results"], strict=True):
            if result["status"] == "refused":
                self.refused[number] = result["problem"]["detail"]
            else:
                self.positions[number] = result["position"]

    def _event(self, number: int, row: Any) -> dict[str, Any]:
        lead, time, data = row.get("lead", "L-1"), row["time"].isoformat(), dict(row["data"])
        data |= {key: [self.positions[one] for one in data[key]] for key in ("evidence",) if key in data}
        data |= {"about": [self._about(one, lead, time) for one in data["about"]]} if "about" in data else {}
        envelope = {"specversion": "1.0", "id": str(number), "source": "crm", "type": row["type"], "subject": lead}
        return {**envelope, "time": time, "actor": row["actor"], "data": data}

    def _about(self, named: str | int, lead: str, time: str) -> str | int:
        if isinstance(named, int):
            return self.positions[named]
        code, *rest = named.split()
        if rest:
            return monthly_id("the-model", code, *rest)
        return next(str(verdict["id"]) for verdict in self.verdicts(lead, time) if verdict["code"] == code)

    def verdicts(self, lead: str, as_of: str) -> list[dict[str, Any]]:
        episodes = self._client.get(f"/v1/leads/{lead}/timeline", params={"as_of": as_of}).json()["episodes"]
        return [verdict for episode in episodes for verdict in episode["verdicts"]]


def line(verdict: Mapping[str, Any]) -> str:
    shares = ", ".join(f"{party}: {share}" for party, share in verdict["shares"].items())
    return f"{verdict['code']} {verdict['status']} {{{shares}}}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_dispute_goes_as_its_scenario_says(name: str, tmp_path: Path) -> None:
    document = SCENARIOS[name]
    expect, as_of = document["expect"], document["as_of"].isoformat()
    rows = dict(enumerate(document["events"], 1))
    together = {number: group for group in expect.get("together", []) for number in group}
    address = serving(Settings(database=f"sqlite:///{tmp_path / 'ledger.db'}", poll_seconds=0.1))
    with address as base, httpx.Client(base_url=base, timeout=10) as client:
        sent = Sent(client)
        for number in rows:
            group = together.get(number, [number])
            if number == group[0]:
                sent.send({one: rows[one] for one in group})
        _as_refused(expect.get("refused", []), sent.refused)
        disputes = client.get("/v1/disputes", params={"as_of": as_of}).json()["disputes"]
        assert len(disputes) == len(expect["disputes"])
        for found, wanted in zip(disputes, expect["disputes"], strict=True):
            assert compared(wanted, {"episodes": [], **found}) == []
        for lead, lines in expect.get("verdicts", {}).items():
            assert [line(verdict) for verdict in sent.verdicts(lead, as_of)] == lines
        if "months" in expect:
            months = client.get("/v1/verdicts/months", params={"from": rows[1]["time"].isoformat(), "as_of": as_of}).json()
            assert [line(verdict) for verdict in months["verdicts"]] == expect["months"]


def _as_refused(wanted: Sequence[Any], refused: Mapping[int, str]) -> None:
    assert [row["event"] for row in wanted] == list(refused)
    for row in wanted:
        assert row["says"] in refused[row["event"]]


def test_every_scenario_says_in_a_sentence_what_it_shows() -> None:
    assert [name for name, document in SCENARIOS.items() if not document["scenario"].endswith(".")] == []
