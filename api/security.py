"""Who asks, and what they may: what every door sees of it. `api.access` finds it out."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from starlette.types import Scope

from api.problems import ProblemError, problem
from domain.access import Holder
from ledger.entry import Bearer

CALLER = "tasuki.caller"
"""Where a request's scope says who asks."""


class Session(NamedTuple):
    """A person who logged in to the pages: `form_token` shows that a form came from a page of theirs."""

    form_token: str


class Caller(NamedTuple):
    """Who asks: a holder; anybody, as long as nothing was ever granted (`is_open`); or nobody, and `fault` says why. `has_failed`:
    they showed something that opens nothing."""

    holder: Holder | None = None
    is_open: bool = False
    session: Session | None = None
    fault: str = ""
    has_failed: bool = False

    def may(self, scope: str, department: str | None = None) -> bool:
        """Whether a scope is theirs; of `append` and `agree` a department's, or any at all where none is said."""
        return self.is_open or (self.holder is not None and self.holder.may(scope, department))

    @property
    def person(self) -> str | None:
        """As whom they act, where that is settled."""
        return None if self.holder is None else self.holder.person

    def bearer(self, *, own_door: bool = False) -> Bearer:
        """Under whose authority their claims come."""
        return Bearer(None if self.holder is None else self.holder.id, own_door)


def caller_of(scope: Scope) -> Caller:
    """Who asks, of a request that has passed the door."""
    found: Caller = scope[CALLER]
    return found


def may(request: Request, scope: str, department: str | None = None) -> bool:
    """Whether whoever sent a request has a scope, such as `read:personal`, or `append` for a department."""
    return caller_of(request.scope).may(scope, department)


def require(caller: Caller, needed: tuple[str, ...]) -> None:
    """Raises ProblemError where none of some scopes is the caller's: 401 without a key that opens anything, else 403."""
    if any(caller.may(scope) for scope in needed):
        return
    if caller.holder is None:
        raise ProblemError(problem("unauthorized", caller.fault), {"WWW-Authenticate": CHALLENGE})
    named = " or ".join(f"{scope}:<department>" if scope in ("append", "agree") else scope for scope in needed)
    challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{" ".join(needed)}"'
    raise ProblemError(problem("forbidden", f"This takes the scope {named}; what you hold has none such."), {"WWW-Authenticate": challenge})


CHALLENGE = 'Bearer realm="tasuki"'


def _asking(request: Request) -> Caller:
    return caller_of(request.scope)


Asking = Annotated[Caller, Depends(_asking)]
"""Who asks, as a route takes it."""
