"""Carries a set-up out: the environment, pip, the engine, edgeomni, and sound on Linux."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tomllib
import venv
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from bootstrap import lock, plan, stamp, system
from bootstrap.look import found
from bootstrap.place import Place
from bootstrap.progress import Progress
from bootstrap.trouble import SetupError, explain

_TAIL = 60
"""Lines of output that are searched for the cause of a failure."""
_SHOWN, _WIDTH = 8, 160
"""Lines of these that are shown, and characters of each."""


def bring_up_to_date(place: Place, group: str, *, prebuilt: bool) -> None:
    """Install what is missing. Raises SetupError."""
    os.makedirs(place.venv, exist_ok=True)
    with _stoppable(), lock.held(place.lock, _say_waiting) as held:
        if stamp.is_ready(place, group):
            return  # whoever held the lock has done it
        with open(place.log, "w", encoding="utf-8", errors="backslashreplace") as log:
            _Installer(place, group, prebuilt, log, held).install()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Being asked to end is like Ctrl+C: a build must not go on without its parent."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in map(signal.Signals.__getitem__, names)}
    try:
        for number in before:
            signal.signal(number, signal.default_int_handler)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(running: subprocess.Popen[str]) -> None:
    """End pip with the compilers that it has started; it leads a process group for this."""
    if sys.platform == "win32":
        running.terminate()
    else:
        os.killpg(running.pid, signal.SIGTERM)


def _say_waiting() -> None:
    say("Another set-up of this checkout is running; waiting for it.")


def say(line: str) -> None:
    """Tell the user; standard output belongs to the program."""
    print(line, file=sys.stderr, flush=True)


@dataclass
class _Installer:
    place: Place
    group: str
    prebuilt: bool
    log: IO[str]
    held: int
    """The lock's file descriptor, which pip inherits."""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL))

    def install(self) -> None:
        facts = found(self.place)
        requirement = _engine_requirement(self.place)
        open(self.place.unfinished, "w", encoding="ascii").close()
        try:
            for step in plan.steps(facts, requirement, self.group, prebuilt=self.prebuilt):
                self._do(step)
        except SetupError as error:
            if not error.cut_short:
                os.remove(self.place.unfinished)
            raise
        self._libraries()
        stamp.record(self.place, self.group)
        os.remove(self.place.unfinished)

    def _do(self, step: plan.Step) -> None:
        self.log.write(f"\n== {step.title}\n")
        self.tail.clear()
        with Progress(step.title) as progress:
            if step.does == "empty":
                self._empty()
            elif step.does == "create":
                self._create()
            elif status := self._stream([self.place.python, "-m", "pip", *step.pip], progress):
                raise self._failure(step, cut_short=status < 0)

    def _empty(self) -> None:
        kept = {self.place.log, self.place.lock, self.place.unfinished}
        for entry in os.scandir(self.place.venv):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.path not in kept:
                os.remove(entry.path)

    def _create(self) -> None:
        with_pip = importlib.util.find_spec("ensurepip") is not None
        try:
            make = venv.EnvBuilder(with_pip=with_pip, symlinks=os.name != "nt")
            make.create(self.place.venv)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupError(
                f"the environment {self.place.venv} could not be made ({error}).",
                _venv_remedy(),
            ) from error
        if not with_pip:
            self._borrow_pip()

    def _borrow_pip(self) -> None:
        """Debian splits ensurepip off into python3-venv; its pip can fill an environment too."""
        ask = [sys.executable, "-m", "pip", "--python", self.place.python, "install", "pip"]
        if self._stream(ask, None) != 0:
            raise SetupError("this Python comes without venv and pip.", _venv_remedy())

    def _stream(self, command: Sequence[str], progress: Progress | None) -> int:
        """Run a command, its output to the log and the progress line; returns its exit status."""
        self.log.write(f"$ {' '.join(command)}\n")
        self.log.flush()
        with subprocess.Popen(
            command,
            cwd=self.place.root,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if self.place.windows else (self.held,),
            process_group=None if self.place.windows else 0,
        ) as running:
            assert running.stdout is not None
            try:
                for line in running.stdout:
                    self._note(line, progress)
            except BaseException:
                _end(running)
                raise
        return running.returncode

    def _note(self, line: str, progress: Progress | None) -> None:
        self.log.write(line)
        if line.strip():
            self.tail.append(line.rstrip())
        if progress is not None:
            progress.feed(line)

    def _failure(self, step: plan.Step, *, cut_short: bool) -> SetupError:
        happened, remedy = explain(list(self.tail))
        lines = [line[:_WIDTH] for line in list(self.tail)[-_SHOWN:]]
        if step.does == "engine" and "--only-binary" in step.pip:
            happened = f"no ready-made engine could be fetched: {happened}"
            remedy = _build_instead(remedy)
        else:
            happened = f"{step.title.split(',')[0].lower()} failed: {happened}"
        remedy = f"{remedy}\nAll of it is in {self.place.log}"
        return SetupError(happened, remedy, last_lines=lines, cut_short=cut_short)

    def _libraries(self) -> None:
        """Never a failure: without sound everything else works."""
        manager, root = system.manager(), system.is_root()
        for library in system.missing(self.group):
            remedy = system.remedy(library, manager, root=root)
            if remedy.command and self._apt(remedy.command):
                say(f"Installed {library.name}, for {library.purpose}.")
            else:
                line = remedy.line or f"install {library.name} ({library.soname})"
                say(f"No {library.name}, so no {library.purpose}; text works. To add it: {line}")

    def _apt(self, command: Sequence[str]) -> bool:
        update = ["apt-get", "update"]
        return any(
            all(self._stream(part, None) == 0 for part in attempt)
            for attempt in ([command], [update, command])
        )


def _engine_requirement(place: Place) -> str:
    with open(place.pyproject, "rb") as file:
        return plan.engine_requirement(tomllib.load(file)["project"]["dependencies"])


def _environment() -> dict[str, str]:
    """pip inside an environment refuses to install for the user; ninja must count its steps."""
    ours = {"PIP_USER": "0", "PYTHONUNBUFFERED": "1", "NINJA_STATUS": "[%f/%t] "}
    ours |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    ours |= {"DEBIAN_FRONTEND": "noninteractive"}
    return os.environ | ours


def _build_instead(remedy: str) -> str:
    if system.has_compiler(os.environ):
        return f"{remedy} Or build the engine here: call again without --prebuilt."
    line = system.compiler_line(system.manager(), root=system.is_root())
    how = f" ({line})" if line else ""
    return f"{remedy} Or install a C and C++ compiler{how} and call again without --prebuilt."


def _venv_remedy() -> str:
    if shutil.which("apt-get"):
        return "Install it with: sudo apt-get install -y python3-venv, then call again."
    return "Install Python's venv and pip modules, see that this folder is writable, call again."
