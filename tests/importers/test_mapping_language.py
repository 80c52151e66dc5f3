"""What a mapping may say, and what it is told when it says something else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from api.importers.columns import Template
from api.importers.mapping_reader import SHIPPED, find_mapping, read_mapping
from api.importers.strictness import FaultyMappingError
from api.importers.times import TimeReader
from api.importers.values import flag, whole_number
from domain.vocabulary import moment

GOOD = {
    "name": "deals",
    "version": 1,
    "source": "crm",
    "agreement": "the-model@1",
    "zone": "Asia/Tokyo",
    "files": [
        {
            "match": "deals*.csv",
            "lead": "{id}",
            "time": "{at}",
            "events": [{"type": "stage.observed", "when": [{"column": "phase", "present": "true"}], "data": {"stage": "{phase}"}}],
        }
    ],
}


def faults_of(tmp_path: Path, document: object) -> dict[str, str]:
    path = tmp_path / "mapping.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), encoding="utf-8")
    try:
        read_mapping(path)
    except FaultyMappingError as error:
        return dict(error.faults)
    return {}


def test_a_good_mapping_has_no_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path, GOOD) == {}


def test_all_faults_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    file = GOOD["files"][0] | {  # type: ignore[index]
        "colour": "red",
        "time": {"value": "{at", "format": "soon", "zone": "Mars"},
        "only": [{"column": "a", "equals": "1", "present": "true"}, {"column": "b"}],
        "delimiter": "::",
        "encoding": "klingon",
        "header_row": "0",
        "events": [
            {"type": "stage.seen"},
            {"type": "stage.observed", "data": {"stage": "sold", "custodian": "legal", "size": "1"}},
            {"type": "lead.scored", "data": {"score": {"value": "{s}", "otherwise": "keep"}}},
            {"type": "activity.logged", "data": {"kind": {"value": "{k}", "map": {"Tel": "telephone"}}, "direction": "out"}},
            {"type": "dispute.opened"},
        ],
    }
    found = faults_of(tmp_path, GOOD | {"version": "one", "zone": "Moon", "files": [file], "extra": 1})
    assert set(found) == {
        "/version", "/zone", "/extra", "/files/0/colour", "/files/0/time/value", "/files/0/time/format", "/files/0/time/zone",
        "/files/0/only/0", "/files/0/only/1", "/files/0/delimiter", "/files/0/encoding", "/files/0/header_row",
        "/files/0/events/0/type", "/files/0/events/1/data/stage", "/files/0/events/1/data/custodian", "/files/0/events/1/data/size",
        "/files/0/events/2/data/model", "/files/0/events/2/data/score/otherwise", "/files/0/events/3/data/kind",
        "/files/0/events/3/data/direction", "/files/0/events/4/type",
    }  # fmt: skip
    assert found["/files/0/colour"].startswith("There is no key colour here; expected one of match, time, lead")
    assert found["/files/0/events/1/data/stage"].startswith("sold is not among the words of the-model@1: lead, mal, mql")
    assert found["/files/0/events/1/data/size"].startswith("There is no key size here; expected one of stage, from_system, custodian")


def test_an_id_of_several_events_is_to_name_the_event(tmp_path: Path) -> None:
    file = GOOD["files"][0] | {"id": "{id}", "group": "{team}"}  # type: ignore[index]
    assert list(faults_of(tmp_path, GOOD | {"files": [file]})) == ["/files/0/id"]
    assert faults_of(tmp_path, GOOD | {"files": [file | {"id": "{id}.{event}"}]}) == {}


def test_faults_of_the_agreement_are_faults_of_the_mapping(tmp_path: Path) -> None:
    trade = "name: trade\nversion: 1\nstages: [asked]\ndepartments: [shop]\ncalendar: {weekly: {}, holidays: {country: XX}}\n"
    (tmp_path / "trade.yaml").write_text(trade)
    assert "/calendar/holidays" in faults_of(tmp_path, GOOD | {"agreement": "trade.yaml"})["/agreement"]
    assert "cannot be read" in faults_of(tmp_path, GOOD | {"agreement": "missing.yaml"})["/agreement"]
    assert "beside the mapping" in faults_of(tmp_path, GOOD | {"agreement": "../trade.yaml"})["/agreement"]


def test_a_mapping_is_a_path_or_a_shipped_name() -> None:
    assert find_mapping("olist") == SHIPPED / "olist.yaml"
    with pytest.raises(FaultyMappingError, match="bpi2012, bpi2012-leads, costs, hubspot, marketo, mazrica, olist, salesforce"):
        find_mapping("nowhere")


@pytest.mark.parametrize("name", ["olist", "bpi2012", "salesforce", "hubspot", "marketo", "mazrica"])
def test_every_shipped_mapping_stands(name: str) -> None:
    mapping = read_mapping(find_mapping(name))
    assert mapping.name == name
    assert mapping.label.startswith(f"{name}@1#")


_WORDS = st.sampled_from(
    ["name", "version", "files", "match", "lead", "time", "events", "type", "data", "stage.observed", "{a}", "value", "1"]
)


@settings(max_examples=300)
@given(
    st.recursive(
        _WORDS | st.text(max_size=6) | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS | st.sampled_from(list(GOOD)), inner, max_size=5),
        max_leaves=20,
    )
)
def test_no_document_makes_the_reading_of_mappings_fail_otherwise(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    with pytest.raises(FaultyMappingError) as caught:
        read_mapping(path)
    assert all(sentence.endswith(".") for _, sentence in caught.value.faults)


@given(st.sampled_from(sorted(SHIPPED.glob("*.yaml"))), st.data())
def test_no_damage_to_a_mapping_makes_its_reading_fail_otherwise(
    tmp_path_factory: pytest.TempPathFactory, shipped: Path, damage: st.DataObject
) -> None:
    raw = bytearray(shipped.read_bytes())
    for _ in range(damage.draw(st.integers(1, 4))):
        at = damage.draw(st.integers(0, len(raw) - 1))
        raw[at : at + damage.draw(st.integers(0, 40))] = damage.draw(st.binary(max_size=4))
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_bytes(bytes(raw))
    with suppress(FaultyMappingError):
        read_mapping(path)


# Values


def test_a_template_is_absent_where_one_of_its_cells_is() -> None:
    template = Template("inside_sales:{sdr}")
    assert template.render({"sdr": "sato"}) == "inside_sales:sato"
    assert template.render({}) is None


def test_a_column_may_have_other_names_and_braces_are_doubled() -> None:
    assert Template("{{{Id|id}}}").render({"id": "7"}) == "{7}"
    assert Template("100%").render({}) == "100%"
    assert Template("100% {a}").render({"a": "b"}) == "100% b"


@pytest.mark.parametrize(
    ("text", "decimals", "number"), [("85", 0, 85), ("85.0", 0, 85), ("12.5", 2, 1250), ("-3", 0, -3), ("1e3", 0, 1000), (" 7 ", 0, 7)]
)
def test_numbers_are_exact(text: str, decimals: int, number: int) -> None:
    assert whole_number(decimals)(text) == number


@pytest.mark.parametrize(("text", "decimals"), [("8.5", 0), ("1.005", 2), ("1,000", 0), ("nan", 0), ("", 0), ("1e999999", 0)])
def test_a_number_that_would_have_to_be_rounded_is_refused(text: str, decimals: int) -> None:
    with pytest.raises(ValueError, match="is not a"):
        whole_number(decimals)(text)


def test_a_flag_is_true_or_false() -> None:
    assert flag("TRUE")
    assert not flag("0")
    with pytest.raises(ValueError, match="neither"):
        flag("perhaps")


# Times


@pytest.mark.parametrize(
    ("text", "form", "zone", "utc"),
    [
        ("2026-11-13 17:00", "iso", "Asia/Tokyo", "2026-11-13T08:00:00+00:00"),
        ("2026-11-13T17:00:00.5-03:00", "iso", "Asia/Tokyo", "2026-11-13T20:00:00.500000+00:00"),
        ("2026-11-13", "date", "Asia/Tokyo", "2026-11-12T15:00:00+00:00"),
        ("2026-11-13 00:00:00", "date", "Asia/Tokyo", "2026-11-12T15:00:00+00:00"),
        ("02/23/26 08:55 PM", "%m/%d/%y %I:%M %p", "UTC", "2026-02-23T20:55:00+00:00"),
        ("1795133529000", "unix_ms", "Asia/Tokyo", "2026-11-20T00:12:09+00:00"),
        ("46339.75", "excel", "UTC", "2026-11-13T18:00:00+00:00"),
        ("46339.7083333333", "excel", "UTC", "2026-11-13T17:00:00+00:00"),
        ("2017-10-15", "date", "America/Sao_Paulo", "2017-10-15T03:00:00+00:00"),
        ("2025-10-26 02:30", "iso", "Europe/Berlin", "2025-10-26T00:30:00+00:00"),
    ],
)
def test_a_time_is_read_by_its_format_and_the_clock_of_its_zone(text: str, form: str, zone: str, utc: str) -> None:
    assert moment(TimeReader((form,), ZoneInfo(zone))(text)).isoformat() == utc


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-11-13", "iso"),
        ("13.11.2026", "iso"),
        ("", "iso"),
        ("99999999999999999", "unix"),
        ("0001-01-01", "date"),
        ("nan", "excel"),
        ("2026-02-30", "date"),
    ],
)
def test_a_time_that_is_none_is_a_sentence(text: str, form: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        TimeReader((form,), ZoneInfo("Asia/Tokyo"))(text)
