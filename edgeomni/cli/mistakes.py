"""What nobody foresaw, as a calm error: the details go where they can be sent from."""

from __future__ import annotations

import errno

from edgeomni.errors import EdgeomniError, InputError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def explained(surprise: Exception) -> EdgeomniError:
    """The error to report for an exception that no room has translated."""
    if isinstance(surprise, OSError) and surprise.errno in _FULL:
        return InputError(
            f"The output could not be written whole: {surprise.strerror}.",
            remedy="Free some space, or send the output elsewhere.",
        )
    return _mistake(surprise)


def _mistake(surprise: Exception) -> EdgeomniError:
    import traceback

    from edgeomni import paths

    happened = f"A mistake in edgeomni itself: {type(surprise).__name__}: {surprise}"
    try:
        path = paths.create(paths.state_dir()) / "mistakes.log"
        with path.open("a", encoding="utf-8", errors="replace") as log:
            log.writelines(traceback.format_exception(surprise))
    except (OSError, EdgeomniError):
        return EdgeomniError(happened, remedy="Please report it.", code="mistake")
    return EdgeomniError(happened, remedy=f"Please report it with {path}.", code="mistake")
