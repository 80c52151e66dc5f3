"""Drafts tried on history: the same terms change nothing, and what changes is what one would count on paper."""

from __future__ import annotations

import copy
import random
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import projections.what_if as what_if_module
from domain import events as e
from domain.the_model import TERMS
from domain.timeline import timeline
from domain.vocabulary import SECOND
from projections.asking import Question
from projections.read_store import ReadStore
from projections.sla import Asked, compliance
from projections.what_if import Compared, Difference, Trial, what_if, what_if_in_processes
from tests.domain.strategies import seeded, seeds
from tests.domain.telling import INSIDE, MARKETING, OTHER, accepted, at
from tests.projections.reading import Ledger, ledger_in

DAY = 86_400 * SECOND


def terms(**within: Mapping[str, int]) -> dict[str, Any]:
    """The default's terms with other times (`decide_mql={"minutes": 5}`)."""
    found = copy.deepcopy(TERMS) | {"name": "draft"}
    for promise in found["promises"]:
        if (span := within.get(promise["id"].replace(".", "_"))) is not None:
            promise["within"] = dict(span)
    return found


def trial(ledger: Ledger, draft: Mapping[str, Any], when: int, **how: Any) -> Trial:
    return Trial(draft, when, how.pop("position", ledger.book.head().position), most=how.pop("most", 10_000), **how)


def counted(ledger: Ledger, asked: Trial) -> Counter[tuple[str, str]]:
    """What /v1/sla counts, by promise and state."""
    question = Question(asked.as_of, asked.position)
    groups = ledger.read(compliance, ["clocks"], Asked(question, {}, ("promise",), since=asked.since, until=asked.until))
    return Counter({(group.group[0], state): n for group in groups for state, n in group.figures._asdict().items() if n})


def folded(ledger: Ledger, asked: Trial) -> Compared:
    """Where the tables have not read so far: today is folded as well."""
    with tempfile.TemporaryDirectory() as folder, closing(ReadStore(f"sqlite:///{folder}/empty.db")) as store:
        return what_if(ledger.book, store, asked)


periods = st.sampled_from([(None, None), (at("01 00:00"), at("12-01 00:00")), (at("05 00:00"), None)])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), st.sampled_from([-2 * DAY, 0, 60 * DAY]), periods, st.sampled_from([1.0, 0.6]))
def test_today_is_what_the_figures_say_and_a_draft_of_the_same_terms_changes_nothing(
    r: random.Random, commits: int, ahead: int, period: tuple[int | None, int | None], share: float
) -> None:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        known = ledger.book.end_of_commit(int(ledger.book.head().position * share))
        asked = trial(ledger, terms(), ledger.now + ahead, since=period[0], until=period[1], position=known)
        for found in (what_if(ledger.book, ledger.store, asked), folded(ledger, asked)):
            assert found.today == found.draft == counted(ledger, asked)
            assert (found.clocks_differing, found.leads_differing, found.differences) == (0, 0, ())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), st.sampled_from([-2 * DAY, 0, 60 * DAY]), periods)
def test_the_clocks_that_differ_make_the_whole_difference(
    r: random.Random, commits: int, ahead: int, period: tuple[int | None, int | None]
) -> None:
    draft = terms(decide_mql={"minutes": 5}, first_attempt_mql={"business_days": 3}, progress_sal={"hours": 1}) | {"deem_accepted": False}
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        asked = trial(ledger, draft, ledger.now + ahead, since=period[0], until=period[1])
        found = what_if(ledger.book, ledger.store, asked)
        assert found == folded(ledger, asked)
        moved = Counter(found.today)
        moved.subtract((one.promise, one.today) for one in found.differences if one.today)
        moved.update((one.promise, one.draft) for one in found.differences if one.draft)
        assert +moved == found.draft
        assert found.clocks_differing == len(found.differences)
        assert found.leads_differing == len({one.lead for one in found.differences})


