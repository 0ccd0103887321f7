"""One stream of moving pictures: seeks where that is cheaper, and decodes no more than it must."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from itertools import chain

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from edgeomni.values import Span
from edgeomni.vision.container import is_decodable, origin, read_only
from edgeomni.vision.frames import Slot

_FAR = 1e9
"""Seconds; beyond the end of any clip."""
_ROUNDING = 1e-6
"""Seconds; a tick of the finest clocks in use is longer."""
_LONGEST_FRAME = 1.0
"""Seconds that the last frame is taken to last at most: what a file says of it may be forged."""
_SHORT_OF = 2.0
"""Seconds by which a seek may miss where there is no index."""
_BACK = (0.0, _SHORT_OF, 8.0, 32.0, _FAR)
"""Seconds by which seeks go back further until they arrive early enough."""
_UNINDEXED_RUN = 5.0
"""Seconds that are decoded rather than sought over where nobody knows the keyframes."""
_COARSE = 1.0
"""Seconds; in longer slots frames may be skipped that no other frame depends on."""
_MOST_THREADS = 4
_THREADED_PIXELS = 9_000_000
"""Larger frames are decoded by one thread, since each thread holds frames of its own."""


def moving_pictures(container: InputContainer) -> VideoStream | None:
    """The first stream of them; a cover is none."""
    films = (
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    )
    return next(films, None)


class Film:
    """Frames are asked for in the order of time; going back costs a seek."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        read_only(container, stream)
        self._container = container
        self._stream = stream
        self._tick = float(stream.time_base or 0)
        if not (self._tick and is_decodable(stream)):
            raise ValueError("no clock or no decoder")
        self._origin = origin(container)
        self.rate = float(stream.average_rate or 0)
        """Frames a second, on average; 0 where the file does not say."""
        self.has_sound = any(is_decodable(each) for each in container.streams.audio)
        self._indexed = container.format.name != "mpegts"
        self._frames: Iterator[VideoFrame] = iter(())
        self._ahead: VideoFrame | None = None
        self._now: float | None = None
        """The moment up to which has been decoded; None when nothing can go on from there."""
        self._set_threads()
        self.end = self._find_end()
        """Seconds; 0 when there is not one frame in it."""

    def close(self) -> None:
        """Let go of decoder and frames at once: they hold megabytes, and each other."""
        self._ahead = None
        self._frames = iter(())

    def moment(self, timed: VideoFrame | Packet[VideoStream]) -> float:
        """Seconds from the beginning of the clip; negative where nobody knows.

        AVI keeps the order of decoding only: with B-frames it may be off by a few frames.
        """
        ticks = timed.dts if timed.pts is None else timed.pts
        return -1.0 if ticks is None else self._from_ticks(ticks)

    def frame_for(self, slot: Slot) -> VideoFrame | None:
        """A keyframe within the slot where that is near, else what is shown at its middle.

        It may be the one that was given before; None where nothing can be decoded.
        """
        long = slot.end - slot.start >= _COARSE
        self._stream.codec_context.skip_frame = "NONREF" if long else "DEFAULT"
        if self._is_far(slot.at) and (still := self._jump(slot)):
            return still
        return self._run(slot)

    def keyframes(self, span: Span) -> list[float]:
        """The moments, nearly, where decoding can begin."""
        if self._indexed:
            entries = self._stream.index_entries
            ticks = (entry.timestamp for entry in entries if entry.is_keyframe)
            moments = [self._from_ticks(tick) for tick in ticks]
        else:
            self._seek(span.start - _SHORT_OF)
            moments = [self.moment(packet) for packet in self._packets() if packet.is_keyframe]
        return sorted({at for at in moments if span.start <= at < span.end})

    # ── where to ─────────────────────────────────────────────────────────────────────────────────

    def _set_threads(self) -> None:
        codec = self._stream.codec_context
        small = codec.width * codec.height <= _THREADED_PIXELS
        codec.thread_count = min(_MOST_THREADS, os.cpu_count() or 1) if small else 1
        codec.thread_type = "AUTO"

    def _find_end(self) -> float:
        """Read from the packets, since a header may lie or say nothing."""
        last = self._last_moment(_FAR)
        if last is None or not self._indexed:
            last = self._last_moment((last or 0.0) - _SHORT_OF)
        if last is None:
            return 0.0
        return last + (min(_LONGEST_FRAME, 1 / self.rate) if self.rate else _LONGEST_FRAME)

    def _last_moment(self, after: float) -> float | None:
        try:
            self._seek(after)
        except av.FFmpegError:
            return None
        moments = (self.moment(packet) for packet in self._packets())
        return max((at for at in moments if at >= 0), default=None)

    def _seek(self, seconds: float) -> None:
        self._now = self._ahead = None
        self._frames = iter(())
        self._container.seek(self._ticks(seconds), stream=self._stream)

    def _ticks(self, seconds: float) -> int:
        return math.floor((seconds + self._origin + _ROUNDING) / self._tick)

    def _from_ticks(self, ticks: int) -> float:
        return max(0.0, ticks * self._tick - self._origin)

    def _is_far(self, at: float) -> bool:
        """It lies behind us, or a keyframe lies between here and there."""
        if self._now is None or at < self._now - _ROUNDING:
            return True
        reached = self._now if self._ahead is None else self.moment(self._ahead)
        if not self._indexed:
            return at - reached > _UNINDEXED_RUN
        entries = self._stream.index_entries
        found = entries.search_timestamp(self._ticks(at))
        return found >= 0 and self._from_ticks(entries[found].timestamp) > reached + _ROUNDING

    def _jump(self, slot: Slot) -> VideoFrame | None:
        """Go to the last keyframe before the middle of the slot; if it lies within, that is all."""
        packets, packet = self._packets_from_key(slot)
        if packet is None:
            return None
        at = self.moment(packet)
        if at < 0 or at < slot.start:
            self._frames = self._decoded(chain((packet,), packets))
            self._now = at
            return None
        return self._alone(packet)

    def _packets_from_key(
        self, slot: Slot
    ) -> tuple[Iterator[Packet[VideoStream]], Packet[VideoStream] | None]:
        """The packets behind a keyframe and that keyframe, the last that is early enough."""
        for back in _BACK:
            self._seek(slot.at - back)
            packets = self._packets()
            packet = next((packet for packet in packets if packet.is_keyframe), None)
            if packet and (self.moment(packet) < slot.end or self.moment(packet) <= slot.at):
                break
            if slot.at < back:
                break
        return packets, packet

    # ── what is there ────────────────────────────────────────────────────────────────────────────

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        """What can be read from here on; where a file was cut, that is its end."""
        try:
            for packet in self._container.demux(self._stream):
                if packet.size and not packet.is_corrupt:
                    yield packet
        except av.FFmpegError:
            return

    def _alone(self, packet: Packet[VideoStream]) -> VideoFrame | None:
        """One keyframe without its successors, which decoders usually wait for."""
        codec = self._stream.codec_context
        try:
            frames = packet.decode() or codec.decode(None)
        except av.FFmpegError:
            return None
        return next((frame for frame in frames if not frame.is_corrupt), None)

    def _decoded(self, packets: Iterator[Packet[VideoStream]]) -> Iterator[VideoFrame]:
        """Behind what is damaged nothing is shown until a keyframe: it would be made up."""
        whole = True
        for packet in chain(packets, (None,)):
            try:
                frames = packet.decode() if packet else self._stream.codec_context.decode(None)
            except av.FFmpegError:
                whole = False
                continue
            for frame in frames:
                whole = not frame.is_corrupt and (whole or frame.key_frame)
                if whole and self.moment(frame) >= 0:
                    yield frame

    def _run(self, slot: Slot) -> VideoFrame | None:
        held = None
        while frame := self._ahead or next(self._frames, None):
            self._ahead = None
            at = self.moment(frame)
            if at > slot.at + _ROUNDING and (held or at >= slot.end):
                self._ahead = frame
                return held
            self._now = at
            if at > slot.at + _ROUNDING:
                return frame
            held = frame
            if frame.key_frame and at >= slot.start:
                return frame
        return held
