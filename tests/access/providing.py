"""A real identity provider on the loopback: it describes itself, shows its keys, and gives an ID token for a code."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

AUDIENCE, CLIENT = "https://tasuki.example", "tasuki-pages"


class Pretender:
    """The provider: its keys by their names, what it was asked, and who is sitting at its page."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.rsa = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.shown: dict[str, Any] = {"rsa-1": self.rsa, "ec-1": self.ec}
        self.asked: list[str] = []
        self.subject = "u-1"
        self.codes: dict[str, dict[str, str]] = {}

    def key_set(self) -> dict[str, Any]:
        found = []
        for kid, key in self.shown.items():
            algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
            found.append({**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"})
        return {"keys": found}

    def public_pem(self) -> bytes:
        return self.rsa.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def token(self, *, key: Any = None, algorithm: str = "RS256", kid: str | None = "rsa-1", **claims: Any) -> str:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": AUDIENCE, "sub": self.subject, "iat": now, "exp": now + 300} | claims
        told = {name: value for name, value in told.items() if value is not None}
        headers = {} if kid is None else {"kid": kid}
        return jwt.encode(told, self.rsa if key is None else key, algorithm=algorithm, headers=headers)

    def code(self, authorization: str) -> tuple[str, str]:
        """Somebody logs in at the page that an address leads to: a code, and the state it is sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return code, asked["state"]

    def exchange(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        return {"id_token": self.token(aud=CLIENT, nonce=asked["nonce"]), "token_type": "Bearer", "access_token": "x"}


@contextlib.contextmanager
def providing() -> Iterator[Pretender]:
    """The provider, for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path == "/.well-known/openid-configuration":
                addresses = {"jwks_uri": "/keys", "authorization_endpoint": "/authorize", "token_endpoint": "/token"}
                self._answer({"issuer": provider.issuer, **{name: provider.issuer + path for name, path in addresses.items()}})
            elif self.path == "/keys":
                self._answer(provider.key_set())
            elif self.path == "/elsewhere":
                self.send_response(302)
                self.send_header("Location", "/keys")
                self.end_headers()
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            answer = provider.exchange({name: values[0] for name, values in form.items()})
            self._answer({"error": "invalid_grant"} if answer is None else answer, 400 if answer is None else 200)

        def _answer(self, told: dict[str, Any], status: int = 200) -> None:
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Pretender(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
