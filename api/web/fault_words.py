"""How the pages of faults call things, and the filters that they share."""

from __future__ import annotations

from api.web.figures import Cell
from api.web.formats import NOTHING
from api.web.view import View
from api.web.words import EVERYWHERE
from api.web.words.faults import WORDS
from api.words import PROMISES, STAGES, code_word
from domain.findings import NAMES


def boundary(stage: str | None, view: View) -> str:
    """The handoff at a stage."""
    return view.fmt.say(WORDS["no_boundary"]) if stage is None else view.fmt.word(STAGES, stage)


def boundary_briefly(stage: str | None, view: View) -> str:
    """The same without what stands in brackets behind it, for where there is little room."""
    return boundary(stage, view).partition("（")[0]


def roughly(seconds: int | None, view: View) -> str:
    """A length of time, to the minute where it is an hour or more; nothing where there is none."""
    if not seconds:
        return NOTHING
    return view.fmt.length(seconds if seconds < 3_600 else round(seconds / 60) * 60)


def code_name(code: str, view: View) -> str:
    """`R2 late touch`."""
    return f"{code} {view.fmt.say(code_word(code)).replace('_', ' ')}"


def disputed_code(code: str | None, view: View) -> str:
    """The code of what is disputed; a rejection has none, nor what later evidence had cleared."""
    if code is not None and code in NAMES:
        return code_name(code, view)
    return view.fmt.say(WORDS["no_code" if code is None else "rejection"])


def promise_name(promise: str, view: View) -> str:
    """`first_attempt.mql` → First attempt; one that a company calls otherwise, as it is called."""
    return view.fmt.word(PROMISES, promise.partition(".")[0])


def counted(n: int, href: str, view: View) -> Cell:
    """A number that opens its list; one case alone is greyed, and none opens nothing."""
    return Cell(view.fmt.number(n), "few" if n == 1 else "count", href) if n else Cell("0", "number")


def filters(view: View) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What verdicts are chosen by: from what there is, or as a free text where that is nobody's list."""
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    parties = [*(view.agreement.departments or ()), "operations"]
    closed = {
        "party": [(party, fmt.party(party)) for party in dict.fromkeys(parties)],
        "code": [(code, code_name(code, view)) for code in NAMES],
        "handoff": [(handoff.leg, fmt.word(STAGES, handoff.leg)) for handoff in view.agreement.handoffs],
    }
    free = {"owner": "owner", "channel": "channel", "month": "month", "week": "week", "agreement": "agreement"}
    heads = {"party": "party", "code": "code", "handoff": "boundary"}
    return [
        *((name, fmt.say(words[heads[name]]), values) for name, values in closed.items()),
        *((name, fmt.say(words[word]), []) for name, word in free.items()),
    ]
