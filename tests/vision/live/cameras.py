"""A camera in the network: MJPEG over HTTP from a thread, and ways to misbehave."""

from __future__ import annotations

import base64
import io
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import numpy as np
from PIL import Image as pil

SIZE = (320, 180)
_BOUNDARY = "frame"


def picture(number: int, size: tuple[int, int] = SIZE, level: int = 60) -> bytes:
    """A JPEG of one brightness, with noise that differs from number to number."""
    noise = np.random.default_rng(number).integers(-3, 4, (size[1], size[0], 3))
    pixels = np.clip(noise + level, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    pil.fromarray(pixels).save(file, "JPEG", quality=85)
    return file.getvalue()


class Camera:
    """Serves ``/live.mjpg`` and ``/still.jpg`` on a port of its own until it is left."""

    def __init__(self) -> None:
        self.level = 60
        """Brightness of what it sees."""
        self.size = SIZE
        self.rate = 20.0
        """Frames a second."""
        self.login = ""
        """USER:PASSWORD that it wants."""
        self.cut_after = 0
        """Frames after which it hangs up; 0 for never."""
        self.cuts = 0
        """How often it still does so; after that it stays."""
        self.brighter = 0
        """How much brighter what it sees is after each cut."""
        self.answers = threading.Event()
        """Clear to have it accept and say nothing more."""
        self.answers.set()
        self.frozen = False
        self.connections = 0
        self.watched = 0
        """Streams that are open now, as far as it has noticed: at the next frame it does."""
        self.number = 0
        """Of frames sent."""
        self.times: dict[int, float] = {}
        self._over = threading.Event()
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.serve(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def address(self) -> str:
        return f"http://{self.host}/live.mjpg"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
        if self.login and request.headers.get("Authorization") != wanted:
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="camera"')
            request.send_header("Content-Length", "0")
            request.end_headers()
        elif request.path.startswith("/still.jpg"):
            self._still(request)
        elif request.path.startswith("/live.mjpg"):
            self._stream(request)
        else:
            request.send_error(404)

    def _still(self, request: BaseHTTPRequestHandler) -> None:
        body = self._next()
        request.send_response(200)
        request.send_header("Content-Type", "image/jpeg")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        self.connections += 1
        self.watched += 1
        request.send_response(200)
        kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        request.send_header("Content-Type", kind)
        request.end_headers()
        try:
            for body in self._frames():
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                length = f"Content-Length: {len(body)}\r\n\r\n"
                request.wfile.write((head + length).encode() + body + b"\r\n")
                request.wfile.flush()
        except OSError:
            pass  # nobody watches any more
        finally:
            self.watched -= 1

    def _frames(self) -> Iterator[bytes]:
        sent = 0
        while not self._over.wait(1 / self.rate):
            if self.cuts and self.cut_after and sent >= self.cut_after:
                self.cuts -= 1
                self.level += self.brighter
                return
            self.answers.wait()
            sent += 1
            yield self._next()

    def _next(self) -> bytes:
        if not self.frozen:
            self.number += 1
            self.times[self.number] = time.monotonic()
        return self.picture(self.number)

    def picture(self, number: int) -> bytes:
        """What it sees, as a JPEG; each number has noise of its own."""
        return picture(number, self.size, self.level)
