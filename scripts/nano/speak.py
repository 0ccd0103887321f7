"""A stage without pictures: the codes learn to be understood, through the frozen text model.

No picture is needed: what a perfect eye would say is looked up. What comes out is how well the
text model can read the codes at all, and codes for the eye to learn.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable

import torch
from torch import Tensor

from nano import slots, talk
from nano.codes import Tied, sentence
from nano.examples import MIXTURE
from nano.pace import Pace
from nano.partner import Partner
from nano.reader import Reader, Tokenizer
from nano.scenes import Facts, sample
from nano.systems import DEFAULT_SYSTEM
from nano.wordings import HELD_OUT_WORDINGS, Wordings

_MIXTURE = {
    "shape": 0.09,
    "sprite": 0.19,
    "count": 0.19,
    "two": 0.47,
    "unclear": 0.03,
    "empty": 0.03,
}
"""More scenes of two things than an eye looks at: their sentences are the longest, and the text
model would rather end them early."""
_DOUBT, _MOST_DOUBT = 0.12, 0.35
"""How often a slot leans towards another of its values, and how far at most: an eye that has never
seen such a drawing says something between two codes, the true one the nearer."""


def train(
    codes: dict[str, Tensor],
    reader: Reader,
    tokenizer: Tokenizer,
    *,
    pace: Pace,
    out: Callable[[dict[str, Tensor]], None],
    seed: int,
    rate: float,
    batch: int = 10,
    each: int = 6,
) -> dict[str, Tensor]:
    """The codes, tied; ``out`` takes them every few minutes."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    tied = Tied(codes)
    optimiser = torch.optim.Adam(tied.parameters(), lr=rate, betas=(0.9, 0.95))
    partner = Partner(reader, tokenizer, seed)
    recent: deque[tuple[float, float]] = deque(maxlen=20)
    step, next_report = 0, 0.0
    while (fraction := pace.fraction()) < 1:
        pace.rest()
        facts = [sample(rng, _MIXTURE).facts for _ in range(batch)]
        said = spoken(tied(), facts, noise=0.25, doubt=_DOUBT)
        logits, targets, where = partner.answers(said, facts, each)
        loss = partner.loss(logits, targets)
        optimiser.zero_grad()
        loss.backward()
        for group in optimiser.param_groups:
            group["lr"] = rate * pace.rate(step, fraction, warm_up=8)
        optimiser.step()
        whole = talk.exact(logits, targets, where)
        recent.append((loss.item(), sum(whole.values()) / len(whole)))
        step += 1
        if fraction >= next_report:
            means = [sum(part) / len(recent) for part in zip(*recent, strict=True)]
            print(
                f"{fraction:.2f}: step {step}, loss {means[0]:.3f}, exact {means[1]:.2f}",
                flush=True,
            )
            next_report += 2 / pace.minutes
            out(_detached(tied))
    out(_detached(tied))
    return _detached(tied)


@torch.no_grad()
def _detached(tied: Tied) -> dict[str, Tensor]:
    return {name: code.detach().clone() for name, code in tied().items()}


def spoken(
    codes: dict[str, Tensor], facts: list[Facts], noise: float = 0.0, doubt: float = 0.0
) -> Tensor:
    """A perfect eye's tokens, (pictures, TOKENS, width); ``noise`` relative to the codes.

    ``doubt`` is how often a slot leans towards another value.
    """
    truth = torch.tensor([slots.indices(each) for each in facts])
    said = sentence(codes, truth)
    if doubt:
        others = [torch.randint(len(slot.values), (len(facts),)) for slot in slots.SLOTS]
        leaning = torch.rand(len(facts), slots.TOKENS, 1)
        share = _MOST_DOUBT * torch.rand_like(leaning) * (leaning < doubt)
        said = said + share * (sentence(codes, torch.stack(others, 1)) - said)
    if noise:
        said = said + torch.randn_like(said) * noise * said.detach().pow(2).mean().sqrt()
    return said


@torch.no_grad()
def ceiling(
    codes: dict[str, Tensor],
    reader: Reader,
    tokenizer: Tokenizer,
    *,
    seed: int,
    count: int = 48,
    wordings: Wordings = HELD_OUT_WORDINGS,
    system: str = DEFAULT_SYSTEM,
) -> str:
    """How often the frozen text model answers word for word, were the eye perfect."""
    rng = random.Random(seed)
    memory = talk.remember(reader, tokenizer, system)
    good, all_ = Counter[str](), Counter[str]()
    for _ in range(count // 8):
        facts = [sample(rng, MIXTURE).facts for _ in range(8)]
        asked = [talk.choose(f, 6, rng, wordings) for f in facts]
        said = talk.pack(asked, tokenizer, rng)
        pictures = talk.closed(spoken(codes, facts), reader, tokenizer)
        logits, targets, where = talk.answers(reader, memory, pictures, said)
        for (row, turn), ok in talk.exact(logits, targets, where).items():
            all_[asked[row][turn].kind] += 1
            good[asked[row][turn].kind] += ok
    return ", ".join(f"{kind} {good[kind]}/{n}" for kind, n in sorted(all_.items()))
