"""How the interpreter looks after memory in the processes of `tasuki`."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Folding and appending make hardly any cycles, yet looking for them took a third of the time of a bulk import: what
    is loaded by now is never looked at again, and the rest seldom."""
    gc.freeze()
    gc.set_threshold(10_000, 200, 50)
