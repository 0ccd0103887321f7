"""A camera that speaks RTSP: H.264 in a transport stream, over the connection that asked for it."""

from __future__ import annotations

import base64
import io
import itertools
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import av
import numpy as np
from av.video.frame import VideoFrame

SIZE = (320, 180)
_RATE = 10
_PACKETS = 7 * 188
"""Bytes of a transport stream in one RTP packet."""
_SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\n"


class RtspCamera:
    """Serves every path, on a port of its own, until it is left."""

    def __init__(self) -> None:
        self.login = ""
        """USER:PASSWORD that it wants."""
        self.level = 60
        """Brightness of what it sees."""
        self.hang_up = threading.Event()
        """Set to have it end the stream that it gives."""
        self.over = threading.Event()
        camera = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):  # nobody watches any more
                    camera.serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> RtspCamera:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, client: socketserver.StreamRequestHandler) -> None:
        while request := client.rfile.readline().decode().split():
            headers = {}
            while line := client.rfile.readline().decode().strip():
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            method, body, more = request[0], "", ""
            status = "200 OK"
            if method == "OPTIONS":
                more = "Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            elif not self._may(headers):
                status, more = "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"\r\n'
            elif method == "DESCRIBE":
                body, more = _SDP, "Content-Type: application/sdp\r\n"
            elif method == "SETUP":
                more = "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            head = f"RTSP/1.0 {status}\r\nCSeq: {headers['cseq']}\r\n{more}"
            client.wfile.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            if method == "PLAY":
                self._play(client.connection)
                return

    def _may(self, headers: dict[str, str]) -> bool:
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
        return not self.login or headers.get("authorization") == wanted

    def _play(self, connection: socket.socket) -> None:
        numbers = itertools.count()
        for chunk in self._transport_stream():
            for at in range(0, len(chunk), _PACKETS):
                data = chunk[at : at + _PACKETS]
                number = next(numbers)
                head = struct.pack(">BBHII", 0x80, 33, number & 0xFFFF, number * 900, 1)
                connection.sendall(struct.pack(">cBH", b"$", 0, len(head + data)) + head + data)

    def _transport_stream(self) -> Iterator[bytes]:
        """The bytes of each frame in turn, at their pace."""
        file = io.BytesIO()
        noise = np.random.default_rng(0)
        with av.open(file, "w", format="mpegts") as container:
            stream = container.add_stream("libx264", rate=_RATE)
            stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
            stream.options = {"tune": "zerolatency", "preset": "ultrafast", "g": "5"}
            while not self.hang_up.is_set() and not self.over.wait(1 / _RATE):
                pixels = noise.integers(-8, 9, (SIZE[1], SIZE[0], 3)) + self.level
                frame = VideoFrame.from_ndarray(pixels.clip(0, 255).astype(np.uint8), "rgb24")
                container.mux(stream.encode(frame))
                yield file.getvalue()
                file.seek(0)
                file.truncate()
        self.hang_up.clear()
