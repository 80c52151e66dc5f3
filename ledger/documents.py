"""YAML documents as people write them, read without surprises, and written as people would.

Nothing in a document can run code, grow without bound through its anchors, or say one key twice; whatever is wrong
is one sentence with its line and column. `literal` takes every scalar as the text that stands there (`NO` stays
`NO`, `0123` stays `0123`), for documents whose values are compared with the cells of a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import yaml

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_VALUES = 50_000


class UnreadableDocumentError(ValueError):
    """Not a document; the message is a sentence with line and column."""


def read_document(raw: bytes, *, literal: bool = False) -> Any:
    """The mappings, lists and scalars of one YAML document. Raises UnreadableDocumentError."""
    if len(raw) > MAX_BYTES:
        raise UnreadableDocumentError(f"A document may have {MAX_BYTES} bytes; this one has {len(raw)}.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableDocumentError(f"Not UTF-8 at byte {error.start + 1}; save the document as UTF-8.") from None
    try:
        loader = (yaml.BaseLoader if literal else yaml.SafeLoader)(text)
        node = loader.get_single_node()
        return None if node is None else _Construction(loader, literal).value(node, 0)
    except yaml.MarkedYAMLError as error:
        raise UnreadableDocumentError(_placed(f"Not YAML: {error.problem or error.context}", error.problem_mark)) from None
    except yaml.YAMLError as error:
        raise UnreadableDocumentError(f"Not YAML: {' '.join(str(error).split())}.") from None
    except RecursionError:
        raise UnreadableDocumentError(f"A document may be {MAX_DEPTH} levels deep.") from None


def write_document(document: Mapping[str, Any]) -> str:
    """A document of mappings, lists and plain values as YAML: one term a line, one row of a list a line. What it writes,
    `read_document` reads again as the same."""
    lines: list[str] = []
    for key, value in document.items():
        if isinstance(value, Mapping) and any(isinstance(item, Mapping | list) for item in value.values()):
            lines += [_heading(key), *(f"  {_flow({name: item})[1:-1]}" for name, item in value.items())]
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            lines += [_heading(key), *(f"  - {_flow([item])[1:-1]}" for item in value)]
        else:
            lines.append(_flow({key: value})[1:-1])
    return "\n".join(lines) + "\n"


def _heading(key: str) -> str:
    return _flow({key: 0})[1:-1].removesuffix(" 0")


def _flow(value: Any) -> str:
    """A value on one line."""
    text: str = yaml.dump(value, Dumper=_Plain, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf"))
    return text.rstrip("\n")


class _Plain(yaml.SafeDumper):
    """Writes a value wherever it stands, also where it stands twice, and every text on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def check_simple_key(self) -> bool:
        return isinstance(self.event, yaml.ScalarEvent) or bool(super().check_simple_key())


def _on_one_line(dumper: _Plain, text: str) -> yaml.ScalarNode:
    is_broken = bool(text) and text.splitlines() != [text]
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if is_broken else None)


_Plain.add_representer(str, _on_one_line)


def _placed(sentence: str, mark: yaml.Mark | None) -> str:
    return f"{sentence}." if mark is None else f"{sentence}, at line {mark.line + 1}, column {mark.column + 1}."


class _Construction:
    """Python values out of YAML nodes, with a limit on how many."""

    def __init__(self, loader: yaml.BaseLoader | yaml.SafeLoader, literal: bool) -> None:
        self.loader = loader
        self.literal = literal
        self.count = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_VALUES:
            limit = f"A document may be {MAX_DEPTH} levels deep and hold {MAX_VALUES} values, anchors counted wherever they are used"
            raise UnreadableDocumentError(_placed(limit, node.start_mark))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise UnreadableDocumentError(_placed("A key is to be a text", key_node.start_mark))
            key = str(key_node.value)
            if key in found:
                raise UnreadableDocumentError(_placed(f"The key {key} stands twice", key_node.start_mark))
            found[key] = self.value(value_node, depth + 1)
        return found

    def scalar(self, node: yaml.Node) -> str | int | float | date | None:
        if self.literal:
            return str(node.value)
        try:
            value = self.loader.construct_object(node)
        except (ValueError, TypeError, OverflowError):
            raise UnreadableDocumentError(_placed("The value cannot be read; put it in quotes if it is a text", node.start_mark)) from None
        if value is None or isinstance(value, str | int | float | date | datetime):
            return value
        raise UnreadableDocumentError(_placed("Texts, numbers, dates, lists and mappings are expected", node.start_mark))
