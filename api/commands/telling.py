"""A document in a terminal, in colour where there is one."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from api.documents import Block, Table, said
from api.stories import Kind, Part
from domain.vocabulary import Language

_STYLES: dict[Kind, tuple[str, str]] = {
    "title": ("bold", "{}"),
    "heading": ("bold cyan", "\n{}"),
    "plain": ("", "  {}"),
    "broken": ("red", "  {}"),
    "kept": ("green", "  {}"),
    "charge": ("bold yellow", "  {}"),
    "detail": ("", "      {}"),
}


def tell(blocks: Iterable[Block], language: Language) -> None:
    """Prints a document."""
    console = Console(highlight=False, soft_wrap=True)
    for block in blocks:
        if isinstance(block, Part):
            style, form = _STYLES[block.kind]
            console.print(Text(form.format(said(block.text, language)), style=style))
        else:
            _rows(console, block, language)
    console.print()


def _rows(console: Console, table: Table, language: Language) -> None:
    """Row by row, since a terminal is seldom as wide as a table. What is empty is left out."""
    labels = [said(column, language) for column in table.columns]
    console.print(Text(f"\n  {said(table.caption, language)}", style="bold"))
    for row in table.rows:
        told = [(label, said(cell.text, language).replace("\n", "; ")) for label, cell in zip(labels, row, strict=True)]
        console.print(Text("  {} {}".format(*told[0]), style="bold yellow"))
        for label, text in told[1:]:
            if text:
                console.print(f"      {label}: {text}", markup=False)
