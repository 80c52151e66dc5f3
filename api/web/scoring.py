"""`/scoring`: by which points leads are worth handing over, how well that foretells, and what another bar would have done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.calibration import Band, BarTried, CalibrationQuery, Side, WhatIfBarQuery, bar_tried, calibration_asked
from api.parameters import WHOLE
from api.scoring import models_at
from api.service import Open
from api.web.figures import SMALL_N, Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.scoring import WORDS
from api.words import STAGES
from domain.findings import Sentence
from domain.scoring import ScoringModel
from domain.signed_documents import Version

PAGE = Page("scoring", "/scoring", Sentence("Scoring", "スコアリング"))
router = APIRouter()
UNASKED = (
    "stage", "state", "outcome", "department", "owner", "channel", "campaign", "persona", "industry", "company_size", "region", "basis",
)  # fmt: skip
LIST = "/scoring/runs"


class ScoringPageQuery(PageQuery):
    """Which bar is tried, and whose scores count."""

    bar: Annotated[int, Field(ge=0, le=100), WHOLE] | None = Field(None, description="The bar that is tried; the agreed one if absent.")
    model: str | None = Field(None, max_length=200, description="Only runs whose score this model gave.")


@router.get("/scoring")
def scoring(query: Annotated[ScoringPageQuery, Query()], request: Request, service: Open) -> Response:
    """Every number opens the runs that it counts."""
    view = View.of(PAGE, request, service, query)
    answer = calibration_asked(service, view.ask(CalibrationQuery))
    bar = answer.bar if query.bar is None else query.bar
    tried = bar_tried(service, view.ask(WhatIfBarQuery, bar=bar))
    models, known = models_at(service, view.query.as_of, view.query.known_at)
    version = models.in_force_at(known.as_of)
    bars = [(tried.agreed, "agreed_bar"), *([(tried.asked, "tried_bar")] if bar != answer.bar else [])]
    return rendered(
        view,
        "scoring.html",
        WORDS,
        intro=view.fmt.say(WORDS["intro"]).format(stage=view.fmt.word(STAGES, answer.leg)),
        in_force=None if version is None else _in_force(view, version),
        rules=None if version is None else _rules(view, version.document),
        calibration=_calibration(view, answer.bands),
        what_if=_what_if(view, bars),
        bar=bar,
        unasked=UNASKED,
        choices=[("model", view.fmt.say(WORDS["given_by"]), [(name, name) for name in models.versions])],
        api=view.api("/v1/scoring/calibration", CalibrationQuery),
    )


def _in_force(view: View, version: Version[ScoringModel]) -> str:
    fmt, model = view.fmt, version.document
    parties = fmt.say(EVERYWHERE["comma"]).join(fmt.party(party) for party in model.signed_by)
    return fmt.say(WORDS["in_force"]).format(
        model=version.id, since=fmt.when(version.in_force_from), parties=parties, bar=fmt.number(model.bar)
    )


def _rules(view: View, model: ScoringModel) -> Table:
    """The rules in the words of the document."""
    fmt = view.fmt
    rows = [
        [Cell(rule.says), Cell(f"{rule.points:+d}", "number"), Cell(NOTHING, "number"), Cell(NOTHING, "number")]
        for rule in model.attributes
    ]
    for rule in model.actions:
        fades = NOTHING if rule.half_life_days is None else fmt.number(rule.half_life_days)
        most = NOTHING if rule.at_most is None else fmt.number(rule.at_most)
        rows.append([Cell(rule.says), Cell(f"{rule.points:+d}", "number"), Cell(fades, "number"), Cell(most, "number")])
    return Table(fmt.say(WORDS["rules"]), fmt.words(WORDS, "rule", "points", "fades", "at_most"), rows)


_COLUMNS = ("n_offered", "n_won", "n_ended", "n_open", "rate")


def _calibration(view: View, bands: Sequence[Band]) -> Table:
    fmt = view.fmt
    rows = []
    for band in bands:
        label = fmt.say(WORDS["unscored"]) if band.low is None else f"{band.low}-{band.high}"
        behind = {"over": band.low, "under": 0 if band.high is None else band.high + 1}
        rows.append([Cell(label), *_counts(view, band, behind)])
    return Table(fmt.say(WORDS["calibration"]), fmt.words(WORDS, "band", *_COLUMNS), rows)


def _what_if(view: View, bars: list[tuple[BarTried, str]]) -> Table:
    fmt = view.fmt
    rows = []
    for tried, name in bars:
        bar = fmt.say(WORDS[name]).format(bar=tried.bar)
        rows.append([Cell(fmt.say(WORDS["over"]).format(bar=bar)), *_counts(view, tried.over, {"over": tried.bar, "under": None})])
        rows.append([Cell(fmt.say(WORDS["under"]).format(bar=bar)), *_counts(view, tried.under, {"over": None, "under": tried.bar})])
    return Table(fmt.say(WORDS["what_if"]), fmt.words(WORDS, "side", *_COLUMNS), rows)


def _counts(view: View, side: Band | Side, behind: dict[str, int | None]) -> list[Cell]:
    """Numbers, each with the list of the runs that it counts."""
    fmt, asked = view.fmt, {**behind, "model": view.asked.get("model")}
    cells = []
    for n, became in ((side.n, None), (side.won, "won"), (side.ended_otherwise, "ended_otherwise"), (side.open, "open")):
        cells.append(Cell(fmt.number(n), "count", view.link(LIST, became=became, **asked)) if n else Cell("0", "number"))
    share = f"{fmt.percent(side.rate.percent)} (n = {fmt.number(side.rate.of)})" if side.rate.of else NOTHING
    return [*cells, Cell(share, "muted" if side.rate.of < SMALL_N else "number")]
