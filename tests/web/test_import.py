"""The page of imports: a file is uploaded, mapped, looked at and recorded; what is rejected is given back, the file is not kept."""

import io
import json
import re
import threading
import time
from pathlib import Path

import httpx
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.importers import uploads
from api.importers.by_columns import UnnamedColumnError, mapping_by_columns
from api.importers.mapping_reader import read_mapping
from api.importers.run import Import, Tally
from api.importers.uploads import Uploads
from api.problems import ProblemError
from api.settings import Settings
from tests.api.serving import serving

HTML = {"accept": "text/html", "accept-language": "en"}
OURS = {"sec-fetch-site": "same-origin"}
STEPS = """Lead,When,Step,Who,Source,Telephone
L-1,2026-11-02 10:15,mql,tanaka,Trade fair,090-1234-5678
L-1,2026-11-02 13:40,sal,sato,Trade fair,090-1234-5678
L-2,2026-11-03 09:05,mql,tanaka,,
L-2,not a time,sal,sato,,
"""
COLUMNS = {"act": "columns", "lead": "Lead", "time": "When", "stage": "Step", "channel": "Source", "source": "sales-list"}


@pytest.fixture
def client(address_of_an_empty_ledger):
    with httpx.Client(base_url=address_of_an_empty_ledger, headers=HTML | OURS, timeout=30) as client:
        yield client


