"""Which files of a repository or a folder belong together. Lists of names in, names out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath, PureWindowsPath

from edgeomni.errors import ModelError, ModelNotFound
from edgeomni.sanitise import clean

DEFAULT_QUANT = "Q4_K_M"
_INSTEAD = ("Q4_K_M", "Q4_K_S", "IQ4_XS", "Q4_0", "Q4_1", "Q5_K_M", "Q5_K_S", "Q6_K", "Q8_0")
"""When the user named no quantisation: the first of these that is there, then anything."""
# A projector is small and sensitive: half precision first, and Q8_0 costs next to nothing.
_PROJECTOR = ("F16", "Q8_0", "BF16", "F32")

_QUANT = re.compile(
    r"(?:^|[-._])((?:UD-)?(?:I?Q[1-8](?:_[A-Z0-9]+)*|TQ[12]_0|MXFP4(?:_MOE)?|BF16|FP?16|FP?32))"
    r"(?=[-._]|$)",
    re.IGNORECASE,
)
_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})", re.IGNORECASE)
_SPELLING = {"FP16": "F16", "FP32": "F32"}
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files to fetch."""

    parts: tuple[str, ...]
    """The model: one file, or all parts of a split one, the first part first."""
    mmproj: str | None
    quant: str
    """Empty when the names do not tell."""


def choose(names: Iterable[str], quant: str = "", prefer: str = DEFAULT_QUANT) -> Chosen:
    """The model and its projector among a repository's file names.

    Args:
        quant: what the user insists on; empty takes ``prefer`` or the nearest to it.

    Raises:
        ModelNotFound: no GGUF model, or not in that quantisation.
        ModelError: parts of a split model are missing.
    """
    ggufs = sorted((n for n in names if is_safe(n) and _is_gguf(n)), key=_plainest_first)
    models = [n for n in ggufs if not is_mmproj(n) and "imatrix" not in _base(n).lower()]
    if not models:
        raise ModelNotFound(
            "The repository has no GGUF model.",
            remedy="Look for one whose name ends in -GGUF.",
        )
    first = _pick(models, quant.upper(), prefer)
    projector = best_mmproj([n for n in ggufs if is_mmproj(n)], beside=first)
    return Chosen(_all_parts(first, models), projector, quant_of(first))


def matching(names: Iterable[str], patterns: Sequence[str], quant: str) -> Chosen:
    """The files that a card asks for by patterns; those of the first pattern lead.

    Raises:
        ModelNotFound: nothing matches one of them.
    """
    safe = sorted(name for name in names if is_safe(name))
    found = [[name for name in safe if fnmatchcase(name, pattern)] for pattern in patterns]
    for pattern, those in zip(patterns, found, strict=True):
        if not those:
            raise ModelNotFound(
                f"The repository has no file {pattern} any more.",
                remedy="A newer edgeomni may know where it is now.",
            )
    return Chosen(tuple(dict.fromkeys(name for those in found for name in those)), None, quant)


def best_mmproj(names: Sequence[str], beside: str = "") -> str | None:
    """The projector to prefer: from the model's own folder, F16, then Q8_0."""
    folder = PurePosixPath(beside).parent
    order = {quant: rank for rank, quant in enumerate(_PROJECTOR)}

    def rank(name: str) -> tuple[bool, int, int, str]:
        precision = order.get(quant_of(name), len(order))
        return PurePosixPath(name).parent != folder, precision, len(name), name

    return min(names, key=rank, default=None)


def sibling_mmproj(model: str, names: Sequence[str]) -> str | None:
    """The projector that clearly belongs to ``model`` among the files of its folder, if any.

    It does when its name carries the model's name, or when the folder holds this one model only.
    """
    projectors = [n for n in names if _is_gguf(n) and is_mmproj(n)]
    if named := [n for n in projectors if _stem(n) == _stem(model)]:
        return best_mmproj(named)
    others = {_stem(n) for n in names if _is_gguf(n) and not is_mmproj(n)} - {_stem(model)}
    clear = not others and len({_stem(n) for n in projectors}) == 1
    return best_mmproj(projectors) if clear else None


def quant_of(name: str) -> str:
    """The quantisation that a file name tells, upper case; empty when it tells none."""
    found = _QUANT.findall(_whole(_base(name)))
    tag = found[-1].upper() if found else ""
    return _SPELLING.get(tag, tag)


def is_mmproj(name: str) -> bool:
    return "mmproj" in _base(name).lower()


def is_safe(name: str) -> bool:
    """Whether a name from the hub is a plain relative path on every system."""
    steps = name.split("/")
    return (
        0 < len(name) <= 255
        and clean(name, keep="") == name
        and not any(c in name for c in '\\:*?"<>|')
        and not any(s in ("", ".", "..") or s[-1] in ". " or _RESERVED.match(s) for s in steps)
        and not PureWindowsPath(name).drive
    )


def _pick(models: Sequence[str], quant: str, prefer: str) -> str:
    by_quant: dict[str, str] = {}
    for name in models:
        by_quant.setdefault(quant_of(name), name)
    if quant:
        if found := by_quant.get(_SPELLING.get(quant, quant)):
            return found
        there = ", ".join(sorted(q for q in by_quant if q)) or "no named quantisation"
        raise ModelNotFound(
            f"The repository has no model in {quant}.", remedy=f"It offers: {there}."
        )
    wishes = (prefer, *_INSTEAD)
    return next((by_quant[q] for q in wishes if q in by_quant), models[0])


def _all_parts(first: str, models: Sequence[str]) -> tuple[str, ...]:
    split = _PART.fullmatch(first[: -len(".gguf")])
    if not split:
        return (first,)
    head, count = split[1], int(split[3])
    wanted = tuple(f"{head}-{n:05}-of-{split[3]}.gguf" for n in range(1, count + 1))
    missing = [name for name in wanted if name not in models]
    if missing or not wanted:
        raise ModelError(
            f"The repository's model is split in {count} and part {missing[0] if missing else 1} "
            "is missing.",
            remedy="Choose another quantisation or another repository.",
        )
    return wanted


def _stem(name: str) -> str:
    """A file's name without ``mmproj``, quantisation and part number: what model it is about."""
    bare = re.sub(r"mmproj", "", _whole(_base(name)), flags=re.IGNORECASE)
    return re.sub(r"[-._]+", "-", _QUANT.sub("", bare)).strip("-").lower()


def _whole(base: str) -> str:
    bare = base[: -len(".gguf")] if _is_gguf(base) else base
    split = _PART.fullmatch(bare)
    return split[1] if split else bare


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _is_gguf(name: str) -> bool:
    return name.lower().endswith(".gguf")


def _plainest_first(name: str) -> tuple[int, int, str]:
    return name.count("/"), len(name), name
