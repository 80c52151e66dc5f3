"""`tasuki`, as a shell calls it."""

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

SHORT = """
as_of: 2026-11-16T12:00:00+09:00
events:
  - {time: 2026-11-16T10:00:00+09:00, type: lead.captured, actor: "marketing:tanaka", data: {channel: web}}
expect:
  custodian: %s
"""


@pytest.fixture
def tasuki(root, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{tmp_path / 'cli.db'}"}
    command = [sys.executable, "-c", "from api.cli import main; main()"]

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
    assert tasuki("demo", "--leads", "20", "--no-serve").returncode == 0
    other = tasuki("demo", "--leads", "20", "--seed", "99", "--no-serve")
    assert other.returncode == 2
    assert "choose another file" in other.stderr


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
    right = tasuki("judge", "right.yaml")
    assert right.returncode == 0
    assert json.loads(right.stdout)["custodian"] == "marketing"
    wrong = tasuki("judge", "wrong.yaml")
    assert wrong.returncode == 1
    assert "custodian: expected field_sales, found marketing." in wrong.stderr
    assert tasuki("judge", "broken.yaml").returncode == 2


def test_judge_finds_every_shared_scenario_as_expected_so_far(tasuki, root, needs):
    folder = root.parent / "shared" / "scenarios"
    needs("data", folder.is_dir())
    answer = tasuki("judge", "--json", *map(str, sorted(folder.glob("*.yaml"))))
    assert answer.returncode == 0, answer.stdout
    assert {tuple(json.loads(line)["differences"]) for line in answer.stdout.splitlines()} == {()}


def test_serve_stays_on_the_loopback(tasuki):
    answer = tasuki("serve", "--host", "0.0.0.0")  # noqa: S104 - which is what is refused.
    assert answer.returncode == 2
    assert "loopback" in answer.stderr


def test_serve_says_that_it_runs_open_and_drains_on_a_signal(tasuki):
    server = tasuki("serve", "--port", "0", start=True)
    said = server.stderr.readline()
    assert "runs open" in said
    address = said.split(" on ")[1].split("/docs")[0]
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
