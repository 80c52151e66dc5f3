"""How leads spread over the year."""

from __future__ import annotations

from datetime import UTC, datetime

from api.demo.season import Intake, intakes, is_fair_day, local_midnight
from domain.the_model import THE_MODEL
from domain.vocabulary import Instant, instant


def _midnight(year: int, month: int, day: int) -> Instant:
    return local_midnight(instant(datetime(year, month, day, 6, tzinfo=UTC)))


_DAYS = intakes(50_000, _midnight(2025, 1, 1), _midnight(2026, 1, 1), THE_MODEL.calendar)


def _leads(year: int, month: int, day: int) -> int:
    return sum(intake.leads for intake in _DAYS if intake.midnight == _midnight(year, month, day) and not intake.at_fair)


def test_every_lead_is_given_to_some_day() -> None:
    assert sum(intake.leads for intake in _DAYS) == 50_000


def test_week_ends_and_holidays_are_quiet() -> None:
    wednesday, sunday, holiday = _leads(2025, 4, 16), _leads(2025, 4, 20), _leads(2025, 4, 29)
    assert sunday < wednesday / 3
    assert holiday < wednesday / 2


def test_obon_and_the_new_year_are_quiet() -> None:
    assert _leads(2025, 8, 13) < _leads(2025, 7, 9) * 0.6
    assert _leads(2025, 1, 2) < _leads(2025, 4, 16) / 5


def test_month_ends_are_busy() -> None:
    assert _leads(2025, 6, 30) > _leads(2025, 6, 16)


def test_a_fair_lasts_from_wednesday_to_friday() -> None:
    assert [day for day in range(1, 29) if is_fair_day(_midnight(2025, 5, day))] == [14, 15, 16]


def test_no_fair_falls_so_late_that_its_leads_would_never_arrive() -> None:
    short: list[Intake] = intakes(100, _midnight(2025, 5, 1), _midnight(2025, 5, 17), THE_MODEL.calendar)
    assert not any(intake.at_fair for intake in short)
