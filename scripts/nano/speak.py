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
from nano.reader import Reader, Tokenizer
from nano.scenes import Facts, sample
from nano.systems import DEFAULT_SYSTEM, TRAINING_SYSTEMS
from nano.wordings import HELD_OUT_WORDINGS, Wordings


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
    rng = random.Random(seed)
    torch.manual_seed(seed)
    tied = Tied(codes)
    optimiser = torch.optim.Adam(tied.parameters(), lr=rate, betas=(0.9, 0.95))
    closing = reader.embeddings[list(tokenizer.tokens(talk.END))]
    weights = talk.token_weights(len(reader.embeddings), tokenizer)
    memories = {system: talk.remember(reader, tokenizer, system) for system in TRAINING_SYSTEMS}
    systems = random.Random(seed + 1)
    recent: deque[tuple[float, float]] = deque(maxlen=20)
    step, next_report = 0, 0.0
    while (fraction := pace.fraction()) < 1:
        pace.rest()
        facts = [sample(rng, MIXTURE).facts for _ in range(batch)]
        said = talk.pack([talk.choose(f, each, rng) for f in facts], tokenizer, rng)
        system = systems.choices(*zip(*TRAINING_SYSTEMS.items(), strict=True))[0]
        pictures = spoken(tied(), facts, closing, noise=0.25)
        logits, targets, where = talk.answers(reader, memories[system], pictures, said)
        loss = talk.weighted(logits, targets, weights)
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
    codes: dict[str, Tensor], facts: list[Facts], closing: Tensor, noise: float = 0.0
) -> Tensor:
    """A perfect eye's tokens and what closes a picture; ``noise`` relative to the codes."""
    truth = torch.tensor([slots.indices(each) for each in facts])
    said = sentence(codes, truth)
    if noise:
        said = said + torch.randn_like(said) * noise * said.detach().pow(2).mean().sqrt()
    return torch.cat([said, closing.expand(len(facts), -1, -1)], 1)


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
    closing = reader.embeddings[list(tokenizer.tokens(talk.END))]
    good, all_ = Counter[str](), Counter[str]()
    for _ in range(count // 8):
        facts = [sample(rng, MIXTURE).facts for _ in range(8)]
        asked = [talk.choose(f, 6, rng, wordings) for f in facts]
        said = talk.pack(asked, tokenizer, rng)
        logits, targets, where = talk.answers(reader, memory, spoken(codes, facts, closing), said)
        for (row, turn), ok in talk.exact(logits, targets, where).items():
            all_[asked[row][turn].kind] += 1
            good[asked[row][turn].kind] += ok
    return ", ".join(f"{kind} {good[kind]}/{n}" for kind, n in sorted(all_.items()))
