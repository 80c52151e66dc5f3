"""Importing: what is recorded, what is not and why, and that doing it again changes nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.importers import run as run_module
from api.importers.mapping_reader import read_mapping
from api.importers.rejects import Reject, Rejects
from api.importers.run import Import, ImportStoppedError
from domain import events as e
from domain.vocabulary import moment
from ledger.book import Book
from ledger.entry import Answer, Claim

from .conftest import Imported, Importing

Writing = Callable[..., Path]

MAPPING = """
name: deals
version: 1
source: crm
agreement: the-model@1
zone: Asia/Tokyo
files:
  - match: "deals*.csv"
    lead: "{id}"
    time: "{at}"
    actor: "field_sales:{who}"
    only: [{column: test, absent: true}]
    events:
      - type: stage.observed
        when: [{column: phase, present: true}]
        data:
          stage: {value: "{phase}", map: {商談: opportunity, 受注: won}}
          amount: {value: "{amount}", decimals: 0}
          currency: JPY
"""
DEALS = """id,at,phase,amount,who,test
D-1,2026-11-02 10:00,商談,1000,sato,
D-2,2026-11-02 11:00,商談,,mori,
D-1,2026-11-04 09:30,受注,1200,sato,
D-3,2026-11-04 09:30,,,sato,
T-1,2026-11-04 09:30,商談,1,sato,x
"""


def test_a_row_becomes_the_event_that_the_mapping_says(importing: Importing, written: Writing) -> None:
    imported = importing(MAPPING, written("deals.csv", DEALS, "cp932"))
    first = imported.events[0]
    assert (first.lead, first.actor, first.source, first.kind, first.agreement) == (
        "D-1",
        "field_sales:sato",
        "crm",
        "import",
        "the-model@1",
    )
    assert moment(first.occurred_at).isoformat() == "2026-11-02T01:00:00+00:00"
    assert first.event == e.StageObserved("opportunity", "crm", amount=1000, currency="JPY")
    assert imported.tally.figures() == {"rows": 5, "unused": 2, "rejected": 0, "recorded": 4, "duplicates": 0, "refused": 0}


def test_an_entry_says_which_row_it_was_read_from_and_by_which_mapping(importing: Importing, written: Writing, tmp_path: Path) -> None:
    imported = importing(MAPPING, written("deals.csv", DEALS))
    entry = list(imported.book.entries())[-1]
    assert entry.mapping == read_mapping(tmp_path / "mapping.yaml").label
    assert entry.source_hash is not None
    assert entry.id == f"{entry.source_hash[:32]}.1.stage.observed"


def test_bad_rows_are_told_with_line_column_and_reason_and_cost_nothing_else(importing: Importing, written: Writing) -> None:
    path = written(
        "deals.csv",
        """\
        id,at,phase,amount,who,test
        D-1,2026-11-02 10:00,商談,1000,sato,
        D-2,2026-11-02,商談,1,sato,
        ,2026-11-02 10:00,商談,1,sato,
        D-4,2026-11-02 10:00,検討,1,sato,
        D-5,2026-11-02 10:00,商談,1.5,sato,
        D-6,2026-11-02 10:00,商談,-1,sato,
        sato@example.jp,2026-11-02 10:00,商談,1,sato,
        D-8
        D-9,2026-11-02 10:00,受注,1,sato,
        """,
    )
    imported = importing(MAPPING, path)
    assert imported.rejects == [
        Reject("deals.csv", 3, "at", "2026-11-02 is a day without a time; say `format: date` if its midnight is meant."),
        Reject("deals.csv", 4, "id", "The row names no lead."),
        Reject("deals.csv", 9, "", "The row has 1 cells where the header has 6."),
        Reject("deals.csv", 5, "phase", "'検討' is not among the values the mapping knows: 商談, 受注."),
        Reject("deals.csv", 6, "amount", "'1.5' is not a whole number."),
        Reject("deals.csv", 7, "amount", "A whole number from 0 on is expected."),
        Reject(
            "deals.csv",
            8,
            "id",
            "The key of a lead stands in the clear and may not be an e-mail address or telephone number; use the source system's id.",
        ),
    ]
    assert [act.lead for act in imported.events] == ["D-1", "D-9"]
    assert imported.tally.rejected == 7


def test_the_same_file_again_records_nothing(importing: Importing, written: Writing) -> None:
    path = written("deals.csv", DEALS)
    first = importing(MAPPING, path).lines()
    again = importing(MAPPING, path)
    assert again.lines() == first
    assert (again.tally.recorded, again.tally.duplicates) == (0, 3)


def test_rows_that_are_alike_are_events_of_their_own_but_the_same_row_in_two_files_is_one(importing: Importing, written: Writing) -> None:
    twice = DEALS + DEALS.splitlines(keepends=True)[1]
    one, two = written("deals1.csv", twice), written("deals2.csv", DEALS)
    together = importing(MAPPING, one, two)
    assert [act.lead for act in together.events] == ["D-1", "D-1", "D-1", "D-2"]


def test_another_version_of_the_mapping_adds_only_what_is_new(importing: Importing, written: Writing) -> None:
    path = written("deals.csv", DEALS)
    importing(MAPPING, path)
    more = MAPPING.replace("version: 1\nsource", "version: 2\nsource") + "      - type: lead.profiled\n        data: {persona: '{who}'}\n"
    again = importing(more, path)
    assert (again.tally.recorded, again.tally.duplicates, again.tally.refused) == (4, 3, 0)


def test_an_atomic_import_records_everything_or_nothing(importing: Importing, written: Writing) -> None:
    bad = written("deals_bad.csv", DEALS + "D-9,never,商談,1,sato,\n")
    failed = importing(MAPPING, bad, atomic=True)
    assert (failed.tally.recorded, failed.tally.rejected, failed.lines()) == (0, 1, [])
    whole = importing(MAPPING, written("deals.csv", DEALS), atomic=True)
    assert whole.tally.recorded == 4
    assert {entry.commit for entry in whole.book.entries()} == {4}


def test_an_atomic_import_that_the_ledger_refuses_in_part_records_nothing(importing: Importing, written: Writing) -> None:
    acts = MAPPING.partition("    events:")[0] + "    events:\n      - type: handoff.accepted\n        data: {handoff: '{id}'}\n"
    failed = importing(acts, written("deals.csv", DEALS), atomic=True)
    assert failed.lines() == []
    assert failed.tally.refused == 4 + 1
    assert "handoff.accepted:" in failed.rejects[-1].why


def test_what_the_ledger_refuses_is_told_with_its_row(importing: Importing, written: Writing) -> None:
    late = importing(MAPPING, written("deals.csv", DEALS + "D-9,2999-01-01 00:00,商談,1,sato,\n"))
    assert late.rejects[0].line == 7
    assert "ahead of the ledger's" in late.rejects[0].why
    assert (late.tally.recorded, late.tally.refused) == (4, 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("deals*.csv", "sales*.csv"), r"does not say what deals.csv is; it knows sales\*.csv"),
        (("{amount}", "{price}"), "lacks columns that the mapping reads: price. It has: id, at, phase"),
        (("the-model@1", "our-own@3"), "holds no agreement our-own@3"),
    ],
)
def test_an_import_that_cannot_be_meant_stops_before_anything_is_recorded(
    importing: Importing, written: Writing, book: Book, change: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(ImportStoppedError, match=sentence):
        importing(MAPPING.replace(*change), written("deals.csv", DEALS))
    assert book.head().position == 0


def test_a_column_that_a_file_may_lack_is_marked(importing: Importing, written: Writing) -> None:
    assert importing(MAPPING.replace("{amount}", "{price?}"), written("deals.csv", DEALS)).tally.is_clean


def test_a_source_declared_otherwise_stops_the_import(importing: Importing, written: Writing) -> None:
    path = written("deals.csv", DEALS)
    importing(MAPPING, path)
    with pytest.raises(ImportStoppedError, match="declares the source crm as import, the mapping as manual"):
        importing(MAPPING.replace("source: crm", "source: {name: crm, kind: manual}"), path)


def test_an_agreement_with_a_known_name_and_other_terms_stops_the_import(importing: Importing, written: Writing, tmp_path: Path) -> None:
    path = written("deals.csv", DEALS)
    terms = "name: trade\nversion: 1\nstages: [商談, opportunity, won]\ndepartments: any\ncalendar: {weekly: {}}\n"
    (tmp_path / "trade.yaml").write_text(terms, encoding="utf-8")
    importing(MAPPING.replace("the-model@1", "trade.yaml"), path)
    (tmp_path / "trade.yaml").write_text(terms.replace("商談, ", ""), encoding="utf-8")
    with pytest.raises(ImportStoppedError, match="holds trade@1 with other terms"):
        importing(MAPPING.replace("the-model@1", "trade.yaml"), path)


# Laws

_ROWS = [f"D-{lead},2026-11-0{day} 10:00,商談,{amount},sato," for lead in (1, 2) for day in (1, 2) for amount in (5, 6)]
_HEADER = DEALS.splitlines()[0]


class KilledError(Exception):
    """The process died here."""


class FragileBook(Book):
    """A book that is cut off after some appends."""

    appends_left = 10**9

    def append(self, claims: Sequence[Claim], *, agreement: str | None = None, atomic: bool = False) -> list[Answer]:
        if not self.appends_left:
            raise KilledError
        self.appends_left -= 1
        return super().append(claims, agreement=agreement, atomic=atomic)


def imported_in_parts(folder: Path, files: Sequence[Sequence[str]], batch: int, killed_after: int) -> list[tuple[str, str]]:
    """The rows in some files, one after the other, in batches; killed once and started again."""
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    mapping = read_mapping(folder / "mapping.yaml")
    number = next(_numbers)
    with FragileBook.open(f"sqlite:///{folder}/law{number}.db") as book, pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "BATCH_CLAIMS", batch)
        assert isinstance(book, FragileBook)
        for appends in (killed_after, 10**9):
            book.appends_left = appends
            for index, rows in enumerate(files):
                path = folder / f"deals{index}.csv"
                path.write_text("\n".join([_HEADER, *rows]), encoding="utf-8")
                run = Import(book, Rejects(), lambda doing, done, total: None)
                try:
                    run.mapped([path], mapping)
                except KilledError:
                    break
        return [line for line in Imported(book, run.tally, []).lines() if not line[0].startswith("source.")]


_numbers = itertools.count()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(rows=st.lists(st.sampled_from(_ROWS), max_size=12), batch=st.integers(1, 7), killed_after=st.integers(0, 6))
def test_a_run_that_was_killed_and_started_again_leaves_the_same_ledger(
    tmp_path: Path, rows: list[str], batch: int, killed_after: int
) -> None:
    assert imported_in_parts(tmp_path, [rows], batch, killed_after) == imported_in_parts(tmp_path, [rows], 1_000, 10**9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(rows=st.lists(st.sampled_from(_ROWS), max_size=12, unique=True), seed=st.randoms(), cut=st.integers(0, 12))
def test_the_same_rows_in_any_order_and_any_files_are_the_same_events(tmp_path: Path, rows: list[str], seed: object, cut: int) -> None:
    shuffled = list(rows)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    parts = [shuffled[:cut], shuffled[cut:]]
    assert sorted(imported_in_parts(tmp_path, parts, 3, 10**9)) == sorted(imported_in_parts(tmp_path, [rows], 1_000, 10**9))


def test_an_event_that_happens_once_is_the_first_row_of_its_case_in_time(importing: Importing, written: Callable[..., Path]) -> None:
    file = written(
        "calls.csv",
        "lead,at,what\nL-2,2026-11-16 09:00,call\nL-1,2026-11-16 12:00,call\nL-1,2026-11-16 10:00,call\nL-1,2026-11-16 11:00,call\n",
    )
    mapping = """
        name: calls
        version: 1
        source: crm
        agreement: the-model@1
        files:
          - match: "*.csv"
            lead: "{lead}"
            time: "{at}"
            events:
              - {type: lead.hand_raised, once: "true", when: [{column: what, equals: call}], data: {kind: call}}
        """
    imported = importing(mapping, file)
    assert [(act.lead, moment(act.occurred_at).hour) for act in imported.events] == [("L-1", 10), ("L-2", 9)]
    assert (imported.tally.unused, imported.tally.rejected) == (2, 0)
    assert importing(mapping, file).tally.duplicates == 2
