"""`tasuki verify`: whether a ledger, or a bundle of it, is what it was, from its file alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from api.bundling.places import Places
from api.bundling.reading import Bundle, FaultyBundleError
from api.bundling.verifying import verified_bundle
from api.commands.options import DATABASE, WANTING, Database, Json, LogKey, TsaCertificates, misused, read_certificates
from ledger.key_file import UnusableKeyError, log_key_file, read_key
from ledger.notes import FaultyNoteError, Verifier
from ledger.opening import place_of
from ledger.store import Place
from ledger.verifying.database import NoLedgerError
from ledger.verifying.evidence import evidence
from ledger.verifying.signatures import Trusted
from ledger.verifying.stages import Found
from ledger.verifying.verification import Verified, Watch, verified
from ledger.witnessing.asking import Memory
from projections.verifying import projections_stage

Logs = Annotated[
    list[str] | None,
    typer.Option(
        "--log",
        metavar="KEY",
        help="The log's public key, as `tasuki checkpoint --key` printed it once; may be repeated where the key was replaced. "
        "If not given, the key in the file beside the ledger.",
    ),
]
WitnessKeys = Annotated[
    list[str] | None,
    typer.Option("--witness", metavar="KEY", help="The public key of a witness that is to have cosigned; may be repeated."),
]
Checkpoints = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that you kept, or that a witness gave you; may be repeated."),
]
ReadModels = Annotated[bool, typer.Option("--projections/--no-projections", help="Work the read models out again as well.")]
Processes = Annotated[int | None, typer.Option("--processes", min=1, help="How many processes for that; one a core if not given.")]
_SIGNS = {"ok": "[green]ok[/green]", "failed": "[bold red]FAILED[/bold red]", "skipped": "[yellow]not checked[/yellow]"}


BundleFile = Annotated[
    Path | None,
    typer.Argument(metavar="BUNDLE", help="An audit bundle, as `tasuki export bundle` wrote it; the ledger itself if not given."),
]


def verify(
    bundle: BundleFile = None,
    log: Logs = None,
    witness: WitnessKeys = None,
    checkpoint: Checkpoints = None,
    tsa_certificate: TsaCertificates = None,
    projections: ReadModels = True,
    processes: Processes = None,
    log_key: LogKey = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Work everything out again from the entries' bytes and compare: bytes, leaves, tiles, frontier, checkpoints,
    witnesses, time stamps, columns, read models; of a bundle its proofs, signatures, stories and page. Nothing is written. Exit 1 where
    something is not as it should be."""
    begun = perf_counter()
    witnesses, authorities = public_keys("--witness", witness), read_certificates(tsa_certificate)
    if bundle is not None:
        trusted = Trusted(public_keys("--log", log), witnesses, kept_notes(checkpoint or []), authorities)
        name, found, places = _verified_bundle(bundle, trusted)
    else:
        place, places = _place(database), None
        name, key_file = place.name, log_key or log_key_file(place.beside)
        notes = kept_notes([*(checkpoint or []), *remembered(Memory(key_file))])
        found = verified_ledger(database, Trusted(log_keys(log, key_file), witnesses, notes, authorities), projections, processes)
    if json:
        typer.echo(_as_json(name, found, places))
    else:
        _tell(name, found, places, perf_counter() - begun)
    if not found.holds:
        raise typer.Exit(WANTING)


def _verified_bundle(path: Path, trusted: Trusted) -> tuple[str, Verified, Places]:
    try:
        bundle = Bundle(path)
    except FaultyBundleError as error:
        misused(f"{path}: {error}")
    with closing(bundle), _watching(bundle.manifest.entries) as watch:
        return path.name, *verified_bundle(bundle, trusted, watch)


