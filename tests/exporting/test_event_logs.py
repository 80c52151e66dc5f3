"""The runs of the relay as XES and OCEL: who handed over to whom is what the read model counts."""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.exporting.ocel_json import write_ocel_json
from api.exporting.ocel_sqlite import write_ocel_sqlite
from api.exporting.source import Wanted
from api.exporting.traces import DEEMED, traces
from api.exporting.xes import write_xes
from api.knowledge import Known
from domain import events as e
from domain.vocabulary import SECOND
from ledger.book import Book
from projections.asking import Question
from projections.handovers import LEVELS, Asked, matrix
from tests.domain.strategies import seeds
from tests.domain.telling import MARKETING, History, at, offered
from tests.exporting.exporting import cases, handed_over, source, written
from tests.projections.reading import Ledger, ledger_in

DAY = 86_400 * SECOND
HOLDER = {"department": "custodian", "owner": "owner"}


def counted(ledger: Ledger, as_of: int, position: int, level: str) -> Counter[tuple[str, str]]:
    """What /v1/handovers counts."""
    cells = ledger.read(matrix, ["handovers", "leads"], Asked(Question(as_of, position), level))
    return Counter({(cell.giver, cell.receiver): cell.handovers for cell in cells})


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), st.sampled_from([-2 * DAY, 0, 60 * DAY]), st.sampled_from([1.0, 0.6]))
def test_the_handovers_of_a_log_are_those_of_the_read_model(r: random.Random, commits: int, ahead: int, share: float) -> None:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        position = ledger.book.end_of_commit(int(ledger.book.head().position * share))
        known = Known(ledger.now + ahead, ledger.now, position, False)
        log, figures = written(write_xes, source(ledger.book, known=known))
        found = cases(log)
        assert (len(found), sum(map(len, found.values()))) == (figures["traces"], figures["events"])
        for level in LEVELS:
            assert handed_over(found.values(), HOLDER[level]) == counted(ledger, known.as_of, position, level)


def test_silence_that_accepts_is_an_event_of_the_log(ledger: Ledger) -> None:
    ledger.tell(offered())
    (story,) = source(ledger.book, known=Known(at("20 12:00"), at("20 12:00"), ledger.book.head().position, False)).stories()
    (run,) = traces("L-1", story[1], at("20 12:00"))
    assert [(move.type, move.custodian, move.handover) for move in run.moves][-1] == (DEEMED, "inside_sales", True)
    assert run.moves[-1].position == run.moves[-2].position


def test_every_element_stands_on_a_line_of_its_own(book: Book) -> None:
    log, _ = written(write_xes, source(book))
    assert all(line.startswith("<") and line.endswith(">") and line.count("<") == 1 for line in log.decode().splitlines())


def test_personal_data_and_free_text_stay_out_of_the_logs(ledger: Ledger) -> None:
    contact = e.Contact(name="Sakura", email="s@example.com")
    call = e.ActivityLogged("call", "outbound", "connected", note="secret")
    ledger.tell(History().then("02 09:00", MARKETING, e.LeadCaptured(channel="web", contact=contact)).then("02 10:00", MARKETING, call))
    for write in (write_xes, write_ocel_json):
        log, _ = written(write, source(ledger.book))
        assert not [word for word in (b"Sakura", b"example.com", b"secret") if word in log]


def test_text_that_xml_cannot_hold_is_replaced(ledger: Ledger) -> None:
    ledger.tell(History().then("02 09:00", MARKETING, e.LeadCaptured(channel='a\x01"<&\n')))
    log, _ = written(write_xes, source(ledger.book))
    assert cases(log)["L-1#1"][0]["channel"] == 'a�"<&\n'


def ocel(book: Book, wanted: Wanted | None = None) -> dict[str, Any]:
    log, figures = written(write_ocel_json, source(book, wanted))
    found: dict[str, Any] = json.loads(log)
    assert (len(found["events"]), len(found["objects"])) == (figures["events"], figures["objects"])
    return found


def test_every_ocel_event_has_objects_and_every_object_an_event(book: Book) -> None:
    log = ocel(book)
    objects = {found["id"]: found["type"] for found in log["objects"]}
    related = [relation["objectId"] for event in log["events"] for relation in event["relationships"]]
    assert len(objects) == len(log["objects"])
    assert set(related) == objects.keys()
    assert len({event["id"] for event in log["events"]}) == len(log["events"])
    types = {kind["name"]: {attribute["name"] for attribute in kind["attributes"]} for kind in log["eventTypes"]}
    for event in log["events"]:
        assert {"lead", "run", "department"} <= {objects[relation["objectId"]] for relation in event["relationships"]}
        assert {value["name"] for value in event["attributes"]} <= types[event["type"]]
        assert all(isinstance(value["value"], str) for value in event["attributes"])


def test_ocel_has_the_traces_of_xes(book: Book) -> None:
    log, _ = written(write_xes, source(book))
    runs = Counter(
        relation["objectId"] for event in ocel(book)["events"] for relation in event["relationships"] if relation["qualifier"] == "in"
    )
    assert runs == Counter({f"run:{case}": len(events) for case, events in cases(log).items()})


def test_ocel_in_sqlite_says_what_ocel_in_json_says(book: Book, tmp_path: Path) -> None:
    log, path = ocel(book), tmp_path / "log.sqlite"
    figures = write_ocel_sqlite(source(book), path)
    with closing(sqlite3.connect(path)) as connection:
        assert figures == {"events": len(log["events"]), "objects": len(log["objects"])}
        assert dict(connection.execute("SELECT ocel_id, ocel_type FROM event")) == {one["id"]: one["type"] for one in log["events"]}
        related = set(connection.execute("SELECT ocel_event_id, ocel_object_id, ocel_qualifier FROM event_object"))
        assert related == {(one["id"], to["objectId"], to["qualifier"]) for one in log["events"] for to in one["relationships"]}
        for name, mapped in connection.execute("SELECT ocel_type, ocel_type_map FROM event_map_type"):
            held = connection.execute(f'SELECT count(*) FROM "event_{mapped}"').fetchone()[0]  # noqa: S608 - a table of our own
            assert held == sum(one["type"] == name for one in log["events"])


def test_a_leads_log_is_its_own_part_of_the_whole(book: Book) -> None:
    whole, part = (written(write_xes, source(book, wanted))[0] for wanted in (Wanted(), Wanted(lead="L-000005")))
    assert cases(part).items() <= cases(whole).items()
