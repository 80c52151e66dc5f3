"""Every projection there is. A new one is a file of its own and a line here."""

from __future__ import annotations

from projections.claims import CLAIMS
from projections.clocks import CLOCKS
from projections.disputes import DISPUTES
from projections.fits import FITS
from projections.handovers import HANDOVERS
from projections.leads import LEADS
from projections.offers import OFFERS
from projections.people import PEOPLE
from projections.projection import Projection
from projections.touches import TOUCHES
from projections.verdicts import VERDICTS
from projections.visits import VISITS

PROJECTIONS: tuple[Projection, ...] = (LEADS, VISITS, HANDOVERS, PEOPLE, CLOCKS, OFFERS, VERDICTS, DISPUTES, CLAIMS, TOUCHES, FITS)


def named(name: str) -> Projection:
    """A projection by its name. Raises KeyError with the names there are."""
    for projection in PROJECTIONS:
        if projection.name == name:
            return projection
    raise KeyError(f"There is no projection {name}; expected one of {', '.join(p.name for p in PROJECTIONS)}.")
