"""`tasuki`, as a shell calls it."""

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from projections.catalogue import PROJECTIONS
from projections.read_store import ReadStore

SHORT = """
as_of: 2026-11-16T12:00:00+09:00
events:
  - {time: 2026-11-16T10:00:00+09:00, type: lead.captured, actor: "marketing:tanaka", data: {channel: web}}
expect:
  custodian: %s
"""


EVENT = '{"id":"1","source":"crm","type":"lead.captured","subject":"L-1","time":"2026-05-01T10:00:00Z","data":{"channel":"web"}}\n'


@pytest.fixture
def tasuki(root, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{tmp_path / 'cli.db'}"}
    command = [sys.executable, "-m", "api.cli"]

    def run(*words, start=False):
        if start:
            return subprocess.Popen(  # noqa: S603 - it starts ourselves.
                [*command, *words], env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True
            )
        return subprocess.run(  # noqa: S603 - as above.
            [*command, *words], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def test_help_names_every_command_without_loading_any(tasuki):
    answer = tasuki("--help")
    assert answer.returncode == 0
    for command in ("serve", "demo", "import", "events", "rebuild", "judge"):
        assert command in answer.stdout


def test_help_loads_neither_the_framework_nor_the_ledger(root):
    heavy = "{'fastapi', 'sqlalchemy', 'msgspec'}"
    probe = f"import sys; from api.cli import application; application(['--help']); print({heavy} & set(sys.modules))"
    answer = subprocess.run(  # noqa: S603 - it starts ourselves.
        [sys.executable, "-c", probe], env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "set()"


def test_demo_fills_an_empty_ledger_once(tasuki):
    first = tasuki("demo", "--leads", "20", "--no-serve")
    assert first.returncode == 0
    assert "nothing in it is real" in first.stderr
    assert tasuki("demo", "--no-serve").stderr.strip() == first.stderr.strip(), "without options it shows what there is"
    assert tasuki("demo", "--leads", "20", "--seed", "7", "--no-serve").returncode == 0


@pytest.mark.parametrize("other", [("--leads", "21"), ("--seed", "99"), ("--until", "2026-05-30")])
def test_demo_says_that_the_ledger_holds_another_company(tasuki, other):
    tasuki("demo", "--leads", "20", "--until", "2026-05-31", "--no-serve")
    answer = tasuki("demo", *other, "--no-serve")
    assert answer.returncode == 2
    assert "holds another company already, of --leads 20 --seed 7 --until 2026-05-31;" in answer.stderr


def test_demo_leaves_other_ledgers_alone(tasuki, tmp_path):
    (tmp_path / "one.ndjson").write_text(EVENT)
    tasuki("import", "one.ndjson")
    answer = tasuki("demo", "--no-serve")
    assert (answer.returncode, "something else than a demonstration" in answer.stderr) == (2, True)


def test_demo_tells_the_same_company_for_the_same_leads_seed_and_until(tasuki):
    """What is said is the same, names included; only the hashes are not, since names are sealed with new keys."""
    company = ("demo", "--leads", "5", "--seed", "3", "--until", "2026-05-31", "--no-serve")
    told = []
    for name in ("a", "b"):
        tasuki(*company, "--database", f"sqlite:///{name}.db")
        lines = tasuki("events", "--json", "--personal", "--database", f"sqlite:///{name}.db").stdout.splitlines()
        told.append([json.loads(line) | {"leaf": None} for line in lines])
    assert told[0] == told[1]
    assert told[0][-1]["time"] < "2026-06-01"


@pytest.mark.parametrize("day", ["2999-01-01", "1999-01-01", "yesterday"])
def test_demo_ends_on_a_day_that_is_over(tasuki, tmp_path, day):
    assert tasuki("demo", "--until", day, "--no-serve").returncode == 2
    assert not (tmp_path / "cli.db").exists()


def test_demo_builds_the_projections_before_it_serves(tasuki, tmp_path):
    server = tasuki("demo", "--leads", "5", "--port", "0", start=True)
    said = next(line for line in server.stderr if "runs open" in line)
    store = ReadStore(f"sqlite:///{tmp_path / 'cli.db'}")
    with store.reading() as connection:
        assert all(store.live(connection, projection) for projection in PROJECTIONS)
    store.close()
    server.send_signal(signal.SIGTERM)
    assert said.endswith("on this machine only.\n")
    assert server.wait(15) in (0, -signal.SIGTERM)
    server.stderr.close()


@pytest.mark.parametrize("command", [["serve"], ["demo"], ["events"], ["rebuild"], ["import", "one.ndjson"]])
@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        ("sqlite:////nowhere/x.db", "/nowhere/x.db"),
        ("sqlite:///one.ndjson", "one.ndjson cannot be opened as a ledger (file is not a database)"),
        ("mysql://x", "A database is given as sqlite:///FILE"),
    ],
)
def test_a_database_that_is_none_is_a_sentence(tasuki, tmp_path, command, database, sentence):
    (tmp_path / "one.ndjson").write_text(EVENT * 20)
    answer = tasuki(*command, "--database", database)
    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command", [["events"], ["rebuild"], ["import", "missing.ndjson"], ["import", "closed_deals.csv", "--mapping", "oliist"]]
)
def test_a_slip_of_the_pen_leaves_no_ledger_behind(tasuki, tmp_path, command):
    (tmp_path / "closed_deals.csv").write_text("")
    assert tasuki(*command).returncode == 2
    assert not (tmp_path / "cli.db").exists()


