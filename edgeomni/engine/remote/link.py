"""Carries requests to one server over HTTP, each over a connection of its own."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from edgeomni.engine.remote.address import Address, refusal, remote_error
from edgeomni.errors import RemoteError
from edgeomni.ports import Cancel

if TYPE_CHECKING:
    import ssl

    import httpx

_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 600.0
"""A slow machine may read a long prompt for minutes before its first word."""
_PROBE_SECONDS = 5.0
_CANCEL_SECONDS = 0.01
_MAX_PLAIN = 8 * 1024 * 1024
"""Bytes of an answer that is no stream."""


class Link:
    """One connection for each request: only so can a cancelled one be closed at once."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._trusted: ssl.SSLContext | None = None

    def probe(self, url: str) -> tuple[int, Any]:
        """Status and JSON of a GET, None for what is no JSON. Raises RemoteError."""
        with self._client(_PROBE_SECONDS) as client, self._border():
            request = client.build_request("GET", url, headers=self.address.headers)
            response = client.send(request, stream=True)
            try:
                return response.status_code, _json(_whole(response))
            finally:
                response.close()

    @contextmanager
    def post(self, path: str, body: Any, cancel: Cancel | None) -> Iterator[httpx.Response]:
        """The open response to a POST; when the turn is cancelled, its connection is cut.

        Raises RemoteError and ContextFull, and Cancelled when it was cut.
        """
        wire = _Wire()
        with self._client(_SILENCE_SECONDS) as client, wire.cut_when(cancel):
            try:
                with self._border():
                    request = client.build_request(
                        "POST",
                        self.address.base + path,
                        content=json.dumps(body).encode(),
                        headers=self.address.headers | {"Content-Type": "application/json"},
                        extensions={"trace": wire.trace},
                    )
                    response = client.send(request, stream=True)
                    try:
                        self._check(response, path)
                        yield response
                    finally:
                        response.close()
            except RemoteError:
                if cancel and cancel.asked:
                    raise Cancelled from None
                raise

    def _check(self, response: httpx.Response, path: str) -> None:
        if response.status_code == 200:
            return
        if response.is_redirect:
            target = urlsplit(self.address.clean(response.headers.get("location", ""))).netloc
            where = f" to {target}" if target and target != self.address.host else ""
            raise remote_error(
                f"The server {self.address.host} sends elsewhere{where}, which is not followed.",
                "Set engine.base_url to the address where the server really is.",
            )
        raise refusal(self.address, response.status_code, _json(_whole(response)))

    def _client(self, silence: float) -> httpx.Client:
        import httpx

        # Reading the system's certificates takes longer than a whole request on this machine.
        if self.address.encrypted and self._trusted is None:
            self._trusted = httpx.create_ssl_context()
        return httpx.Client(
            verify=self._trusted or False,  # False without encryption only
            timeout=httpx.Timeout(silence, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            # A proxy stands between here and the world, not between here and this machine.
            trust_env=not self.address.local,
            headers={"Accept-Encoding": "identity", "User-Agent": "edgeomni"},
        )

    @contextmanager
    def _border(self) -> Iterator[None]:
        """httpx's errors, in our words."""
        import httpx

        host = self.address.host
        try:
            yield
        except httpx.ConnectTimeout as error:
            raise remote_error(
                f"The server {host} did not answer within {_CONNECT_SECONDS:.0f} s.",
                "See whether it is switched on and reachable from here.",
            ) from error
        except httpx.ConnectError as error:
            raise remote_error(
                f"There is no server at {host} ({self.address.clean(error)}).",
                "Start it, or correct engine.base_url.",
            ) from error
        except httpx.TimeoutException as error:
            raise remote_error(
                f"The server {host} was silent for too long.", "Look into the server's log."
            ) from error
        except httpx.InvalidURL as error:
            raise remote_error(
                f"{self.address.clean(error)}: no address.", "Correct engine.base_url."
            ) from error
        except httpx.HTTPError as error:
            raise remote_error(
                f"The connection to {host} broke ({self.address.clean(error)}).",
                "Ask again; if it breaks again, look into the server's log.",
            ) from error


class Cancelled(Exception):
    """The turn was cancelled and the connection cut; never leaves this room."""


class _Wire:
    """Knows the socket of a request in flight, to cut it from another thread."""

    def __init__(self) -> None:
        self._socket: Any = None
        self._cut = False
        self._lock = threading.Lock()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
                cut = self._cut
            if cut:
                self._shut()

    @contextmanager
    def cut_when(self, cancel: Cancel | None) -> Iterator[None]:
        if cancel is None:
            yield
            return
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(cancel, done), daemon=True)
        watch.start()
        try:
            yield
        finally:
            done.set()
            watch.join()

    def _watch(self, cancel: Cancel, done: threading.Event) -> None:
        while not done.wait(_CANCEL_SECONDS):
            if cancel.asked:
                with self._lock:
                    self._cut = True
                self._shut()
                return

    def _shut(self) -> None:
        """Ends a blocked read at once, which closing would not."""
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it had ended by itself


def _whole(response: httpx.Response) -> bytes:
    data = b""
    for piece in response.iter_raw():
        data += piece
        if len(data) > _MAX_PLAIN:
            raise remote_error(
                "The server's answer is larger than 8 MiB.", "Check engine.base_url."
            )
    return data


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
