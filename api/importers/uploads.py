"""Files that were uploaded to be imported: each in a folder of its own, under a name that nobody can guess, until it is
imported or an hour old."""

from __future__ import annotations

import re
import secrets
import tempfile
import threading
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Literal

from api.importers.cloud_events import is_cloud_events
from api.importers.mapping import Mapping
from api.importers.mapping_reader import SHIPPED, read_mapping, shipped_names
from api.importers.rejects import Rejects
from api.importers.rows import UnreadableFileError
from api.importers.run import Import, ImportStoppedError, Tally
from api.importers.strictness import FaultyMappingError
from api.problems import refused
from ledger.book import Book

MOST = 8
"""How many uploads are kept at once."""
KEPT_SECONDS = 3_600
_SEVERAL = "Several processes serve this ledger, and an uploaded file would lie with one of them; import it with `tasuki import`."
_SUFFIX = re.compile(r"(?:\.[a-z0-9]{1,8}){1,2}$")
State = Literal["waiting", "running", "done", "stopped"]


@dataclass(slots=True)
class Upload:
    """A file and what becomes of it. `file` is gone once it is imported; what was rejected stays as long as the upload."""

    id: str
    folder: tempfile.TemporaryDirectory[str]
    file: Path
    named: str
    """As its owner called it: shown to whoever has the id, and written nowhere else."""
    at: float
    state: State = "waiting"
    mapping: str | None = None
    """A mapping's own text, or the name of a shipped one."""
    chosen: Mapping_[str, str] = field(default_factory=dict)
    """The columns that its mapping was made of, where it was made by choices."""
    stages: Mapping_[str, str] = field(default_factory=dict)
    """What the file's words for stages are called here."""
    tally: Tally = field(default_factory=Tally)
    done: int = 0
    total: int | None = None
    why: str = ""

    @property
    def rejects(self) -> Path:
        """Where what was rejected stands, as CSV."""
        return Path(self.folder.name) / "rejects.csv"

    @property
    def needs_mapping(self) -> bool:
        return not is_cloud_events(self.file)

    def read_mapping(self) -> Mapping | None:
        """Its mapping; None for CloudEvents, which need none. Raises FaultyMappingError."""
        if not self.needs_mapping:
            return None
        if self.mapping is None:
            raise FaultyMappingError([("", "Choose a mapping first.")])
        if self.mapping in shipped_names():
            return read_mapping(SHIPPED / f"{self.mapping}.yaml")
        own = Path(self.folder.name) / "mapping.yaml"
        own.write_text(self.mapping, "utf-8")
        return read_mapping(own)


class Uploads:
    """Everything that was uploaded to this process. One is imported at a time."""

    def __init__(self, *, is_alone: bool = True) -> None:
        """`is_alone`: no other process serves the pages, so that whoever uploaded a file finds it again."""
        self._is_alone = is_alone
        self._kept: dict[str, Upload] = {}
        self._lock = threading.Lock()
        self._importing = threading.Lock()
        self._is_closing = False

    def add(self, name: str, content: bytes) -> Upload:
        """Keeps a file. Raises ProblemError where there is no room, or several processes serve the pages."""
        if not self._is_alone:
            raise refused("unavailable", _SEVERAL)
        folder = tempfile.TemporaryDirectory(prefix="tasuki-import-")
        plain = Path(name.replace("\\", "/")).name
        suffix = _SUFFIX.search(plain.lower())
        file = Path(folder.name) / (_safe(plain) if suffix else "upload")
        file.write_bytes(content)
        made = Upload(secrets.token_urlsafe(16), folder, file, plain[:200], monotonic())
        with self._lock:
            self._forget_old()
            if len(self._kept) >= MOST:
                folder.cleanup()
                raise refused("unavailable", f"{MOST} uploads wait already; finish or discard one, or come back in an hour.")
            self._kept[made.id] = made
        return made

    def get(self, id: str) -> Upload:
        """Raises ProblemError for one that is not there any more."""
        with self._lock:
            found = self._kept.get(id)
        if found is None:
            raise refused("not-found", "There is no such upload any more; an hour after it came, or when it is discarded, it is removed.")
        return found

    def discard(self, upload: Upload) -> None:
        """Removes an upload with its file."""
        if upload.state == "running":
            raise refused("protocol", "It is being imported; wait until that is done.")
        with self._lock:
            if self._kept.pop(upload.id, None) is not None:
                upload.folder.cleanup()

    def start(self, upload: Upload, book: Book) -> None:
        """Imports a file in a thread of its own. Raises ProblemError while another one is imported, FaultyMappingError."""
        mapping = upload.read_mapping()
        if upload.state != "waiting":
            raise refused("protocol", "This upload was imported already; upload the file again to import it again.")
        if not self._importing.acquire(blocking=False):
            raise refused("unavailable", "Another file is being imported; try again when that is done.")
        upload.state = "running"
        threading.Thread(target=self._import, args=(upload, mapping, book), name="import", daemon=True).start()

    def close(self) -> None:
        """Stops an import at its next thousand rows, waits for it, and removes every file."""
        self._is_closing = True
        with self._importing, self._lock:
            for upload in self._kept.values():
                upload.folder.cleanup()
            self._kept.clear()

    def _import(self, upload: Upload, mapping: Mapping | None, book: Book) -> None:
        def progress(_doing: str, done: int, total: int | None) -> None:
            if self._is_closing:
                raise ImportStoppedError("The service was closed while it imported.")
            upload.done, upload.total = done, total

        ended: State = "stopped"
        try:
            with upload.rejects.open("w", encoding="utf-8-sig", newline="") as written:
                run = Import(book, Rejects(written), progress)
                upload.tally = run.tally
                if mapping is None:
                    run.cloud_events([upload.file])
                else:
                    run.mapped([upload.file], mapping)
            ended = "done"
        except (UnreadableFileError, ImportStoppedError, FaultyMappingError) as error:
            upload.why = str(error)
        except OSError as error:
            upload.why = f"The file cannot be read or written here: {error.strerror}."
        finally:
            upload.file.unlink(missing_ok=True)
            upload.state = ended
            self._importing.release()

    def _forget_old(self) -> None:
        for old in [one for one in self._kept.values() if one.state != "running" and monotonic() - one.at > KEPT_SECONDS]:
            del self._kept[old.id]
            old.folder.cleanup()


def _safe(name: str) -> str:
    """A file's name in the letters that every system takes, so that mappings that go by names still know it."""
    return re.sub(r"[^\w.\- ]", "_", name)[-100:].lstrip(".") or "upload"
