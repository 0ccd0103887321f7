"""The device that one end of a conversation uses, and how that is found again after it was gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from edgeomni.speech.devices.listed import Device, Kind, Shape, choose, found_again
from edgeomni.speech.devices.sound_cards import SoundCards, open_somehow
from edgeomni.speech.devices.sound_io import Tell, Trouble

_Stream = TypeVar("_Stream")
_VERBS = {"microphone": "listens", "loudspeaker": "speaks"}


class Chosen:
    """Codes that it tells: switched, default-changed."""

    def __init__(self, cards: SoundCards, which: str, kind: Kind, tell: Tell) -> None:
        """``which`` is a number or a name, see ``choose``; empty for the default one.

        Raises DeviceError.
        """
        self._cards, self._which, self._kind, self._tell = cards, which, kind, tell
        cards.rescan()
        self.device: Device = choose(cards.devices(), which, kind)

    def opened(self, open_as: Callable[[Device, Shape], _Stream]) -> tuple[_Stream, Shape]:
        """A stream of it, as it agrees to one. Raises DeviceError."""
        return self._somehow(self.device, open_as)

    def opened_again(self, open_as: Callable[[Device, Shape], _Stream]) -> tuple[_Stream, Shape]:
        """A stream of it, or of another one where it need not be this one. Raises DeviceError."""
        self._cards.rescan()
        devices, before = self._cards.devices(), self.device
        found = found_again(devices, before, self._kind, asked=bool(self._which))
        opened = self._somehow(found, open_as)
        self.device = found
        if found.name != before.name:
            verb = _VERBS[self._kind]
            self._told("switched", f"«{before.name}» is gone; {self._called} {verb} now.")
        elif not self._which and before.is_default(self._kind) > found.is_default(self._kind):
            usual = choose(devices, "", self._kind).name
            still = f"{self._called} is still used."
            self._told("default-changed", f"The default {self._kind} is «{usual}» now; {still}")
        return opened

    def say(self, code: str, text: str) -> None:
        """Its name stands for braces in the text, which is nobody's but ours."""
        self._told(code, text.format(self._called))

    @property
    def _called(self) -> str:
        return f"«{self.device.name}»"

    def _told(self, code: str, text: str) -> None:
        self._tell(Trouble(code, text))

    def _somehow(
        self, device: Device, open_as: Callable[[Device, Shape], _Stream]
    ) -> tuple[_Stream, Shape]:
        return open_somehow(device, self._kind, lambda shape: open_as(device, shape))
