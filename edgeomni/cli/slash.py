"""What may be typed into a chat beside words: the slash commands, as a table."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeomni import conversation
from edgeomni.cli.dropped import plain_path
from edgeomni.cli.output import receipt_line
from edgeomni.errors import InputError, UsageError
from edgeomni.looking import MediaKind

if TYPE_CHECKING:
    from edgeomni.cli.chat import Chat


@dataclass(frozen=True, slots=True)
class Command:
    names: tuple[str, ...]
    argument: str
    help: str
    act: Callable[[Chat, str], None]


def is_command(line: str) -> bool:
    """Whether a line is meant as a command; a path like ``/tmp/a.png`` or ``/etc`` text is not."""
    return re.fullmatch(r"/(\?|[A-Za-z]+)(\s.*)?", line, re.DOTALL) is not None


def is_known(line: str) -> bool:
    """Whether there is such a command."""
    return _named(_split(line)[0]) is not None


def run(chat: Chat, line: str) -> None:
    """Do what the line says. Raises EdgeomniError."""
    name, argument = _split(line)
    if command := _named(name):
        command.act(chat, argument)
        return
    names = [command.names[0] for command in COMMANDS]
    nearest = difflib.get_close_matches(name.lower(), names, 1)
    meant = f"Did you mean /{nearest[0]}?" if nearest else "/help shows what there is."
    raise UsageError(f"There is no command /{name}.", remedy=meant)


def _split(line: str) -> tuple[str, str]:
    name, *argument = line[1:].split(None, 1)
    return name, "".join(argument).strip()


def _named(name: str) -> Command | None:
    return next((command for command in COMMANDS if name.lower() in command.names), None)


def _image(chat: Chat, argument: str) -> None:
    _attach(chat, "image", argument)


def _audio(chat: Chat, argument: str) -> None:
    _attach(chat, "audio", argument)


def _video(chat: Chat, argument: str) -> None:
    _attach(chat, "video", argument)


_QUOTES = " '\""
"""Around an empty name; as a path that would be the whole folder."""


def _attach(chat: Chat, kind: MediaKind, argument: str) -> None:
    if not argument.strip(_QUOTES):
        raise UsageError(f"/{kind} needs the path of a file.", remedy=f"Type /{kind} PATH.")
    chat.attach(kind, plain_path(argument))


def _system(chat: Chat, argument: str) -> None:
    if argument:
        chat.assistant.set_system("" if argument == "off" else argument)
    chat.screen.say(chat.assistant.system or "There is no standing instruction.")


def _regenerate(chat: Chat, _: str) -> None:
    chat.again()


def _clear(chat: Chat, _: str) -> None:
    chat.clear()
    chat.screen.notice("Forgotten. The standing instruction stays.")


def _stats(chat: Chat, _: str) -> None:
    last = chat.last
    if last is None or last.receipt is None:
        chat.screen.notice("Nothing was measured yet.")
        return
    place = f"{last.model} · {last.rung or last.device}"
    chat.screen.say(place + (f" · {last.rung_reason}" if last.rung_reason else ""))
    chat.screen.say(receipt_line(last.receipt))


def _save(chat: Chat, argument: str) -> None:
    if not argument.strip(_QUOTES):
        raise UsageError("/save needs a file name.", remedy="Type /save NAME.json.")
    path = plain_path(argument)
    if os.path.exists(path) and path.absolute() != chat.file:
        raise InputError(
            f"{path} exists already.",
            works="Nothing was overwritten.",
            remedy="Choose another name.",
        )
    conversation.write(path, chat.assistant.history, system=chat.assistant.system)
    chat.file = path.absolute()
    chat.screen.notice(f"Saved in {path}.")


def _load(chat: Chat, argument: str) -> None:
    if not argument.strip(_QUOTES):
        raise UsageError("/load needs a file name.", remedy="Type /load NAME.json.")
    path = plain_path(argument)
    system, history = conversation.read(path)
    chat.clear()
    chat.assistant.resume(history, system=system)
    chat.file = path.absolute()
    chat.screen.notice(f"{len(history)} messages from {path}; the next line goes on from there.")


def _help(chat: Chat, _: str) -> None:
    for command in COMMANDS:
        names = " ".join("/" + name for name in command.names)
        chat.screen.say(f"  {names + ' ' + command.argument:<18} {command.help}")
    chat.screen.say('  """                begins and ends a text of several lines')
    chat.screen.say("  Ctrl+C             stops the answer; once more quits")


def _bye(chat: Chat, _: str) -> None:
    chat.over = True


COMMANDS = (
    Command(("image",), "PATH", "show a picture, a PDF or a folder with the next line", _image),
    Command(("video",), "PATH", "show a clip with the next line", _video),
    Command(("audio",), "PATH", "let it hear a sound with the next line", _audio),
    Command(("system",), "TEXT", "standing instruction; off takes it away", _system),
    Command(("regen",), "", "answer the last question once more", _regenerate),
    Command(("clear",), "", "forget the conversation", _clear),
    Command(("stats",), "", "what the last answer cost, and where it ran", _stats),
    Command(("save",), "FILE", "keep the conversation, pictures included", _save),
    Command(("load",), "FILE", "go on with a kept conversation", _load),
    Command(("help", "?"), "", "this list", _help),
    Command(("bye", "exit", "quit"), "", "leave; so does Ctrl+D", _bye),
)