def uploaded(client, name="steps.csv", content=STEPS):
    """The address of a file's own page."""
    answer = client.post("/import", files={"file": (name, content.encode() if isinstance(content, str) else content)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def finished(client, address):
    assert client.post(address, data={"act": "record"}).status_code == 303
    for _ in range(200):
        page = client.get(address)
        if "refresh" not in page.headers:
            return page.text
        time.sleep(0.05)
    raise AssertionError("The import does not end.")


def figures(page):
    return {label: int(number) for label, number in re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page)}


def test_a_file_is_uploaded_mapped_looked_at_and_recorded_without_a_script(client, window):
    page = window(str(client.base_url).rstrip("/"), "ja", java_script_enabled=False).open("/import")
    page.locator("input[type=file]").set_input_files({"name": "steps.csv", "mimeType": "text/csv", "buffer": STEPS.encode()})
    page.get_by_role("button", name="アップロード").click()
    for name, column in (("lead", "Lead"), ("time", "When"), ("stage", "Step"), ("channel", "Source")):
        page.locator(f"select[name={name}]").select_option(column)
    page.locator("input[name=source]").fill("sales-list")
    page.locator("form", has=page.locator("input[value=columns]")).get_by_role("button").click()
    shown = page.locator("section", has=page.locator("#preview")).inner_text()
    assert "リード獲得" in shown
    assert "2026年11月2日(月) 10:15" in shown
    assert "不採用" in shown
    assert client.get("/v1/events").json()["position"] == 0
    page.get_by_role("button", name="全行を記録する").click()
    page.locator("#result").wait_for()
    assert "完了" in page.locator("#result").inner_text()
    recorded = client.get("/v1/events").json()["position"]
    assert client.get("/v1/leads", params={"min_position": recorded}).json()["leads"][0]["stage"] == "sal"


def test_the_counts_are_exact_and_the_same_file_again_records_nothing_twice(client):
    first = uploaded(client)
    client.post(first, data=COLUMNS)
    assert figures(finished(client, first)) == {
        "Rows": 4, "Events recorded": 6, "Already there": 0, "Refused by the ledger": 0, "Rows of no concern": 0, "Rows rejected": 1,
    }  # fmt: skip
    again = uploaded(client)
    client.post(again, data=COLUMNS)
    told = figures(finished(client, again))
    assert (told["Events recorded"], told["Already there"]) == (0, 5)


def test_what_is_rejected_is_given_back_with_its_place_and_reason(client):
    address = uploaded(client)
    client.post(address, data=COLUMNS)
    page = finished(client, address)
    rejects = client.get(re.search(r'href="([^"]+rejects.csv)"', page).group(1))
    assert rejects.headers["content-disposition"] == 'attachment; filename="tasuki-rejects.csv"'
    header, row = rejects.text.removeprefix("\ufeff").splitlines()
    assert header == "file,line,column,why"
    assert row.startswith("steps.csv,5,When,")


def test_columns_that_no_mapping_names_are_not_recorded(client):
    address = uploaded(client)
    client.post(address, data=COLUMNS)
    finished(client, address)
    assert "090-1234" not in json.dumps(client.get("/v1/events").json())


def test_a_spreadsheet_is_read_as_well(client):
    book = openpyxl.Workbook()
    for line in STEPS.splitlines():
        book.active.append(line.split(","))
    written = io.BytesIO()
    book.save(written)
    address = uploaded(client, "steps.xlsx", written.getvalue())
    client.post(address, data=COLUMNS)
    assert figures(finished(client, address))["Events recorded"] == 6


def test_cloud_events_need_no_mapping(client):
    event = {"specversion": "1.0", "id": "1", "source": "crm", "type": "lead.captured", "subject": "L-9", "data": {"channel": "web"}}
    lines = [json.dumps(event | {"time": "2026-11-02T01:00:00Z", "actor": "marketing:tanaka"}), '{"specversion": "0.3"}']
    address = uploaded(client, "events.ndjson", "\n".join(lines))
    page = client.get(address).text
    assert "L-9" in page
    assert "rejected" in page
    told = figures(finished(client, address))
    assert (told["Rows"], told["Events recorded"], told["Rows rejected"]) == (2, 1, 1)


def test_a_page_that_is_told_while_the_import_ends_is_looked_at_again(client, monkeypatch):
    event = {"specversion": "1.0", "id": "1", "source": "crm", "type": "lead.captured", "subject": "L-9", "data": {"channel": "web"}}
    address = uploaded(client, "events.ndjson", json.dumps(event | {"time": "2026-11-02T01:00:00Z", "actor": "marketing:tanaka"}))
    told, imported = threading.Event(), threading.Event()
    figures_of, cloud_events = Tally.figures, Import.cloud_events

    def import_once_told(self, files):
        told.wait(10)
        cloud_events(self, files)
        imported.set()

    def tell_before_it_ends(self):
        found = figures_of(self)
        told.set()
        imported.wait(10)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(Import, "cloud_events", import_once_told)
    monkeypatch.setattr(Tally, "figures", tell_before_it_ends)
    assert figures(finished(client, address))["Events recorded"] == 1


def test_the_files_words_for_stages_are_told_by_a_form(client):
    """One that is written alike is known at once; what nobody tells is kept as it stands."""
    address = uploaded(client, content=STEPS.replace("mql", "MQL").replace(",sal,", ",Visit agreed,"))
    client.post(address, data=COLUMNS)
    assert "&#34;stage&#34;:&#34;Visit agreed&#34;" in client.get(address).text
    client.post(address, data={"act": "stages", "stage_0": "mql", "stage_1": "sal"})
    finished(client, address)
    for _ in range(200):
        if leads := client.get("/v1/leads").json()["leads"]:  # The read models come a moment behind the book.
            break
        time.sleep(0.05)
    assert [lead["stage"] for lead in leads] == ["sal", "mql"]


def test_a_shipped_mapping_is_chosen_by_name_and_a_path_is_none(client):
    leads = "mql_id,first_contact_date,landing_page_id,origin\na,2018-02-01,b,social\n"
    address = uploaded(client, "olist_marketing_qualified_leads_dataset.csv", leads)
    assert client.post(address, data={"act": "shipped", "mapping": "olist"}).status_code == 303
    assert "social" in client.get(address).text
    assert client.post(address, data={"act": "shipped", "mapping": "/etc/passwd"}).status_code == 422


def test_a_mapping_of_ones_own_that_is_wrong_says_everything_that_is(client):
    address = uploaded(client)
    answer = client.post(address, data={"act": "own", "mapping": "name: x\nversion: none\nfiles: []\ncolour: red\n"})
    assert answer.status_code == 422
    assert "colour: red" in answer.text
    assert len(re.findall(r'<span lang="en">', answer.text)) >= 2
    assert 'value="record"' not in answer.text


def test_a_mapping_that_reads_columns_which_the_file_lacks_is_told_before_anything_is_recorded(client):
    address = uploaded(client)
    client.post(address, data=COLUMNS | {"stage": "Nowhere"})
    page = client.get(address).text
    assert "lacks columns" in page
    assert 'value="record"' not in page


def test_the_file_is_gone_once_it_is_imported_or_discarded(client, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    recorded, discarded = uploaded(client), uploaded(client)
    assert len(list(tmp_path.glob("*/steps.csv"))) == 2
    client.post(recorded, data=COLUMNS)
    finished(client, recorded)
    assert len(list(tmp_path.glob("*/steps.csv"))) == 1
    assert client.post(discarded, data={"act": "discard"}).headers["location"].startswith("/import")
    assert list(tmp_path.glob("*/steps.csv")) == []
    assert client.get(discarded).status_code == 404


def test_a_name_leads_nowhere_else_on_the_disk(client, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("../../evil.csv", "..\\evil.csv", "/etc/evil.csv", "evil\0.csv", ".csv"):
        uploaded(client, name)
    kept = [path for path in tmp_path.rglob("*") if "evil" in path.name]
    assert len(kept) == 4
    assert all(path.parent.parent == tmp_path and path.parent.name.startswith("tasuki-import-") for path in kept)


def test_what_people_wrote_is_shown_as_text_and_a_files_name_stands_in_no_address(client):
    address = uploaded(client, "tanaka <private>.csv", STEPS.replace("Trade fair", "<b>"))
    assert "tanaka" not in address
    page = client.get(address).text
    assert "tanaka &lt;private&gt;.csv" in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_a_file_that_is_too_long_is_refused(tmp_path):
    limits = Settings(database=f"sqlite:///{tmp_path / 'ledger.db'}", upload_bytes=2_000)
    with serving(limits) as address:
        answer = httpx.post(f"{address}/import", files={"file": ("steps.csv", b"x" * 3_000)}, headers=HTML | OURS)
    assert answer.status_code == 413


@pytest.mark.parametrize("name", ["picture.png", "steps"])
def test_a_file_of_another_kind_is_told(client, name):
    page = client.get(uploaded(client, name)).text
    assert "of a kind that cannot be read" in page
    assert 'value="record"' not in page


def test_forms_of_another_site_are_refused(client):
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert client.post("/import", files={"file": ("a.csv", b"x")}, headers=elsewhere).status_code == 403
    assert client.post(uploaded(client), data={"act": "record"}, headers=elsewhere).status_code == 403


@pytest.mark.parametrize("data", [b"", b"--x\r\nno header", b"nothing of the kind"])
def test_a_form_that_cannot_be_read_is_a_problem_and_no_fault_of_ours(client, data):
    answer = client.post("/import", content=data, headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 422


def test_nothing_is_imported_at_a_past_moment(client):
    assert "<form" not in client.get("/import?known_at=0").text.partition("<main")[2].partition("</main>")[0]


def test_old_uploads_are_forgotten_and_there_is_no_room_without_end(monkeypatch):
    kept, now = Uploads(), [0.0]
    monkeypatch.setattr(uploads, "monotonic", lambda: now[0])
    first = kept.add("a.csv", b"x")
    for _ in range(uploads.MOST - 1):
        kept.add("a.csv", b"x")
    with pytest.raises(ProblemError, match="uploads wait already"):
        kept.add("a.csv", b"x")
    now[0] = uploads.KEPT_SECONDS + 1.0
    kept.add("a.csv", b"x")
    assert not first.file.exists()
    kept.close()


@given(
    st.dictionaries(st.sampled_from(["lead", "time", "stage", "actor", "channel", "campaign"]), st.text(min_size=1, max_size=12)),
    st.dictionaries(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_mapping_made_by_choices_can_always_be_read_or_says_why_not(tmp_path: Path, chosen, stages):
    """Whatever the columns are called."""
    try:
        text = mapping_by_columns({"source": "list", **chosen}, "Asia/Tokyo", stages)
    except UnnamedColumnError:
        return
    file = tmp_path / "mapping.yaml"
    file.write_text(text, "utf-8")
    assert read_mapping(file).source == "list"


def test_everybody_can_use_it(client, window):
    client.headers["accept-language"] = "ja"
    watched = window(str(client.base_url).rstrip("/"), "ja", color_scheme="dark")
    address = uploaded(client)
    client.post(address, data=COLUMNS)
    page = watched.open(address)
    for summary in page.locator("main summary").all():
        summary.click()
    assert watched.violations() == []
    page.set_viewport_size({"width": 375, "height": 740})
    assert not watched.overflows()
    finished(client, address)
    watched.open(address)
    assert watched.violations() == []
    assert watched.complaints == []