def test_a_long_run_seldom_looks_for_cycles(root):
    probe = "import gc, sys; from api.cli import main; sys.argv[1:] = ['--help']\ntry: main()\nexcept SystemExit: print(gc.get_threshold())"
    answer = subprocess.run(  # noqa: S603 - it starts ourselves.
        [sys.executable, "-c", probe], env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=True
    )
    assert answer.stdout.endswith("(10000, 200, 50)\n")


def test_help_names_the_files_and_the_projections(tasuki):
    assert "FILE" in tasuki("judge", "--help").stdout
    assert "FILE" in tasuki("import", "--help").stdout
    assert "handovers" in tasuki("rebuild", "--help").stdout


def test_events_and_rebuild_tell_machines_in_json(tasuki):
    tasuki("demo", "--leads", "5", "--no-serve")
    lines = [json.loads(line) for line in tasuki("events", "--json", "--after", "2").stdout.splitlines()]
    assert [line["position"] for line in lines] == list(range(3, len(lines) + 3))
    rebuilt = json.loads(tasuki("rebuild", "--json", "--processes", "1").stdout)
    assert rebuilt["position"] == lines[-1]["position"]
    assert tasuki("rebuild", "nothing").returncode == 2


def test_judge_says_whether_an_expectation_holds(tasuki, tmp_path):
    (tmp_path / "right.yaml").write_text(SHORT % "marketing")
    (tmp_path / "wrong.yaml").write_text(SHORT % "field_sales")
    (tmp_path / "broken.yaml").write_text("events: [")
    right = tasuki("judge", "--json", "right.yaml")
    assert right.returncode == 0
    assert json.loads(right.stdout)["timeline"]["custodian"] == "marketing"
    wrong = tasuki("judge", "wrong.yaml")
    assert wrong.returncode == 1
    assert "custodian: expected field_sales, found marketing." in wrong.stderr
    assert tasuki("judge", "broken.yaml").returncode == 2


LATE = """
scenario: Worth handing over since ten, and not offered by four.
as_of: 2026-11-16T16:00:00+09:00
events:
  - {time: 2026-11-16T10:00:00+09:00, type: lead.captured, actor: "marketing:tanaka", data: {channel: web}}
  - {time: 2026-11-16T10:00:00+09:00, type: stage.entered, actor: "marketing:tanaka", data: {stage: mql}}
expect:
  verdicts_exactly: [%s]
"""


