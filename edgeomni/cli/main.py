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
_STDOUT = 1


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
    except Exception as surprise:
        from edgeomni.cli.mistakes import explained

        return _report(explained(surprise), words)


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
        return _report(error, words)


def _report(error: EdgeomniError, words: list[str]) -> int:
    from edgeomni.cli import verbs
    from edgeomni.cli.output import Screen
    from edgeomni.cli.record import Outcome, error_event, to_json

    screen, as_json = Screen.standard(), "--json" in words
    try:
        if as_json and verbs.tells_events(words[0]):
            screen.line(error_event(error))
        elif as_json:
            screen.line(to_json(Outcome(error=error)))
        else:
            screen.problem(error)
        sys.stdout.flush()
    except OSError:  # stdout takes no more, not even the error
        _mute()
        if as_json:
            screen.problem(error)
    return error.exit_code


def _open_streams() -> None:
    """In place of streams that the caller has closed.

    What goes to stderr is lost. An answer must not be: stdout becomes a pipe that nobody reads.
    """
    import os

    if sys.stdout is None:
        unread, end = os.pipe()
        os.close(unread)
        if end != _STDOUT:  # nothing else may be opened as what workers take for their stdout
            os.dup2(end, _STDOUT)
            os.close(end)
        sys.stdout = open(_STDOUT, "w", encoding="utf-8")  # noqa: SIM115 - stays open
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - stays open


def _mute() -> None:
    """Nobody takes our output any more: let the interpreter's last flush go nowhere, quietly."""
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
