"""An X server of our own, with keys that can be pressed and a window that has the focus."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def missing() -> str:
    """Why there can be no desktop here; empty where there can."""
    if shutil.which("Xvfb") is None:
        return "Xvfb is not installed (Debian's package is xvfb)"
    if importlib.util.find_spec("pynput") is None:
        return "the extra hotkey is not installed"
    return ""


class Desktop:
    """Keys are those of the server, as a keyboard's are."""

    def __init__(self, name: str, server: subprocess.Popen[bytes]) -> None:
        from Xlib.display import Display

        self.name = name
        """For ``DISPLAY``."""
        self._server = server
        self._display: Any = Display(name)

    def focus_a_window(self) -> None:
        """Somebody else's: it gets all keys that are pressed from now on."""
        from Xlib import X

        root = self._display.screen().root
        mask = X.KeyPressMask | X.KeyReleaseMask | X.ExposureMask
        window = root.create_window(0, 0, 99, 99, 0, X.CopyFromParent, event_mask=mask)
        window.map()
        while self._display.next_event().type != X.Expose:
            pass
        window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._display.sync()

    def down(self, *keys: str) -> None:
        """Keysyms, like ``Control_L`` and ``space``."""
        from Xlib import X

        self._fake(X.KeyPress, keys)

    def up(self, *keys: str) -> None:
        from Xlib import X

        self._fake(X.KeyRelease, keys)

    def await_presses(self, key: str, count: int) -> None:
        """Until the window was told so often that the key went down: it repeats while held."""
        from Xlib import X

        code = self._code(key)
        while count:
            event = self._display.next_event()
            count -= event.type == X.KeyPress and event.detail == code

    def crash(self) -> None:
        """The server is gone, and with it every client's connection."""
        self._server.kill()
        self._server.wait()

    def close(self) -> None:
        self._display.display.socket.close()  # ``Display.close`` would ask a server that is gone
        self.crash()

    def _fake(self, what: int, keys: tuple[str, ...]) -> None:
        from Xlib.ext import xtest

        for key in keys:
            xtest.fake_input(self._display, what, self._code(key))
        self._display.sync()

    def _code(self, key: str) -> int:
        from Xlib import XK

        return int(self._display.keysym_to_keycode(XK.string_to_keysym(key)))


@contextmanager
def desktop() -> Iterator[Desktop]:
    """On a display number that is free."""
    told, number = os.pipe()
    command = ("Xvfb", "-displayfd", str(number), "-screen", "0", "320x240x24")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp"], pass_fds=[number], stdin=subprocess.DEVNULL, **quiet
    )
    os.close(number)
    with open(told, "rb") as pipe:
        name = f":{pipe.readline().decode().strip()}"
    made = Desktop(name, server)
    try:
        yield made
    finally:
        made.close()
