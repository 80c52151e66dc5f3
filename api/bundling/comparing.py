"""What a bundle says the ledger answered, beside what its entries give: stories and verdicts, agreements, and its page."""

from __future__ import annotations

from importlib.metadata import version
from typing import IO

import msgspec

from api.bundling.bundle import PAGE
from api.bundling.manifest import BundleManifest
from api.bundling.members import TIMELINES, agreement_path, rules_of, tell_agreement, tell_timelines
from api.bundling.page import Page
from api.bundling.reading import Bundle
from api.bundling.retelling import Retelling
from ledger.verifying.stages import Found


class _DifferentError(Exception):
    """What is written down is not what comes out."""


class _Comparing:
    """Takes what comes out, and compares it with what is written down, piece by piece."""

    def __init__(self, held: IO[bytes]) -> None:
        self._held = held

    def write(self, data: bytes, /) -> int:
        """Raises _DifferentError."""
        if self._held.read(len(data)) != data:
            raise _DifferentError
        return len(data)

    def end(self) -> None:
        """Raises _DifferentError where more is written down."""
        if self._held.read(1):
            raise _DifferentError


def agreements_stage(bundle: Bundle, told: Retelling, page: Page) -> Found:
    """The terms and signatures are those that the entries hold."""
    manifest = bundle.manifest
    wanted = [agreement_path(name) for name in told.shared.agreements]
    held = [member.path for member in manifest.members if member.path.startswith("agreements/")]
    if wanted != held or manifest.rules != rules_of(told.shared.agreements):
        return Found("agreements", "failed", "The versions of the agreement are not those that the entries tell of.", len(held))
    for name in told.shared.agreements:
        with bundle.member(agreement_path(name)) as file:
            comparing = _Comparing(file)
            try:
                tell_agreement(told, name, comparing, page)
                comparing.end()
            except _DifferentError:
                sentence = f"The terms of {name} are not those that the entries hold.{_hint(manifest)}"
                return Found("agreements", "failed", sentence, len(held))
    return Found("agreements", "ok", f"{', '.join(told.shared.agreements)}: terms and signatures are what the entries give.", len(held))


def stories_stage(bundle: Bundle, told: Retelling, page: Page) -> Found:
    """Segments, clocks and verdicts of every lead are what its entries give."""
    manifest = bundle.manifest
    with bundle.member(TIMELINES) as file:
        comparing = _Comparing(file)
        try:
            tell_timelines(told, comparing, page)
            comparing.end()
        except _DifferentError:
            lead = told.telling
            what = (
                "It tells of more leads than its entries do." if lead is None else f"What it tells of {lead} is not what the entries give."
            )
            return Found("stories", "failed", what + _hint(manifest), page.leads, told.first.get(lead or ""))
    if page.leads != manifest.leads:
        return Found("stories", "failed", f"The manifest says {manifest.leads} leads, and there are {page.leads}.", page.leads)
    return Found("stories", "ok", f"Segments, clocks and verdicts of {_leads(page.leads)} are what the entries give.", page.leads)


def page_stage(bundle: Bundle, page: Page) -> Found:
    """The page for people shows the same, and nothing else."""
    before = [member for member in bundle.manifest.members if member.path != PAGE]
    rendered = page.rendered(msgspec.structs.replace(bundle.manifest, members=before))
    with bundle.member(PAGE) as file:
        if file.read(len(rendered) + 1) != rendered:
            return Found("page", "failed", f"The page does not show what the other members say.{_hint(bundle.manifest)}")
    return Found("page", "ok", "The page shows what the other members say.", 1)


def _hint(manifest: BundleManifest) -> str:
    """Another version may tell the same in other words."""
    ours = version("tasuki")
    return (
        "" if manifest.tasuki == ours else f" It was written by Tasuki {manifest.tasuki}, and this is {ours}: verify it with that version."
    )


def _leads(number: int) -> str:
    return "1 lead" if number == 1 else f"{number} leads"
