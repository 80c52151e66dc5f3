"""`tasuki keys` and `tasuki roles`, as a shell calls them: exit codes 0 done, 1 found wanting, 2 used wrongly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.granting import login_of
from ledger.secret_keys import read_key

Run = Callable[..., Any]
OURS = ("keys", "create", "--source", "crm", "--scope", "read", "--scope", "append:marketing")


@pytest.fixture
def tasuki(root: Path, tmp_path: Path) -> Run:
    environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{tmp_path / 'cli.db'}"}

    def run(*words: str, start: bool = False) -> Any:
        command = [sys.executable, "-m", "api.cli", *words]
        if start:
            return subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)  # noqa: S603 - ourselves.
        return subprocess.run(  # noqa: S603 - as above.
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def test_a_key_is_printed_alone_and_once_and_listed_without_itself(tasuki: Run) -> None:
    made = tasuki(*OURS, "--kind", "integration", "--label", "Marketo")
    key = read_key(made.stdout.strip())
    assert (made.returncode, key is not None) == (0, True)
    assert key is not None
    listed = tasuki("keys", "list")
    assert listed.stdout == f"{key.id}  active  crm (integration)  append:marketing, read; for Marketo\n"
    assert tasuki("events").stdout.count("key.granted") == 1


def test_it_speaks_json_to_machines(tasuki: Run) -> None:
    made = json.loads(tasuki(*OURS, "--json").stdout)
    assert made["key"].startswith(f"tasuki_{made['id']}_")
    (listed,) = json.loads(tasuki("keys", "list", "--json").stdout)
    assert listed == {name: value for name, value in made.items() if name != "key"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("keys", "create", "--scope", "append:marekting", "--source", "crm"), 1, "No agreement names marekting"),
        (("keys", "create", "--scope", "write", "--source", "crm"), 1, "scopes/0"),
        (("keys", "create", "--scope", "read"), 1, "name it, or the person"),
        (("keys", "create", "--scope", "read", "--person", "marketing"), 1, "A person is department:name"),
        (("keys", "create", "--scope", "append:*", "--person", "marketing:tanaka"), 1, "speaks for marketing alone"),
        (("keys", "create", "--scope", "read", "--source", "crm", "--until", "soon"), 2, "--until takes a day"),
        (("keys", "create", "--scope", "read", "--source", "crm", "--until", "2020-01-01"), 1, "would end before it begins"),
        (("keys", "revoke", "aaaaaaaaaa", "--reason", "lost"), 2, "There is no ledger"),
        (("roles", "grant", "sato", "--person", "inside_sales:sato", "--role", "reader"), 2, "64 letters and digits"),
        (("roles", "grant", "1" * 64, "--person", "inside_sales:sato", "--role", "boss"), 2, "--role takes each of"),
        (("roles", "grant", "1" * 64, "--person", "sato", "--role", "reader"), 2, "DEPARTMENT:NAME"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tasuki: Run, words: tuple[str, ...], code: int, said: str) -> None:
    answer = tasuki(*words)
    assert (answer.returncode, said in answer.stderr) == (code, True), answer.stderr
    assert answer.stdout == ""


def test_a_key_is_revoked_by_its_id_or_by_itself_and_only_once(tasuki: Run) -> None:
    key = tasuki(*OURS).stdout.strip()
    assert tasuki("keys", "revoke", key, "--reason", "lost").returncode == 0
    again = tasuki("keys", "revoke", key.split("_")[1], "--reason", "lost")
    assert (again.returncode, "revoked already" in again.stderr) == (1, True)
    assert "revoked: lost" in tasuki("keys", "list").stdout
    assert tasuki("keys", "revoke", "aaaaaaaaaa", "--reason", "lost").returncode == 2


def test_roles_are_granted_listed_and_revoked(tasuki: Run) -> None:
    account = ("u-1", "--issuer", "https://id.example")
    granted = tasuki("roles", "grant", *account, "--person", "legal:abe", "--role", "arbiter")
    assert granted.stdout == f"{login_of('https://id.example', 'u-1')}  active  legal:abe  arbitrate, read\n"
    assert tasuki("roles", "revoke", *account, "--reason", "moved on").returncode == 0
    assert "revoked: moved on" in tasuki("roles", "list").stdout


def test_with_a_key_it_serves_other_machines_and_says_that_it_is_closed(tasuki: Run) -> None:
    anywhere = ("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - which is what is allowed now.
    refused = tasuki(*anywhere)
    assert (refused.returncode, "tasuki keys create" in refused.stderr) == (2, True)
    tasuki(*OURS)
    server = tasuki(*anywhere, start=True)
    assert server.stderr.readline().endswith("nobody gets in without a key.\n")
    server.send_signal(signal.SIGTERM)
    assert server.wait(15) in (0, -signal.SIGTERM)
    server.stderr.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--oidc-audience", "x"), "go with --oidc-issuer"),
        (("--oidc-issuer", "https://id.example"), "--oidc-client-id"),
        (("--oidc-issuer", "http://id.example", "--oidc-audience", "x"), "https alone"),
        (("--oidc-issuer", "id.example", "--oidc-audience", "x"), "takes an address"),
        (("--oidc-issuer", "https://id.example", "--oidc-client-id", "x", "--oidc-client-secret", "nowhere"), "cannot be read"),
    ],
)
def test_what_is_said_of_an_identity_provider_goes_together(tasuki: Run, words: tuple[str, ...], said: str) -> None:
    answer = tasuki("serve", "--port", "0", *words)
    assert (answer.returncode, said in answer.stderr) == (2, True), answer.stderr
