"""Pieces of a page as blocks of a document: what they say is in the page's language already."""

from __future__ import annotations

from api import documents
from api.stories import Kind, Part
from api.web.figures import Table
from domain.findings import Sentence


def part(kind: Kind, text: str) -> Part:
    """A line, a heading or a title."""
    return Part(kind, Sentence(text, text))


def table(one: Table) -> documents.Table:
    """A page's table without its links."""
    rows = [[documents.Cell(Sentence(cell.text, cell.text)) for cell in row] for row in one.rows]
    return documents.Table(Sentence(one.caption, one.caption), [Sentence(column, column) for column in one.columns], rows)
