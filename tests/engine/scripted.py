"""A server on loopback that answers as it is told, well or badly, over real sockets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ScriptedServer:
    """``routes`` maps a path to what writes the answer; what was asked is in ``asked``."""

    def __init__(self, routes: dict[str, Callable[[Asked], None]]) -> None:
        self.asked: list[Asked] = []
        self.over = threading.Event()

        class Handler(Asked):
            server_script = self
            script = routes

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def bodies(self) -> list[dict]:
        return [asked.body for asked in self.asked if asked.command == "POST"]

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class Asked(BaseHTTPRequestHandler):
    """One request, and the means to answer it."""

    server_script: ScriptedServer
    script: dict[str, Callable[[Asked], None]]
    body: dict

    def do_GET(self) -> None:
        self.server_script.asked.append(self)
        answer = self.script.get(self.path)
        if answer is None:
            self.says({"error": {"message": "nothing here"}}, status=404)
        else:
            answer(self)

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.do_GET()

    def says(self, what: object, *, status: int = 200, kind: str = "application/json", **more):
        data = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def streams(self, *pieces: bytes) -> None:
        """The beginning of an event stream; it ends with the connection."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)

    def waits(self) -> bool:
        """Until the other side hangs up; False when the test is over before."""
        self.connection.settimeout(10)
        try:
            return self.connection.recv(1) == b""
        except OSError:
            return True

    def log_message(self, format: str, *args: object) -> None:
        pass


def event(**chunk: object) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def says(text: str, reason: str | None = None) -> bytes:
    return delta(content=text, reason=reason)


def delta(reason: str | None = None, **what: object) -> bytes:
    return event(choices=[{"index": 0, "delta": what, "finish_reason": reason}])


DONE = b"data: [DONE]\n\n"
