"""The frames of each kind of source, one after the other: no more of them than are looked at."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import TypeAlias

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from edgeomni.vision.container import PICTURE_CODECS, SOUND_CODECS, origin, read_only
from edgeomni.vision.film import moving_pictures
from edgeomni.vision.live import trouble
from edgeomni.vision.live.address import Source
from edgeomni.vision.live.folder import pictures
from edgeomni.vision.live.jpeg import LARGE, JpegDecoder
from edgeomni.vision.live.shot import Errand, Shot, Slot
from edgeomni.vision.live.watchdog import FROZEN
from edgeomni.vision.opening import check_there, open_device
from edgeomni.vision.video import LIMITS, moving

RATE = 10.0
"""Frames a second that are looked at, at most: a change is then seen within a tenth of a second."""
_EARLY = 0.9
"""Of the time between two of them, after which one may come: clocks jitter."""
_OPENING = 10.0
"""Seconds."""
_DEVICE_CALL = 0.5
"""Seconds in which a device should give a frame; what is slower is noticed later, no more."""
_REMOTE_CALL = 1.5
"""The same for a stream, which FFmpeg itself gives up before it is taken to hang."""
_GRACE = 1.0
"""Seconds that FFmpeg takes to notice that its time is over."""
_SNAPSHOT = 1.0
"""Seconds from one picture of a camera that gives single ones to the next."""
_ROWS = 64
"""Rows of a frame that are hashed."""
_CODECS = {
    "codec_whitelist": ",".join(sorted(SOUND_CODECS | PICTURE_CODECS | {"png", "webp", "bmp"}))
}


Footage: TypeAlias = Callable[[Source, Errand, Slot, bool], Generator[Shot]]
"""As ``footage`` is, or a stand-in for devices that a machine does not have."""


def footage(source: Source, errand: Errand, slot: Slot, fast: bool) -> Generator[Shot]:
    """Until the source ends or it is stopped; ``fast`` is for what has a clock of its own.

    What cannot be decoded is counted in ``slot``. Raises MediaError.
    """
    match source.kind:
        case "folder":
            return pictures(source, errand, slot)
        case "file":
            return _paced(_film(source, errand, slot), errand, fast)
        case "test":
            shots = _live(source, errand, slot)
            return _paced(((shot, shot.frame.time or 0.0) for shot in shots), errand, fast)
        case "snapshot":
            return _snapshots(source, errand, slot)
    return _live(source, errand, slot)


def _paced(shots: Iterator[tuple[Shot, float]], errand: Errand, fast: bool) -> Generator[Shot]:
    """Each at its seconds, or as fast as they come."""
    began = None
    for shot, seconds in shots:
        if began is None:
            began = time.monotonic() - seconds
        if not fast and errand.wait(began + seconds - time.monotonic()):
            return
        began += errand.held()
        yield replace(shot, at=seconds)


def _film(source: Source, errand: Errand, slot: Slot) -> Generator[tuple[Shot, float]]:
    with moving(source.path) as (container, stream):
        read_only(container, stream)
        stream.thread_type = "AUTO"
        last, start = -1.0, origin(container)
        for shot in _decoded(container, stream, errand, slot, _OPENING):
            if (seconds := (shot.frame.time or 0.0) - start) >= last + _EARLY / RATE or last < 0:
                last = max(0.0, seconds)
                yield shot, last


def _snapshots(source: Source, errand: Errand, slot: Slot) -> Generator[Shot]:
    while not errand.stopped:
        began = time.monotonic()
        with closing(_live(source, errand, slot)) as shots:
            yield next(shots)
        errand.wait(_SNAPSHOT - (time.monotonic() - began))


def _live(source: Source, errand: Errand, slot: Slot) -> Generator[Shot]:
    """No more than are looked at. Raises MediaError, also at the end of what should have none."""
    limit = _REMOTE_CALL if source.is_remote else _DEVICE_CALL
    began, last = False, 0.0
    with _opened(source, errand) as (container, stream):
        for shot in _decoded(container, stream, errand, slot, limit, source):
            now = time.monotonic()
            if source.kind == "test" or now - last >= _EARLY / RATE:
                began, last = True, now
                yield shot
    if not errand.stopped:
        raise trouble.ended(source) if began else trouble.useless(source)


@contextmanager
def _opened(source: Source, errand: Errand) -> Iterator[tuple[InputContainer, VideoStream]]:
    assert source.device
    check_there(source.device)
    more = _CODECS if source.is_remote else {}
    try:
        with errand.calls(_OPENING + _GRACE):
            container = open_device(source.device, (_OPENING, FROZEN), more)
    except (av.FFmpegError, ValueError) as error:
        raise trouble.not_opened(source, error) from None  # its text names the address
    try:
        stream = moving_pictures(container)
        if stream is None or not stream.codec_context:
            raise trouble.useless(source)
        codec = stream.codec_context
        codec.options = {"max_pixels": str(LIMITS.pixels)}
        codec.thread_count = 1 if codec.name == "mjpeg" else 2
        codec.thread_type = "SLICE"  # threads that take a frame each would hold some back
        codec.flags |= Flags.low_delay
        yield container, stream
    finally:
        with errand.calls(_GRACE), suppress(av.FFmpegError):
            container.close()


def _decoded(
    container: InputContainer,
    stream: VideoStream,
    errand: Errand,
    slot: Slot,
    limit: float,
    source: Source | None = None,
) -> Iterator[Shot]:
    """Behind what is damaged nothing is shown until a keyframe. Raises MediaError for ``source``.

    Of what is compressed frame by frame, those that are not looked at are not decoded.
    """
    stretch, fps = float(stream.sample_aspect_ratio or 1), float(stream.average_rate or 0)
    single = stream.codec_context.name == "mjpeg"
    jpeg = JpegDecoder() if single and stream.codec_context.width >= LARGE else None
    packets = container.demux(stream)
    whole, last = single, 0.0
    while not errand.stopped:
        try:
            with errand.calls(limit):
                packet = next(packets, None)
        except av.FFmpegError as error:
            if source is None:
                return
            raise trouble.ended(source, error) from None
        if packet is None:
            return
        if single and source and time.monotonic() - last < _EARLY / RATE:
            continue
        try:
            with errand.calls(limit):
                frames = jpeg.small(packet) if jpeg else packet.decode()
        except av.FFmpegError:
            slot.damaged += 1
            whole = single
            continue
        for frame in frames:
            whole = not frame.is_corrupt and (whole or frame.key_frame or single)
            if not whole:
                slot.damaged += 1
                continue
            last = time.monotonic()
            entire = jpeg.whole(packet) if jpeg else None
            yield Shot(frame, None, _mark(packet, frame, single), fps, stretch, entire)


def _mark(packet: Packet[VideoStream], frame: VideoFrame, single: bool) -> int:
    """Of the packet where that is the whole frame, else of some rows of brightness."""
    if single:
        return zlib.crc32(packet)
    plane = frame.planes[0]
    pixels, stride, mark = memoryview(plane), plane.line_size, 0
    for row in range(0, frame.height, max(1, frame.height // _ROWS)):
        mark = zlib.crc32(pixels[row * stride : (row + 1) * stride], mark)
    return mark