def test_judge_tells_who_held_the_baton_what_broke_and_who_answers_for_it(tasuki, tmp_path):
    (tmp_path / "late.yaml").write_text(LATE % '"M3 {marketing: 100}"')
    answer = tasuki("judge", "late.yaml")
    assert answer.returncode == 0, answer.stderr
    for line in (
        "late.yaml: Worth handing over since ten, and not offered by four.",
        "  Mon 2026-11-16 10:00 on: Marketing holds it in mql, 6 h 00 min of business time.",
        "  offer.mql (marketing to inside sales): not kept so far, due Mon 2026-11-16 14:00, 2 h 00 min over.",
        "  M3 late_offer: marketing 100 %",
        "      Marketing has not offered the lead: due Mon 14:00, and nothing is recorded.",
        "      Evidence: 2 stage.entered by marketing:tanaka, Mon 2026-11-16 10:00.",
    ):
        assert line in answer.stdout.splitlines(), answer.stdout
    assert "\x1b[" not in answer.stdout, "colour is for terminals"
    japanese = tasuki("judge", "--lang", "ja", "late.yaml").stdout.splitlines()
    assert "  M3 引き継ぎ遅延：マーケティング100%" in japanese
    assert "      期限11/16 14:00までに引き継ぎの記録がありません。" in japanese
    document = tasuki("judge", "--markdown", "late.yaml").stdout
    assert document.startswith("# late.yaml: Worth handing over")
    assert "- **M3 late\\_offer: marketing 100 %**" in document.splitlines()


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        ("", "verdicts_exactly: found M3 {marketing: 100}, which was not expected: Marketing has not offered the lead"),
        ('"M3 {operations: 100}"', "verdicts_exactly: expected M3 {operations: 100}, and there is no such verdict."),
        ('"M3 marketing"', "verdicts_exactly: M3 marketing cannot be read; expected a line such as R2 {inside_sales: 100}."),
    ],
)
def test_judge_says_which_verdict_is_missing_or_too_many(tasuki, tmp_path, expected, sentence):
    (tmp_path / "late.yaml").write_text(LATE % expected)
    answer = tasuki("judge", "late.yaml")
    assert answer.returncode == 1
    assert sentence in answer.stderr


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (SHORT.replace("events:", "evnts:") % "marketing", "/evnts: A scenario has no such part; expected one of scenario, as_of,"),
        (SHORT.replace("custodian:", "custodain:") % "marketing", "custodain: There is no such part; expected one of episode, segments,"),
        (
            SHORT % "marketing" + "  segments: [{stge: lead}]\n",
            "segments[0].stge: There is no such part; expected one of from, until, stage, custodian,",
        ),
    ],
)
def test_judge_names_a_part_that_there_is_not(tasuki, tmp_path, wrong, sentence):
    (tmp_path / "wrong.yaml").write_text(wrong)
    answer = tasuki("judge", "wrong.yaml")
    assert answer.returncode != 0
    assert sentence in answer.stderr


def test_judge_finds_every_shared_scenario_as_expected(tasuki, root, needs):
    folder = root.parent / "shared" / "scenarios"
    needs("data", folder.is_dir())
    answer = tasuki("judge", "--json", *map(str, sorted(folder.glob("*.yaml"))))
    assert answer.returncode == 0, answer.stdout
    assert {tuple(json.loads(line)["differences"]) for line in answer.stdout.splitlines()} == {()}


def test_audit_tells_one_lead_in_words_as_a_document_as_a_page_and_for_machines(tasuki):
    tasuki("demo", "--leads", "5", "--no-serve")
    key = "L-000001"
    moment = ("--as-of", "2100-01-01T00:00:00Z", "--known-at", "150")
    assert tasuki("audit", key, *moment).stdout.startswith(f"Audit trail of lead {key}\n")
    assert tasuki("audit", key, *moment, "--lang", "ja", "--markdown").stdout.startswith(f"# リード {key} の監査証跡\n")
    page = tasuki("audit", key, *moment, "--html").stdout
    assert page.startswith("<!doctype html>")
    assert "<style>" in page
    assert page == tasuki("audit", key, *moment, "--html").stdout
    records = json.loads(tasuki("audit", key, *moment, "--json").stdout)["records"]
    assert f"Position {records[0]['event']['position']}" in tasuki("audit", key, *moment).stdout
    assert tasuki("audit", "L-nobody").returncode == 1
    assert tasuki("audit", key, "--html", "--json").returncode == 2
    assert "RFC" not in tasuki("audit", key, "--as-of", "yesterday").stdout


def test_serve_stays_on_the_loopback(tasuki):
    answer = tasuki("serve", "--host", "0.0.0.0")  # noqa: S104 - which is what is refused.
    assert answer.returncode == 2
    assert "loopback" in answer.stderr


def test_serve_says_that_it_runs_open_and_drains_on_a_signal(tasuki):
    server = tasuki("serve", "--port", "0", start=True)
    said = server.stderr.readline()
    assert "runs open" in said
    address = said.split(" on ")[1].split(";")[0]
    for _ in range(100):
        try:
            assert httpx.get(f"{address}/health/live").status_code == 200
            break
        except httpx.ConnectError:
            time.sleep(0.05)
    with httpx.stream("GET", f"{address}/v1/events/stream") as stream:
        lines = stream.iter_lines()
        next(lines)
        server.send_signal(signal.SIGTERM)
        assert not [line for line in lines if line], "the event stream ends with the server"
    assert server.wait(15) in (0, -signal.SIGTERM)
    server.stderr.close()
