"""`people`: who ever owned which lead. Tells which leads a person's departure touches."""

from __future__ import annotations

from projections.projection import TEXT, Projection

PEOPLE = Projection(
    name="people",
    version=1,
    columns=(("person", TEXT),),
    key=1,
    parts=lambda timeline: tuple(timeline.people),
    rows=lambda _, person: [(person,)],
    indexes=(("person",),),
)
