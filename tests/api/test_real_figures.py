"""Two real histories, each imported by one command, and read over HTTP: the figures known of them come out exactly."""

import csv
import gzip
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.settings import Settings
from tests.api.serving import serving

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ORIGINS = {
    "organic_search": (2296, 271), "paid_search": (1586, 195), "social": (1350, 75), "unknown": (1099, 179), "direct_traffic": (499, 56),
    "email": (493, 15), "referral": (284, 24), "other": (150, 4), "display": (118, 6), "other_publicities": (65, 3), None: (60, 14),
}  # fmt: skip
REACHED = {
    "A_SUBMITTED": 13_087, "A_PREACCEPTED": 7_367, "A_ACCEPTED": 5_113, "O_SENT": 5_015, "A_APPROVED": 2_246,
    "A_DECLINED": 7_635, "A_CANCELLED": 2_807,
}  # fmt: skip


def imported(folder: Path, mapping: str, *files: Path) -> str:
    database = f"sqlite:///{folder}/{mapping}.db"
    words = ["import", *map(str, files), "--mapping", mapping, "--database", database]
    subprocess.run([sys.executable, "-m", "api.cli", *words], check=True, capture_output=True)  # noqa: S603 - our own command
    return database


@pytest.fixture(scope="module")
def data_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("figures")


@pytest.fixture
def olist(data: Path, data_folder: Path) -> Iterator[httpx.Client]:
    with reading(imported(data_folder, "olist", *sorted((data / "olist").glob("*.csv")))) as client:
        yield client


@pytest.fixture
def bank(data: Path, data_folder: Path) -> Iterator[httpx.Client]:
    with reading(imported(data_folder, "bpi2012", data / "bpi2012" / "bpic2012.xes.gz")) as client:
        yield client


class reading:  # noqa: N801 - it reads as a verb: with reading(database)
    """A server on a database, and a client of it."""

    def __init__(self, database: str) -> None:
        self._serving = serving(Settings(database=database))

    def __enter__(self) -> httpx.Client:
        self._client = httpx.Client(base_url=self._serving.__enter__(), timeout=60)
        return self._client

    def __exit__(self, *ended: Any) -> None:
        self._client.close()
        self._serving.__exit__(*ended)


@pytest.fixture
def desk(data: Path, data_folder: Path) -> Iterator[httpx.Client]:
    with reading(imported(data_folder, "bpi2012-leads", data / "bpi2012" / "bpic2012.xes.gz")) as client:
        yield client


def test_olist_by_channel_funnel_and_handovers(olist: httpx.Client) -> None:
    channels = olist.get("/v1/channels", params={"group_by": "channel"}).json()["groups"]
    assert {group["group"]["channel"]: (group["leads"], group["won"]["n"]) for group in channels} == ORIGINS

    (funnel,) = olist.get("/v1/funnel").json()["groups"]
    mql, won = funnel["stages"]
    assert (mql["stage"], mql["entered"], won["stage"], won["entered"]) == ("mql", 8_000, "won", 842)
    assert mql["next"] == {"n": 842, "of": 8_000, "percent": 10.525}
    walls = mql["velocity"]["wall_seconds"]
    assert (walls["n"], round(walls["p50"] / 86_400, 3), round(walls["p90"] / 86_400, 2)) == (842, 14.651, 162.59)
    assert mql["velocity"]["negative"] == 1

    pairs = [cell for cell in olist.get("/v1/handovers", params={"group_by": "owner"}).json()["pairs"] if cell["giver"] != cell["receiver"]]
    assert len(pairs) == 224
    assert len({cell["giver"] for cell in pairs}) == 32
    assert len({cell["receiver"] for cell in pairs}) == 22
    assert sum(cell["handovers"] for cell in pairs if cell["same_person"]) == 5


def test_the_bank_s_cases_reach_what_they_reached_and_change_hands_as_the_file_says(bank: httpx.Client, data: Path) -> None:
    (funnel,) = bank.get("/v1/funnel").json()["groups"]
    assert {stage["stage"]: stage["entered"] for stage in funnel["stages"] if stage["stage"] in REACHED} == REACHED

    cells = bank.get("/v1/handovers", params={"group_by": "department"}).json()["pairs"]
    assert {(cell["giver"], cell["receiver"]): cell["handovers"] for cell in cells} == changes_of_hands(data / "bpi2012" / "bpi12.csv.gz")


def changes_of_hands(path: Path) -> dict[tuple[str, str], int]:
    """Counted from the file alone: consecutive rows of a case with different resources."""
    rows = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["case:concept:name"]].append((row["time:timestamp"], row["org:resource"] or "unassigned"))
    counted: Counter[tuple[str, str]] = Counter()
    for case in rows.values():
        hands = [hand for _, hand in sorted(case, key=lambda row: row[0])]
        counted.update((giver, receiver) for giver, receiver in pairwise(hands) if giver != receiver)
    return dict(counted)


def test_the_bank_s_desk_responds_within_an_hour_as_often_as_the_file_says(desk: httpx.Client, data: Path) -> None:
    """55.7 % of 4,755 by the wall clock, 83.8 % by the office's: from /v1/sla, from the clocks behind it, and from the file
    alone."""
    responses = first_responses(data / "bpi2012" / "bpi12.csv.gz")
    hour = timedelta(hours=1)
    by_hand = {
        "first_response.wall": sum(start - scheduled <= hour for scheduled, start in responses),
        "first_response.business": sum(in_office(scheduled, start) <= hour for scheduled, start in responses),
    }
    assert (len(responses), by_hand) == (4_755, {"first_response.wall": 2_650, "first_response.business": 3_985})

    groups = desk.get("/v1/sla", params={"group_by": "promise"}).json()["groups"]
    found = {group["group"]["promise"]: group["figures"] for group in groups}
    assert {promise: figures["kept"] for promise, figures in found.items()} == by_hand
    assert {promise: (figures["percent"], figures["n"]) for promise, figures in found.items()} == {
        "first_response.wall": (55.731, 4_755),
        "first_response.business": (83.807, 4_755),
    }
    for promise, kept in by_hand.items():
        assert desk.get("/v1/sla/clocks", params={"promise": promise, "state": "kept", "limit": 1}).json()["n"] == kept


def first_responses(path: Path) -> list[tuple[datetime, datetime]]:
    """When W_Afhandelen leads was first scheduled and first started, case by case: read from the file alone."""
    rows: dict[str, dict[str, datetime]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["concept:name"] == "W_Afhandelen leads":
                case, at = rows[row["case:concept:name"]], datetime.fromisoformat(row["time:timestamp"])
                case[row["lifecycle:transition"]] = min(at, case.get(row["lifecycle:transition"], at))
    return [(case["SCHEDULE"], case["START"]) for case in rows.values()]


def in_office(start: datetime, end: datetime) -> timedelta:
    """The time between that lies on Monday to Friday from nine to five in Amsterdam, day by day."""
    total, day = timedelta(), start.astimezone(AMSTERDAM).date()
    while day <= end.astimezone(AMSTERDAM).date():
        if day.weekday() in range(5):
            opens, closes = (datetime.combine(day, time(hour), AMSTERDAM).astimezone(UTC) for hour in (9, 17))
            total += max(timedelta(), min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total
