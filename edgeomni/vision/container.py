"""Opens containers of sound and moving pictures, with every door closed that a file could knock at.

FFmpeg is told the demuxer instead of guessing it, reads from a file that is already open, may open
nothing else, and has only the decoders that are listed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Discard, Stream

from edgeomni.errors import MediaError
from edgeomni.vision.signature import other_kind, picture_kind
from edgeomni.vision.source import open_regular, refusal

HEAD = 400
"""Bytes that tell the kind: a transport stream by its third packet."""

SOUND_CODECS = {
    *("aac", "ac3", "alac", "amrnb", "amrwb", "eac3", "flac", "mp2", "mp2float", "mp3", "mp3float"),
    *("libopus", "libspeex", "opus", "speex", "vorbis"),
    *("adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "gsm_ms", "pcm_alaw", "pcm_mulaw"),
    *("pcm_f32be", "pcm_f32le", "pcm_f64be", "pcm_f64le", "pcm_s8", "pcm_u8"),
    *("pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le"),
}
PICTURE_CODECS = {
    *("av1", "gif", "h263", "h264", "hevc", "libdav1d", "mjpeg", "mpeg1video", "mpeg2video"),
    *("mpeg4", "msmpeg4", "prores", "vp8", "vp9"),
}
_DOORS = {
    "protocol_whitelist": "none",
    "codec_whitelist": ",".join(sorted(SOUND_CODECS | PICTURE_CODECS)),
}
# From 19 on PyAV reads all metadata without failing, and knows no such argument.
TOLERANT: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
)
_BEGINNINGS = (
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"GIF8", "gif"),
    (0, b"ID3", "mp3"),
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
)
_RIFF = {b"WAVE": "wav", b"AVI ": "avi"}
_PACKETS = ((0, 188), (4, 192))
"""Offset and distance of the sync bytes of a transport stream, as broadcast and as recorded."""


def sniff(head: bytes) -> str | None:
    """FFmpeg's demuxer for the few kinds of files that are let in; it is never left to guess."""
    if head[:4] in (b"RIFF", b"RF64"):
        return _RIFF.get(head[8:12])
    for at, magic, demuxer in _BEGINNINGS:
        if head[at : at + len(magic)] == magic:
            return demuxer
    if head[:1] == b"\xff" and head[1:2] >= b"\xe0":
        return "mp3"
    if any(head[at::step][:3] == b"GGG" for at, step in _PACKETS):
        return "mpegts"
    return None


@contextmanager
def opened(path: Path, what: str, spelled: str, max_bytes: int) -> Iterator[InputContainer]:
    """The container at ``path``, while its streams are read.

    ``what`` it should hold, with its article, and the kinds of file that do are for messages.
    Raises MediaError, also for all that FFmpeg raises within the block.
    """
    with open_regular(path, max_bytes) as file:
        head = file.read(HEAD)
        demuxer = sniff(head)
        if demuxer is None:
            raise _other(path.name, head, what, spelled)
        file.seek(0)
        try:
            with av.open(
                file, mode="r", format=demuxer, container_options=_DOORS, **TOLERANT
            ) as container:
                yield container
        except (av.FFmpegError, ValueError, OverflowError) as error:
            raise refusal(
                f"{path.name} is damaged or cut short and cannot be decoded as {what}.",
                f"Copy or download it again, or save it as {spelled}.",
            ) from error
        except MemoryError as error:
            happened = f"{path.name} needs more memory than {what} may have."
            raise refusal(happened, "Make it smaller or shorter.") from error


def _other(name: str, head: bytes, what: str, spelled: str) -> MediaError:
    if kind := picture_kind(head):
        happened = f"{name} is a picture ({kind}), not {what}."
        return refusal(happened, f"Show it with -i, or save it as {spelled}.")
    instead = f" but {other}" if (other := other_kind(head)) else ""
    happened = f"{name} is not {what} of a kind that can be read{instead}."
    return refusal(happened, f"Save it as {spelled}.")


def is_decodable(stream: Stream) -> bool:
    """It has a decoder, and one that is let in."""
    codec = stream.codec_context
    return codec is not None and codec.name in SOUND_CODECS | PICTURE_CODECS


def read_only(container: InputContainer, wanted: Stream) -> None:
    """Have the demuxer pass over all other streams, where it can without reading them."""
    for stream in container.streams:
        stream.discard = Discard.default if stream is wanted else Discard.all


def origin(container: InputContainer) -> float:
    """Seconds of the container's clock at which it begins."""
    return (container.start_time or 0) / av.time_base
