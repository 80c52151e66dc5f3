"""Whether an act upon the agreement may be recorded: who proposes, signs, withdraws and extends it, one rule an act.

A department speaks for itself only. What is in force was signed by all and ends only when all have signed another.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain import events as e
from domain.agreement import Agreement
from domain.agreement_checks import check
from domain.agreement_terms import FaultyAgreementError, parse
from domain.agreements import DEFAULT, Agreements, Version, bound_by, extended
from domain.vocabulary import OPERATIONS, Instant, Refused, department_of, instant, is_person, moment

OF_THE_STREAM = (e.AgreementProposed, e.AgreementSigned, e.AgreementWithdrawn, e.AgreementExtended)


def refusal(known: Agreements, act: e.Recorded) -> Refused | None:
    """None where the act upon the agreements may be recorded, else why not."""
    match act.event:
        case e.AgreementProposed():
            return _proposed(known, act, act.event)
        case e.AgreementSigned():
            return _named(known, act.event) or _signed(known, act, act.event)
        case e.AgreementWithdrawn():
            return _named(known, act.event) or _withdrawn(known, act, act.event)
        case e.AgreementExtended():
            return _named(known, act.event) or _extended(known, act, act.event)
        case _:
            return None


def _protocol(sentence: str, pointer: str = "") -> Refused:
    return Refused("protocol", sentence, pointer)


def _invalid(sentence: str, pointer: str) -> Refused:
    return Refused("invalid", sentence, pointer)


def _named(known: Agreements, event: e.AgreementSigned | e.AgreementWithdrawn | e.AgreementExtended) -> Refused | None:
    """The version is there, and nobody took it back."""
    version = known.named(event)
    if version is None:
        of_the_name = [other.agreement.version for other in known.versions.values() if other.agreement.name == event.name]
        if not of_the_name:
            return _invalid(f"The ledger holds no agreement of this name; it holds {', '.join(known.versions)}.", "/data/name")
        return _invalid(f"The ledger holds this agreement up to version {max(of_the_name)}.", "/data/version")
    if version.withdrawn is not None:
        by = version.withdrawn.by or "an import"
        return _protocol(f"{version.id} was withdrawn by {department_of(by)}; propose the next version.", "/data/version")
    return None


def _of(known: Agreements, event: e.AgreementSigned | e.AgreementWithdrawn | e.AgreementExtended) -> Version:
    version = known.named(event)
    assert version is not None
    return version


# Proposing


def _proposed(known: Agreements, act: e.Recorded, event: e.AgreementProposed) -> Refused | None:
    """A new version whose terms stand, proposed by a department that it binds, and reaching back over nothing that the
    departments agreed on. All that is wrong is said at once."""
    faults = [*_numbering(known, event)]
    agreement: Agreement | None = None
    try:
        agreement = check(event.terms)
    except FaultyAgreementError as faulty:
        faults += [(f"/data/terms{pointer}", sentence) for pointer, sentence in faulty.faults]
    if act.actor is not None:
        faults += _proposer(act.actor, agreement)
    elif event.effective_from is not None:
        faults.append(("/data/effective_from", "An agreement that an import brings is for the leads it brings, whatever their times."))
    if event.effective_from is not None:
        faults += _beginning(known, instant(event.effective_from), act.recorded_at, agreement)
    if not faults:
        return None
    pointer, sentence = faults[0]
    code = "protocol" if pointer in ("/actor", "/data/version") else "invalid"
    return Refused(code, sentence, pointer, tuple(faults))


def _numbering(known: Agreements, event: e.AgreementProposed) -> list[tuple[str, str]]:
    """Versions of one name count up, and the terms say the same name and version."""
    faults = []
    latest = max((other.agreement.version for other in known.versions.values() if other.agreement.name == event.name), default=0)
    if event.version <= latest:
        sentence = f"The ledger holds version {latest} of this agreement already; propose version {latest + 1}."
        faults.append(("/data/version", sentence))
    if (event.name, event.version) != (event.terms.get("name"), event.terms.get("version", 1)):
        faults.append(("/data/terms", "The terms are to carry the name and version they are proposed under."))
    return faults


def _proposer(actor: str, agreement: Agreement | None) -> list[tuple[str, str]]:
    if not is_person(actor):
        return [("/actor", "A person proposes an agreement: actor is to be department:name.")]
    if agreement is None:
        return []
    bound = bound_by(agreement)
    if department_of(actor) in (*bound, OPERATIONS):
        return []
    return [("/actor", f"{department_of(actor)} is no party to the agreement; one of {', '.join(bound)} proposes it.")]


def _beginning(known: Agreements, since: Instant, now: Instant, agreement: Agreement | None) -> list[tuple[str, str]]:
    """Only the departments' first agreement may reach back: nothing was promised before it that it could change."""
    faults = []
    if known.is_agreed and since < now:
        sentence = f"A later version does not reach back: it takes effect at {moment(now):%Y-%m-%dT%H:%M:%SZ} at the earliest."
        faults.append(("/data/effective_from", sentence))
    if agreement is not None and since >= agreement.calendar.last:
        ends = f"{moment(agreement.calendar.last):%Y-%m-%dT%H:%M:%SZ}"
        faults.append(("/data/effective_from", f"The agreement's calendar ends at {ends}, before the agreement would begin."))
    return faults


