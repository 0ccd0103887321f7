"""Whether somebody speaks beyond doubt, as soon as that can be told. Pure."""

from __future__ import annotations

from edgeomni.speech.dialogue.evidence import logit


class Certainty:
    """A cumulative sum of log odds (CUSUM; E. S. Page, Continuous Inspection Schemes, 1954).

    Two very likely blocks tell as much as several likely ones, and an unlikely one takes back what
    those before it have told.
    """

    def __init__(self, allowance: float, most: float, enough: float) -> None:
        """Log odds: what is taken from those of each block, what a block counts for at most, and
        the sum at which there is no doubt any more."""
        self._allowance, self._most, self._enough = allowance, most, enough
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._sum = 0.0
        self.reached = False
        """There has been no doubt, at one moment since then."""

    def hear(self, probability: float) -> None:
        """Take the next block's probability of speech."""
        told = min(self._most, logit(probability)) - self._allowance
        self._sum = max(0.0, self._sum + told)
        self.reached = self.reached or self._sum >= self._enough
