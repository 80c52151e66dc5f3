"""The meeting in words: a Markdown document, and what a message of a chat says."""

from __future__ import annotations

from collections.abc import Iterator

from api import documents
from api.notifying.messages import Card
from api.web.meeting import Agenda
from api.web.page_documents import part, table
from api.web.view import View
from api.web.words import EVERYWHERE
from api.web.words.meeting import WORDS


def document(view: View, agenda: Agenda) -> Iterator[documents.Block]:
    """The pack block by block, in the order of the page."""
    fmt = view.fmt
    yield part("title", fmt.say(WORDS["title"]).format(window=agenda.window))
    held = {"as_of": fmt.when(view.known.as_of), "position": fmt.number(view.known.position)}
    yield part("plain", fmt.say(WORDS["frozen"]).format(**held))
    yield table(agenda.decisions)
    yield part("heading", fmt.say(WORDS["sure"]))
    for figure in agenda.sure:
        yield part("plain", f"{figure.label}{fmt.say(EVERYWHERE['colon'])}{figure.value}")
    yield part("heading", fmt.say(WORDS["promises"]))
    for boundary in agenda.boundaries:
        for side in boundary.sides:
            yield table(side.table)
            yield from (part("plain", line) for line in side.pacing)
        if boundary.between:
            yield table(boundary.between)
    yield part("heading", fmt.say(WORDS["chain"]))
    yield part("plain", agenda.last)
    yield table(agenda.chain)
    yield table(agenda.moves)
    yield part("heading", fmt.say(WORDS["best"]))
    yield part("plain", _best(view, agenda))
    yield table(agenda.disputes)


def card(view: View, agenda: Agenda, link: str) -> Card:
    """What fits into a chat: the chain, the boundaries' overdue promises, and what would help most."""
    fmt = view.fmt
    moves, disputes = len(agenda.moves.rows), len(agenda.disputes.rows)
    said = fmt.say(WORDS["summary"]).format(last=agenda.last, moves=fmt.number(moves), disputes=fmt.number(disputes))
    decided = fmt.say(EVERYWHERE["comma"]).join(
        f"{row[0].text}{fmt.say(EVERYWHERE['in_brackets']).format(what=row[-1].text)}" for row in agenda.decisions.rows
    )
    facts = [
        *([(fmt.say(WORDS["decisions"]), decided)] if decided else []),
        *((figure.label, figure.value) for figure in agenda.sure),
        (fmt.say(WORDS["best"]), _best(view, agenda)),
    ]
    return Card(fmt.say(WORDS["title"]).format(window=agenda.window), said, facts, fmt.say(WORDS["open_pack"]), link)


def _best(view: View, agenda: Agenda) -> str:
    return agenda.best.said if agenda.best else view.fmt.say(WORDS["no_best"]).format(window=agenda.window)
