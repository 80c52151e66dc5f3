"""A mapping made from a few choices: which column is the lead, which the time, what else a row says. It is written as a
person would write it, and may be mended by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.documents import write_document

PROFILE = ("channel", "campaign")
_NOT_IN_TEMPLATES = frozenset("{}|?")


class UnnamedColumnError(ValueError):
    """A choice that makes no mapping; the message is a sentence."""


def mapping_by_columns(chosen: Mapping[str, str], zone: str, stages: Mapping[str, str] | None = None) -> str:
    """The mapping as YAML. `chosen` names the columns of `lead`, `time`, `stage`, `actor`, `channel` and `campaign`, the
    `department` of an actor whose column does not say it, and the `source`; `stages` says what the file's words for stages
    are called here, and what it lacks is kept as it stands. Raises UnnamedColumnError."""
    for name in ("lead", "time"):
        if not chosen.get(name):
            raise UnnamedColumnError("Choose the column that names the lead and the one that says when.")
    if not any(chosen.get(name) for name in ("stage", *PROFILE)):
        raise UnnamedColumnError("Choose what a row says: the stage that the lead came to, or the channel it came from.")
    rule: dict[str, Any] = {
        "match": "*",
        "lead": _cell(chosen["lead"]),
        "time": {"value": _cell(chosen["time"]), "format": ["iso", "date"]},
    }
    if chosen.get("actor"):
        cell = _cell(chosen["actor"])
        rule["actor"] = f"{chosen['department']}:{cell}" if chosen.get("department") else cell
    captured = {name: _cell(chosen[name]) for name in PROFILE if chosen.get(name)}
    events: list[dict[str, Any]] = [{"type": "lead.captured", "once": "true", "data": captured}] if captured else []
    if chosen.get("stage"):
        stage = {"value": _cell(chosen["stage"]), **({"map": dict(stages), "otherwise": "keep"} if stages else {})}
        events.append({"type": "stage.observed", "data": {"stage": stage}})
    rule["events"] = events
    source = chosen.get("source") or "upload"
    return write_document({"name": source, "version": "1", "source": source, "zone": zone, "files": [rule]})


def _cell(column: str) -> str:
    if _NOT_IN_TEMPLATES & set(column):
        raise UnnamedColumnError("A column with { } | or ? in its name is mapped by a mapping of your own; rename it, or paste one.")
    return f"{{{column}}}"
