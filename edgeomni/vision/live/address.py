"""What is to be watched, from what the user writes: pure but for a look at what files there are."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edgeomni.errors import MediaError
from edgeomni.vision.device import TEST, Device, device
from edgeomni.vision.live.redact import HIDDEN, login_of, shown
from edgeomni.vision.live.screen import screen, window

Kind = Literal["camera", "screen", "stream", "snapshot", "file", "folder", "test"]
KNOWN = "camera[:NAME], screen[:X,Y,WxH], rtsp://…, http://…, a video, a folder or test"
_DEMUXERS = {
    **dict.fromkeys(("jpg", "jpeg"), "jpeg_pipe"),
    "png": "png_pipe",
    "webp": "webp_pipe",
    "bmp": "bmp_pipe",
}
_STILL = re.compile(rf"\.({'|'.join(_DEMUXERS)})$", re.IGNORECASE)
_NETWORK = "tcp,tls,udp,rtp,rtsp,http,https,httpproxy,crypto"
"""Protocols: a stream that names a file, or anything else, is not followed there."""
_CONTAINERS = "mpjpeg,mjpeg,jpeg_pipe,mpegts,flv,h264,hevc,matroska,webm,mov,mp4,rtsp,sdp"
_PROTOCOLS = {"protocol_whitelist": _NETWORK}
_STREAM = _PROTOCOLS | {"format_whitelist": _CONTAINERS}
_PROBE = {"probesize": "500000", "analyzeduration": "1000000"}
"""Bytes and microseconds in which the kind of a stream is found out."""
_RTSP = {"rtsp_transport": "tcp"}
"""UDP loses packets, and with each the picture up to the next keyframe."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be watched."""

    kind: Kind
    name: str
    """As it may be seen."""
    device: Device | None = None
    """What FFmpeg opens; None for files and folders."""
    path: Path = Path()

    @property
    def is_remote(self) -> bool:
        return self.kind in ("stream", "snapshot")

    @property
    def freezes(self) -> bool:
        """Its frames differ by noise, so that identical ones say that it hangs."""
        return self.kind in ("camera", "stream")

    @property
    def returns(self) -> bool:
        """It is opened again after it was lost."""
        return not self.is_timed

    @property
    def is_timed(self) -> bool:
        """It has a clock of its own, can be held, and read faster than that."""
        return self.kind in ("file", "test")

    @property
    def holds(self) -> bool:
        """Between two frames the last one is what there is to see."""
        return self.kind in ("folder", "snapshot")


def source(
    address: str, environ: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> Source:
    """Raises MediaError."""
    word, colon, rest = address.partition(":")
    if rest.startswith("//"):
        return _stream(word.lower(), address)
    path = Path(address)
    match word:
        case _ if path.is_dir():
            return Source("folder", path.name or address, path=path)
        case _ if path.exists() and not _is_device(path):
            return Source("file", path.name, path=path)
        case "camera" if rest == TEST:
            return Source("test", TEST, device(TEST))
        case "camera":
            return Source("camera", address, device(rest, platform))
        case "screen":
            return Source("screen", address, screen(rest, environ, platform))
        case "window":
            return Source("screen", address, window(rest, environ, platform))
        case "test" if not colon:
            return Source("test", TEST, device(TEST))
    if address.startswith("/dev/"):
        return Source("camera", address, device(address, platform))
    raise unknown(f"{shown(address)!r} is nothing that can be watched.", f"Give {KNOWN}.")


def _stream(scheme: str, address: str) -> Source:
    name = shown(address)
    host = name.partition("://")[2].partition("/")[0]
    if not host.strip(":") or any(each.isspace() for each in address):
        raise unknown(f"{name!r} is no address of a stream.", "It needs a host: rtsp://HOST/PATH.")
    if set(login_of(address.partition("://")[2])) & set("/?#"):
        happened = f"The password in the address of {name} holds a character that ends it."
        raise unknown(happened, "Write / as %2F, ? as %3F and # as %23.")
    if scheme in ("rtsp", "rtsps"):
        return Source("stream", name, Device(address, "rtsp", _STREAM | _RTSP, settles=False))
    if scheme not in ("http", "https"):
        raise unknown(f"{name!r}: {scheme} is no kind of stream.", "Give rtsp:// or http(s)://.")
    if still := _STILL.search(name.removesuffix(f"?{HIDDEN}")):
        demuxer = _DEMUXERS[still[1].lower()]
        return Source("snapshot", name, Device(address, demuxer, _PROTOCOLS, settles=False))
    return Source("stream", name, Device(address, "", _STREAM | _PROBE, settles=False))


def unknown(happened: str, remedy: str) -> MediaError:
    works = "Nothing else was touched."
    return MediaError(happened, works=works, remedy=remedy, code="unknown-address")


def _is_device(path: Path) -> bool:
    return path.is_char_device()
