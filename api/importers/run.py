"""The import: files → rows in order → claims → the ledger's bulk door, with exact counts.

Nothing is kept between runs: ids are the rows' own, so a run that was killed is simply started again, and what is
already recorded is counted as a duplicate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from api.importers.cloud_events import claims_of
from api.importers.conditions import holds
from api.importers.formats import table
from api.importers.mapping import FileRule, Mapping
from api.importers.rejects import Reject, Rejects
from api.importers.rows import BadRow
from api.importers.spool import Spool
from api.importers.translating import RowFaultError, Translator, lead_and_time
from domain.events import AGREEMENTS, SOURCES, AgreementProposed, SourceDeclared
from ledger.book import Book
from ledger.entry import Claim, Refusal

BATCH_CLAIMS = 2_000
Progress = Callable[[str, int, int | None], None]
"""Told what is being done, how many rows of it are done, and of how many (None: not known yet)."""


class ImportStoppedError(ValueError):
    """The import cannot go on as asked; the message is a sentence."""


@dataclass(slots=True)
class Tally:
    """What became of everything: `rows` = those that became events + `unused` + `rejected`;
    events = `recorded` + `duplicates` + `refused`."""

    rows: int = 0
    unused: int = 0
    rejected: int = 0
    recorded: int = 0
    duplicates: int = 0
    refused: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.rejected and not self.refused

    def figures(self) -> dict[str, int]:
        return asdict(self)


class Import:
    """One run of `tasuki import`."""

    def __init__(self, book: Book, rejects: Rejects, progress: Progress, *, atomic: bool = False) -> None:
        self.tally = Tally()
        self._book = book
        self._rejects = rejects
        self._progress = progress
        self._atomic = atomic
        self._agreement: str | None = None
        self._waiting: list[tuple[Claim, str, int]] = []

    def cloud_events(self, paths: Sequence[Path]) -> None:
        """Imports NDJSON of CloudEvents. Raises UnreadableFileError."""
        for path in paths:
            for line, found in claims_of(path):
                self.tally.rows += 1
                if isinstance(found, Reject):
                    self._reject_row([found])
                else:
                    self._take([found], path.name, line)
                if self.tally.rows % 1_000 == 0:
                    self._progress(f"recording {path.name}", self.tally.rows, None)
        self._finish()

    def mapped(self, paths: Sequence[Path], mapping: Mapping) -> None:
        """Imports files by a mapping. Raises UnreadableFileError and ImportStoppedError."""
        rules = rules_of(paths, mapping)
        preamble = list(self._preamble(mapping))
        with closing(Spool()) as spool:
            for number, (path, rule) in enumerate(rules):
                self._read(path, rule, spool, number)
            self._begin(mapping, preamble)
            self._translate(spool, [(path.name, rule) for path, rule in rules], Translator(mapping))
        self._finish()

    def _begin(self, mapping: Mapping, preamble: Sequence[Claim]) -> None:
        """What comes before the first row. Raises ImportStoppedError where the ledger refuses it."""
        self._agreement = mapping.agreement
        if self._atomic:
            self._waiting += [(claim, mapping.name, 0) for claim in preamble]
        else:
            self._record_preamble(preamble)

    def _read(self, path: Path, rule: FileRule, spool: Spool, number: int) -> None:
        """Puts the rows of a file into the spool."""
        with table(path, rule.reading) as read:
            if read.columns is not None:
                check_columns(path, rule, read.columns)
            for row in read.rows:
                self.tally.rows += 1
                if isinstance(row, BadRow):
                    self._reject_row([Reject(path.name, row.line, row.column, row.why)])
                elif not holds(rule.only, row.values):
                    self.tally.unused += 1
                else:
                    try:
                        spool.add(*lead_and_time(rule, row.values), number, row.line, row.values)
                    except RowFaultError as error:
                        self._reject_row([Reject(path.name, row.line, column, why) for column, why in error.faults])
                if self.tally.rows % 1_000 == 0:
                    self._progress(f"reading {path.name}", self.tally.rows, None)

    def _translate(self, spool: Spool, files: Sequence[tuple[str, FileRule]], translator: Translator) -> None:
        """Turns the spooled rows into claims, in order."""
        for count, row in enumerate(spool.ordered(), start=1):
            name, rule = files[row.file]
            try:
                claims = translator.claims(rule, row)
            except RowFaultError as error:
                self._reject_row([Reject(name, row.line, column, why) for column, why in error.faults])
            else:
                self.tally.unused += not claims
                self._take(claims, name, row.line)
            if count % 1_000 == 0 or count == spool.count:
                self._progress("recording", count, spool.count)

    def _reject_row(self, rejects: Sequence[Reject]) -> None:
        self.tally.rejected += 1
        for reject in rejects:
            self._rejects.add(reject)

    def _take(self, claims: Sequence[Claim], file: str, line: int) -> None:
        self._waiting += [(claim, file, line) for claim in claims]
        if len(self._waiting) >= BATCH_CLAIMS and not self._atomic:
            self._append()

    def _finish(self) -> None:
        """Appends what is left; of an atomic import everything, or nothing where a row was rejected."""
        if self._atomic and self.tally.rejected:
            self._waiting.clear()
        elif self._waiting:
            self._append()

    def _append(self) -> None:
        answers = self._book.append([claim for claim, _, _ in self._waiting], agreement=self._agreement, atomic=self._atomic)
        for answer, (claim, file, line) in zip(answers, self._waiting, strict=True):
            if isinstance(answer, Refusal):
                self.tally.refused += 1
                self._rejects.add(Reject(file, line, "", f"{claim.event.NAME}: {answer.refused.detail}"))
            elif answer.duplicate:
                self.tally.duplicates += 1
            else:
                self.tally.recorded += 1
        self._waiting.clear()

    # What is to stand in the ledger first

    def _preamble(self, mapping: Mapping) -> Iterator[Claim]:
        """The source and the agreement, as far as the ledger does not hold them yet. Raises ImportStoppedError."""
        shared, now = self._book.shared(), self._book.clock()
        declared = shared.sources.get(mapping.source)
        if declared is None:
            event = SourceDeclared(mapping.source, mapping.kind)
            yield Claim(mapping.source, f"source.{mapping.source}", SOURCES, now, None, event, mapping=mapping.label)
        elif declared.kind != mapping.kind:
            raise ImportStoppedError(
                f"The ledger declares the source {mapping.source} as {declared.kind}, the mapping as {mapping.kind}; "
                f"say {{name: {mapping.source}, kind: {declared.kind}}} in the mapping, or give its source another name."
            )
        if mapping.brought is None or mapping.terms is None:
            if mapping.agreement not in (None, *shared.agreements):
                raise ImportStoppedError(f"The ledger holds no agreement {mapping.agreement}; name an agreement file in the mapping.")
        elif mapping.brought.id not in shared.agreements:
            proposed = AgreementProposed(mapping.brought.name, mapping.brought.version, mapping.terms)
            yield Claim(mapping.source, f"agreement.{mapping.brought.id}", AGREEMENTS, now, None, proposed, mapping=mapping.label)
        elif shared.agreed.as_proposed(mapping.brought.id) != mapping.brought:
            raise ImportStoppedError(
                f"The ledger holds {mapping.brought.id} with other terms. Give the agreement file a new version; or, if only the library "
                f"of holidays has changed since, write `agreement: {mapping.brought.id}` in the mapping to use the ledger's own."
            )

    def _record_preamble(self, claims: Sequence[Claim]) -> None:
        """Raises ImportStoppedError where the ledger refuses one."""
        for answer in self._book.append(claims) if claims else ():
            if isinstance(answer, Refusal):
                raise ImportStoppedError(f"The ledger refuses {answer.id}: {answer.refused.detail}")
            self.tally.recorded += not answer.duplicate


def rules_of(paths: Sequence[Path], mapping: Mapping) -> list[tuple[Path, FileRule]]:
    """Each file with its rule, in the order of the rules: what becomes of equal times hangs on the mapping alone.

    Raises ImportStoppedError for a file that has none."""
    found = []
    for path in paths:
        rule = mapping.rule_for(path.name)
        if rule is None:
            patterns = ", ".join(pattern for rule in mapping.files for pattern in rule.patterns)
            raise ImportStoppedError(f"The mapping {mapping.name} does not say what {path.name} is; it knows {patterns}.")
        found.append((path, rule))
    return sorted(found, key=lambda pair: mapping.files.index(pair[1]))


def check_columns(path: Path, rule: FileRule, columns: Sequence[str]) -> None:
    """Raises ImportStoppedError for a file that lacks columns which its rule reads."""
    missing = dict.fromkeys(str(column) for column in rule.columns() if column.is_missing(columns))
    if missing:
        has = ", ".join(column for column in columns if column)
        raise ImportStoppedError(f"{path.name} lacks columns that the mapping reads: {', '.join(missing)}. It has: {has}.")