def verified_ledger(url: str, trusted: Trusted, projections: bool, processes: int | None) -> Verified:
    """What a ledger is found to be, with or without its read models. Ends the command where it is none."""
    try:
        file = evidence(url)
    except NoLedgerError as error:
        misused(str(error))
    with _watching(file.size) as watch:
        found = verified(file, trusted, watch)
        file.close()
        if projections:
            found.stages.append(_projections(url, found, watch, processes))
    return found


def _place(database: str) -> Place:
    try:
        return place_of(database)
    except ValueError as error:
        misused(str(error))


def remembered(memory: Memory) -> list[Path]:
    """The checkpoint that is remembered beside the log's key."""
    return [memory.file] if memory.file.exists() else []


def log_keys(texts: list[str] | None, key_file: Path) -> list[Verifier]:
    """The keys that are given, else the one beside the ledger, where there is one."""
    if texts or not key_file.exists():
        return public_keys("--log", texts)
    try:
        return [read_key(key_file).verifier]
    except UnusableKeyError as error:
        misused(f"{error} --log takes a public key instead.")


def public_keys(option: str, texts: list[str] | None) -> list[Verifier]:
    """Keys as an option gives them. Ends the command where one cannot be read."""
    try:
        return [Verifier.read(text) for text in texts or ()]
    except FaultyNoteError as error:
        misused(f"{option}: {error}")


def kept_notes(files: Sequence[Path]) -> list[tuple[str, str]]:
    """Checkpoints that were kept elsewhere, each with its name."""
    try:
        return [(file.name, file.read_text("utf-8")) for file in files]
    except (OSError, UnicodeDecodeError) as error:
        misused(f"A checkpoint cannot be read ({error}).")


def _projections(url: str, found: Verified, watch: Watch, processes: int | None) -> Found:
    """Nothing is compared with entries that are wrong themselves."""
    if not found.holds:
        return Found("projections", "skipped", "The entries are not what they were, so nothing is worked out of them.")
    return projections_stage(url, watch("folding leads"), processes)


@contextmanager
def _watching(size: int) -> Iterator[Watch]:
    """A bar on standard error for what is under way."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=size)

        def watch(what: str) -> Any:
            bar.reset(task, description=what, total=size)
            return lambda entries: bar.advance(task, entries)

        yield watch


def _as_json(name: str, found: Verified, places: Places | None) -> str:
    told = {
        "ledger" if places is None else "bundle": name,
        "holds": found.holds,
        "size": found.size,
        "witnessed": found.witnessed,
        "signed": found.signed,
        "entries": found.size if places is None else places.within(1, found.size),
        "first_bad": found.first_bad,
        "stages": [stage._asdict() for stage in found.stages],
    }
    return msgspec.json.encode(told).decode()


def _tell(name: str, found: Verified, places: Places | None, seconds: float) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for stage in found.stages:
        table.add_row(stage.stage, _SIGNS[stage.state], Text(stage.detail))
    Console().print(table)
    typer.echo("\n".join(_ranges(found, places)))
    if found.holds:
        entries = f"{found.size} entries" if places is None else f"{places.within(1, found.size)} of {found.size} entries"
        typer.echo(f"Nothing was found wrong in {name}: {entries}, {seconds:.1f} seconds.")
    else:
        at = "" if found.first_bad is None else f"; the first place is position {found.first_bad}"
        typer.echo(f"{name} is not what it was{at}.")


def _ranges(found: Verified, places: Places | None) -> Iterator[str]:
    """Who vouches for which entries; of a bundle, how many of them it holds."""
    signed = max(found.signed, found.witnessed)
    for begin, end, sentence in (
        (1, found.witnessed, "witnessed: whoever changes them is seen."),
        (found.witnessed + 1, signed, "signed by the log, and not witnessed: whoever has the log's key could have changed them."),
        (signed + 1, found.size, "not vouched for yet: they are as recorded, or as somebody rewrote them."),
    ):
        held = "" if places is None else f", {places.within(begin, end)} of them here"
        if begin <= end:
            yield f"{begin} to {end}{held}: {sentence}"