spans = st.sampled_from([{"minutes": 5}, {"hours": 30}, {"business_minutes": 20}, {"business_hours": 9}, {"business_days": 3}])
timed = [promise["id"].replace(".", "_") for promise in TERMS["promises"] if "within" in promise]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), st.dictionaries(st.sampled_from(timed), spans, max_size=2), st.booleans(), st.booleans(), periods)
def test_a_lead_that_a_draft_does_not_bear_on_needs_no_folding(
    r: random.Random, commits: int, times: dict[str, dict[str, int]], deemed: bool, relays: bool, period: tuple[int | None, int | None]
) -> None:
    """Other times, silence that counts or not, end-to-end targets or none: the short way finds what folding every lead finds."""
    draft = terms(**times) | {"deem_accepted": deemed} | ({} if relays else {"relays": []})
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        asked = trial(ledger, draft, ledger.now, since=period[0], until=period[1])
        assert what_if(ledger.book, ledger.store, asked) == folded(ledger, asked)


def test_only_the_leads_that_a_draft_bears_on_are_folded(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a lead that was offered and one that never was, other times for the answer fold the first one alone."""
    ledger.tell(accepted().then("16 12:00", MARKETING, e.LeadCaptured(), lead=OTHER))
    replayed: list[str | None] = []
    monkeypatch.setattr(what_if_module, "timeline", lambda events, shared, lead: replayed.append(lead) or timeline(events, shared, lead))
    draft = terms(decide_mql={"business_minutes": 30})
    assert what_if(ledger.book, ledger.store, trial(ledger, draft, at("16 15:00"))).leads == 2
    assert replayed == ["L-1"]


def test_a_stricter_answer_would_have_been_late(ledger: Ledger) -> None:
    """Offered at ten and accepted at eleven: in time within two hours, late within half of one."""
    ledger.tell(accepted().then("16 11:30", INSIDE, e.ActivityLogged("call", "outbound", "no_answer")))
    found = what_if(
        ledger.book, ledger.store, trial(ledger, terms(decide_mql={"business_minutes": 30}) | {"deem_accepted": False}, at("16 15:00"))
    )
    assert found.differences == (Difference("L-1", 1, "decide.mql", 1, "kept", "late"),)
    assert (found.today["decide.mql", "kept"], found.draft["decide.mql", "late"]) == (1, 1)


def test_silence_is_replayed_as_well(ledger: Ledger) -> None:
    """Where half an hour's silence accepts, inside sales had the lead from half past ten, and an hour for its first call:
    at 11:40 that was late. The acceptance at eleven came after."""
    ledger.tell(accepted().then("16 11:40", INSIDE, e.ActivityLogged("call", "outbound", "no_answer")))
    found = what_if(ledger.book, ledger.store, trial(ledger, terms(decide_mql={"business_minutes": 30}), at("16 15:00")))
    assert {(one.promise, one.today, one.draft) for one in found.differences} == {
        ("decide.mql", "kept", "missed"),
        ("first_attempt.mql", "kept", "late"),
    }


def test_a_promise_that_the_draft_does_not_make_is_listed_without_a_state(ledger: Ledger) -> None:
    ledger.tell(accepted())
    draft = terms() | {"promises": [row for row in TERMS["promises"] if row["kind"] != "depth"]}
    found = what_if(ledger.book, ledger.store, trial(ledger, draft, at("16 11:30")))
    assert found.differences == (Difference("L-1", 1, "depth.mql", 1, "running", None),)


def test_processes_of_their_own_say_the_same_and_tell_how_far_they_are(ledger: Ledger) -> None:
    ledger.happen(seeded(21), 40)
    asked = trial(ledger, terms(offer_mql={"minutes": 1}, decide_mql={"minutes": 1}), ledger.now + DAY, most=3)
    told: list[tuple[int, int]] = []
    found: Compared = what_if_in_processes(ledger.url, ledger.book, asked, 2, lambda done, total: told.append((done, total)))
    assert found == what_if(ledger.book, ledger.store, asked)
    assert len(found.differences) <= 3
    assert told[-1][0] == told[-1][1] > 0


def test_nothing_is_written(ledger: Ledger) -> None:
    ledger.happen(seeded(22), 20)
    before, head = ledger.tables(), ledger.book.head()
    what_if(ledger.book, ledger.store, trial(ledger, terms(decide_mql={"minutes": 1}), ledger.now))
    assert (ledger.tables(), ledger.book.head().position, ledger.book.shared().agreements.keys()) == (
        before,
        head.position,
        {"the-model@1"},
    )


def test_an_empty_book_has_nothing_to_compare(ledger: Ledger) -> None:
    assert what_if(ledger.book, ledger.store, trial(ledger, terms(), at("16 15:00"))) == Compared(0, Counter(), Counter(), 0, 0, ())
