"""The transparency log over HTTP: what a client can check with nothing but the answers and the log's public key."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ledger.checkpoints import read_checkpoint
from ledger.merkle import leaf_hash
from ledger.notes import Verifier
from ledger.proofs import check_consistency, check_inclusion

Post = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
BATCH = "application/cloudevents-batch+json"


def append(post: Post, event: Make, first: int, number: int) -> list[dict[str, Any]]:
    events = [event(f"e-{n}", subject=f"L-{n}") for n in range(first, first + number)]
    answer = post(events, BATCH)
    assert answer.status_code == 201, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def signed(client: httpx.Client, size: int) -> dict[str, Any]:
    """The checkpoint once it is as wide."""
    for _ in range(200):
        answer = client.get("/v1/checkpoint")
        if answer.status_code == 200 and answer.json()["size"] >= size:
            found: dict[str, Any] = answer.json()
            return found
        time.sleep(0.02)
    pytest.fail("The head was not signed.")


def hashes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def test_an_empty_log_is_signed_as_empty(client: httpx.Client) -> None:
    assert client.get("/v1/checkpoint").json()["size"] == 0


def test_the_head_is_signed_soon_after_an_event(client: httpx.Client, post: Post, event: Make) -> None:
    append(post, event, 1, 3)
    shown = signed(client, 3)
    checkpoint, note = read_checkpoint(client.get("/checkpoint").text)
    Verifier.read(shown["key"]).require(note)
    assert (shown["origin"], shown["size"], shown["root"]) == (checkpoint.origin, 3, checkpoint.root.hex())
    assert shown["note"] == str(note)


def test_a_receipt_s_leaf_is_proven_under_the_checkpoint(client: httpx.Client, post: Post, event: Make) -> None:
    receipts = append(post, event, 1, 7)
    signed(client, 7)
    for receipt in receipts:
        shown = client.get(f"/v1/events/{receipt['position']}/proof").json()
        assert shown["leaf"] == receipt["leaf"] == leaf_hash(shown["entry"].encode()).hex()
        root = bytes.fromhex(shown["checkpoint"]["root"])
        check_inclusion(bytes.fromhex(receipt["leaf"]), shown["index"], shown["checkpoint"]["size"], hashes(shown["proof"]), root)


def test_who_kept_a_checkpoint_is_shown_that_the_log_only_grew(client: httpx.Client, post: Post, event: Make) -> None:
    append(post, event, 1, 5)
    kept = signed(client, 5)
    append(post, event, 6, 8)
    signed(client, 13)
    shown = client.get("/v1/checkpoint/proof", params={"from": 5}).json()
    assert shown["root"] == kept["root"]
    later = shown["checkpoint"]
    check_consistency(5, later["size"], hashes(shown["proof"]), bytes.fromhex(kept["root"]), bytes.fromhex(later["root"]))


def test_how_far_the_log_is_signed_is_a_figure_to_watch(client: httpx.Client, post: Post, event: Make) -> None:
    append(post, event, 1, 4)
    signed(client, 4)
    assert "tasuki_signed_position 4.0" in client.get("/metrics").text


def test_between_sizes_that_were_not_signed_nothing_is_shown(client: httpx.Client, post: Post, event: Make) -> None:
    append(post, event, 1, 5)
    signed(client, 5)
    assert client.get("/v1/checkpoint/proof", params={"from": 2, "until": 5}).status_code == 200
    for asked in ({"from": 6}, {"from": 2, "until": 4}, {"from": 5, "until": 3}):
        assert client.get("/v1/checkpoint/proof", params=asked).status_code == 404
    assert client.get("/v1/checkpoint/proof", params={"from": 0}).status_code == 422


def test_what_is_not_there_or_not_signed_is_not_proven(client: httpx.Client) -> None:
    answer = client.get("/v1/events/1/proof")
    assert answer.status_code == 404
    assert "does not reach" in answer.json()["detail"]


def test_the_tree_is_served_in_tiles_and_the_entries_in_bundles(client: httpx.Client, post: Post, event: Make) -> None:
    receipts = append(post, event, 1, 260)
    signed(client, 260)
    full, rest, above = (client.get(f"/tile/{path}") for path in ("0/000", "0/001.p/4", "1/000.p/1"))
    assert full.headers["content-type"] == "application/octet-stream"
    assert full.content + rest.content == b"".join(bytes.fromhex(receipt["leaf"]) for receipt in receipts)
    assert len(above.content) == 32
    bundle = client.get("/tile/entries/001.p/4").content
    for receipt in receipts[256:]:
        length = int.from_bytes(bundle[:2], "big")
        assert leaf_hash(bundle[2 : 2 + length]).hex() == receipt["leaf"]
        bundle = bundle[2 + length :]
    assert bundle == b""


@pytest.mark.parametrize("path", ["0/001", "0/000.p/4", "1/000.p/1", "63/000", "entries/000.p/4"])
def test_tiles_wider_than_the_checkpoint_are_not_there(client: httpx.Client, post: Post, event: Make, path: str) -> None:
    append(post, event, 1, 3)
    signed(client, 3)
    assert client.get(f"/tile/{path}").status_code == 404


@pytest.mark.parametrize("path", ["0", "0/1", "0/000.p/0", "tree/000", "0/x000/000", "0//000"])
def test_what_is_no_tile_s_name_is_refused(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/tile/{path}")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/malformed"


def test_the_note_is_as_the_specification_writes_it(client: httpx.Client, post: Post, event: Make) -> None:
    append(post, event, 1, 1)
    root = bytes.fromhex(signed(client, 1)["root"])
    answer = client.get("/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    origin, size, shown_root, blank, line = answer.text.splitlines()
    assert (size, shown_root, blank) == ("1", base64.b64encode(root).decode(), "")
    assert line.startswith(f"— {origin} ")
