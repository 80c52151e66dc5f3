"""Whom we sell to: personas, and the companies that are ours (the ideal customer profile, ICP), in a document that both sides sign.

The agreement says which sides those are: the giver and the receiver of its first handoff sign at least, and nobody signs who is no
department of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from domain import events as e
from domain import signed_documents
from domain.agreement import Agreement
from domain.scoring_terms import NAME, RULE
from domain.signed_documents import Documents, FaultyDocumentError, Kind
from domain.vocabulary import Refused

MAX_ROWS = 100
MAX_TEXT = 500
_KEYS = ("name", "version", "signed_by", "personas", "icp")
_PERSONA_KEYS = ("id", "says", "wants", "worries")
_ICP_KEYS = ("says", "industry", "company_size")


class Persona(NamedTuple):
    """A kind of person that buys. `id` is what leads carry as their persona; `wants` and `worries` are for whoever talks to them."""

    id: str
    says: str
    wants: str | None
    worries: str | None


class Companies(NamedTuple):
    """Companies that are ours: of one of these industries and sizes; None: whichever."""

    says: str
    industries: frozenset[str] | None
    sizes: frozenset[str] | None


class PersonaDocument(NamedTuple):
    """A persona document. `signed_by` are the departments that agree on it."""

    name: str
    version: int
    signed_by: tuple[str, ...]
    personas: tuple[Persona, ...]
    icp: tuple[Companies, ...]

    @property
    def id(self) -> str:
        """`buyers@1`."""
        return f"{self.name}@{self.version}"

    def names(self, persona: str | None) -> bool:
        """Whether a lead's persona is one of the document's."""
        return any(one.id == persona for one in self.personas)

    def is_ours(self, industry: str | None, size: str | None) -> bool | None:
        """Whether a company is one of ours; None where the document does not say which are, or nobody said what it is."""
        if not self.icp or industry is None or size is None:
            return None
        return any((row.industries is None or industry in row.industries) and (row.sizes is None or size in row.sizes) for row in self.icp)


def read_personas(terms: Any) -> PersonaDocument:
    """The document that terms describe. Raises FaultyDocumentError with every fault found."""
    if not isinstance(terms, Mapping):
        raise FaultyDocumentError([("", f"A persona document is a mapping of terms: {', '.join(_KEYS)}.")])
    reader = _Reader()
    document = reader.document(terms)
    if reader.faults:
        raise FaultyDocumentError(reader.faults)
    return document


class _Reader:
    """Reads a document, collecting faults instead of stopping at the first."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []

    def fault(self, pointer: str, sentence: str) -> None:
        self.faults.append((pointer, sentence))

    def document(self, terms: Mapping[str, Any]) -> PersonaDocument:
        self._strange(terms, "", _KEYS)
        name, version = terms.get("name"), terms.get("version", 1)
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self.fault("/name", "A name has up to 100 letters, digits, dots, hyphens and underscores, such as buyers.")
        if type(version) is not int or not 1 <= version < 2**53:
            self.fault("/version", "A whole number from 1 is expected.")
            version = 1
        personas = tuple(self._persona(row, at) for row, at in self._rows(terms, "personas"))
        if not personas:
            self.fault("/personas", "At least one persona is expected, such as {id: sales_director, says: Head of sales}.")
        if len({one.id for one in personas}) < len(personas):
            self.fault("/personas", "Each persona is named once.")
        icp = tuple(self._companies(row, at) for row, at in self._rows(terms, "icp"))
        return PersonaDocument(str(name), version, self._departments(terms.get("signed_by")), personas, icp)

    def _departments(self, written: Any) -> tuple[str, ...]:
        if not isinstance(written, list) or len(set(map(str, written))) < 2 or not all(isinstance(one, str) and one for one in written):
            self.fault(
                "/signed_by", "At least two departments are expected, such as [marketing, inside_sales]: whom to sell to is agreed on."
            )
            return ()
        return tuple(dict.fromkeys(written))

    def _rows(self, terms: Mapping[str, Any], key: str) -> Iterator[tuple[Mapping[str, Any], str]]:
        rows = terms.get(key, [])
        if not isinstance(rows, list) or len(rows) > MAX_ROWS:
            self.fault(f"/{key}", f"A list of at most {MAX_ROWS} is expected.")
            return
        for number, row in enumerate(rows):
            if isinstance(row, Mapping):
                yield row, f"/{key}/{number}"
            else:
                self.fault(f"/{key}/{number}", "A mapping is expected.")

    def _persona(self, row: Mapping[str, Any], at: str) -> Persona:
        self._strange(row, at, _PERSONA_KEYS)
        name = row.get("id")
        if not isinstance(name, str) or not RULE.fullmatch(name):
            self.fault(f"{at}/id", "A persona has an id of small letters, digits and underscores, as leads carry it: sales_director.")
        says = self._text(row, at, "says") or str(name)
        return Persona(str(name), says, self._text(row, at, "wants"), self._text(row, at, "worries"))

    def _companies(self, row: Mapping[str, Any], at: str) -> Companies:
        self._strange(row, at, _ICP_KEYS)
        if not row.keys() & {"industry", "company_size"}:
            self.fault(at, "An industry or a company_size is expected, or both: a text or a list of texts.")
        industries, sizes = (self._texts(row, at, key) for key in ("industry", "company_size"))
        return Companies(self._text(row, at, "says") or "", industries, sizes)

    def _text(self, row: Mapping[str, Any], at: str, key: str) -> str | None:
        text = row.get(key)
        if text is None or (isinstance(text, str) and 0 < len(text) <= MAX_TEXT):
            return text
        self.fault(f"{at}/{key}", f"A text of up to {MAX_TEXT} letters is expected.")
        return None

    def _texts(self, row: Mapping[str, Any], at: str, key: str) -> frozenset[str] | None:
        if key not in row:
            return None
        values = row[key] if isinstance(row[key], list) else [row[key]]
        if not values or not all(isinstance(value, str) and value for value in values):
            self.fault(f"{at}/{key}", "A text or a list of texts is expected.")
            return frozenset()
        return frozenset(values)

    def _strange(self, row: Mapping[str, Any], at: str, keys: Sequence[str]) -> None:
        for key in row:
            if key not in keys:
                self.fault(f"{at}/{key}", f"No such term; expected are {', '.join(keys)}.")


