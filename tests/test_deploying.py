"""What `deploy/` holds: the unit is one that systemd takes, and both start the command with options that it has."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from api.commands.serve import CLOSE_SECONDS, DRAIN_SECONDS, serve


def in_unit(root: Path, name: str) -> list[str]:
    text = (root / "deploy/tasuki.service").read_text()
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def in_image(root: Path, name: str) -> list[str]:
    found = re.search(rf"^{name} (\[.*\])$", (root / "deploy/Containerfile").read_text(), re.MULTILINE)
    assert found is not None
    words: list[str] = json.loads(found[1])
    return words


@pytest.mark.parametrize("where", ["unit", "image"])
def test_they_serve_with_options_that_there_are(root: Path, where: str) -> None:
    words = shlex.split(in_unit(root, "ExecStart")[0])[1:] if where == "unit" else in_image(root, "CMD")
    assert words[0] == "serve"
    app = typer.Typer()
    app.command()(serve)
    get_command(app).make_context("serve", list(words[1:]))  # Raises where an option is unknown or its value is none.


def test_systemd_waits_longer_than_the_service_takes_to_end(root: Path) -> None:
    words = shlex.split(in_unit(root, "ExecStart")[0])
    linger = float(words[words.index("--linger") + 1])
    assert float(in_unit(root, "TimeoutStopSec")[0]) > linger + DRAIN_SECONDS + CLOSE_SECONDS


def test_systemd_takes_the_unit(root: Path, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("there is no systemd-analyze")
    unit = tmp_path / "tasuki.service"  # A copy whose program is there.
    text = (root / "deploy/tasuki.service").read_text().replace("/opt/tasuki/bin/tasuki", shutil.which("true") or "/bin/true")
    unit.write_text(text)
    found = subprocess.run([verify, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - systemd's own
    assert "tasuki.service" not in found.stderr, found.stderr


def test_the_image_takes_only_what_is_locked(root: Path) -> None:
    text = (root / "deploy/Containerfile").read_text()
    for copied in re.findall(r"^COPY (\S+) \S+$", text, re.MULTILINE):
        assert (root / copied).exists()
    assert "--require-hashes -r requirements/run.txt" in text
    assert re.search(r"^USER tasuki$", text, re.MULTILINE)
