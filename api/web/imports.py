"""`/import`: a log as a file, what its rows mean, how its first rows would read as events, and the import itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from api.exports import CSV
from api.importers.by_columns import UnnamedColumnError, mapping_by_columns
from api.importers.mapping_reader import SHIPPED, shipped_names
from api.importers.preview import FirstRows, Previewed, first_rows, preview
from api.importers.rows import UnreadableFileError
from api.importers.run import ImportStoppedError
from api.importers.strictness import FaultyMappingError
from api.importers.uploads import Upload
from api.problems import ProblemError, problem, refused
from api.service import Open, Service
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.posting import read_form, read_upload
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.imports import WORDS
from api.words import event_word
from domain.findings import Sentence
from ledger.codec import data_of

PAGE = Page("import", "/import", Sentence("Import", "データ取り込み"))
router = APIRouter()
_FIRST, _PREVIEWED = 5, 10
_SEARCHED, _MOST_NAMED = 1_000, 50
"""How many rows are searched for the names of stages, and how many of them a mapping is given to begin with."""
_AGAIN_SECONDS = 1
_TEXTS = {**EVERYWHERE, **WORDS}
_COLUMNS = ("lead", "time", "stage", "actor", "channel", "campaign")
Id = Annotated[str, Path(min_length=1, max_length=64, description="An upload's id.")]
Faults = Sequence[tuple[str, str]]


@router.get("/import")
def import_(query: Annotated[PageQuery, Query()], request: Request, service: Open) -> Response:
    """Where a file is uploaded."""
    view = View.of(PAGE, request, service, query)
    return rendered(view, "import.html", WORDS, most=service.settings.upload_bytes // 1024**2, post=view.link("/import"))


@router.post("/import")
async def upload(query: Annotated[PageQuery, Query()], request: Request, service: Open) -> Response:
    """A file, kept for the steps that follow."""
    sent = await read_upload(request, service)
    view = View.of(PAGE, request, service, query)
    if "file" not in sent.files:
        raise refused("malformed", "Choose a file to upload.", "/file")
    made = await anyio.to_thread.run_sync(service.uploads.add, *sent.files["file"])
    return Response(status_code=303, headers={"Location": view.link(f"/import/{made.id}")})


@router.get("/import/{id}")
def imported(id: Id, query: Annotated[PageQuery, Query()], request: Request, service: Open) -> Response:
    """An upload: what it would become, how far it is, or what became of it."""
    return _page(View.of(PAGE, request, service, query), service.uploads.get(id), ())


@router.post("/import/{id}")
async def act_on_upload(id: Id, query: Annotated[PageQuery, Query()], request: Request, service: Open) -> Response:
    """A form about an upload: it chooses a mapping, records, or discards."""
    form = await read_form(request, service)
    kept = service.uploads.get(id)
    view = replace(View.of(PAGE, request, service, query), path=f"/import/{id}")
    try:
        await anyio.to_thread.run_sync(_act, form, kept, service, view)
    except FaultyMappingError as error:
        return await anyio.to_thread.run_sync(_page, view, kept, error.faults, 422)
    except UnnamedColumnError as error:
        return await anyio.to_thread.run_sync(_page, view, kept, [("", str(error))], 422)
    return Response(status_code=303, headers={"Location": view.link("/import") if form["act"] == "discard" else view.link()})


@router.get("/import/{id}/rejects.csv")
def import_rejects(id: Id, service: Open) -> Response:
    """What was rejected, and why."""
    kept = service.uploads.get(id)
    if kept.state not in ("done", "stopped") or not kept.rejects.exists():
        raise refused("not-found", "What is rejected is known when the import is done.")
    return FileResponse(kept.rejects, media_type=f"{CSV}; charset=utf-8", filename="tasuki-rejects.csv")


def _act(form: Mapping[str, str], kept: Upload, service: Service, view: View) -> None:
    """Does what a form says. Raises ProblemError, FaultyMappingError and UnnamedColumnError."""
    if kept.state != "waiting" and form.get("act") != "discard":
        raise refused("protocol", "This upload was imported already; upload the file again to import it again.")
    match form.get("act"):
        case "columns":
            known = {stage.casefold(): stage for stage in (*view.agreement.stages, *view.agreement.outcomes)}
            stages = {name: known.get(name.casefold(), name) for name in _named_in(kept, form.get("stage"))}
            kept.mapping = mapping_by_columns(form, view.agreement.zone, stages)
            kept.chosen, kept.stages = form, stages
        case "stages":
            stages = {name: form.get(f"stage_{number}", name) for number, name in enumerate(kept.stages)}
            kept.mapping = mapping_by_columns(kept.chosen, view.agreement.zone, stages)
            kept.stages = stages
        case "shipped":
            if form.get("mapping") not in shipped_names():
                raise FaultyMappingError([("", "Choose one of the shipped mappings.")])
            kept.mapping, kept.stages = form["mapping"], {}
        case "own":
            kept.mapping, kept.stages = form.get("mapping", ""), {}
        case "record":
            service.uploads.start(kept, service.book)
        case "discard":
            service.uploads.discard(kept)
        case _:
            raise refused("malformed", "A form about an upload chooses a mapping, records, or discards.", "/act")
    if kept.mapping is not None and form.get("act") not in ("record", "discard"):
        kept.read_mapping()


def _named_in(kept: Upload, column: str | None) -> list[str]:
    """What a column says in the first rows, each once. Raises ProblemError for a file that cannot be read."""
    try:
        found = first_rows(kept.file, _SEARCHED)
    except UnreadableFileError as error:
        raise refused("invalid", str(error)) from None
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return list(dict.fromkeys(name for row in rows if (name := row.get(column or ""))))[:_MOST_NAMED]


def _page(view: View, kept: Upload, faults: Faults, status: int = 200) -> Response:
    beginning, previewed = None, None
    state = kept.state  # Before the figures: an import that ends meanwhile is looked at again.
    if state == "waiting":
        try:
            beginning = first_rows(kept.file, _FIRST) if kept.needs_mapping else None
            if not faults and (kept.mapping is not None or not kept.needs_mapping):
                previewed = preview(kept.file, kept.read_mapping(), _PREVIEWED)
        except FaultyMappingError as error:
            faults = error.faults
        except (ImportStoppedError, UnreadableFileError) as error:
            faults = [("", str(error))]
        except OSError as error:
            raise ProblemError(problem("invalid", f"The file cannot be read: {error.strerror}.")) from None
    answer = rendered(
        view,
        "import_upload.html",
        WORDS,
        status=status,
        kept=kept,
        state=state,
        faults=faults,
        beginning=beginning and _beginning(beginning, view),
        columns=beginning.columns if beginning else (),
        previewed=None if previewed is None else _previewed(previewed, view),
        may_record=previewed is not None and any(one.claims for one in previewed),
        shipped=shipped_names(),
        document=_document(kept),
        choices=[(name, view.fmt.say(WORDS[name]), name in ("lead", "time")) for name in _COLUMNS],
        departments=view.agreement.departments or (),
        known_stages=(*view.agreement.stages, *view.agreement.outcomes),
        post=view.link(f"/import/{kept.id}"),
        rejects=f"/import/{kept.id}/rejects.csv",
        newest=view.link("/ledger"),
        another=view.link("/import"),
        figures=kept.tally.figures(),
    )
    if state == "running":
        answer.headers["Refresh"] = str(_AGAIN_SECONDS)
    return answer


def _document(kept: Upload) -> str:
    """The mapping as it may be mended; of a shipped one its own text."""
    if kept.mapping in shipped_names():
        return (SHIPPED / f"{kept.mapping}.yaml").read_text("utf-8")
    return kept.mapping or ""


def _beginning(found: FirstRows, view: View) -> Table:
    rows = [[Cell(text) for text in row] for row in found.rows]
    return Table(view.fmt.say(WORDS["first_rows"]), found.columns, rows)


def _previewed(found: Sequence[Previewed], view: View) -> Table:
    """A row for each event, or for each reason why a line becomes none."""
    fmt = view.fmt
    rows = []
    for one in found:
        line = Cell(str(one.line))
        for claim in one.claims:
            what = [fmt.say(event_word(claim.event.NAME)), claim.subject, fmt.when(claim.occurred_at), claim.actor or NOTHING]
            rows.append([line, *map(Cell, what), Cell(bytes(data_of(claim.event)).decode(), "code")])
        for reject in one.rejects:
            why = f"{reject.column}: {reject.why}" if reject.column else reject.why
            rows.append([line, Cell(fmt.say(WORDS["rejected"])), *[Cell(NOTHING)] * 3, Cell(why)])
        if not one.claims and not one.rejects:
            rows.append([line, Cell(fmt.say(WORDS["unused"]), "muted"), *[Cell(NOTHING)] * 4])
    return Table(fmt.say(WORDS["preview"]), fmt.words(_TEXTS, "line", "event", "of_lead", "happened", "by", "data"), rows)
