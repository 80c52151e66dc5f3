"""Who may do what: keys and roles, and the check of a claim against them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain import access
from domain import events as e
from domain.access import Access, Holder, barred, refusal
from domain.vocabulary import Instant, Refused, instant
from tests.domain.telling import at

NOW = at("16 09:00")
TERMS = e.KeyGranted("aaaaaaaaaa", "0" * 64, "crm", ("read", "append:marketing", "agree:marketing"))
THEN = datetime(2026, 11, 17, tzinfo=UTC)


def recorded(event: e.AnyEvent, position: int = 1, recorded_at: Instant = NOW) -> e.Recorded:
    return e.Recorded(position, position, recorded_at, recorded_at, None, event, None, "tasuki", "manual", "the-model@1")


def known(*events: e.AnyEvent) -> Access:
    found = Access()
    for position, event in enumerate(events, 1):
        found = found.after(recorded(event, position))
    return found


def key(*scopes: str, person: str | None = None, source: str = "crm") -> Holder:
    granted = replace(TERMS, scopes=scopes, person=person, source=source)
    return known(granted).holders[granted.key]


def test_a_ledger_is_open_until_something_is_granted_and_never_again() -> None:
    assert Access().is_open
    assert not known(TERMS).is_open
    assert not known(TERMS, e.KeyRevoked(TERMS.key, "lost")).is_open


def test_a_key_opens_until_it_is_revoked_or_ends() -> None:
    ending = replace(TERMS, until=THEN)
    assert known(ending).holder(ending.key, NOW) is not None
    assert known(ending).holder(ending.key, instant(THEN)) is None
    assert known(ending, e.KeyRevoked(ending.key, "lost")).holder(ending.key, NOW) is None


def test_roles_are_scopes_for_the_persons_own_department_and_a_grant_replaces_the_one_before() -> None:
    login = "1" * 64
    first = e.RoleGranted(login, "marketing:tanaka", ("appender", "signer"))
    assert known(first).holders[login].scopes == {"read", "append:marketing", "agree:marketing"}
    again = known(first, e.RoleRevoked(login, "moved"), e.RoleGranted(login, "field_sales:tanaka", ("auditor",)))
    assert again.holders[login].scopes == {"read", "read:personal"}
    assert again.holder(login, NOW) is not None


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        (TERMS, "/data/key"),
        (replace(TERMS, key="b" * 10, source="tasuki"), "/data/source"),
        (replace(TERMS, key="b" * 10, scopes=()), "/data/scopes"),
        (replace(TERMS, key="b" * 10, scopes=("read", "read")), "/data/scopes"),
        (replace(TERMS, key="b" * 10, until=datetime(2026, 11, 15, tzinfo=UTC)), "/data/until"),
        (replace(TERMS, key="b" * 10, person="marketing"), "/data/person"),
        (replace(TERMS, key="b" * 10, person="field_sales:ito"), "/data/scopes"),
        (replace(TERMS, key="b" * 10, person="marketing:tanaka", scopes=("append:*",)), "/data/scopes"),
        (e.KeyRevoked("b" * 10, "lost"), "/data/key"),
        (e.RoleGranted("1" * 64, "marketing", ("reader",)), "/data/person"),
        (e.RoleGranted("1" * 64, "marketing:tanaka", ()), "/data/roles"),
        (e.RoleRevoked(TERMS.key, "a key is no account"), "/data/login"),
    ],
)
def test_a_grant_that_cannot_be_is_refused_with_its_place(event: e.AnyEvent, pointer: str) -> None:
    refused = refusal(known(TERMS), recorded(event, 2))
    assert refused is not None
    assert refused.pointer == pointer


def test_what_is_revoked_is_not_revoked_again() -> None:
    assert refusal(known(TERMS), recorded(e.KeyRevoked(TERMS.key, "lost"))) is None
    again = refusal(known(TERMS, e.KeyRevoked(TERMS.key, "lost")), recorded(e.KeyRevoked(TERMS.key, "lost")))
    assert again is not None
    assert "already" in again.detail


def said(holder: Holder, event: e.AnyEvent, actor: str | None = "marketing:tanaka", source: str = "crm") -> Refused | None:
    return barred(holder, event, actor, source, own_door=False)


CAPTURED = e.LeadCaptured()
CORRECTED = e.RecordCorrected(3, "typo", e.Replacement(e.LeadScored(90, "v1"), NOW, "inside_sales:sato"))
TARGET = e.TargetSet("2026-12", "mql", 100, ("marketing", "inside_sales"))
OUTAGE = e.OutageDeclared(THEN, datetime(2026, 11, 18, tzinfo=UTC), "all")


def test_a_key_speaks_under_its_own_source_and_for_its_departments() -> None:
    ours = key("append:marketing")
    assert said(ours, CAPTURED) is None
    assert said(ours, CAPTURED, actor=None) is None
    assert said(key("append:*"), CAPTURED, actor="field_sales:ito") is None


@pytest.mark.parametrize(
    ("holder", "event", "actor", "source", "pointer"),
    [
        (key("append:marketing"), CAPTURED, "marketing:tanaka", "hubspot", "/source"),
        (key("append:marketing"), CAPTURED, "marketing:tanaka", "tasuki", "/source"),
        (key("append:marketing"), CAPTURED, "inside_sales:sato", "crm", "/actor"),
        (key("append:marketing", person="marketing:tanaka"), CAPTURED, "marketing:suzuki", "crm", "/actor"),
        (key("append:marketing", person="marketing:tanaka"), CAPTURED, None, "crm", "/actor"),
        (key("read", "agree:marketing"), CAPTURED, "marketing:tanaka", "crm", "/actor"),
        (key("read"), CAPTURED, None, "crm", "/type"),
        (key("append:marketing"), CORRECTED, "marketing:tanaka", "crm", "/data/replacement/actor"),
        (key("append:marketing"), e.AgreementSigned("ours", 1, "marketing"), "marketing:tanaka", "crm", "/actor"),
        (key("append:marketing"), e.DisputeRuled("d1", "upheld", (1,)), "marketing:tanaka", "crm", "/type"),
        (key("arbitrate", "append:operations"), e.DisputeRuled("d1", "upheld", (1,)), "field_sales:ito", "crm", "/actor"),
        (key("append:marketing"), e.SourceDeclared("crm", "import"), None, "crm", "/type"),
        (key("append:marketing"), TERMS, None, "crm", "/type"),
        (key("append:marketing"), e.PersonDeactivated("inside_sales:sato"), "marketing:tanaka", "crm", "/data/person"),
        (key("append:marketing"), TARGET, "marketing:tanaka", "crm", "/data/agreed_by"),
        (key("append:marketing"), OUTAGE, "marketing:tanaka", "crm", "/data/scope"),
    ],
)
def test_what_goes_beyond_a_key_is_refused_with_its_place(
    holder: Holder, event: e.AnyEvent, actor: str | None, source: str, pointer: str
) -> None:
    refused = said(holder, event, actor, source)
    assert refused is not None
    assert (refused.code, refused.pointer) == ("forbidden", pointer)


def test_operations_says_what_is_so_for_every_department() -> None:
    operations = key("append:operations")
    assert said(operations, OUTAGE, "operations:mori") is None
    assert said(operations, TARGET, "operations:mori") is None
    assert said(operations, e.PersonDeactivated("inside_sales:sato"), None) is None


def test_our_own_doors_write_under_our_own_source_and_need_the_scope_all_the_same() -> None:
    signed = e.AgreementSigned("ours", 1, "marketing")
    assert barred(key("agree:marketing"), signed, "marketing:tanaka", access.OWN_SOURCE, own_door=True) is None
    assert barred(key("append:marketing"), signed, "marketing:tanaka", access.OWN_SOURCE, own_door=True) is not None


def test_an_arbiter_of_no_department_of_the_agreement_rules_in_their_own_name() -> None:
    arbiter = key("arbitrate", person="legal:abe")
    assert said(arbiter, e.DisputeRuled("d1", "upheld", (1,)), "legal:abe") is None
    assert said(arbiter, e.DisputeRuled("d1", "upheld", (1,)), "legal:mori") is not None
