"""What channels cost and at which rates money is exchanged comes from files, though it is about no lead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from api.importers.strictness import FaultyMappingError
from domain import events as e
from domain.costs import costs_of
from ledger.book import Book

from .conftest import Importing

COSTS = """\
    month,channel,campaign,amount,currency,note
    2026-09,web,,300000,JPY,
    2026-09,fair,autumn,1200000,JPY,the stand
    2026-10,web,,250000,JPY,
    """
RATES = """\
    from,currency,to,numerator,denominator
    2026-09-01,USD,JPY,14925,10000
    """
FOREVER = 2**62


def counted(book: Book) -> dict[tuple[str, str, str | None], int]:
    found = costs_of(book.cost_events(), FOREVER).costs
    return {(cost.month, cost.channel, cost.campaign): cost.amount for cost in found}


def test_rows_become_costs_and_rates(importing: Importing, written: Callable[..., Path], book: Book) -> None:
    done = importing("costs", written("costs.csv", COSTS), written("rates.csv", RATES))
    assert (done.tally.recorded, done.tally.rejected) == (4 + 1, 0)  # and the source itself
    assert counted(book) == {
        ("2026-09", "web", None): 300_000, ("2026-09", "fair", "autumn"): 1_200_000, ("2026-10", "web", None): 250_000,
    }  # fmt: skip
    rate = costs_of(book.cost_events(), FOREVER).rate("USD", "JPY", date(2026, 11, 1))
    assert rate is not None
    assert rate.of(10_000) == 14_925


def test_a_later_amount_replaces_the_earlier_and_the_earlier_is_still_known_then(
    importing: Importing, written: Callable[..., Path], book: Book
) -> None:
    importing("costs", written("costs.csv", COSTS))
    before = book.head().position
    again = importing("costs", written("costs.csv", COSTS.replace("1200000", "1100000")))
    assert (again.tally.recorded, again.tally.duplicates) == (1, 2)
    assert counted(book)["2026-09", "fair", "autumn"] == 1_100_000
    then = costs_of(book.cost_events(before), FOREVER).costs
    assert [cost.amount for cost in then if cost.campaign == "autumn"] == [1_200_000]


def test_an_amount_of_nothing_takes_a_cost_back(importing: Importing, written: Callable[..., Path], book: Book) -> None:
    importing("costs", written("costs.csv", COSTS))
    importing("costs", written("costs.csv", COSTS.replace("250000", "0")))
    assert ("2026-10", "web", None) not in counted(book)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2026-13,web,,1,JPY,", "2026-13-01"),
        ("2026-10,,,1,JPY,", "channel"),
        ("2026-10,web,,12.50,JPY,", "whole number"),
        ("2026-10,web,,-5,JPY,", ""),
        ("2026-10,web,,1,yen,", ""),
    ],
)
def test_a_row_that_is_no_cost_is_rejected_with_its_reason(
    row: str, why: str, importing: Importing, written: Callable[..., Path], book: Book
) -> None:
    done = importing("costs", written("costs.csv", f"month,channel,campaign,amount,currency,note\n{row}\n"))
    assert done.tally.rejected == 1
    assert any(why in f"{reject.column} {reject.why}" for reject in done.rejects)
    assert counted(book) == {}


OWN = """\
    name: books
    version: 1
    source: books
    files:
      - match: "*.csv"
        time: {value: "{Booked}", format: "%d.%m.%Y"}
        events:
          - type: cost.recorded
            data:
              month: {value: "{Booked}", format: "%d.%m.%Y"}
              channel: {value: "{Account}", map: {"4711": web}}
              amount: {value: "{Amount}", decimals: 2}
              currency: EUR
    """


def test_an_own_mapping_reads_the_month_of_a_day_and_major_units(importing: Importing, written: Callable[..., Path], book: Book) -> None:
    importing(OWN, written("books.csv", "Booked,Account,Amount\n17.03.2026,4711,12.50\n"))
    assert counted(book) == {("2026-03", "web", None): 1_250}


def test_other_facts_that_all_leads_share_come_from_files_too(importing: Importing, written: Callable[..., Path], book: Book) -> None:
    mapping = """\
        name: leavers
        version: 1
        source: hr
        files:
          - match: "*.csv"
            time: {value: "{day}", format: date}
            events: [{type: person.deactivated, data: {person: "{who}"}}]
        """
    importing(mapping, written("leavers.csv", "day,who\n2026-03-17,inside_sales:sato\n"))
    assert [act.event for act in book.shared().departures] == [e.PersonDeactivated("inside_sales:sato")]


def test_a_shared_fact_names_no_lead_and_a_lead_s_event_needs_one(importing: Importing) -> None:
    with pytest.raises(FaultyMappingError, match="about no lead"):
        importing(OWN.replace("- type: cost.recorded", '- type: cost.recorded\n            lead: "{Account}"'))
    with pytest.raises(FaultyMappingError, match="/files/0/lead: Is missing"):
        importing(OWN.partition("- type")[0] + "- type: lead.captured\n")
