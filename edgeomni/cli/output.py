"""Where words go: the answer to stdout and nothing else does; everything else to stderr."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import TextIO

from edgeomni.cli.width import columns
from edgeomni.errors import EdgeomniError
from edgeomni.sanitise import Cleaner, clean
from edgeomni.values import Receipt

_DIM, _RED, _BOLD, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[1m", "\x1b[0m"


class Screen:
    """Two streams, each a terminal or not."""

    def __init__(self, out: TextIO, err: TextIO, *, env: Mapping[str, str]) -> None:
        self._out, self._err = out, err
        self.out_is_terminal = out.isatty()
        self.err_is_terminal = err.isatty()
        self._colourful = not env.get("NO_COLOR") and env.get("TERM") != "dumb"
        self._cleaner = Cleaner()
        self._inside_answer = False
        self._thinking = False
        self._drawn = 0
        """Columns of the line that ``redraw`` has left standing."""

    @classmethod
    def standard(cls) -> Screen:
        """The process's own streams, made to accept every character."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Files and pipes get UTF-8 everywhere; a terminal keeps what it understands.
                encoding = stream.encoding if stream.isatty() else "utf-8"
                stream.reconfigure(encoding=encoding, errors="replace")
        return cls(sys.stdout, sys.stderr, env=os.environ)

    # ── stdout ───────────────────────────────────────────────────────────────────────────────

    def answer(self, text: str) -> None:
        """A piece of the answer, at once."""
        if not text:
            return
        self._end_thought()
        # Into a pipe or a file goes what the model said, byte for byte: programs want it whole,
        # and who prints it later has a terminal of his own to protect.
        shown = self._cleaner.feed(text) if self.out_is_terminal else text
        self._out.write(shown)
        self._out.flush()
        if shown:
            self._inside_answer = not shown.endswith("\n")

    def end_answer(self) -> None:
        """The answer is over: leave the cursor, or the file, at the start of a line."""
        self._end_thought()
        rest = self._cleaner.flush() if self.out_is_terminal else ""
        self._out.write(rest + ("\n" if self._inside_answer or rest else ""))
        self._out.flush()
        self._cleaner, self._inside_answer = Cleaner(), False

    def line(self, text: str) -> None:
        """One finished line for a program, or of help."""
        self._out.write(text + "\n")
        self._out.flush()

    def dim(self, text: str) -> str:
        """Machine facts, for stdout."""
        return self._style(text, _DIM, self.out_is_terminal)

    def bold(self, text: str) -> str:
        """A heading, for stdout."""
        return self._style(text, _BOLD, self.out_is_terminal)

    def write(self, text: str) -> None:
        """Text that is set already and harmless, at once."""
        self._out.write(text)
        self._out.flush()

    # ── stderr ───────────────────────────────────────────────────────────────────────────────

    def thought(self, text: str) -> None:
        """A piece of the model's reasoning."""
        self._thinking = True
        self._err.write(self._dim(clean(text)))
        self._err.flush()

    def notice(self, text: str) -> None:
        """Something to know that is no error."""
        self._aside(self._dim("· " + clean(text)))

    def say(self, text: str) -> None:
        """A line in the ordinary weight."""
        self._aside(clean(text))

    def problem(self, error: EdgeomniError) -> None:
        """What happened, what still works, what to do: one line each."""
        name = self._paint("edgeomni:", _RED + _BOLD)
        # A file name with a line break in it must not pass for a line of ours.
        lines = [f"{name} {clean(error.happened, keep='')}"]
        lines += [f"  {clean(part, keep='')}" for part in (error.works, error.remedy) if part]
        self._aside("\n".join(lines))

    def stats(self, receipt: Receipt) -> None:
        self._aside(self._dim(receipt_line(receipt)))

    def total(self, receipts: Sequence[Receipt]) -> None:
        self._aside(self._dim(total_line(receipts)))

    def prompt(self, text: str) -> None:
        """Ask for a line, where stdin is a terminal and stdout is not."""
        self._err.write(text)
        self._err.flush()

    def redraw(self, text: str) -> None:
        """Write over the present line of stderr, on a terminal only; empty wipes it."""
        if not self.err_is_terminal or not (text or self._drawn):
            return
        text = clean(text, keep="")
        wiped = "\r" + " " * self._drawn + "\r"  # blanks work on every terminal
        self._err.write(wiped + text)
        self._err.flush()
        self._drawn = columns(text)

    def _aside(self, text: str) -> None:
        self._end_thought()
        if self._drawn:
            self.redraw("")
        if self._inside_answer and self.out_is_terminal and self.err_is_terminal:
            self._err.write("\n")
            self._inside_answer = False
        self._err.write(text + "\n")
        self._err.flush()

    def _end_thought(self) -> None:
        if self._thinking:
            self._err.write("\n\n")
            self._err.flush()
        self._thinking = False

    def _dim(self, text: str) -> str:
        return self._paint(text, _DIM)

    def _paint(self, text: str, style: str) -> str:
        return self._style(text, style, self.err_is_terminal)

    def _style(self, text: str, style: str, terminal: bool) -> str:
        return f"{style}{text}{_PLAIN}" if terminal and self._colourful and text else text


def receipt_line(receipt: Receipt) -> str:
    """The receipt for people, e.g. ``212 cached + 9 new · first word 0.11 s · 96 tok/s``."""
    first = f"first word {seconds(receipt.first_token_ms)}"
    parts = [*_taken_in(receipt), first, *_given_out(receipt)]
    if receipt.finish_reason != "stop":
        parts.append({"length": "cut at the limit"}.get(receipt.finish_reason, "stopped"))
    return " · ".join(parts)


def total_line(receipts: Sequence[Receipt]) -> str:
    """The same of several answers together, which have no first word and no one end."""
    total = _together(receipts)
    return " · ".join(["together", *_taken_in(total), *_given_out(total)])


def _together(receipts: Sequence[Receipt]) -> Receipt:
    numbers = [part.name for part in fields(Receipt) if part.name != "finish_reason"]
    total = Receipt(**{name: sum(getattr(one, name) for one in receipts) for name in numbers})
    after_the_first = sum(max(0, one.completion_tokens - 1) for one in receipts)
    speed = 1000 * after_the_first / total.decode_ms if total.decode_ms else 0.0
    return replace(total, tokens_per_second=speed)


def _taken_in(receipt: Receipt) -> Iterator[str]:
    new = receipt.prompt_tokens - receipt.cached_tokens
    yield f"{receipt.cached_tokens} cached + {new} new"
    if receipt.load_ms:
        yield f"loaded in {seconds(receipt.load_ms)}"
    if receipt.media_items:
        seen = f"{receipt.media_items} media, {receipt.media_encodes} encoded"
        yield f"{seen} in {seconds(receipt.encode_ms)}"
    if receipt.caption_ms:
        captions = f"{receipt.caption_tokens} tokens of captions"
        yield f"{captions} in {seconds(receipt.caption_ms)}"


def _given_out(receipt: Receipt) -> Iterator[str]:
    yield f"{receipt.completion_tokens} said"
    if receipt.tokens_per_second:
        yield f"{receipt.tokens_per_second:.0f} tok/s"


def seconds(ms: float) -> str:
    """Milliseconds for people: ``0.11 s``, ``12.3 s``."""
    return f"{ms / 1000:.2f} s" if ms < 9995 else f"{ms / 1000:.1f} s"
