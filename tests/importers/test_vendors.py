"""The CSV exports of Salesforce, HubSpot, Marketo and Mazrica."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain import events as e
from domain.vocabulary import moment

from .conftest import Imported, Importing

Writing = Callable[..., Path]


def counts(imported: Imported) -> dict[str, int]:
    return dict(Counter(act.event.NAME for act in imported.events))


def csv_of(records: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def test_a_small_salesforce_org(importing: Importing, data: Path) -> None:
    names = ["Lead.csv", "Opportunity.csv", "OpportunityHistory.csv"]
    imported = importing("salesforce", *(data / "salesforce_sample" / name for name in names))
    assert imported.tally.is_clean
    assert counts(imported) == {"lead.profiled": 22, "stage.observed": 22 + 36 + 48}
    history = [act for act in imported.events if act.lead == "006bm00000LKJNPAA5"]
    assert {act.event.stage for act in history} == {"won"}  # type: ignore[union-attr]
    assert history[0].event.amount == 22_000_000  # type: ignore[union-attr]
    assert moment(history[0].occurred_at).isoformat() == "2026-02-23T20:55:00+00:00"


def test_salesforce_as_fivetran_has_it(importing: Importing, data: Path) -> None:
    names = ["lead", "opportunity", "opportunity_history", "task"]
    imported = importing("salesforce", *(data / "fivetran" / "salesforce" / f"sf_{name}_data.csv" for name in names))
    assert imported.tally.is_clean
    assert counts(imported) == {"lead.captured": 1, "stage.observed": 1 + 10 + 10}
    assert imported.tally.unused == 10, "plain tasks say neither what was done nor in which direction"


def test_salesforce_histories_and_calls(importing: Importing, data: Path, written: Writing) -> None:
    def records(name: str) -> str:
        found = json.loads((data / "payloads" / f"salesforce_{name}_query.json").read_text())["records"]
        return csv_of([{key: value for key, value in record.items() if key != "attributes"} for record in found])

    files = [
        written("LeadHistory.csv", records("lead_history")),
        written("OpportunityFieldHistory.csv", records("opportunity_field_history")),
        written("Task.csv", records("task")),
    ]
    imported = importing("salesforce", *files)
    assert imported.tally.is_clean
    assert [(act.lead, act.event) for act in imported.events] == [
        ("0065g00000QrStuAAF", e.StageObserved("opportunity", "salesforce")),
        ("00Q5g00000XyZabEAF", e.StageObserved("mql", "salesforce")),
        ("00Q5g00000XyZabEAF", e.ActivityLogged("call", "outbound", "connected")),
    ]


def test_hubspot(importing: Importing, data: Path, written: Writing) -> None:
    names = ["contact_property_history", "deal_property_history", "deal_stage"]
    imported = importing("hubspot", *(data / "fivetran" / "hubspot" / f"{name}_data.csv" for name in names))
    assert imported.tally.is_clean
    assert counts(imported) == {"stage.observed": 14}
    assert imported.tally.unused == 200, "the names of the properties are scrambled in this file"
    plain = written(
        "contact_property_history.csv", "contact_id,timestamp,name,value\n7,2026-11-16 00:12:09,lifecyclestage,marketingqualifiedlead\n"
    )
    assert importing("hubspot", plain).events[-1].event == e.StageObserved("mql", "hubspot")


def test_marketo(importing: Importing, data: Path) -> None:
    files = [data / "fivetran" / "marketo" / f"marketo_{name}_data.csv" for name in ("lead", "activity_change_data_value")]
    imported = importing("marketo", data / "payloads" / "marketo_bulk_activities.csv", *files)
    assert counts(imported) == {"lead.captured": 100, "lead.scored": 1 + 22}
    assert [(reject.column, reject.why) for reject in imported.rejects] == [("new_value", "A whole number up to 100 is expected.")]
    scored = next(act for act in imported.events if act.lead == "318592")
    assert scored.event == e.LeadScored(85, "Lead Score")


def test_a_merge_of_marketo_names_the_lead_that_went_away(importing: Importing, written: Writing) -> None:
    leads = written("marketo_lead_data.csv", "id,created_at\n1,2026-01-01 00:00:00\n2,2026-01-02 00:00:00\n")
    merge = written("activity_merge_leads.csv", "id,lead_id,activity_date,merge_ids\n9,1,2026-02-01 00:00:00,[2]\n")
    imported = importing("marketo", leads, merge)
    merged = next(act for act in imported.events if isinstance(act.event, e.LeadMerged))
    assert (merged.lead, merged.event.into) == ("2", "1")  # type: ignore[union-attr]


def test_mazrica_in_the_code_page_of_windows(importing: Importing, data: Path, written: Writing) -> None:
    deals = json.loads((data / "payloads" / "mazrica_deals.json").read_text())["deals"]
    rows = [
        {"案件ID": deal["id"], "案件名": deal["name"], "フェーズ": deal["phase"]["name"], "チャネル": deal["channel"]["name"],
         "金額": deal["amount"], "作成日時": deal["createdAt"], "更新日時": deal["updatedAt"]}
        for deal in deals
    ]  # fmt: skip
    imported = importing("mazrica", written("案件一覧.csv", csv_of(rows), "cp932"))
    assert imported.tally.is_clean
    profiled, observed = (act.event for act in imported.events)
    assert profiled == e.LeadProfiled(channel="Webフォーム")
    assert isinstance(observed, e.StageObserved)
    assert (observed.stage, observed.amount, observed.currency) == ("opportunity", 2_400_000, "JPY")
