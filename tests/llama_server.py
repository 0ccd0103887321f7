"""A real llama-server on a free loopback port: the peer that equality is measured against."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from edgeomni.values import AudioClip, Image

_START_SECONDS = 60
_STOP_SECONDS = 10
_POLL_SECONDS = 0.02

Json = dict[str, Any]


@dataclass(frozen=True)
class ServerSpec:
    """What to start; the defaults are those of the engine."""

    program: Path
    model: Path
    mmproj: Path | None = None
    context: int = 4096
    threads: int = 1
    batch: int = 512
    extra: tuple[str, ...] = ()

    def command(self, port: int) -> list[str]:
        batch, threads = str(self.batch), str(self.threads)
        eyes = ["--mmproj", str(self.mmproj), "--no-mmproj-offload"] if self.mmproj else []
        return [
            *(str(self.program), "--model", str(self.model), *eyes),
            *("--host", "127.0.0.1", "--port", str(port), "--offline", "--no-ui"),
            *("--ctx-size", str(self.context), "--parallel", "1", "--fit", "off"),
            *("--flash-attn", "off"),  # as ours on a CPU: the last digits depend on it
            *("--batch-size", batch, "--ubatch-size", batch),
            *("--threads", threads, "--threads-batch", threads, "--gpu-layers", "0"),
            *self.extra,
        ]


class LlamaServer:
    """Use it in a ``with`` block: it answers from the first line on, and is gone after it."""

    def __init__(self, spec: ServerSpec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self.port = _free_port()

    def __enter__(self) -> LlamaServer:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.spec.command(self.port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def get(self, path: str) -> Json:
        return self._whole("GET", path, None)

    def post(self, path: str, body: Json) -> Json:
        return self._whole("POST", path, body)

    def events(self, path: str, body: Json | bytes) -> Iterator[Json]:
        """The server-sent events of a request with ``"stream": true``, until ``[DONE]``."""
        connection = self._ask("POST", path, body)
        try:
            for line in _checked(connection.getresponse()):
                if line.startswith(b"data: ") and not line.startswith(b"data: [DONE]"):
                    yield json.loads(line[6:])
        finally:
            connection.close()

    def complete(
        self, prompt: str | list[int], count: int, media: Sequence[Image | AudioClip] = ()
    ) -> Json:
        """A greedy completion; one media marker (``media_marker``) stands for each medium."""
        files = [encoded(item) for item in media]
        asked = {"prompt_string": prompt, "multimodal_data": files} if media else prompt
        return self.post(
            "/completion",
            {
                "prompt": asked,
                "n_predict": count,
                "temperature": 0,
                "cache_prompt": True,
                "return_tokens": True,
            },
        )

    @property
    def media_marker(self) -> str:
        return str(self.get("/props")["media_marker"])

    def _whole(self, method: str, path: str, body: Json | None) -> Json:
        connection = self._ask(method, path, body)
        try:
            answer: Json = json.loads(_checked(connection.getresponse()).read())
            return answer
        finally:
            connection.close()

    def _ask(self, method: str, path: str, body: Json | bytes | None) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        raw = json.dumps(body).encode() if isinstance(body, dict) else body
        connection.request(method, path, raw, {"Content-Type": "application/json"})
        return connection

    def _wait_until_healthy(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                self.get("/health")
                return
            except (OSError, RuntimeError):
                time.sleep(_POLL_SECONDS)  # nothing tells when another process listens
        tail = self.log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"llama-server did not start:\n{tail}")


def _checked(response: http.client.HTTPResponse) -> http.client.HTTPResponse:
    if response.status != 200:
        raise RuntimeError(f"llama-server says {response.status}: {response.read()[:500]!r}")
    return response


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def chat_message(role: str, *parts: str | Image | AudioClip) -> Json:
    """A message as ``/v1/chat/completions`` takes it."""
    return {"role": role, "content": [_part(part) for part in parts]}


def _part(part: str | Image | AudioClip) -> Json:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, Image):
        return {"type": "image_url", "image_url": {"url": f"data:image/bmp;base64,{encoded(part)}"}}
    return {"type": "input_audio", "input_audio": {"data": encoded(part), "format": "wav"}}


def encoded(media: Image | AudioClip) -> str:
    """A file without loss that costs its reader next to nothing, in base64."""
    return base64.b64encode(bmp(media) if isinstance(media, Image) else wav(media)).decode()


def bmp(image: Image) -> bytes:
    """An uncompressed bitmap: rows from the bottom, blue first, padded to 4 bytes."""
    row, padding = image.width * 3, -image.width * 3 % 4
    body = bytearray()
    for top in range((image.height - 1) * row, -1, -row):
        line = bytearray(image.pixels[top : top + row])
        line[0::3], line[2::3] = line[2::3], line[0::3]
        body += line + bytes(padding)
    info = struct.pack("<IiiHHIIiiII", 40, image.width, image.height, 1, 24, 0, len(body), *[0] * 4)
    return struct.pack("<2sIHHI", b"BM", 54 + len(body), 0, 0, 54) + info + bytes(body)


def wav(clip: AudioClip) -> bytes:
    """Mono float32, so that no sample is rounded."""
    form = struct.pack("<HHIIHH", 3, 1, clip.rate, clip.rate * 4, 4, 32)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(clip.samples)) + clip.samples
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
