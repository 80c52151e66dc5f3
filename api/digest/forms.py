"""The digest as a document."""

from __future__ import annotations

from collections.abc import Iterator

from api.documents import Block
from api.web.digest import ToldBack
from api.web.formats import Formats
from api.web.page_documents import part, table
from api.web.words.digest import WORDS


def document(fmt: Formats, told: ToldBack) -> Iterator[Block]:
    """Block by block, in the order of the page; what is empty is left out."""
    yield part("title", told.title)
    yield part("plain", told.held)
    yield part("plain", told.owed)
    yield part("plain", fmt.say(WORDS["how"]))
    yield from (table(one) for one in (told.counts, told.channels, told.personas, told.leads, told.reports, told.retention) if one.rows)
