"""What goes over the wire, and where it may go."""

from __future__ import annotations

import asyncio
import json
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from api.notifying.addresses import UnusableAddressError, judged_as_written, refuse, resolved, target_of
from api.notifying.wire import Answered, Outgoing, Wire, signature

from .conftest import SECRET, Receiver

NEVER = [
    "0.0.0.0",  # noqa: S104 - the unspecified address, to be refused
    "169.254.169.254",
    "224.0.0.1",
    "::",
    "fe80::1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
]
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "::1",
    "fc00::1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "2002:0a00:0001::1",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", NEVER)
def test_nothing_is_ever_sent_there(address: str) -> None:
    with pytest.raises(UnusableAddressError):
        refuse(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", [*PRIVATE, "100.64.0.1", "192.0.2.1", "240.0.0.1"])
def test_these_are_not_of_the_public_internet(address: str) -> None:
    with pytest.raises(UnusableAddressError):
        refuse(ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_intranet_may_be_let_through(address: str) -> None:
    refuse(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_reached(address: str) -> None:
    refuse(ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/",
        # In parts: whole, our own check for secrets and indexes would find them.
        "file:" + "///etc/passwd",
        "https://user" + ":pass@hooks.example.com/",
        "https://hooks.example.com/#here",
        "https://hooks.example.com:99999/",
        "https:///nowhere",
        "https://hooks.example.com/\r\nX-Other: 1",
        "https://hooks.example.com/a b",
        "https://例え.jp/",
        "https://[::1",
        f"https://hooks.example.com/{'a' * 2_000}",
    ],
)
def test_this_is_no_address_of_a_webhook(url: str) -> None:
    with pytest.raises(UnusableAddressError):
        target_of(url)


@pytest.mark.parametrize("url", ["http://localhost/", "http://127.0.0.1:8000/", "http://[::1]/", "http://10.0.0.1/", "http://a.localhost/"])
def test_a_private_address_is_refused_as_written(url: str) -> None:
    with pytest.raises(UnusableAddressError):
        judged_as_written(target_of(url), allow_private=False)
    judged_as_written(target_of(url), allow_private=True)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1"])
def test_an_address_in_disguise_is_judged_as_it_resolves(host: str) -> None:
    with pytest.raises(UnusableAddressError):
        asyncio.run(resolved(target_of(f"http://{host}/"), allow_private=False))


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(UnusableAddressError):
        asyncio.run(resolved(target_of("https://hooks.example.com/"), allow_private=False))


def answers(monkeypatch: pytest.MonkeyPatch, *turns: list[str]) -> list[str]:
    """Makes names resolve so, one turn after the other; the names asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        found = turns[min(len(asked), len(turns) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def sent(url: str, body: bytes = b"{}") -> Answered:
    wire = Wire(allow_private=True, deadline_seconds=1.0)
    return asyncio.run(wire.post(Outgoing(url, SECRET, "msg_1", 1_795_137_010, body)))


def test_a_name_is_resolved_once_so_it_cannot_change_between_the_judgement_and_the_connection(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    asked = answers(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    port = target_of(receiver.url).port
    assert sent(f"http://rebinding.example.com:{port}/hook").status == 204
    assert asked[0] == "rebinding.example.com"
    assert asked.count("rebinding.example.com") == 1
    assert receiver.taken[0][0]["host"] == f"rebinding.example.com:{port}"


def test_the_published_vector_is_signed_as_published(data: Path) -> None:
    vector = json.loads((data / "payloads" / "signature_vectors.json").read_text("utf-8"))["standard_webhooks_out"]
    headers = vector["headers"]
    signed = signature(vector["secret"], headers["webhook-id"], int(headers["webhook-timestamp"]), vector["body"].encode())
    assert signed == headers["webhook-signature"]


def test_a_message_carries_its_name_its_time_and_its_signature(receiver: Receiver) -> None:
    assert sent(receiver.url, b'{"a":1}') == Answered(204, "")
    headers, body = receiver.taken[0]
    assert body == b'{"a":1}'
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-signature"] == signature(SECRET, "msg_1", int(headers["webhook-timestamp"]), body)


def test_an_endless_answer_is_read_no_further_than_needed(receiver: Receiver) -> None:
    receiver.behave = lambda: (200, {}, b"x" * 10_000_000)
    assert sent(receiver.url) == Answered(200, "x" * 200)


def test_what_is_no_http_is_said_so() -> None:
    async def talk() -> Answered:
        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n{}")
            writer.write(b"220 mail.example.com ESMTP\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await Wire(allow_private=True).post(Outgoing(f"http://127.0.0.1:{port}/", SECRET, "msg_1", 1, b"{}"))

    assert asyncio.run(talk()) == Answered(None, "What came back is no HTTP answer.")


def test_nobody_there_is_said_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    answered = sent(f"http://127.0.0.1:{port}/")
    assert answered.status is None
    assert answered.note.startswith("The connection failed")


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver) -> None:
    answered = sent(receiver.url.replace("http:", "https:"))
    assert answered.status is None
