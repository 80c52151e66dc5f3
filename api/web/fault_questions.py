"""What the pages of faults may be asked by, and the same question as the API takes it."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import Field

from api.faults import Code, FaultsQuery, Standing, Status
from api.parameters import Asked, Filters
from api.web.view import ElsewhereError, Page, PageQuery, View
from domain.findings import Sentence

PAGE = Page("faults", "/faults", Sentence("Faults", "未達の要因"))
Question = TypeVar("Question", bound=Asked)


class FaultsPageQuery(PageQuery):
    """Which verdicts are asked about, as `/v1/faults` takes it; `by` is what the figures over time go by."""

    party: str | None = Field(None, max_length=200, description="Only what this party bears a share of.")
    code: Code | None = Field(None, description="Only verdicts of this code.")
    handoff: str | None = Field(None, max_length=200, description="Only at the handoff at this stage.")
    promise: str | None = Field(None, max_length=200, description="Only about this promise or relay.")
    reason: str | None = Field(None, max_length=200, description="Only of losses or rejections for this reason.")
    associated: Code | None = Field(None, description="Only losses (L1) that are associated with this code.")
    month: str | None = Field(None, max_length=7, description="Only those that began in this month.")
    week: str | None = Field(None, max_length=8, description="Only those that began in this week.")
    by: Literal["month", "week"] = Field("month", description="What the figures over time go by.")


class VerdictsPageQuery(FaultsPageQuery):
    """Which verdicts, and which page of them."""

    status: Status | None = Field(None, description="Only verdicts of this status.")
    standing: Standing | None = Field(None, description="Only those that a figure counts as this.")
    cursor: str = Field("", max_length=200, description="Where the page begins.")


def within_a_party(view: View) -> View:
    """The view, of a party where a person is asked about: people are looked at within their department alone, which their
    name begins with. Raises ElsewhereError."""
    owner = view.asked.get("owner", "")
    if "party" not in view.asked and ":" in owner:
        raise ElsewhereError(view.link(party=owner.partition(":")[0]))
    return view


def asked_by(view: View, model: type[Question], **changes: object) -> Question:
    """A page's question as a query of the API: what that does not know is left out."""
    given: dict[str, Any] = view.query.model_dump(by_alias=True, exclude_none=True) | changes
    names = {field.alias or name for name, field in model.model_fields.items()}
    return model.model_validate({name: value for name, value in given.items() if name in names})


def overlooked(view: View) -> list[str]:
    """The filters of leads in the address that do not choose among verdicts."""
    known = {field.alias or name for name, field in FaultsQuery.model_fields.items()}
    return [name for name in Filters.model_fields if name in view.asked and name not in known]
