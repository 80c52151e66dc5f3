"""A ledger, and an authority that stamps its checkpoints."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.x509 import Certificate, load_pem_x509_certificates

from tests.conftest import Needs
from tests.ledger.appending import claim, opened
from tests.timestamping.authority import Authority, Served, served


@pytest.fixture
def tsa(needs: Needs, tmp_path: Path) -> Iterator[Served]:
    needs("openssl", shutil.which("openssl") is not None)
    with served(Authority(tmp_path / "tsa")) as found:
        yield found


@pytest.fixture
def roots(tsa: Served) -> list[Certificate]:
    return load_pem_x509_certificates(tsa.authority.certificate.read_bytes())


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger of three entries."""
    path = tmp_path / "book.db"
    with opened(path) as book:
        book.append([claim("e-1", lead="L-1"), claim("e-2", lead="L-2"), claim("e-3", lead="L-1")])
    return path
