"""Which scope each address takes: this table, and nothing else. A test walks every route and finds it here.

The table says what opens the door. In whose name an event may be written is checked for each event, in its commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from api.security import caller_of, require
from domain.access import ADMIN, AGREE, APPEND, ARBITRATE, PERSONAL, READ

Need = tuple[str, ...]
"""Scopes of which one is enough; none: the address is open to everybody."""
ALL: Need = ()
_ANY: Need = (READ, APPEND, AGREE, ARBITRATE, ADMIN, PERSONAL)

NEEDS: Mapping[str, Need] = {
    # What says whether it runs, and how to get in.
    "GET /health/live": ALL,
    "GET /health/ready": ALL,
    "GET /openapi.json": ALL,
    "GET /static": ALL,
    "GET /login": ALL,
    "GET /login/provider": ALL,
    "GET /login/callback": ALL,
    "POST /login": ALL,
    "POST /logout": ALL,
    # Appending, agreeing, arbitrating.
    "POST /v1/events": (APPEND, AGREE, ARBITRATE),
    "POST /v1/agreements": (AGREE,),
    "POST /v1/agreements/{agreement}/sign": (AGREE,),
    "POST /v1/agreements/{agreement}/withdraw": (AGREE,),
    "POST /agreement/acts": (AGREE,),
    "POST /v1/scoring/models": (AGREE,),
    "POST /v1/scoring/models/{model}/sign": (AGREE,),
    "POST /v1/scoring/models/{model}/withdraw": (AGREE,),
    "POST /v1/scores": (APPEND,),
    "POST /v1/personas": (AGREE,),
    "POST /v1/personas/{document}/sign": (AGREE,),
    "POST /v1/personas/{document}/withdraw": (AGREE,),
    "POST /personas/acts": (AGREE,),
    "POST /content/acts": (APPEND,),
    "POST /decisions": (APPEND,),
    "POST /kpis/targets": (APPEND,),
    "POST /leads/{key}/disputes": (APPEND, ARBITRATE),
    # Administering.
    "GET /v1/keys": (ADMIN,),
    "POST /v1/keys": (ADMIN,),
    "POST /v1/keys/{id}/revoke": (ADMIN,),
    "GET /v1/roles": (ADMIN,),
    "PUT /v1/roles/{login}": (ADMIN,),
    "POST /v1/roles/{login}/revoke": (ADMIN,),
    "PUT /v1/sources/{name}": (ADMIN,),
    "POST /v1/leads/{key}/erase": (ADMIN,),
    "POST /v1/events/{position}/erase": (ADMIN,),
    "POST /v1/subscriptions": (ADMIN,),
    "POST /v1/subscriptions/{name}/pause": (ADMIN,),
    "POST /v1/subscriptions/{name}/resume": (ADMIN,),
    "DELETE /v1/subscriptions/{name}": (ADMIN,),
    "POST /v1/subscriptions/{name}/deliveries/{id}/resend": (ADMIN,),
    "GET /import": (ADMIN,),
    "POST /import": (ADMIN,),
    "GET /import/{id}": (ADMIN,),
    "POST /import/{id}": (ADMIN,),
    "GET /import/{id}/rejects.csv": (ADMIN,),
    # Reading personal data.
    "POST /v1/leads/lookup": (PERSONAL,),
    "GET /v1/leads/{key}/personal": (PERSONAL,),
    # Who one is.
    "GET /v1/me": _ANY,
    # Reading; a draft that is tried on history writes nothing.
    "POST /v1/what-if": (READ,),
    "POST /agreement/draft": (READ,),
    **dict.fromkeys(
        (
            "GET /", "GET /agreement", "GET /charts/funnel.svg", "GET /charts/handovers.svg", "GET /charts/leads/{key}/lanes.svg",
            "GET /charts/promises.svg", "GET /checkpoint", "GET /download/{form}/v1/{rest:path}", "GET /faults", "GET /faults/disputes",
            "GET /faults/time", "GET /faults/verdicts", "GET /find", "GET /funnel", "GET /funnel/runs", "GET /handovers",
            "GET /handovers/changes", "GET /kpis", "GET /leads", "GET /leads/{key}", "GET /ledger", "GET /ledger/events", "GET /live",
            "GET /metrics", "GET /promises", "GET /promises/clocks", "GET /promises/offers", "GET /tile/{path:path}", "GET /turned-down",
            "GET /v1/agreements", "GET /v1/agreements/{agreement}", "GET /v1/changes", "GET /v1/channels", "GET /v1/checkpoint",
            "GET /v1/checkpoint/proof", "GET /v1/claims", "GET /v1/decisions", "GET /v1/disputes", "GET /v1/disputes/rates",
            "GET /v1/events", "GET /v1/events/stream", "GET /v1/events/{position}", "GET /v1/events/{position}/proof", "GET /v1/faults",
            "GET /v1/faults/time", "GET /v1/funnel", "GET /v1/funnel/runs", "GET /v1/handovers", "GET /v1/handovers/changes",
            "GET /v1/leads", "GET /v1/leads/{key}", "GET /v1/leads/{key}/audit", "GET /v1/leads/{key}/briefing",
            "GET /v1/leads/{key}/events", "GET /v1/leads/{key}/timeline", "GET /v1/sla", "GET /v1/sla/clocks", "GET /v1/sla/offers",
            "GET /v1/sla/periods", "GET /v1/digest", "GET /v1/meeting", "GET /meeting", "GET /digest",
            "GET /scoring", "GET /scoring/runs", "GET /v1/leads/{key}/score", "GET /v1/scoring/calibration", "GET /v1/scoring/models",
            "GET /v1/scoring/models/{model}", "GET /v1/scoring/runs", "GET /v1/scoring/what-if",
            "GET /v1/sources", "GET /v1/sources/{name}", "GET /v1/subscriptions", "GET /v1/subscriptions/{name}",
            "GET /v1/subscriptions/{name}/deliveries", "GET /v1/kpis", "GET /v1/kpis/needed", "GET /v1/targets",
            "GET /v1/turned-down", "GET /v1/verdicts", "GET /v1/verdicts/months", "GET /v1/verdicts/{id}",
            "GET /personas", "GET /v1/personas", "GET /v1/personas/fit", "GET /v1/personas/drift", "GET /v1/personas/feedback",
            "GET /v1/personas/{document}", "GET /content", "GET /v1/content", "GET /v1/content/association",
            "GET /returns", "GET /v1/returns", "GET /v1/returns/stages",
        ),
        (READ,),
    ),
}  # fmt: skip
"""By method and route template."""


def admitted(request: Request) -> None:
    """What every route of the framework asks first. Raises ProblemError. A route that the table does not name opens to nobody."""
    route: Any = request.scope["route"]
    needed = NEEDS[f"{request.method} {route.path}"]
    if needed:
        require(caller_of(request.scope), needed)
