"""What an operator watches of promises, among the other figures of `/metrics`: those broken, by promise and department."""

from __future__ import annotations

from api.answering import reading
from api.gauges import Found
from api.parameters import Asked
from api.problems import ProblemError
from api.service import Service
from projections import sla
from projections.leads import begun
from projections.sla_now import compliance_now

LABELS = ("promise", "department", "state")
SENTENCE = "Promises that bind and are broken, by state: overdue now, late (kept, but late), missed."
_STATES = ("overdue", "late", "missed")
_GROUPED = ("promise", "department")


def breaches(service: Service) -> Found:
    """The clocks that are overdue now, those stopped late, and those missed, of promises that bind: as `GET /v1/sla` gives them
    grouped by promise and department. None while the projections are being built."""
    try:
        with reading(service, Asked(as_of=None, known_at=None)) as reader:
            shared, tables = service.knowledge.shared(reader.known.position), reader.tables
            groups = compliance_now(
                tables.connection,
                tables.clocks,
                tables.clocks_tally,
                sla.Asked(reader.question, shared.agreed.in_force, _GROUPED),
                shared.agreements,
                begun(tables.connection, tables.leads),
            )
    except ProblemError:
        return {}
    return {
        (*(name or "" for name in group.group), state): getattr(group.figures, state)
        for group in groups
        if not group.provisional
        for state in _STATES
    }
