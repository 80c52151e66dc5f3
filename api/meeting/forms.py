"""The meeting in words: a Markdown document, and what a message of a chat says."""

from __future__ import annotations

from collections.abc import Iterator

from api import documents
from api.notifying.messages import Card
from api.stories import Kind, Part
from api.web.figures import Table
from api.web.meeting import Agenda
from api.web.view import View
from api.web.words import EVERYWHERE
from api.web.words.meeting import WORDS
from domain.findings import Sentence


def document(view: View, agenda: Agenda) -> Iterator[documents.Block]:
    """The pack block by block, in the order of the page."""
    fmt = view.fmt
    yield _part("title", fmt.say(WORDS["title"]).format(window=agenda.window))
    held = {"as_of": fmt.when(view.known.as_of), "position": fmt.number(view.known.position)}
    yield _part("plain", fmt.say(WORDS["frozen"]).format(**held))
    yield _table(agenda.decisions)
    yield _part("heading", fmt.say(WORDS["sure"]))
    for figure in agenda.sure:
        yield _part("plain", f"{figure.label}{fmt.say(EVERYWHERE['colon'])}{figure.value}")
    yield _part("heading", fmt.say(WORDS["promises"]))
    for boundary in agenda.boundaries:
        for side in boundary.sides:
            yield _table(side.table)
            yield from (_part("plain", line) for line in side.pacing)
        if boundary.between:
            yield _table(boundary.between)
    yield _part("heading", fmt.say(WORDS["chain"]))
    yield _part("plain", agenda.last)
    yield _table(agenda.chain)
    yield _table(agenda.moves)
    yield _part("heading", fmt.say(WORDS["best"]))
    yield _part("plain", _best(view, agenda))
    yield _table(agenda.disputes)


def card(view: View, agenda: Agenda, link: str) -> Card:
    """What fits into a chat: the chain, the boundaries' overdue promises, and what would help most."""
    fmt = view.fmt
    moves, disputes = len(agenda.moves.rows), len(agenda.disputes.rows)
    said = fmt.say(WORDS["summary"]).format(last=agenda.last, moves=fmt.number(moves), disputes=fmt.number(disputes))
    decided = fmt.say(EVERYWHERE["comma"]).join(f"{row[0].text} ({row[-1].text})" for row in agenda.decisions.rows)
    facts = [
        *([(fmt.say(WORDS["decisions"]), decided)] if decided else []),
        *((figure.label, figure.value) for figure in agenda.sure),
        (fmt.say(WORDS["best"]), _best(view, agenda)),
    ]
    return Card(fmt.say(WORDS["title"]).format(window=agenda.window), said, facts, fmt.say(WORDS["open_pack"]), link)


def _best(view: View, agenda: Agenda) -> str:
    return agenda.best.said if agenda.best else view.fmt.say(WORDS["no_best"]).format(window=agenda.window)


def _part(kind: Kind, text: str) -> Part:
    return Part(kind, Sentence(text, text))


def _table(table: Table) -> documents.Table:
    """A page's table as a document's; it is in one language already."""
    rows = [[documents.Cell(Sentence(cell.text, cell.text)) for cell in row] for row in table.rows]
    return documents.Table(Sentence(table.caption, table.caption), [Sentence(column, column) for column in table.columns], rows)
