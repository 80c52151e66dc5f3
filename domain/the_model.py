"""The default agreement, `the-model@1`: the relay of The Model with the terms it starts from.

It stands in an empty ledger as an unsigned trial. Its holidays were resolved once (Japanese national holidays, plus
the days between the years), so that they never change under an old verdict.
"""

from __future__ import annotations

from typing import Any

from domain.agreement import Agreement
from domain.agreement_terms import parse

_FIRST_YEAR, _LAST_YEAR = 2000, 2050
_TWO_DAYS_BEFORE = 946_512_000
"""1999-12-30T00:00:00Z: the zone's offset is known from before the first day on. Japan has changed its clocks since 1951
no more."""

_JAPANESE_HOLIDAYS = {
    2000: "0101 0110 0211 0320 0429 0503 0504 0505 0720 0915 0923 1009 1103 1123 1223",
    2001: "0101 0108 0211 0212 0320 0429 0430 0503 0504 0505 0720 0915 0923 0924 1008 1103 1123 1223 1224",
    2002: "0101 0114 0211 0321 0429 0503 0504 0505 0506 0720 0915 0916 0923 1014 1103 1104 1123 1223",
    2003: "0101 0113 0211 0321 0429 0503 0505 0721 0915 0923 1013 1103 1123 1124 1223",
    2004: "0101 0112 0211 0320 0429 0503 0504 0505 0719 0920 0923 1011 1103 1123 1223",
    2005: "0101 0110 0211 0320 0321 0429 0503 0504 0505 0718 0919 0923 1010 1103 1123 1223",
    2006: "0101 0102 0109 0211 0321 0429 0503 0504 0505 0717 0918 0923 1009 1103 1123 1223",
    2007: "0101 0108 0211 0212 0321 0429 0430 0503 0504 0505 0716 0917 0923 0924 1008 1103 1123 1223 1224",
    2008: "0101 0114 0211 0320 0429 0503 0504 0505 0506 0721 0915 0923 1013 1103 1123 1124 1223",
    2009: "0101 0112 0211 0320 0429 0503 0504 0505 0506 0720 0921 0922 0923 1012 1103 1123 1223",
    2010: "0101 0111 0211 0321 0322 0429 0503 0504 0505 0719 0920 0923 1011 1103 1123 1223",
    2011: "0101 0110 0211 0321 0429 0503 0504 0505 0718 0919 0923 1010 1103 1123 1223",
    2012: "0101 0102 0109 0211 0320 0429 0430 0503 0504 0505 0716 0917 0922 1008 1103 1123 1223 1224",
    2013: "0101 0114 0211 0320 0429 0503 0504 0505 0506 0715 0916 0923 1014 1103 1104 1123 1223",
    2014: "0101 0113 0211 0321 0429 0503 0504 0505 0506 0721 0915 0923 1013 1103 1123 1124 1223",
    2015: "0101 0112 0211 0321 0429 0503 0504 0505 0506 0720 0921 0922 0923 1012 1103 1123 1223",
    2016: "0101 0111 0211 0320 0321 0429 0503 0504 0505 0718 0811 0919 0922 1010 1103 1123 1223",
    2017: "0101 0102 0109 0211 0320 0429 0503 0504 0505 0717 0811 0918 0923 1009 1103 1123 1223",
    2018: "0101 0108 0211 0212 0321 0429 0430 0503 0504 0505 0716 0811 0917 0923 0924 1008 1103 1123 1223 1224",
    2019: "0101 0114 0211 0321 0429 0430 0501 0502 0503 0504 0505 0506 0715 0811 0812 0916 0923 1014 1022 1103 1104 1123",
    2020: "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0723 0724 0810 0921 0922 1103 1123",
    2021: "0101 0111 0211 0223 0320 0429 0503 0504 0505 0722 0723 0808 0809 0920 0923 1103 1123",
    2022: "0101 0110 0211 0223 0321 0429 0503 0504 0505 0718 0811 0919 0923 1010 1103 1123",
    2023: "0101 0102 0109 0211 0223 0321 0429 0503 0504 0505 0717 0811 0918 0923 1009 1103 1123",
    2024: "0101 0108 0211 0212 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0922 0923 1014 1103 1104 1123",
    2025: "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0721 0811 0915 0923 1013 1103 1123 1124",
    2026: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
    2027: "0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123",
    2028: "0101 0110 0211 0223 0320 0429 0503 0504 0505 0717 0811 0918 0922 1009 1103 1123",
    2029: "0101 0108 0211 0212 0223 0320 0429 0430 0503 0504 0505 0716 0811 0917 0923 0924 1008 1103 1123",
    2030: "0101 0114 0211 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0923 1014 1103 1104 1123",
    2031: "0101 0113 0211 0223 0224 0321 0429 0503 0504 0505 0506 0721 0811 0915 0923 1013 1103 1123 1124",
    2032: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0719 0811 0920 0921 0922 1011 1103 1123",
    2033: "0101 0110 0211 0223 0320 0321 0429 0503 0504 0505 0718 0811 0919 0923 1010 1103 1123",
    2034: "0101 0102 0109 0211 0223 0320 0429 0503 0504 0505 0717 0811 0918 0923 1009 1103 1123",
    2035: "0101 0108 0211 0212 0223 0321 0429 0430 0503 0504 0505 0716 0811 0917 0923 0924 1008 1103 1123",
    2036: "0101 0114 0211 0223 0320 0429 0503 0504 0505 0506 0721 0811 0915 0922 1013 1103 1123 1124",
    2037: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
    2038: "0101 0111 0211 0223 0320 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123",
    2039: "0101 0110 0211 0223 0321 0429 0503 0504 0505 0718 0811 0919 0923 1010 1103 1123",
    2040: "0101 0102 0109 0211 0223 0320 0429 0430 0503 0504 0505 0716 0811 0917 0922 1008 1103 1123",
    2041: "0101 0114 0211 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0923 1014 1103 1104 1123",
    2042: "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0721 0811 0915 0923 1013 1103 1123 1124",
    2043: "0101 0112 0211 0223 0321 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
    2044: "0101 0111 0211 0223 0320 0321 0429 0503 0504 0505 0718 0811 0919 0922 1010 1103 1123",
    2045: "0101 0102 0109 0211 0223 0320 0429 0503 0504 0505 0717 0811 0918 0922 1009 1103 1123",
    2046: "0101 0108 0211 0212 0223 0320 0429 0430 0503 0504 0505 0716 0811 0917 0923 0924 1008 1103 1123",
    2047: "0101 0114 0211 0223 0321 0429 0503 0504 0505 0506 0715 0811 0812 0916 0923 1014 1103 1104 1123",
    2048: "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 1012 1103 1123",
    2049: "0101 0111 0211 0223 0320 0429 0503 0504 0505 0719 0811 0920 0921 0922 1011 1103 1123",
    2050: "0101 0110 0211 0223 0320 0321 0429 0503 0504 0505 0718 0811 0919 0923 1010 1103 1123",
}  # fmt: skip


