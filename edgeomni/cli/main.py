"""The front door: picks the verb, runs it, and turns whatever goes wrong into a calm sentence.

Only ``sys`` is imported here at first: ``edgeomni --version`` is run by scripts and shells and
must cost no more than the interpreter itself.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing itself would cost as much as all else here
if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeomni.build import Factories
    from edgeomni.errors import EdgeomniError

INTERRUPTED = 130
PIPE_CLOSED = 141


def main(argv: Sequence[str] | None = None, *, factories: Factories | None = None) -> int:
    """Run ``edgeomni`` with these words; returns the exit code, see ``edgeomni help``.

    ``factories`` puts other engines and eyes in place of the real ones.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None or sys.stderr is None:
        _open_streams()
    try:
        if words[:1] in (["--version"], ["-V"]):
            return _print_version()
        return _run(words, factories)
    except BrokenPipeError:
        _mute()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED


def _print_version() -> int:
    from edgeomni import __version__

    print(f"edgeomni {__version__}", flush=True)
    return 0


def _run(words: list[str], factories: Factories | None) -> int:
    from edgeomni.cli import verbs
    from edgeomni.errors import EdgeomniError

    try:
        code = verbs.run(words, factories)
        sys.stdout.flush()
        return code
    except EdgeomniError as error:
        return _report(error, as_json="--json" in words)
    except BrokenPipeError:
        raise
    except Exception as surprise:
        return _report(_mistake(surprise), as_json="--json" in words)


def _mistake(surprise: Exception) -> EdgeomniError:
    """A mistake of ours, as calm as any error; the details go where they can be sent from."""
    import traceback

    from edgeomni import paths
    from edgeomni.errors import EdgeomniError

    happened = f"A mistake in edgeomni itself: {type(surprise).__name__}: {surprise}"
    try:
        path = paths.create(paths.state_dir()) / "mistakes.log"
        with path.open("a", encoding="utf-8", errors="replace") as log:
            log.writelines(traceback.format_exception(surprise))
    except (OSError, EdgeomniError):
        return EdgeomniError(happened, remedy="Please report it.", code="mistake")
    return EdgeomniError(happened, remedy=f"Please report it with {path}.", code="mistake")


def _report(error: EdgeomniError, *, as_json: bool) -> int:
    from edgeomni.cli.output import Screen
    from edgeomni.cli.record import Outcome, to_json

    screen = Screen.standard()
    if as_json:
        screen.line(to_json(Outcome(error=error)))
    else:
        screen.problem(error)
    return error.exit_code


def _open_streams() -> None:
    """A stream that was closed by the caller takes words all the same, and loses them."""
    import os

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - stays open


def _mute() -> None:
    """The reader of our output has gone: let the interpreter's last flush go nowhere, quietly."""
    import os

    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, sys.stdout.fileno())
    except (OSError, ValueError):  # a stream without a descriptor has nobody to complain
        return
    finally:
        os.close(sink)


if __name__ == "__main__":
    sys.exit(main())
