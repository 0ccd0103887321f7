"""Why a live source cannot be opened, or gives nothing any more, in words: pure.

Nothing of what FFmpeg says about an address is passed on: it names it with its credentials.
"""

from __future__ import annotations

import errno
import socket

import av

from edgeomni.errors import MediaError
from edgeomni.vision.live.address import Source
from edgeomni.vision.opening import unusable

_WORKS = "Everything else goes on."
_AGAIN = "It is tried again by itself."
_UNREACHABLE = (
    *(errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT, errno.EIO),
    *(errno.EHOSTDOWN, errno.ECONNRESET, errno.EPIPE, errno.EADDRNOTAVAIL, socket.EAI_NONAME),
)
_GONE = (errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOENT, errno.EBADF)


def not_opened(source: Source, error: Exception) -> MediaError:
    """``error`` is FFmpeg's, or says that there is no picture in it."""
    if source.is_remote:
        return _no_stream(source, error)
    assert source.device
    return unusable(source.device, error)


def _no_stream(source: Source, error: Exception) -> MediaError:
    name, number = source.name, getattr(error, "errno", None)
    if isinstance(error, av.HTTPUnauthorizedError | av.HTTPForbiddenError):
        happened = f"{name} refuses the user name or the password."
        remedy = "Give both in front of the host: scheme://USER:PASSWORD@HOST/PATH"
        return _refusal(
            happened, f"{remedy}; characters like @ and / as %40 and %2F.", "wrong-credentials"
        )
    if isinstance(error, av.HTTPNotFoundError):
        return _refusal(f"There is nothing at {name}.", "Check the path.", "not-found")
    if isinstance(error, av.HTTPError):
        happened = f"{name} answers with an error."
        return _refusal(happened, "Check the address, or restart the camera.", "unreachable")
    if isinstance(error, av.ExitError):
        remedy = "See that it is switched on and in the same network."
        return _refusal(f"{name} does not answer.", remedy, "unreachable")
    if number in _UNREACHABLE:
        remedy = "Check the host and the port, and that it is switched on."
        return _refusal(f"{name} cannot be reached.", remedy, "unreachable")
    happened = f"{name} gives no picture that can be read."
    remedy = "Check that the address is the one of its video: RTSP, MJPEG or JPEG."
    return _refusal(happened, remedy, "no-picture")


def ended(source: Source, error: Exception | None = None) -> MediaError:
    """A source that gave frames gives none any more; None where it said that it is at its end."""
    name, number = source.name, getattr(error, "errno", None)
    if isinstance(error, av.ExitError):
        return blocked(source)
    if source.kind == "camera" and (error is None or number in _GONE):
        return _refusal(f"The camera {name} is gone.", f"Connect it again. {_AGAIN}", "unplugged")
    if source.kind == "screen":
        return _refusal(f"The screen {name} can no longer be seen.", _AGAIN, "cut")
    return _refusal(f"The pictures of {name} have stopped.", _AGAIN, "cut")


def blocked(source: Source) -> MediaError:
    happened = f"{source.name} has given no picture for 3 seconds, and no error either."
    return _refusal(happened, _AGAIN, "blocked")


def frozen(source: Source) -> MediaError:
    happened = f"{source.name} is frozen: it gives the same picture again and again."
    remedy = "Connect it again, or restart the camera." if source.kind == "camera" else _AGAIN
    return _refusal(happened, remedy, "frozen")


def useless(source: Source) -> MediaError:
    happened = f"{source.name} gives no picture that can be used: all are empty or damaged."
    return _refusal(happened, _AGAIN, "no-picture")


def no_folder(source: Source) -> MediaError:
    happened = f"The folder {source.name} cannot be read any more."
    return _refusal(happened, f"Bring it back. {_AGAIN}", "no-folder")


def _refusal(happened: str, remedy: str, code: str) -> MediaError:
    return MediaError(happened, works=_WORKS, remedy=remedy, code=code)
