"""The names of our packages are common words, and what we publish must name no machine: both are held here."""

import importlib
import importlib.metadata
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

PACKAGES = ("domain", "ledger", "projections", "api")

# Written so that no pattern finds itself in this file.
FORBIDDEN = {
    "a package index": r"--(extra-)?index-ur[l]|--find-link[s]|fil[e]:///|(fil[e]s\.)?py[p]ihosted|registr[y]\.npmjs|://py[p]i\.org/simple",
    "a path of somebody's machine": r"/wor[k]/(main|shared|\.)|/roo[t]/|/hom[e]/[a-z]|/Use[r]s/[A-Za-z]|/op[t]/(wheels|pypi)|/tm[p]/w/",
    "a private key": r"-----BEGI[N] [A-Z ]*PRIVATE KEY",
    "a password in an address": r"[a-z]+://[^/\s:@<>{}$\"']+:[^/\s:@<>{}$\"']+@[a-z0-9]",
    "an access token": r"\b(AKI[A][0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[A-Za-z0-9-]{10,})",
}


def tracked_files(root: Path, needs) -> list[Path]:
    """All that git tracks or would track."""
    needs("git", shutil.which("git") is not None and (root / ".git").exists())
    command = ("git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")  # noqa: S603 - our own words only
    return [path for name in names if name and (path := root / name).is_file()]


@pytest.mark.parametrize("name", PACKAGES)
def test_the_package_that_is_imported_is_ours_and_no_stray_namesake(root, name):
    assert Path(str(importlib.import_module(name).__file__)) == root / name / "__init__.py"


def test_the_command_tasuki_is_installed():
    (command,) = importlib.metadata.entry_points(group="console_scripts", name="tasuki")
    assert command.value == "api.cli:main"
    assert callable(command.load())


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(root, needs, what):
    found = []
    for path in tracked_files(root, needs):
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(root)}: {match.group()}" for match in re.finditer(FORBIDDEN[what], text)]
    assert not found, f"{what} stands in a file"


def test_every_runtime_dependency_is_locked_and_every_lock_is_complete(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[\[<>=;]", line)[0].strip().lower() for line in project["dependencies"]}
    run, dev = pins(root / "requirements" / "run.txt"), pins(root / "requirements" / "dev.txt")
    assert wanted <= run.keys(), "run `make lock`"
    assert run.items() <= dev.items(), "run `make lock`"


def pins(path: Path) -> dict[str, str]:
    """Package to version, of a requirements file; each must carry a hash."""
    text = path.read_text("utf-8")
    found = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))
    assert len(re.findall(r"^[a-z0-9-]+==.*\\\n    --hash=sha256:[0-9a-f]{64}", text, flags=re.MULTILINE)) == len(found)
    return found


def test_every_runtime_dependency_says_why_it_is_there(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    decisions = (root / "docs" / "decisions" / "0002-libraries.md").read_text("utf-8").lower()
    for line in project["dependencies"]:
        name = re.split(r"[\[<>=;]", line)[0].strip().lower()
        assert f"| {name} |" in decisions, f"docs/decisions/0002-libraries.md does not say why {name}"


def test_every_ignored_lint_rule_carries_its_reason(root):
    lint = (root / "pyproject.toml").read_text("utf-8").split("[tool.ruff.lint]")[1].split("[tool.mypy]")[0].split("ignore = [", 1)[1]
    rules = [line for line in lint.splitlines() if re.match(r'    "[A-Z]', line)]
    assert rules
    assert [line for line in rules if not re.search(r",  # .{15,}\.$", line)] == []


def test_every_suppressed_lint_finding_names_its_rule_and_its_reason(root):
    bare = []
    for package in (*PACKAGES, "tests", "benchmarks"):
        for path in sorted((root / package).rglob("*.py")):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if re.search(r"# noq[a]", line) and not re.search(r"# noq[a]: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \w", line):
                    bare.append(f"{path.relative_to(root)}:{number}: {line.strip()}")
    assert not bare, "say which rule and why: the rule, a dash, the reason"
