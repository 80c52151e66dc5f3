"""Business seconds between two instants: our one table beside businesstimedelta and pandas' CustomBusinessHour.

All three count the same pairs by the default agreement's calendar, over the years in which a company asks: pairs of an
offer and its answer, minutes to weeks apart. The peers are not needed by the project: install them for this benchmark
alone with `pip install businesstimedelta pandas`; where they are missing, ours is measured without them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from importlib.util import find_spec
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.comparing import Bench, Result
from domain.the_model import TERMS, THE_MODEL
from domain.vocabulary import SECOND, Instant, instant, moment

PAIRS = 1_000_000
PEER_PAIRS = 200
"""What the slower ones can count in a turn; figures are pairs a second all the same."""
REQUIRED = 1_000_000
_TOKYO = ZoneInfo("Asia/Tokyo")
_BEGIN = instant(datetime(2024, 1, 1, tzinfo=_TOKYO))
_YEARS_SECONDS = 3 * 365 * 86_400
_LONGEST_SECONDS = 21 * 86_400
_HOLIDAYS = sorted(date.fromisoformat(day) for day in TERMS["calendar"]["resolved"]["closed"] if "2023" < day < "2028")

Pair = tuple[Instant, Instant]
Count = Callable[[Sequence[Pair]], list[int]]


def run(bench: Bench) -> list[Result]:
    """Ours alone, then beside each peer that is installed."""
    pairs = _pairs(PAIRS)
    work = "business seconds between two instants"
    found = [Result(work, "pairs/s", [_rate(_ours, pairs) for _ in range(bench.runs)], required=REQUIRED)]
    for name, peer in _peers().items():
        few = pairs[:PEER_PAIRS]
        _same(few, peer(few), name)
        turns = [(_rate(_ours, pairs), _rate(peer, few)) for _ in range(bench.runs)]
        ours, theirs = zip(*turns, strict=True)
        found.append(Result(work, "pairs/s", list(ours), peer_name=name, peer=list(theirs)))
    return found


def _pairs(count: int) -> list[Pair]:
    chosen = random.Random(1)  # noqa: S311 - the same pairs every time, no secret.
    starts = (_BEGIN + chosen.randrange(_YEARS_SECONDS) * SECOND for _ in range(count))
    return [(start, start + chosen.randrange(60, _LONGEST_SECONDS) * SECOND) for start in starts]


def _rate(count: Count, pairs: Sequence[Pair]) -> float:
    begun = perf_counter()
    count(pairs)
    return len(pairs) / (perf_counter() - begun)


def _ours(pairs: Sequence[Pair]) -> list[int]:
    between = THE_MODEL.calendar.between
    return [between(start, end) for start, end in pairs]


def _same(pairs: Sequence[Pair], counted: Sequence[int], name: str) -> None:
    """A peer that counts something else is no comparison."""
    differing = sum(ours != theirs for ours, theirs in zip(_ours(pairs), counted, strict=True))
    if differing:
        raise RuntimeError(f"{name} counts {differing} of {len(pairs)} pairs differently.")


def _peers() -> dict[str, Count]:
    peers: dict[str, Count] = {}
    if find_spec("businesstimedelta"):
        peers["businesstimedelta"] = _businesstimedelta()
    if find_spec("pandas"):
        peers["CustomBusinessHour"] = _custom_business_hour()
    return peers


def _businesstimedelta() -> Count:
    import businesstimedelta as b  # noqa: PLC0415 - only where it is installed
    import pytz  # noqa: PLC0415 - it takes zones of this library, which it brings along, and no others

    tokyo = pytz.timezone("Asia/Tokyo")
    hours = b.WorkDayRule(start_time=time(9), end_time=time(18), working_days=[0, 1, 2, 3, 4], tz=tokyo)
    closed = b.HolidayRule(dict.fromkeys(_HOLIDAYS, "closed"), tz=tokyo)
    rules = b.Rules([hours, closed])

    def count(pairs: Sequence[Pair]) -> list[int]:
        found = []
        for start, end in pairs:
            passed = rules.difference(moment(start).astimezone(tokyo), moment(end).astimezone(tokyo))
            found.append(passed.hours * 3_600 + passed.seconds)
        return found

    return count


def _custom_business_hour() -> Count:
    """pandas has the days and their opening, and no difference: the working days between, and what is left at both ends."""
    import pandas as pd  # noqa: PLC0415 - only where it is installed

    hour: Any = pd.offsets.CustomBusinessHour(start="09:00", end="18:00", holidays=_HOLIDAYS)

    def opening(at: datetime) -> Any:
        return hour.rollforward(pd.Timestamp(at).tz_localize(None))

    def count(pairs: Sequence[Pair]) -> list[int]:
        found = []
        for start, end in pairs:
            first, last = opening(moment(start).astimezone(_TOKYO)), opening(moment(end).astimezone(_TOKYO))
            whole = len(pd.bdate_range(first.date(), last.date(), freq="C", holidays=_HOLIDAYS)) - 1
            within = (last - last.normalize()) - (first - first.normalize())
            found.append(whole * 9 * 3_600 + int(within / timedelta(seconds=1)))
        return found

    return count
