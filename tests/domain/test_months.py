"""Verdicts on whole months: a promise of one missed (M4), and more in a day than was planned (S2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import events as e
from domain.agreements import Agreements
from domain.monthly import behind, disputable_until, monthly_id, monthly_verdicts
from domain.periods import Offered, month_of
from domain.rules.months import ROLLING_DAY, Month
from domain.shared import Shared
from domain.the_model import THE_MODEL
from domain.verdicts import Verdict
from domain.vocabulary import SECOND, Instant, moment
from tests.domain.telling import INSIDE, MARKETING, at

NOVEMBER = date(2026, 11, 1)
SIGNED = Shared(agreed=Agreements.signed({THE_MODEL.id: (THE_MODEL, 0)}))
SMALL = replace(THE_MODEL, plan_per_day={"mql": 2})
OPERATIONS = "operations:arai"


def offer(position: int, when: Instant, answer: str = "accepted", *, passes: bool = True, stood: bool = True) -> Offered:
    answered_at = None if answer == "offered" else when + 3_600 * SECOND
    return Offered(f"L-{position}", "h1", position, when, passes, answer, answered_at, stood, when + 7_200 * SECOND)


def offers(count: int, answer: str = "accepted", begin: int = 1, **how: bool) -> list[Offered]:
    """Offers made half an hour after each other, far fewer than fill a day."""
    return [offer(begin + number, at("02 09:00") + (begin + number) * 14_400 * SECOND, answer, **how) for number in range(count)]


def november(
    made: Iterable[Offered], until: str = "12-01 00:00", agreement: object = THE_MODEL, announced: Sequence[e.Recorded] = ()
) -> Month:
    """That month, read at an instant, with its offers from marketing at `mql`."""
    since, end = month_of(THE_MODEL.calendar, NOVEMBER)
    told = {("marketing", "mql"): sorted(made, key=lambda one: (one.offered_at, one.position))}
    return Month(agreement, NOVEMBER, since, end, at(until), told, announced)  # type: ignore[arg-type]


def told(month: Month, shared: Shared = SIGNED) -> list[str]:
    """Each verdict as `CODE shares`."""
    return [f"{verdict.code} {dict(verdict.shares)}" for verdict in monthly_verdicts(month, shared)]


def the(code: str, month: Month, shared: Shared = SIGNED) -> Verdict:
    return next(verdict for verdict in monthly_verdicts(month, shared) if verdict.code == code)


# M4


def test_a_volume_missed_is_the_promisors() -> None:
    month = november(offers(92))
    found = the("M4", month)
    assert dict(found.shares) == {"marketing": 100}
    assert found.sentence.en == "Marketing made 92 good offers in November 2026, 8 fewer than the 100 agreed (volume.mql)."
    assert found.sentence.ja == "11月は92件、目標に8件不足です。"
    assert found.finding.since == month.until
    assert found.finding.evidence == ()
    assert found.finding.window == (month.since, month.until)
    assert len(behind(month, found.finding)) == 92


def test_a_volume_just_met_is_nobodys() -> None:
    assert told(november(offers(100))) == []


def test_offers_under_the_bar_and_rejections_that_stood_do_not_count() -> None:
    made = [*offers(98), *offers(1, "rejected", 99), *offers(1, begin=100, passes=False)]
    assert "made 98 good offers" in the("M4", november(made)).sentence.en
    overturned = [*offers(99), *offers(1, "rejected", 100, stood=False)]
    assert told(november(overturned)) == []


def test_a_month_is_judged_when_it_is_over() -> None:
    assert told(november(offers(3), "11-30 23:59:59")) == []
    assert told(november(offers(3), "12-01 00:00")) == ["M4 {'marketing': 100}"]


def test_a_share_is_judged_from_twenty_decisions_on() -> None:
    few = [*offers(17), *offers(2, "rejected", 18)]
    assert [verdict.finding.promise for verdict in monthly_verdicts(november(few), SIGNED)] == ["volume.mql"]
    enough = [*offers(17), *offers(3, "rejected", 18)]
    found = next(one for one in monthly_verdicts(november(enough), SIGNED) if one.finding.promise == "acceptance.mql")
    assert found.sentence.en == (
        "Of the 20 offers by marketing in November 2026 that were decided or due, 17 were accepted (85.0 %);"
        " agreed are 90 % (acceptance.mql)."
    )
    assert found.sentence.ja == "11月の受け入れ率は85.0%（20件中17件）、目標90%に届きません。"
    assert found.finding.remedy is not None
    assert found.finding.remedy.en == "1 more of them accepted."
    kept = [*offers(18), *offers(2, "rejected", 19)]
    assert [one.finding.promise for one in monthly_verdicts(november(kept), SIGNED)] == ["volume.mql"]


def test_until_all_have_signed_it_is_provisional() -> None:
    assert the("M4", november(offers(92)), Shared()).status == "provisional"
    assert the("M4", november(offers(92))).status == "standing"


# S2


def day(count: int, when: str = "16 09:00", begin: int = 1) -> list[Offered]:
    """Offers a minute after each other."""
    return [offer(begin + number, at(when) + number * 60 * SECOND) for number in range(count)]


def surges(month: Month, shared: Shared = SIGNED) -> list[Verdict]:
    return [verdict for verdict in monthly_verdicts(month, shared) if verdict.code == "S2"]


def announcement(begin: str, end: str, recorded: str, scope: str = "marketing", by: str = MARKETING, position: int = 500) -> e.Recorded:
    event = e.SurgeAnnounced(moment(at(begin)), moment(at(end)), scope)
    return e.Recorded(position, position, at(recorded), at(recorded), None, event, by, "crm", "manual", THE_MODEL.id)


def test_twice_the_plan_is_no_surge_and_one_more_is() -> None:
    assert surges(november(day(4), "20 09:00", SMALL)) == []
    (found,) = surges(november(day(5), "20 09:00", SMALL))
    assert dict(found.shares) == {"marketing": 100}
    assert found.sentence.en == (
        "Marketing offered 5 leads to inside sales within 24 hours (Mon 09:00 to Mon 09:04), about 2.5 times the 2 planned a day,"
        " which was not announced."
    )
    assert found.sentence.ja == "1日5件、計画2件の約2.5倍です（11/16 09:00〜11/16 09:04、事前告知なし）。"
    assert found.finding.evidence == (1, 2, 3, 4, 5)
    assert found.finding.since == at("16 09:04")
    assert len(behind(november(day(5), "20 09:00", SMALL), found.finding)) == 5


def test_a_rolling_day_goes_over_midnight_and_ends_after_24_hours() -> None:
    assert len(surges(november([*day(3, "16 20:00"), *day(2, "17 08:00", 4)], "20 09:00", SMALL))) == 1
    assert surges(november([*day(3, "16 09:00"), *day(2, "17 09:02", 4)], "20 09:00", SMALL)) == []


def test_a_day_begun_in_the_month_before_counts() -> None:
    made = [offer(1 + number, at("11-01 00:00") - 60 * SECOND * (number + 1)) for number in range(4)]
    assert len(surges(november([*made, offer(9, at("11-01 00:10"))], "20 09:00", SMALL))) == 1
    assert surges(november(made, "20 09:00", SMALL)) == []


@pytest.mark.parametrize("scope", ["all", "marketing", "inside_sales"])
def test_an_announced_surge_is_nobodys(scope: str) -> None:
    announced = [announcement("16 00:00", "17 00:00", "13 17:00", scope)]
    (found,) = surges(november(day(5), "20 09:00", SMALL, announced))
    assert dict(found.shares) == {"nobody": 100}
    assert found.finding.evidence == (1, 2, 3, 4, 5, 500)
    assert "as announced" in found.sentence.en


def test_what_is_announced_afterwards_or_for_others_or_for_another_day_is_no_announcement() -> None:
    for told_of in (
        announcement("16 00:00", "17 00:00", "16 09:05"),
        announcement("16 00:00", "17 00:00", "13 17:00", scope="field_sales"),
        announcement("17 00:00", "18 00:00", "13 17:00"),
        announcement("16 00:00", "17 00:00", "13 17:00", by=INSIDE),
    ):
        (found,) = surges(november(day(5), "20 09:00", SMALL, [told_of]))
        assert dict(found.shares) == {"marketing": 100}


def test_a_surge_that_outlasts_its_announcement_is_two() -> None:
    announced = [announcement("16 00:00", "16 09:06", "13 17:00")]
    found = surges(november(day(9), "20 09:00", SMALL, announced))
    assert [list(one.shares) for one in found] == [["nobody"], ["marketing"]]


def test_two_surges_are_two_verdicts() -> None:
    found = surges(november([*day(5), *day(5, "19 09:00", 6)], "20 09:00", SMALL))
    assert [one.finding.position for one in found] == [1, 6]
    assert len({one.id for one in found}) == 2


@given(st.sets(st.integers(0, 29 * 24 * 60), max_size=60))
def test_every_day_that_is_too_full_lies_in_a_surge_and_no_other(minutes: set[int]) -> None:
    made = [offer(number, at("01 00:00") + minute * 60 * SECOND) for number, minute in enumerate(sorted(minutes), 1)]
    found = [surge.finding for surge in surges(november(made, "12-01 00:00", SMALL))]
    for one in made:
        many = sum(one.offered_at - ROLLING_DAY < other.offered_at <= one.offered_at for other in made)
        told_of = [surge for surge in found if surge.window and surge.since <= one.offered_at <= (surge.window.until or 0)]
        assert len(told_of) == (many > 4)
    assert all(len(surge.evidence) > 4 for surge in found)


# Disputes


def disputed(*acts: tuple[str, str, e.AnyEvent]) -> Shared:
    shared = SIGNED
    for position, (when, who, event) in enumerate(acts, 900):
        act = e.Recorded(position, position, at(when), at(when), None, event, who, "crm", "manual", THE_MODEL.id)
        shared = shared.after(act)
    return shared


SHORT = november(offers(92), "12-20 09:00")
M4 = monthly_id("the-model", "M4", "volume.mql", "2026-11")
OPENED = ("12-01 10:00", MARKETING, e.DisputeOpened("m1", (M4,), "There were holidays."))


def test_the_id_of_a_month_is_that_of_its_promise_in_any_version() -> None:
    assert the("M4", SHORT).id == M4


def test_a_disputed_month() -> None:
    found = the("M4", SHORT, disputed(OPENED))
    assert (found.status, found.disputed_by, found.ruled_by) == ("disputed", 900, None)


def test_a_month_ruled_upon_keeps_its_first_sentence() -> None:
    ruling = ("12-03 10:00", OPERATIONS, e.DisputeRuled("m1", "overturned", (1,)))
    found = the("M4", SHORT, disputed(OPENED, ruling))
    assert (found.status, dict(found.shares), found.ruled_by) == ("overturned", {"nobody": 100}, 901)
    assert found.sentence.en.startswith("Overturned Thu 10:00; it read: Marketing made 92")
    assert dict(found.finding.shares) == {"marketing": 100}


def test_a_month_split_and_one_upheld() -> None:
    halves = {"marketing": 50, "inside_sales": 50}
    assert (
        dict(the("M4", SHORT, disputed(OPENED, ("12-03 10:00", OPERATIONS, e.DisputeRuled("m1", "split", (1,), halves)))).shares) == halves
    )
    assert the("M4", SHORT, disputed(OPENED, ("12-03 10:00", OPERATIONS, e.DisputeRuled("m1", "upheld", (1,))))).status == "upheld"


def test_read_before_the_ruling_a_month_is_disputed_and_before_the_dispute_it_stands() -> None:
    ruling = ("12-03 10:00", OPERATIONS, e.DisputeRuled("m1", "overturned", (1,)))
    shared = disputed(OPENED, ruling)
    assert [the("M4", november(offers(92), when), shared).status for when in ("12-01 09:00", "12-02 09:00", "12-03 10:00")] == [
        "standing",
        "disputed",
        "overturned",
    ]


def test_a_dispute_taken_back_leaves_the_month_as_it_was() -> None:
    assert the("M4", SHORT, disputed(OPENED, ("12-02 10:00", MARKETING, e.DisputeWithdrawn("m1")))).status == "standing"


def test_a_dispute_out_of_time_has_no_effect() -> None:
    """The month was over on the 1st, and five working days later is the 8th; the latest answer came before."""
    assert disputable_until(SHORT, the("M4", SHORT).finding, at("12-20 09:00")) == at("12-08 18:00")
    late = ("12-08 18:01", MARKETING, e.DisputeOpened("m1", (M4,), "x"))
    assert the("M4", SHORT, disputed(late)).status == "standing"
    just = ("12-08 18:00", MARKETING, e.DisputeOpened("m1", (M4,), "x"))
    assert the("M4", SHORT, disputed(just)).status == "disputed"


def test_a_party_is_no_arbiter_of_its_month() -> None:
    opened = ("12-01 10:00", INSIDE, e.DisputeOpened("m1", (M4,), "x"))
    assert the("M4", SHORT, disputed(opened, ("12-02 10:00", MARKETING, e.DisputeRuled("m1", "overturned", (1,))))).status == "disputed"