# Signing


def _signed(known: Agreements, act: e.Recorded, event: e.AgreementSigned) -> Refused | None:
    """A department signs by one of its own people, once, what binds it."""
    version = _of(known, event)
    if refused := _by_person(act.actor, "signs"):
        return refused
    if department_of(act.actor or "") != event.department:
        return _protocol(f"{event.department} signs by its own people only, not by {department_of(act.actor or '')}.", "/actor")
    bound = bound_by(version.agreement)
    if event.department not in bound:
        whom = f"it binds {', '.join(bound)}" if bound else "it binds nobody"
        return _protocol(f"{version.id} does not bind {event.department}, so it has nothing to sign; {whom}.", "/data/department")
    if event.department in version.signatures:
        return _protocol(f"{event.department} has signed {version.id} already; each department signs once.", "/data/department")
    if known.is_overtaken(version):
        return _protocol(f"A later proposal than {version.id} is agreed already; propose the next version.", "/data/version")
    return None


def _by_person(actor: str | None, verb: str) -> Refused | None:
    if actor is not None and is_person(actor):
        return None
    return _invalid(f"A person {verb} for a department: actor is to be department:name.", "/actor")


# Withdrawing


def _withdrawn(known: Agreements, act: e.Recorded, event: e.AgreementWithdrawn) -> Refused | None:
    """Any department that it binds takes back what is not in force yet; what is in force nobody leaves alone."""
    version = _of(known, event)
    if version.id == DEFAULT.id:
        return _protocol(f"{version.id} stands in every ledger until another is agreed; propose your own.", "/data/version")
    if refused := _by_person(act.actor, "withdraws"):
        return refused
    if version.in_force_from is not None and version.in_force_from <= act.recorded_at:
        return _protocol(
            f"{version.id} is signed by all and came into force; propose a new version, and it holds until all have signed that.",
            "/data/version",
        )
    if not (isinstance(event.reason, e.Sealed) or event.reason.strip()):
        return _invalid("A withdrawal says why.", "/data/reason")
    return _bound(version, act.actor, "withdraws it")


def _bound(version: Version, actor: str | None, verb: str, *besides: str) -> Refused | None:
    parties = (*bound_by(version.agreement), *besides)
    if department_of(actor or "") in parties:
        return None
    return _protocol(f"{version.id} does not bind {department_of(actor or '')}; one of {', '.join(parties)} {verb}.", "/actor")


# Extending


def _extended(known: Agreements, act: e.Recorded, event: e.AgreementExtended) -> Refused | None:
    """The calendar goes on behind its last day, and alters no day that it covers."""
    version = _of(known, event)
    if refused := _by_person(act.actor, "extends it") or _bound(version, act.actor, "extends its calendar", OPERATIONS):
        return refused
    before = version.agreement.calendar
    try:
        after = parse(extended(version.terms, event.resolved)).calendar
    except FaultyAgreementError as faulty:
        faults = tuple(("/data/resolved", sentence) for _, sentence in faulty.faults)
        return Refused("invalid", faults[0][1], "/data/resolved", faults)
    except (KeyError, TypeError, ValueError):
        return _invalid("Resolved days are expected: from, until, closed and offsets, as in the agreement's calendar.", "/data/resolved")
    last_day = version.terms["calendar"]["resolved"]["until"]
    next_day = (date.fromisoformat(last_day) + timedelta(days=1)).isoformat()
    if after.last <= before.last:
        return _invalid(f"The calendar runs until {last_day} already; an extension ends later.", "/data/resolved/until")
    if event.resolved.get("from") != next_day:
        return _invalid(f"The extension begins on {next_day}, the day behind the calendar's last.", "/data/resolved/from")
    covered = len(before.opens)
    if (after.first, after.opens[:covered], after.closes[:covered]) != (before.first, before.opens, before.closes):
        return _invalid(f"The extension alters days up to {last_day}, which the calendar covers already.", "/data/resolved")
    if any(opening < before.last for opening in after.opens[covered:]):
        return _invalid(f"The extension opens days up to {last_day}, which the calendar covers already.", "/data/resolved")
    return None
