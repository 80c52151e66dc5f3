"""A document as blocks, each in English and Japanese: lines of a story and tables. One reading, two forms: Markdown and
HTML that prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from api.stories import Kind, Part
from api.web.pages import document
from domain.findings import Sentence
from domain.vocabulary import Language

CellKind = Literal["text", "number", "code", "row", "positions"]
"""`row` is the position of the event that the row is; `positions` are those of events elsewhere in the document."""


class Cell(NamedTuple):
    """One cell of a table."""

    text: Sentence
    kind: CellKind = "text"


class Table(NamedTuple):
    """A table with its caption. The first cell of a row names the row."""

    caption: Sentence
    columns: Sequence[Sentence]
    rows: Sequence[Sequence[Cell]]


Block = Part | Table


# Markdown

_MARKDOWN: Mapping[Kind, str] = {
    "title": "# {}\n",
    "heading": "\n## {}\n",
    "plain": "- {}",
    "broken": "- **{}**",
    "kept": "- {}",
    "charge": "- **{}**",
    "detail": "  - {}",
}


def markdown(blocks: Iterable[Block], language: Language) -> str:
    """The document in Markdown."""
    return "\n".join(_lines(block, language) for block in blocks) + "\n"


def _lines(block: Block, language: Language) -> str:
    if isinstance(block, Part):
        return _MARKDOWN[block.kind].format(_escaped(said(block.text, language)))
    head = [_row([_escaped(said(column, language)) for column in block.columns]), _row(["---"] * len(block.columns))]
    rows = (_row([_cell(cell, language) for cell in row]) for row in block.rows)
    return "\n".join((f"\n### {_escaped(said(block.caption, language))}\n", *head, *rows))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, language: Language) -> str:
    text = said(cell.text, language)
    if cell.kind == "code" and text and "`" not in text:
        return f"`{text}`".replace("|", "\\|").replace("\n", " ")
    return _escaped(text).replace("\n", "<br>")


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in text)


# HTML


class Line(NamedTuple):
    """A line of a section, and what is said below it."""

    kind: Kind
    text: str
    details: list[str]


class ShownCell(NamedTuple):
    """A cell in one language; `positions` are the events it names."""

    kind: CellKind
    text: str
    positions: list[str]


class ShownTable(NamedTuple):
    """A table in one language."""

    caption: str
    columns: list[str]
    rows: list[list[ShownCell]]


class Section(NamedTuple):
    """What stands under one heading."""

    heading: str
    lines: list[Line]
    tables: list[ShownTable]


def html(blocks: Iterable[Block], language: Language, *, alone: bool = False) -> str:
    """The document as a page. `alone`: it stands in a file of its own, and brings its style with it."""
    title, sections = "", [Section("", [], [])]
    for block in blocks:
        if isinstance(block, Table):
            sections[-1].tables.append(shown_table(block, language))
            continue
        text = said(block.text, language)
        match block.kind:
            case "title":
                title = text
            case "heading":
                sections.append(Section(text, [], []))
            case "detail":
                sections[-1].lines[-1].details.append(text)
            case _:
                sections[-1].lines.append(Line(block.kind, text, []))
    return document("document.html", language, alone=alone, title=title, sections=sections)


def shown_table(table: Table, language: Language) -> ShownTable:
    """A table in one language, for a template."""
    rows = [[_shown_cell(cell, language) for cell in row] for row in table.rows]
    return ShownTable(said(table.caption, language), [said(column, language) for column in table.columns], rows)


def _shown_cell(cell: Cell, language: Language) -> ShownCell:
    text = said(cell.text, language)
    return ShownCell(cell.kind, text, text.split(", ") if cell.kind in ("row", "positions") and text else [])


def said(sentence: Sentence, language: Language) -> str:
    """A sentence in one language."""
    return sentence.ja if language == "ja" else sentence.en