PERSONA_DOCUMENTS: Kind[PersonaDocument] = Kind(
    "persona document", e.PersonasProposed, e.PersonasSigned, e.PersonasWithdrawn, read_personas
)
PersonaDocuments = Documents[PersonaDocument]


def refusal(known: PersonaDocuments, act: e.Recorded, agreement: Agreement) -> Refused | None:
    """None where the act upon the persona documents may be recorded, else why not."""
    refused = signed_documents.refusal(known, act)
    if refused is not None or not isinstance(act.event, e.PersonasProposed):
        return refused
    signers, departments = read_personas(act.event.terms).signed_by, agreement.departments
    first = agreement.handoffs[0] if agreement.handoffs else None
    sides = () if first is None else (first.giver, first.receiver)
    strange = () if departments is None else tuple(party for party in signers if party not in departments)
    if strange:
        sentence = f"{agreement.id} has no department {', '.join(strange)}; its departments are {', '.join(departments or ())}."
    elif not set(sides) <= set(signers):
        sentence = f"Both sides of the first handoff of {agreement.id} sign at least: {', '.join(sides)}."
    else:
        return None
    return Refused("invalid", sentence, "/data/terms/signed_by")


def corrected(known: PersonaDocuments, at: int) -> Mapping[str, Any] | None:
    """The terms from which a correction is written: those in force under the next number. None where nothing is in force."""
    version = known.in_force_at(at)
    if version is None:
        return None
    return {**version.terms, "version": known.latest(version.document.name) + 1}
