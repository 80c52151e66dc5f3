"""An authority of time: `openssl ts` behind a small HTTP server, with a certificate of a certifying authority of its own."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIGURATION = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class Authority:
    """Whoever stamps, in a folder. `certificate` is the one that its own leads to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.certificate = folder / "ca.pem"
        (folder / "tsa.cnf").write_text(_CONFIGURATION)
        (folder / "serial").write_text("01")
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf")
        self._openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Root", "-days", "30", "-extensions", "ca")
        self._openssl("req", "-new", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Time")
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "tsa.cnf", "-extensions", "stamping")
        self._openssl("x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", *signing)

    def reply(self, query: bytes) -> bytes:
        """The answer to a question."""
        (self._folder / "query").write_bytes(query)
        signing = ("-signer", "tsa.pem", "-inkey", "tsa.key")
        self._openssl("ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "query", *signing, "-out", "reply")
        return (self._folder / "reply").read_bytes()

    def verifies(self, note: str, response: bytes) -> bool:
        """Whether a program that is not ours says the same."""
        (self._folder / "note").write_text(note)
        (self._folder / "response").write_bytes(response)
        try:
            self._openssl("ts", "-verify", "-data", "note", "-in", "response", "-CAfile", "ca.pem")
        except subprocess.CalledProcessError:
            return False
        return True

    def _openssl(self, *words: str) -> None:
        command = ("openssl", *words)
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True)  # noqa: S603 - words of our own


class Served:
    """What a server answers with: an authority, or something else that is set."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.url = ""
        self.status = 200
        self.answer: bytes | None = None
        self.asked = 0


@contextmanager
def served(authority: Authority) -> Iterator[Served]:
    """An authority on a free port of the loopback."""
    state = Served(authority)

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked += 1
            body = state.answer if state.answer is not None else authority.reply(query)
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/tsr"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
