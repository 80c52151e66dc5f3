"""Times as logs write them → instants. A time without an offset is read by the clock of the mapping's zone.

A local time that the clocks skip is taken with the offset before the change, one they show twice is the first of the
two. Nothing is guessed: a day without a time is midnight only where the mapping says `format: date`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from domain.vocabulary import EPOCH, Instant

_MICROSECOND = timedelta(microseconds=1)
_DAY_ONLY = re.compile(r"\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d(-?\d)?")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[ T]00:00(?::00(?:\.0+)?)?")
_WHOLE = re.compile(r"[+-]?\d+(?:\.0+)?")
_EARLIEST, _LATEST = (int(datetime(year, 1, 2, tzinfo=UTC).timestamp()) * 1_000_000 for year in (1, 9999))
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days have no zone
NAMED_FORMATS = ("iso", "date", "unix", "unix_ms", "excel")


class TimeReader:
    """Reads times in one of several formats, tried in order."""

    def __init__(self, formats: tuple[str, ...], zone: tzinfo) -> None:
        self.formats = formats
        self.zone = zone

    def __call__(self, text: str) -> Instant:
        """The instant. Raises ValueError with a sentence."""
        text = text.strip()
        why = ""
        for form in self.formats:
            try:
                at = self._instant(text, form)
                if _EARLIEST <= at < _LATEST:
                    return at
            except (ValueError, OverflowError) as error:
                why = str(error) if isinstance(error, DayWithoutTimeError) else why
        raise ValueError(why or f"{text[:60]!r} is not a time in the format {' or '.join(self.formats)}.")

    def _instant(self, text: str, form: str) -> Instant:
        match form:
            case "iso":
                if _DAY_ONLY.fullmatch(text):
                    raise DayWithoutTimeError(f"{text} is a day without a time; say `format: date` if its midnight is meant.")
                moment = datetime.fromisoformat(text)
            case "date":
                day = _MIDNIGHT.fullmatch(text)
                moment = datetime.combine(date.fromisoformat(day.group(1) if day else text), datetime.min.time())
            case "unix" | "unix_ms":
                return int(_whole(text)) * (1_000_000 if form == "unix" else 1_000)
            case "excel":
                moment = _EXCEL_ZERO + timedelta(milliseconds=round(float(text) * 86_400_000))
            case _:
                moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return (moment - EPOCH) // _MICROSECOND if moment.tzinfo is UTC else (moment.astimezone(UTC) - EPOCH) // _MICROSECOND


class DayWithoutTimeError(ValueError):
    """The text is a day, and the mapping did not say what its time is."""


def _whole(text: str) -> str:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return text.partition(".")[0]


def read_day(text: str, formats: tuple[str, ...]) -> date:
    """A day, in one of several formats (`date`, or a pattern). Raises ValueError with a sentence."""
    for form in formats:
        try:
            if form in NAMED_FORMATS:
                return date.fromisoformat(text.strip()[:10])
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(f"{text[:60]!r} is not a day in the format {' or '.join(formats)}.")
