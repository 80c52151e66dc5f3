"""A draft tried over HTTP and by command: compliance beside today's, the clocks that differ, every fault at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import what_if
from api.settings import Settings
from domain.the_model import TERMS
from ledger.book import Book
from ledger.documents import write_document
from ledger.terms import written
from tests.api.serving import serving

from .test_promises import AFTERNOON, NEXT_NOON, append, offers_of_the_16th

YAML = {"Content-Type": "application/yaml"}
DRAFT: dict[str, Any] = {**written(TERMS), "name": "draft", "deem_accepted": False}
DRAFT["promises"] = [{**row, "within": {"business_minutes": 45}} if row["id"] == "decide.mql" else row for row in DRAFT["promises"]]
"""Inside sales answers within 45 minutes instead of two hours, and silence accepts nothing."""
DIFFERING = [("L-1", "kept", "late"), ("L-2", "kept", "late"), ("L-3", "running", "overdue")]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The 16th of `test_promises`."""
    database = f"sqlite:///{tmp_path_factory.mktemp('drafts') / 'ledger.db'}"
    with Book.open(database) as book:
        append(book, offers_of_the_16th())
    return database


@pytest.fixture(scope="module")
def client(database: str) -> Iterator[httpx.Client]:
    with serving(Settings(database=database)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def run(database: str, folder: Path, *words: str, draft: Any = DRAFT) -> subprocess.CompletedProcess[str]:
    (folder / "draft.yaml").write_text(write_document(draft), "utf-8")
    command = [sys.executable, "-m", "api.cli", "what-if", str(folder / "draft.yaml"), "--database", database, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command


def differing(answer: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    assert {one["promise"] for one in answer["differences"]} <= {"decide.mql"}
    return [(one["lead"], one["today"], one["draft"]) for one in answer["differences"]]


def test_compliance_stands_beside_todays_with_the_leads_that_differ(client: httpx.Client) -> None:
    answer = client.post("/v1/what-if", params={"as_of": AFTERNOON}, content=write_document(DRAFT), headers=YAML).json()
    (decide,) = [row for row in answer["promises"] if row["promise"] == "decide.mql"]
    assert [decide["today"][name] for name in ("kept", "late", "overdue", "running", "n", "percent")] == [2, 0, 0, 1, 2, 100.0]
    assert [decide["draft"][name] for name in ("kept", "late", "overdue", "running", "n", "percent")] == [0, 2, 1, 0, 3, 0.0]
    assert decide["difference"] == {"kept": -2, "late": 2, "missed": 0, "overdue": 1, "n": 1, "percent": -100.0}
    assert differing(answer) == DIFFERING
    assert (answer["agreement"], answer["leads"], answer["leads_differing"], answer["n"]) == ("draft@1", 3, 3, 3)
    assert all(row["today"] == row["draft"] for row in answer["promises"] if row["promise"] != "decide.mql")


def test_today_is_what_the_sla_says(client: httpx.Client) -> None:
    for as_of in (AFTERNOON, NEXT_NOON):
        replayed = client.post("/v1/what-if", params={"as_of": as_of}, json=DRAFT).json()["promises"]
        groups = client.get("/v1/sla", params={"as_of": as_of, "group_by": "promise"}).json()["groups"]
        figures = {
            row["promise"]: row["today"] for row in replayed if any(row["today"][name] for name in ("n", "running", "paused", "void"))
        }
        assert figures == {group["group"]["promise"]: group["figures"] for group in groups}


def test_a_list_has_its_limit_and_the_whole_count(client: httpx.Client) -> None:
    answer = client.post("/v1/what-if", params={"as_of": AFTERNOON, "limit": 1}, json=DRAFT).json()
    assert (differing(answer), answer["n"]) == (DIFFERING[:1], 3)


def test_a_period_and_what_was_known(client: httpx.Client) -> None:
    """Offered at one, L-2 and L-3 would have fallen due at 13:45 and not at three: in the period of neither."""
    period = {"from": "2026-11-16T10:45:00+09:00", "until": "2026-11-16T11:30:00+09:00", "as_of": AFTERNOON}
    answer = client.post("/v1/what-if", params=period, json=DRAFT).json()
    assert differing(answer) == [("L-1", "kept", "late")]
    assert client.post("/v1/what-if", params={"as_of": AFTERNOON, "known_at": "0"}, json=DRAFT).json()["leads"] == 0


def test_every_fault_of_a_draft_is_told_with_its_place(client: httpx.Client) -> None:
    faulty = {**DRAFT, "zone": "Mars/Olympus", "promises": [{**DRAFT["promises"][0], "promisor": "nobody_here"}], "relays": []}
    answer = client.post("/v1/what-if", json=faulty)
    assert answer.status_code == 422
    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert {"/zone", "/promises/0/promisor"} <= set(pointers)


@pytest.mark.parametrize(
    ("body", "kind", "status"), [("a: b", "text/plain", 415), ("a: [", "application/yaml", 400), ("[1]", "application/json", 422)]
)
def test_what_is_no_document_is_refused(client: httpx.Client, body: str, kind: str, status: int) -> None:
    assert client.post("/v1/what-if", content=body, headers={"Content-Type": kind}).status_code == status


def test_a_ledger_too_long_for_a_request_is_for_the_command_line(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "MOST_ENTRIES", 5)
    answer = client.post("/v1/what-if", json=DRAFT)
    assert (answer.status_code, "tasuki what-if" in answer.json()["detail"]) == (422, True)
    assert client.post("/v1/what-if", params={"known_at": "4"}, json=DRAFT).status_code == 200


def test_one_draft_is_tried_at_a_time(client: httpx.Client) -> None:
    with what_if._replaying:
        assert client.post("/v1/what-if", json=DRAFT).status_code == 503


def test_nothing_is_written(client: httpx.Client, database: str) -> None:
    before = client.get("/v1/agreements").json()["agreements"], client.get("/health/ready").json()["position"]
    client.post("/v1/what-if", json=DRAFT)
    assert (client.get("/v1/agreements").json()["agreements"], client.get("/health/ready").json()["position"]) == before


def test_the_command_says_the_same(client: httpx.Client, database: str, tmp_path: Path) -> None:
    told = run(database, tmp_path, "--as-of", AFTERNOON, "--json")
    answer = client.post("/v1/what-if", params={"as_of": AFTERNOON}, json=DRAFT).json()
    assert (told.returncode, json.loads(told.stdout) | {"known_at": ""}) == (0, answer | {"known_at": ""})


def test_the_command_tells_people_in_lines(database: str, tmp_path: Path) -> None:
    told = run(database, tmp_path, "--as-of", AFTERNOON, "--from", "2026-11-16", "--until", "2026-11-17", "--limit", "2")
    lines = told.stdout.splitlines()
    assert lines[0] == "draft@1 beside today's, over 3 leads:"
    assert "  100.0 % of 2 (0 late, 0 missed, 0 overdue)  ->     0.0 % of 3 (2 late, 0 missed, 1 overdue)  -100.0" in lines[3]
    assert lines[-4:] == [
        "3 clocks of 3 leads stand otherwise under the draft:",
        "  L-1  decide.mql  kept -> late",
        "  L-2  decide.mql  kept -> late",
        "  and 1 more; --limit shows more of them.",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--from", "soon"), "--from takes a day"),
        (("--until", "2026-11-16T09:00:00"), "--until takes a day"),
        (("--from", "2026-11-17", "--until", "2026-11-16"), "end after it begins"),
    ],
)
def test_the_command_used_wrongly_says_how(database: str, tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    told = run(database, tmp_path, *words)
    assert (told.returncode, told.stdout) == (2, "")
    assert sentence in told.stderr


def test_the_command_lists_every_fault(database: str, tmp_path: Path) -> None:
    told = run(database, tmp_path, draft={**DRAFT, "zone": "Mars/Olympus", "relays": [{**TERMS["relays"][0], "within": {"minutes": "x"}}]})
    assert told.returncode == 2
    assert "draft.yaml, /zone:" in told.stderr
    assert "draft.yaml, /relays/0/within:" in told.stderr
