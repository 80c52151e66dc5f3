"""Verdicts as answers give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from api.knowledge import shown
from domain import findings
from domain.findings import NAMES, Status
from domain.verdicts import Verdict
from domain.vocabulary import moment


class Said(msgspec.Struct, frozen=True):
    """One thing in English and in Japanese."""

    en: str
    ja: str


class SearchedWindow(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """The stretch that was searched for what is not there; without an end it is still open."""

    from_: datetime
    until: datetime | None


class Superseded(msgspec.Struct, frozen=True):
    """The verdict as it read before a ruling."""

    shares: Mapping[str, int]
    sentence: Said


class ShownAgainst(msgspec.Struct, frozen=True):
    """What the record holds against a verdict, at these positions, and why it did not suffice."""

    evidence: Sequence[int]
    sentence: Said


class ShownVerdict(msgspec.Struct, frozen=True):
    """Whose fault something is: who bears how many percent, by which rule, and the positions that show it. Its `id`
    stays, whatever becomes known later; `about` names a clock, a relay, a handoff, an episode, or the verdicts it sums
    up."""

    id: str
    code: str
    name: str
    shares: Mapping[str, int]
    about: Mapping[str, str | int | Sequence[str]]
    since: datetime
    evidence: Sequence[int]
    window: SearchedWindow | None
    overrun_seconds: Mapping[str, int]
    agreement: str
    rules: int
    status: Status
    sentence: Said
    what_would_have_kept_it: Said | None
    missing_evidence: Said | None
    evidence_against: Sequence[ShownAgainst]
    disputed_by: int | None
    ruled_by: int | None
    superseded: Superseded | None


def shown_verdict(verdict: Verdict) -> ShownVerdict:
    """A verdict of the domain."""
    found = verdict.finding
    is_superseded = verdict.ruled_by is not None and verdict.shares != found.shares
    return ShownVerdict(
        id=verdict.id,
        code=found.code,
        name=NAMES[found.code],
        shares=dict(verdict.shares),
        about={name: list(value) if isinstance(value, tuple) else value for name, value in found.about.items()},
        since=moment(found.since),
        evidence=list(found.evidence),
        window=None if found.window is None else SearchedWindow(moment(found.window.from_), shown(found.window.until)),
        overrun_seconds=dict(found.overruns),
        agreement=found.agreement.id,
        rules=found.agreement.rules,
        status=verdict.status,
        sentence=_said(verdict.sentence),
        what_would_have_kept_it=None if found.remedy is None else _said(found.remedy),
        missing_evidence=None if found.missing is None else _said(found.missing),
        evidence_against=[ShownAgainst(list(one.evidence), _said(one.sentence)) for one in found.against],
        disputed_by=verdict.disputed_by,
        ruled_by=verdict.ruled_by,
        superseded=Superseded(dict(found.shares), _said(found.sentence)) if is_superseded else None,
    )


def _said(sentence: findings.Sentence) -> Said:
    return Said(sentence.en, sentence.ja)
