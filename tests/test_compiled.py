"""The compiled fold is an option of a server, never of a working copy."""

import os
from pathlib import Path

import domain.timeline
import projections.changes

PACKAGES = ("domain", "ledger", "projections", "api")


def test_nothing_compiled_stands_beside_the_sources_where_it_would_outlive_an_edit(root):
    places = [root, *(root / package for package in PACKAGES)]
    found = [path for place in places for path in (place.glob("*") if place == root else place.rglob("*"))]
    assert [str(path) for path in found if path.suffix in (".so", ".pyd", ".c")] == []


def test_the_fold_runs_compiled_where_the_command_said_so_and_else_from_its_sources():
    suffix = ".so" if os.environ.get("TASUKI_COMPILED") else ".py"
    assert {Path(str(module.__file__)).suffix for module in (domain.timeline, projections.changes)} == {suffix}
