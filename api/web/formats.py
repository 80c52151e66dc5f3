"""Numbers, shares, amounts, days and times as people of a language write them (Babel), times on the wall clock of the
agreement's zone. Lengths of time and parties are said as the verdicts' sentences say them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from babel.core import Locale
from babel.dates import DateTimePattern, format_date
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from babel.units import format_unit

from api.shown_verdicts import Said
from api.words import withheld, word
from domain.agreement import Agreement
from domain.findings import Sentence
from domain.vocabulary import Instant, Language, instant, moment
from domain.wording import length, local, party

NOTHING = "\N{EN DASH}"
"""What stands where there is no figure: none of nothing is not 0 %."""

_DAY_SECONDS = 86_400


@cache
def _pattern(language: Language) -> DateTimePattern:
    """A day with its day of the week. Looking it up costs more than using it, and tables are full of times."""
    pattern: DateTimePattern = Locale(language).datetime_skeletons["yMMMEd"]
    return pattern


class Formats:
    """The forms of one language and one zone."""

    def __init__(self, language: Language, agreement: Agreement) -> None:
        self.language = language
        self._agreement = agreement

    def say(self, sentence: Sentence | Said) -> str:
        """A sentence in the page's language."""
        return sentence.ja if self.language == "ja" else sentence.en

    def words(self, words: Mapping[str, Sentence], *names: str) -> list[str]:
        """Some of a page's words, such as the heads of a table's columns."""
        return [self.say(words[name]) for name in names]

    def word(self, table: Mapping[str, Sentence], name: str | None) -> str:
        """What one of the tables of `api.words` calls something, else its own name."""
        return NOTHING if name is None else self.say(word(table, name))

    def number(self, value: float | None) -> str:
        """`1,234`."""
        return NOTHING if value is None else format_decimal(value, locale=self.language)

    def percent(self, value: float | None) -> str:
        """`62.5%` of the percentage that answers give; one decimal at most."""
        return NOTHING if value is None else format_percent(Decimal(str(value)) / 100, "#,##0.#%", locale=self.language)

    def change(self, points: float | None) -> str:
        """`+3.1` percentage points, with its sign."""
        return NOTHING if points is None else format_decimal(points, "+#,##0.#;-#,##0.#", locale=self.language)

    def money(self, minor_units: int | None, currency: str | None) -> str:
        """`¥1,200,000` of an amount in minor units."""
        if minor_units is None or currency is None:
            return NOTHING
        return format_currency(Decimal(minor_units).scaleb(-get_currency_precision(currency)), currency, locale=self.language)

    def day(self, at: datetime) -> str:
        """`Nov 16, 2026`, `2026/11/16`."""
        return format_date(self._there(at), "medium", locale=self.language)

    def date(self, day: date) -> str:
        """`Nov 16, 2026`, `2026/11/16` of a day that is no moment."""
        return format_date(day, "medium", locale=self.language)

    def when(self, at: datetime | Instant | None) -> str:
        """`Mon, Nov 16, 2026 12:00`, `2026年11月16日(月) 12:00`; seconds where there are any."""
        if at is None:
            return NOTHING
        there = self._there(moment(at) if isinstance(at, int) else at)
        clock = f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"
        return f"{_pattern(self.language).apply(there, self.language)} {clock}"

    def stamp(self, at: datetime | Instant | None) -> str:
        """`2026/11/16 12:00`, in lists full of times."""
        return NOTHING if at is None else f"{self._there(moment(at) if isinstance(at, int) else at):%Y/%m/%d %H:%M}"

    def short(self, at: datetime) -> str:
        """`11/16 12:00`: where the year is plain."""
        there = self._there(at)
        return f"{there.month}/{there.day} {there:%H:%M}"

    def tick(self, at: datetime) -> str:
        """`11/16`, on an axis whose days are near each other."""
        there = self._there(at)
        return f"{there.month}/{there.day}"

    def field(self, at: datetime | Instant) -> str:
        """As an input of a form wants it, to the minute."""
        return f"{self._there(moment(at) if isinstance(at, int) else at):%Y-%m-%dT%H:%M}"

    def length(self, seconds: float | None) -> str:
        """`1 h 30 min`, `1時間30分`."""
        return NOTHING if seconds is None else self.say(length(round(seconds)))

    def days(self, seconds: float | None) -> str:
        """`9.8 days`, `9.8日` of a length on the wall clock; what is shorter than a day as any length."""
        if seconds is None or abs(seconds) < _DAY_SECONDS:
            return self.length(seconds)
        return format_unit(round(seconds / _DAY_SECONDS, 1), "duration-day", locale=self.language)

    def party(self, name: str | None) -> str:
        """`Inside sales`, `インサイドセールス`."""
        return NOTHING if name is None else self.say(party(name))

    def personal(self, value: object) -> str:
        """A personal text, or why it is withheld."""
        why = withheld(value)
        return str(value) if why is None else self.say(why)

    def _there(self, at: datetime) -> datetime:
        return local(instant(at), self._agreement).replace(tzinfo=None)