_BETWEEN_YEARS = ("12-29", "12-30", "12-31", "01-01", "01-02", "01-03")


def _closed_days() -> list[str]:
    holidays = [f"{year}-{day[:2]}-{day[2:]}" for year, days in _JAPANESE_HOLIDAYS.items() for day in days.split()]
    years = range(_FIRST_YEAR, _LAST_YEAR + 1)
    between_years = [f"{year}-{day}" for year in years for day in _BETWEEN_YEARS]
    return sorted({*holidays, *between_years})


def _promise(id: str, kind: str, promisor: str, promisee: str, **terms: Any) -> dict[str, Any]:
    return {"id": id, "kind": kind, "promisor": promisor, "promisee": promisee, **terms}


_HOURS = [["09:00", "18:00"]]
_FIVE_ATTEMPTS = {"attempts": 5, "channels": 2, "days": 3}

TERMS: dict[str, Any] = {
    "name": "the-model",
    "version": 1,
    "zone": "Asia/Tokyo",
    "departments": ["marketing", "inside_sales", "field_sales", "customer_success"],
    "stages": ["lead", "mal", "mql", "sal", "sql", "opportunity", "won"],
    "calendar": {
        "weekly": {"mon": _HOURS, "tue": _HOURS, "wed": _HOURS, "thu": _HOURS, "fri": _HOURS},
        "holidays": {"country": "JP"},
        "closed_yearly": list(_BETWEEN_YEARS),
        "resolved": {
            "from": f"{_FIRST_YEAR}-01-01",
            "until": f"{_LAST_YEAR}-12-31",
            "closed": _closed_days(),
            "offsets": [[_TWO_DAYS_BEFORE, 9 * 3_600]],
        },
    },
    "handoffs": [
        {"leg": "mql", "from": "marketing", "to": "inside_sales"},
        {"leg": "sal", "from": "inside_sales", "to": "field_sales"},
        {"leg": "won", "from": "field_sales", "to": "customer_success"},
    ],
    "bar": {"leg": "mql", "min_score": 60, "required_briefing": ["score", "intent"], "exclude": {"channel": [], "industry": []}},
    "promises": [
        _promise("offer.mql", "offer", "marketing", "inside_sales", leg="mql", within={"business_hours": 4}),
        _promise("quality.mql", "quality", "marketing", "inside_sales", leg="mql"),
        _promise("route.mql", "route", "operations", "inside_sales", leg="mql", within={"business_minutes": 30}),
        _promise("decide.mql", "decide", "inside_sales", "marketing", leg="mql", within={"business_hours": 2}),
        _promise("first_attempt.mql", "first_attempt", "inside_sales", "marketing", leg="mql", within={"business_hours": 1}),
        _promise("depth.mql", "depth", "inside_sales", "marketing", leg="mql", within={"business_days": 10}, **_FIVE_ATTEMPTS),
        _promise("progress.mql", "progress", "inside_sales", "marketing", stage="mql", within={"business_days": 20}),
        _promise("offer.sal", "offer", "inside_sales", "field_sales", leg="sal", within={"business_days": 1}),
        _promise("decide.sal", "decide", "field_sales", "inside_sales", leg="sal", within={"business_days": 1}),
        _promise("first_attempt.sal", "first_attempt", "field_sales", "inside_sales", leg="sal", within={"business_days": 2}),
        _promise("progress.sal", "progress", "field_sales", "inside_sales", stage="sal", within={"business_days": 15}),
        _promise("progress.sql", "progress", "field_sales", "inside_sales", stage="sql", within={"business_days": 30}),
        _promise("progress.opportunity", "progress", "field_sales", "inside_sales", stage="opportunity", within={"business_days": 60}),
        _promise("offer.won", "offer", "field_sales", "customer_success", leg="won", within={"business_days": 1}),
        _promise("decide.won", "decide", "customer_success", "field_sales", leg="won", within={"business_days": 1}),
        _promise("report.outcome", "report", "field_sales", "marketing", within={"business_days": 2}),
        _promise("re_engage", "re_engage", "marketing", "inside_sales", within={"business_days": 5}),
        _promise("volume.mql", "volume", "marketing", "inside_sales", leg="mql", target=100, per="month"),
        _promise("acceptance.mql", "acceptance_rate", "marketing", "inside_sales", leg="mql", target_percent=90, per="month"),
    ],
    "relays": [
        {
            "id": "offer_to_first_attempt",
            "from": "handoff.offered",
            "until": "first_attempt",
            "leg": "mql",
            "within": {"business_minutes": 210},
            "legs": [{"promise": "route.mql"}, {"promise": "decide.mql"}, {"promise": "first_attempt.mql"}],
        },
    ],
    "deem_accepted": True,
    "late_after": {"default": {"business_minutes": 15}, "visit": {"business_days": 1}, "meeting": {"business_days": 1}},
    "max_pause": {"business_days": 10},
    "rules": 1,
    "plan_per_day": {"mql": 20},
    "dispute_within": {"business_days": 5},
    "warn_at_percent": [50, 75],
}  # fmt: skip

THE_MODEL: Agreement = parse(TERMS)
