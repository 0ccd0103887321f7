"""Short formulas in TeX, in words. Pure."""

from __future__ import annotations

import re

from edgeomni.speech.wording.words import COMMANDS

_LONGEST = 80
"""Characters; nobody can follow a longer one by ear."""
_GREEK = frozenset(
    (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
        *("lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi"),
        "omega",
    )
)
_GROUP = r"(?:\{([^{}]*)\}|(\\?\w))"
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_TEXT = re.compile(r"\\(?:text|mathrm|mathbf|mathit|mathbb|operatorname|boxed)\s*\{([^{}]*)\}")
_POWER = re.compile(r"\^\s*" + _GROUP)
_INDEX = re.compile(r"_\s*" + _GROUP)
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_POWERS = {"2": "squared", "3": "cubed", "\\circ": "degrees"}


def formula_in_words(formula: str) -> str:
    """A short formula as it is read; "a formula" for what is too long or too deep."""
    plain = re.sub(r"\\(?:left|right|displaystyle|[,;:! ])", " ", formula)
    for _ in range(4):  # from the inside out
        plain = _TEXT.sub(r" \1 ", plain)
        plain = _POWER.sub(_power, plain)
        plain = _INDEX.sub(lambda m: f" sub {m.group(1) or m.group(2)} ", plain)
        plain = _ROOT.sub(r" the square root of \1 ", plain)
        plain = _FRACTION.sub(r" \1 over \2 ", plain)
    plain = _COMMAND.sub(_command, plain)
    if len(formula) > _LONGEST or "?" in plain or "{" in plain or "&" in plain:
        return "a formula"
    plain = re.sub(r"(?<=\w)\s*-\s*(?=\w)", " minus ", plain)
    return " ".join(plain.replace("\\", " ").split())


def _command(found: re.Match[str]) -> str:
    name = found.group(1)
    return f" {name.lower() if name.lower() in _GREEK else COMMANDS.get(name, '?')} "


def _power(found: re.Match[str]) -> str:
    exponent = (found.group(1) or found.group(2) or "").strip()
    return f" {_POWERS.get(exponent, f'to the power of {exponent}')} "
