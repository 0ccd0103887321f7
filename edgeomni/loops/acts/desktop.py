"""Notifications of the desktop, by the program that each system has for them: pure.

What is told comes from a model: it is an argument or a variable, never part of a script.
"""

from __future__ import annotations

import html
import shutil
import sys
from collections.abc import Callable

from edgeomni.errors import UsageError
from edgeomni.loops.acts.errands import Errand
from edgeomni.sanitise import clean

_LONGEST = 240
"""Characters; desktops show about as many."""
_APPLE = (
    "on run told",
    "display notification (item 1 of told) with title (item 2 of told)",
    "end run",
)
_TOAST = """
$manager = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, \
ContentType = WindowsRuntime]
$toast = $manager::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$lines = $toast.GetElementsByTagName('text')
$null = $lines.Item(0).AppendChild($toast.CreateTextNode($env:EDGEOMNI_TITLE))
$null = $lines.Item(1).AppendChild($toast.CreateTextNode($env:EDGEOMNI_TEXT))
$shown = New-Object Windows.UI.Notifications.ToastNotification $toast
$name = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$manager::CreateToastNotifier($name).Show($shown)
"""
"""Windows shows toasts of programs that it knows: PowerShell is one."""
_PROGRAMS = {"darwin": "osascript", "win32": "powershell"}
_USUAL = "notify-send"


def notification(title: str, text: str, platform: str = sys.platform) -> Errand:
    """What shows it."""
    title, text = _short(title), _short(text)
    if platform == "darwin":
        script = [word for line in _APPLE for word in ("-e", line)]
        return Errand(["osascript", *script, "--", text, title])
    if platform == "win32":
        words = ["powershell", "-NoProfile", "-NonInteractive", "-Command", _TOAST]
        return Errand(words, env={"EDGEOMNI_TITLE": title, "EDGEOMNI_TEXT": text})
    # The text of a notification may be marked up there, its title not.
    marked = html.escape(text, quote=False)
    return Errand([_USUAL, "--app-name=edgeomni", "--", title, marked])


def need_desktop(
    platform: str = sys.platform, which: Callable[[str], str | None] = shutil.which
) -> None:
    """Raises UsageError where nothing shows notifications."""
    program = _PROGRAMS.get(platform, _USUAL)
    if which(program):
        return
    remedy = "Leave --notify out; --exec runs a command of your own."
    if program == _USUAL:
        remedy = f"Install it (on Debian and Ubuntu: apt install libnotify-bin). Or: {remedy}"
    raise UsageError(
        f"--notify needs the program {program}, which is not here.",
        works="Watching itself works.",
        remedy=remedy,
    )


def _short(text: str) -> str:
    text = clean(text.strip(), keep="\n").replace("\0", "")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
