"""How a mapping names the cells of a row: `{mql_id}`, alternatives `{Id|id}`, and `{Email?}` that a file may lack."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

Values = Mapping[str, str]
Render = Callable[[Values], str | None]


@dataclass(frozen=True, slots=True)
class Column:
    """One cell of a row, under the first of its names that the row has."""

    names: tuple[str, ...]
    optional: bool = False

    @classmethod
    def read(cls, written: str) -> Column:
        """`Id|id?` → Column."""
        optional = written.endswith("?")
        return cls(tuple(name.strip() for name in written.removesuffix("?").split("|")), optional)

    @property
    def cell(self) -> Render:
        """Gives the cell's text; None where it is empty."""
        if len(self.names) == 1:
            name = self.names[0]
            return lambda values: values.get(name)
        names = self.names
        return lambda values: next((cell for name in names if (cell := values.get(name)) is not None), None)

    def __str__(self) -> str:
        return "|".join(self.names)

    def is_missing(self, columns: Collection[str]) -> bool:
        """Whether a file with these columns lacks it, though it must not."""
        return not self.optional and not any(name in columns for name in self.names)


_PART = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[{}]")


class Template:
    """Text with the cells of a row in it. Where one of them is absent, so is the whole."""

    def __init__(self, written: str) -> None:
        """Raises ValueError with a sentence for a lone brace."""
        self.parts: list[str | Column] = []
        position = 0
        for found in _PART.finditer(written):
            self._literal(written[position : found.start()])
            position = found.end()
            match found.group():
                case "{{" | "}}" as doubled:
                    self._literal(doubled[0])
                case "{" | "}":
                    raise ValueError("A brace stands alone; a column is written {column}, a brace itself {{ or }}.")
                case _:
                    self.parts.append(Column.read(found.group(1)))
        self._literal(written[position:])
        self.columns = tuple(part for part in self.parts if isinstance(part, Column))
        self.render = self._renderer()
        """Gives the text of a row, or None."""

    def _literal(self, text: str) -> None:
        if text and self.parts and isinstance(self.parts[-1], str):
            self.parts[-1] += text
        elif text:
            self.parts.append(text)

    @property
    def constant(self) -> str | None:
        """The text itself where no column stands in it."""
        return None if self.columns else "".join(str(part) for part in self.parts)

    def _renderer(self) -> Render:
        if not self.columns:
            constant = self.constant
            return lambda _: constant
        if len(self.parts) == 1:
            return self.columns[0].cell
        pattern = "".join("%s" if isinstance(part, Column) else part.replace("%", "%%") for part in self.parts)
        cells = [column.cell for column in self.columns]

        def render(values: Values) -> str | None:
            texts = tuple(cell(values) for cell in cells)
            return None if None in texts else pattern % texts

        return render
