"""The stages on the command line, in the order in which they are run."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nano.book import CodeBook
    from nano.eye import Eye
    from nano.pace import Pace
    from nano.reader import Reader, Tokenizer
    from nano.together import Together

LARGEST_SEED = 19
"""Of a run; see ``scenes.SEEDS_PER_RUN``."""
_EPILOG = """\
a whole run; see and speak do not need each other and can run side by side:
  train fetch
  train new   --out new.gguf
  train see   --start new.gguf --out seen.gguf --minutes 60
  train speak --start new.gguf --out spoken.gguf --minutes 60
  train join  --start seen.gguf --codes spoken.gguf --out joined.gguf --minutes 30
  train export --start joined.gguf --out models/nano/mmproj-nano-vision.gguf
  train evaluate --start models/nano/mmproj-nano-vision.gguf --count 400
To go on from the shipped weights, leave out new and --start. What has learned from other drawings
since knows new ones best when it is blended with what it began from, before join:
  train blend --other seen.gguf --codes spoken.gguf --out blended.gguf
"""
_WITH_SPRITES = ("see", "join", "evaluate")
_SPRITES = Path("build/nano-sprites")
_EXAMS = ("scenes", "blind", "transformed", "photographs")
_MODELS = Path(__file__).parents[2] / "models"
_SHIPPED = _MODELS / "nano" / "mmproj-nano-vision.gguf"


def main(arguments: Sequence[str]) -> int:
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.processes > 1 and asked.device != "cpu":
        parser.error("several processes are for the CPU")
    try:
        _run(asked)
    except (ModuleNotFoundError, FileNotFoundError) as error:
        lacking = _lacking(error, asked)
        if not lacking:
            raise
        parser.exit(2, f"train {asked.stage}: {lacking}\n")
    return 0


def _run(asked: argparse.Namespace) -> None:
    if asked.device != "cpu":
        import torch

        torch.set_default_device(asked.device)
    if asked.stage in _WITH_SPRITES and not asked.sprites.is_dir():
        # At once: who trains in several processes would be told by each of them.
        raise FileNotFoundError(errno.ENOENT, "no folder", str(asked.sprites / "*"))
    _STAGES[asked.stage](asked)


def _lacking(error: ModuleNotFoundError | FileNotFoundError, asked: argparse.Namespace) -> str:
    """What is not there yet and how to get it; empty for a mistake of ours."""
    if isinstance(error, ModuleNotFoundError):
        name = (error.name or "nano").partition(".")[0]
        install = f'{sys.executable} -m pip install ".[train]"'
        own = name in ("nano", "edgeomni")
        return "" if own else f"{name} is not installed. In the project's folder: {install}"
    if not error.filename:
        return ""
    file = Path(error.filename)
    if file.name == "npm":
        return "The drawings are fetched with npm, which is not installed: install Node.js."
    if file.parent == asked.sprites:
        again = "" if asked.sprites == _SPRITES else f" --sprites {asked.sprites}"
        return f"There are no sprites in {asked.sprites}. They come with: train fetch{again}"
    return f"There is no file {file}. See train --help for the stage that makes it."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train",
        description="Make the eye of the model nano.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stage", choices=_STAGES)
    parser.add_argument("--start", type=Path, default=_SHIPPED, help="weights to go on from")
    parser.add_argument("--codes", type=Path, help="see, join, blend: a file to take codes from")
    parser.add_argument("--other", type=Path, help="blend: weights that went on from --start")
    parser.add_argument("--share", type=float, default=0.5, help="blend: of the other weights")
    parser.add_argument("--out", type=Path, default=Path("nano-vision.gguf"))
    parser.add_argument("--model", type=Path, help="the GGUF of SmolLM2; default: the one of nano")
    parser.add_argument("--sprites", type=Path, default=_SPRITES)
    parser.add_argument("--minutes", type=float, default=60, help="of training")
    parser.add_argument("--rate", type=float, help="learning rate")
    parser.add_argument("--seed", type=int, default=1, choices=range(LARGEST_SEED + 1))
    parser.add_argument("--device", default="cpu", help="cpu, or cuda where PyTorch has it")
    parser.add_argument("--processes", type=int, default=1, help="see, join: one for each core")
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--pause-file", type=Path, help="training rests while this file exists")
    parser.add_argument("--exam", choices=_EXAMS, help="evaluate: only this one; default: all")
    parser.add_argument("--count", type=int, default=400, help="scenes to measure with")
    return parser


def _fetch(asked: argparse.Namespace) -> None:
    from nano import sprites

    sprites.fetch(asked.sprites)


def _new(asked: argparse.Namespace) -> None:
    import torch

    from nano import projector_file
    from nano.codes import from_words
    from nano.eye import Eye

    torch.manual_seed(asked.seed)
    projector_file.write(asked.out, Eye(), from_words(*_text_model(asked)), small=False)


def _speak(asked: argparse.Namespace) -> None:
    from nano import projector_file, speak

    eye, codes = projector_file.read(asked.start)
    reader, tokenizer = _text_model(asked)
    print(speak.ceiling(codes, reader, tokenizer, seed=asked.seed))
    codes = speak.train(
        codes,
        reader,
        tokenizer,
        pace=_pace(asked),
        seed=asked.seed,
        rate=asked.rate or 0.01,
        out=lambda codes: projector_file.write(asked.out, eye, codes, small=False),
    )
    print(speak.ceiling(codes, reader, tokenizer, seed=asked.seed))


def _see(asked: argparse.Namespace) -> None:
    from nano import together

    together.run(asked.processes, _look, asked)


def _look(with_others: Together, asked: argparse.Namespace) -> None:
    from nano import see
    from nano.partner import Partner

    eye, book = _eye_and_book(asked)
    joined = asked.stage == "join"
    partner = Partner(*_text_model(asked), asked.seed + with_others.rank) if joined else None
    see.train(
        eye,
        book,
        partner,
        folder=asked.sprites,
        pace=_pace(asked),
        out=asked.out,
        seed=asked.seed,
        rate=asked.rate or (0.005 if joined else 0.02),
        together=with_others,
    )


def _eye_and_book(asked: argparse.Namespace) -> tuple[Eye, CodeBook]:
    """The eye, blended with another and turned to say other codes where such files are given."""
    from nano import projector_file
    from nano.book import CodeBook
    from nano.turn import turn

    eye, codes = projector_file.read(asked.start)
    if asked.other:
        other, _ = projector_file.read(asked.other)
        eye.blend(other, asked.share)
    if asked.codes:
        _, new = projector_file.read(asked.codes)
        turn(eye, codes, new, asked.sprites, asked.seed)
        codes = new
    return eye, CodeBook(codes)


def _blend(asked: argparse.Namespace) -> None:
    from nano import projector_file

    if not asked.other:
        raise SystemExit("train blend needs --other.")
    eye, book = _eye_and_book(asked)
    projector_file.write(asked.out, eye, book.codes, small=False)


def _export(asked: argparse.Namespace) -> None:
    from nano import projector_file

    projector_file.write(asked.out, *projector_file.read(asked.start))


def _evaluate(asked: argparse.Namespace) -> None:
    from nano import drawing, evaluate

    brush = drawing.held_out_brush(asked.sprites)
    with evaluate.answering(_model(asked), asked.start, asked.threads) as answer:
        for name in [asked.exam] if asked.exam else _EXAMS:
            print(f"\n{name}")
            if name == "photographs":
                print(*evaluate.photographs(answer), sep="\n")
            else:
                tally = evaluate.EXAMS[name](answer, brush, asked.count)
                print(*tally.lines(), sep="\n", flush=True)


def _samples(_asked: argparse.Namespace) -> None:
    from nano import samples

    samples.draw(_MODELS / "media")


def _pace(asked: argparse.Namespace) -> Pace:
    import torch

    from nano.pace import Pace

    torch.set_num_threads(asked.threads)
    return Pace(asked.minutes, asked.pause_file)


def _text_model(asked: argparse.Namespace) -> tuple[Reader, Tokenizer]:
    from nano.reader import Reader, Tokenizer

    return Reader(_model(asked)), Tokenizer(_model(asked))


def _model(asked: argparse.Namespace) -> Path:
    if asked.model:
        return Path(asked.model)
    from edgeomni import catalog
    from edgeomni.catalog.progress import Silent

    return catalog.ensure("nano", Silent()).model


_STAGES = {
    "fetch": _fetch,
    "new": _new,
    "speak": _speak,
    "see": _see,
    "blend": _blend,
    "join": _see,
    "export": _export,
    "evaluate": _evaluate,
    "samples": _samples,
}
