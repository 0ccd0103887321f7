"""A small server on loopback that behaves like the hub: well, and badly when told to."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
Files = Mapping[str, bytes]


@dataclass
class Repo:
    files: dict[str, bytes]
    licence: str = "apache-2.0"
    gated: bool = False
    hashes: bool = True
    """Whether the listing tells the SHA-256 of its files."""
    commit: str = COMMIT


@dataclass
class Fault:
    """One piece of bad behaviour, used up when it has happened ``times`` times."""

    on: str
    """``api`` (the listing), ``head`` (metadata of a file) or ``file`` (its content)."""
    act: str
    """``status``, ``flip``, ``cut``, ``stall``, ``html`` or ``whole`` (a range is ignored)."""
    status: int = 500
    times: int = 1


@dataclass
class Hub:
    """What the server holds, what it is to do wrong, and what it was asked."""

    repos: dict[str, Repo] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """``METHOD path`` with a range, in the order of arrival."""
    sent: int = 0
    """Bytes of file content."""
    url: str = ""
    content_url: str = ""
    released: threading.Event = field(default_factory=threading.Event)
    """Ends every stall."""

    def fault(self, on: str) -> Fault | None:
        for fault in self.faults:
            if fault.on == on and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def asked(self, method: str, part: str) -> int:
        return sum(line.startswith(method) and part in line for line in self.requests)


@contextmanager
def serve() -> Iterator[Hub]:
    """A hub without repositories, gone when the block ends."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    hub.content_url = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    # Without keep-alive no connection outlives its answer, nor a test its server.
    protocol_version = "HTTP/1.0"

    def do_HEAD(self) -> None:
        self._answer(head=True)

    def do_GET(self) -> None:
        self._answer(head=False)

    def log_message(self, *args: Any) -> None: ...

    def _answer(self, head: bool) -> None:
        path = urlsplit(self.path).path
        extra = f" {self.headers['Range']}" if "Range" in self.headers else ""
        self.hub.requests.append(f"{self.command} {path}{extra}")
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/[^/]+)?", path):
            self._listing(found[1])
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(found[1], found[3])
        elif found := re.fullmatch(r"/cdn/([^/]+/[^/]+)/(.+)", path):
            self._content(self.hub.repos[found[1]].files[found[2]])
        else:
            self._error(404, "EntryNotFound")

    def _listing(self, name: str) -> None:
        if self._misbehaves("api"):
            return
        repo = self.hub.repos.get(name)
        if repo is None:
            # The real hub does not tell strangers whether a repository exists.
            self._error(401, "RepoNotFound")
            return
        siblings = [_sibling(file, data, repo.hashes) for file, data in repo.files.items()]
        body = {"id": name, "sha": repo.commit, "siblings": siblings}
        self._send(200, json.dumps(body | {"cardData": {"license": repo.licence}}).encode())

    def _resolve(self, name: str, file: str) -> None:
        if self.command == "HEAD" and self._misbehaves("head"):
            return
        repo = self.hub.repos.get(name)
        if repo is None:
            self._error(401, "RepoNotFound")
        elif repo.gated:
            self._error(403, "GatedRepo")
        elif file not in repo.files:
            self._error(404, "EntryNotFound")
        else:
            self._redirect(repo, name, file)

    def _redirect(self, repo: Repo, name: str, file: str) -> None:
        data = repo.files[file]
        self.send_response(302)
        # Content lives on another host than the hub; headers after the redirect do not count.
        self.send_header("Location", f"{self.hub.content_url}/cdn/{name}/{file}")
        self.send_header("X-Repo-Commit", repo.commit)
        self.send_header("X-Linked-Size", str(len(data)))
        self.send_header("X-Linked-Etag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _content(self, data: bytes) -> None:
        fault = self.hub.fault("file")
        act = fault.act if fault else ""
        if fault and act in ("status", "html"):
            self._act(fault)
            return
        span = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(span[1]) if span and act != "whole" else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if self.command == "GET":
            self._body(data[start:], act)

    def _body(self, data: bytes, act: str) -> None:
        if act == "flip":
            middle = len(data) // 2
            data = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        elif act in ("cut", "stall"):
            data = data[: len(data) // 2]
        self.wfile.write(data)
        self.wfile.flush()
        self.hub.sent += len(data)
        if act == "stall":
            self.hub.released.wait(timeout=30)

    def _misbehaves(self, on: str) -> bool:
        fault = self.hub.fault(on)
        if fault:
            self._act(fault)
        return fault is not None

    def _act(self, fault: Fault) -> None:
        match fault.act:
            case "status":
                self._error(fault.status)
            case "html":
                self._send(200, b"<html>Please log in</html>", "text/html")
            case "stall":
                self.hub.released.wait(timeout=30)

    def _error(self, status: int, code: str = "") -> None:
        self._send(status, b"{}", code=code)

    def _send(
        self, status: int, body: bytes, kind: str = "application/json", code: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _sibling(name: str, data: bytes, hashes: bool) -> dict[str, Any]:
    sibling: dict[str, Any] = {"rfilename": name, "size": len(data)}
    if hashes:
        sha256 = hashlib.sha256(data).hexdigest()
        sibling["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 134}
    return sibling
