"""Who works at the demo's company, how fast and how carefully each of them does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.vocabulary import OPERATIONS, Instant

MARKETING = "marketing"
INSIDE_SALES = "inside_sales"
FIELD_SALES = "field_sales"
CUSTOMER_SUCCESS = "customer_success"

AUTOMATION = "marketing:ma"
ROUTING = "operations:router"
ARBITER = "operations:arai"

NEVER: Instant = 2**62


@dataclass(frozen=True, slots=True)
class Person:
    """`pace` multiplies how long everything takes; `care` (0-1) is the chance of doing what was agreed."""

    id: str
    pace: float
    care: float
    left_at: Instant = NEVER


_STAFF = {
    MARKETING: {"tanaka": (0.8, 0.9), "yamada": (1.0, 0.8), "ogawa": (1.5, 0.7), "kimura": (0.9, 0.85)},
    INSIDE_SALES: {"sato": (0.6, 0.95), "suzuki": (0.9, 0.8), "mori": (1.1, 0.75), "hayashi": (1.9, 0.5), "ikeda": (1.2, 0.6)},
    FIELD_SALES: {"takahashi": (0.8, 0.85), "ito": (1.0, 0.7), "watanabe": (1.6, 0.5), "nakamura": (0.9, 0.8)},
    CUSTOMER_SUCCESS: {"kobayashi": (0.7, 0.95), "yoshida": (1.3, 0.8)},
}
LEAVER = "inside_sales:ikeda"
SIGNERS = {
    MARKETING: "marketing:tanaka",
    INSIDE_SALES: "inside_sales:sato",
    FIELD_SALES: "field_sales:takahashi",
    CUSTOMER_SUCCESS: "customer_success:kobayashi",
    OPERATIONS: ARBITER,
}
"""Who signs the agreement for each party that it binds."""


class Staff:
    """The people of each department, one of whom leaves."""

    def __init__(self, chance: Callable[[], float], leaves_at: Instant) -> None:
        self._chance = chance
        everybody = {
            department: [Person(f"{department}:{name}", pace, care) for name, (pace, care) in names.items()]
            for department, names in _STAFF.items()
        }
        self._before = everybody
        self._after = {department: [person for person in people if person.id != LEAVER] for department, people in everybody.items()}
        for people in everybody.values():
            people[:] = [replace(person, left_at=leaves_at) if person.id == LEAVER else person for person in people]
        self._leaves_at = leaves_at

    def one_of(self, department: str, at: Instant) -> Person:
        """Somebody of the department who works there at that time."""
        people = (self._before if at < self._leaves_at else self._after)[department]
        return people[int(self._chance() * len(people))]
