"""Faults in figures: each figure is as many verdicts as are listed, the tally says what every row says, and the rows say
what judging each lead says."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.findings import SUMMARIES
from domain.told import told_at
from domain.verdicts import Verdict, verdicts
from projections.asking import Question
from projections.faults import GROUPINGS, STANDINGS, Asked, Bearing, Fault, Figures, Judging, VerdictRow, counted, listed
from projections.faults_now import count_now, faults_now
from projections.leads import begun
from tests.domain.strategies import LEADS, seeds
from tests.projections.reading import Ledger, ledger_in
from tests.projections.test_sla import DAY, agree, asked_at, questions

TALLIED = ("party", "code", "handoff", "week", "month")


def judged(ledger: Ledger, lead: str, question: Question) -> tuple[Verdict, ...]:
    """A lead's verdicts, judged by themselves."""
    shared = ledger.book.shared(question.known_at)
    told = told_at(lead, ledger.book.events_of(lead, question.known_at), shared, question.as_of)
    return () if told is None else verdicts(lead, told.timeline, told.events, told.shared, question.as_of)


def judging(ledger: Ledger, question: Question) -> Judging:
    def judge(lead: str, name: str) -> Mapping[str, Bearing]:
        found = next((one for one in judged(ledger, lead, question) if one.id == name), None)
        shares = {} if found is None else found.shares
        return {party: Bearing(share, found.finding.overruns.get(party, 0)) for party, share in shares.items() if found is not None}

    return judge


def asking(ledger: Ledger, question: Question, **how: Any) -> Asked:
    shared = ledger.book.shared(question.known_at)
    return Asked(question, shared.agreed.in_force, shared.agreements, **how)


def by_row(ledger: Ledger, asked: Asked) -> Figures:
    found: Figures = ledger.read(counted, ["verdicts"], asked, judging(ledger, asked.question)).figures(asked)
    return found


def by_tally(ledger: Ledger, asked: Asked) -> Figures:
    first = ledger.read(begun, ["leads"])
    found: Figures = ledger.read(faults_now, ["verdicts", "verdicts_tally"], asked, judging(ledger, asked.question), first).figures(asked)
    return found


def happened(ledger: Ledger, r: random.Random, commits: int, since: str | None) -> None:
    ledger.happen(r, commits // 2)
    if since != "never":
        agree(ledger, since)
    ledger.happen(r, commits - commits // 2)


since_when = st.sampled_from(["never", None, "01 00:00"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), questions, since_when)
def test_the_figures_are_those_of_judging_every_lead(
    r: random.Random, commits: int, question: tuple[int, float | None], since: str | None
) -> None:
    """Now, in the past, ahead; as known now and as known once: by party and code, with shares and overruns."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        happened(ledger, r, commits, since)
        asked = asking(ledger, asked_at(ledger, question), group_by=("party", "code"))
        expected: dict[tuple[str, str, str], Counter[str]] = {}
        for verdict in (one for lead in LEADS for one in judged(ledger, lead, asked.question)):
            if verdict.code in SUMMARIES or verdict.status == "overturned":
                continue
            on_trial = ledger.book.shared(asked.question.known_at).provisional(verdict.finding.agreement.id, began(ledger, verdict, asked))
            standing = "provisional" if on_trial else "disputed" if verdict.status == "disputed" else "final"
            for party, share in verdict.shares.items():
                told = expected.setdefault((standing, party, verdict.code), Counter())
                told.update(n=1, shares=share, overrun_seconds=verdict.finding.overruns.get(party, 0))
        found = {
            (standing, *group.group): Counter({name: getattr(fault, name) for name in ("n", "shares", "overrun_seconds")})
            for group in by_row(ledger, asked).groups
            for standing, fault in zip(STANDINGS, group[1:], strict=True)
            if fault != Fault()
        }
        assert {key: +counts for key, counts in found.items()} == {key: +counts for key, counts in expected.items()}


def began(ledger: Ledger, verdict: Verdict, asked: Asked) -> int:
    """When the lead of a verdict began."""
    for lead in LEADS:
        if any(one.id == verdict.id for one in judged(ledger, lead, asked.question)):
            shared = ledger.book.shared(asked.question.known_at)
            told = told_at(lead, ledger.book.events_of(lead, asked.question.known_at), shared, asked.question.as_of)
            assert told is not None
            return told.timeline.episodes[0].from_
    raise AssertionError


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), questions, since_when, st.sampled_from([(), *((one,) for one in GROUPINGS)]))
def test_every_figure_is_as_many_verdicts_as_are_listed(
    r: random.Random, commits: int, question: tuple[int, float | None], since: str | None, group_by: tuple[str, ...]
) -> None:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        happened(ledger, r, commits, since)
        asked = asking(ledger, asked_at(ledger, question), group_by=group_by)
        judge = judging(ledger, asked.question)
        for group in by_row(ledger, asked).groups:
            if "owner" in group_by or group.group == ("",):
                continue  # People are only looked at within a party, and a loss may be associated with nothing.
            named = {name: value or "" for name, value in zip(group_by, group.group, strict=True)}
            if "," in named.get("associated", ""):
                continue
            for standing, fault in zip(STANDINGS, group[1:], strict=True):
                opened = asked._replace(filters={**named, "standing": standing}, group_by=())
                rows = pages(ledger, opened, judge, r.choice([2, 1_000]))
                assert len(rows) == len(set(rows)) == fault.n, (group, standing)
                first = ledger.read(begun, ["leads"])
                assert ledger.read(count_now, ["verdicts", "verdicts_tally"], opened, judge, first) == len(rows)


def pages(ledger: Ledger, asked: Asked, judge: Judging, limit: int) -> list[VerdictRow]:
    found: list[VerdictRow] = []
    place = None
    while page := ledger.read(listed, ["verdicts"], asked, judge, place, limit):
        found += page
        place = page[-1].since, page[-1].id
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), since_when)
def test_the_tally_gives_the_same_figures_as_every_row(r: random.Random, commits: int, since: str | None) -> None:
    """In every grouping, filtered by every group that there is, before and behind the last event."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        happened(ledger, r, commits, since)
        for group_by in ((), *((one,) for one in TALLIED), *combinations(TALLIED, 2)):
            asked = asking(ledger, Question(ledger.now + r.choice([-30, -1, 0, 90]) * DAY), group_by=group_by)
            found = by_row(ledger, asked)
            assert by_tally(ledger, asked) == found
            assert by_row(ledger, asked._replace(group_by=())).total == found.total
            for group in r.sample(found.groups, min(2, len(found.groups))):
                narrowed = asked._replace(filters={name: value or "" for name, value in zip(group_by, group.group, strict=True)})
                assert by_tally(ledger, narrowed) == by_row(ledger, narrowed)
