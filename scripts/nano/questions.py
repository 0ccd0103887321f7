"""What can be asked about a scene, in many wordings, and the true answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nano.scenes import Facts
from nano.vocabulary import (
    COLOURS,
    NOTHING,
    NUMBERS,
    SHAPES,
    THINGS,
    UNCLEAR,
    plural,
    with_article,
)
from nano.wordings import Wordings

UNCLEAR_ANSWER = "I cannot make out what this is."


@dataclass(frozen=True, slots=True)
class Question:
    kind: str
    text: str
    answer: str
    keys: tuple[str, ...]
    """Words that a right answer holds; for yes/no the first word of it."""


_INVERSE = {"left of": "right of", "above": "below"}
_SIDES = {"left": ("on the left", "on the right"), "above": ("at the top", "at the bottom")}


def description(facts: Facts) -> str:
    """One sentence that says everything."""
    if facts.noun == UNCLEAR:
        return UNCLEAR_ANSWER
    ground = f"on {with_article(facts.background)} background."
    if facts.noun == NOTHING:
        return f"Nothing {ground}"
    if facts.noun2:
        first, second = _named(facts.noun, facts.colour), _named(facts.noun2, facts.colour2)
        return _sentence(
            f"{with_article(first)} {_relation(facts)} {with_article(second)} {ground}"
        )
    if facts.count != "one":
        return _sentence(f"{facts.count} {_named(plural(facts.noun), facts.colour)} {ground}")
    whole = _named(f"{facts.colour} {facts.noun}" if facts.colour else facts.noun, facts.size)
    return _sentence(f"{with_article(whole)} {ground}")


def _named(noun: str, adjective: str | None) -> str:
    return f"{adjective} {noun}" if adjective else noun


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _relation(facts: Facts) -> str:
    return "left of" if facts.relation == "left" else "above"


def description_keys(facts: Facts) -> tuple[str, ...]:
    if facts.noun == UNCLEAR:
        return ("cannot",)
    many = facts.count not in (None, "one")
    keys = (
        facts.count if many else None,
        facts.colour,
        plural(facts.noun) if many else facts.noun,
        facts.relation,
        facts.colour2,
        facts.noun2,
    )
    return tuple(key for key in keys if key)


def questions(facts: Facts, rng: random.Random, wordings: Wordings) -> list[Question]:
    """Everything that can be asked, each kind once, the description first."""
    ask = _Asker(facts, rng, wordings)
    found = [ask.describe()]
    if facts.noun == UNCLEAR:
        return found
    found.append(ask.background())
    found += ask.about_nothing() if facts.noun == NOTHING else ask.about_things()
    return found


@dataclass(frozen=True, slots=True)
class _Asker:
    facts: Facts
    rng: random.Random
    wordings: Wordings

    def _word(self, kind: str, **values: str) -> str:
        return self.rng.choice(self.wordings[kind]).format(**values)

    def describe(self) -> Question:
        keys = description_keys(self.facts)
        return Question("describe", self._word("describe"), description(self.facts), keys)

    def background(self) -> Question:
        colour = self.facts.background
        return Question(
            "background", self._word("background"), f"The background is {colour}.", (colour,)
        )

    def about_nothing(self) -> Iterator[Question]:
        absent = self.rng.choice((*SHAPES, *THINGS))
        yield self._presence(absent, there=False)
        yield self._is_background()
        text = self._word("count", nouns=plural(absent))
        yield Question("count", text, "There are none.", ("none",))

    def about_things(self) -> Iterator[Question]:
        facts = self.facts
        yield from self._yes_no()
        if facts.colour:
            yield self._colour(facts.noun, facts.colour)
        if facts.noun2:
            if facts.colour2:
                yield self._colour(facts.noun2, facts.colour2)
            yield from self._two()
            return
        yield self._count()
        if facts.count == "one":
            yield self._name()
            yield self._size()

    # -- what, which, how many --

    def _is(self) -> str:
        return "are" if self._many else "is"

    @property
    def _many(self) -> bool:
        return self.facts.count != "one"

    @property
    def _noun(self) -> str:
        return plural(self.facts.noun) if self._many else self.facts.noun

    def _colour(self, noun: str, colour: str) -> Question:
        shown = self._noun if noun == self.facts.noun else noun
        text = self._word("colour", noun=shown, **{"is": self._is()})
        return Question("colour", text, f"The {shown} {self._is()} {colour}.", (colour,))

    def _count(self) -> Question:
        number, noun = self.facts.count or "", self.facts.noun
        text = self._word("count", nouns=plural(noun))
        answer = f"There {self._is()} {number} {self._noun}."
        return Question("count", text, answer, (number,))

    def _name(self) -> Question:
        noun = self.facts.noun
        text = self._word("shape" if noun in SHAPES else "name")
        return Question("name", text, f"It is {with_article(noun)}.", (noun,))

    def _size(self) -> Question:
        noun, size = self.facts.noun, self.facts.size or ""
        return Question("size", self._word("size", noun=noun), f"The {noun} is {size}.", (size,))

    # -- two things --

    def _two(self) -> Iterator[Question]:
        facts = self.facts
        assert facts.noun2 and facts.relation
        relation, which = _relation(facts), self.rng.randrange(2)
        noun, other = (facts.noun, facts.noun2)[:: 1 - 2 * which]
        said = (relation, _INVERSE[relation])[which]
        a, b = self.rng.sample((relation, _INVERSE[relation]), 2)
        text = self._word("place", noun=noun, other=other, a=a, b=b)
        yield Question("place", text, f"The {noun} is {said} the {other}.", (said.split()[0],))
        which = self.rng.randrange(2)
        noun, colour = ((facts.noun, facts.colour), (facts.noun2, facts.colour2))[which]
        side = _SIDES[facts.relation][which]
        answer = f"{_sentence(with_article(_named(noun, colour)))} is {side}."
        yield Question(
            "side", self._word("side", side=side, Side=side.capitalize()), answer, (noun,)
        )

    # -- yes and no --

    def _yes_no(self) -> Iterator[Question]:
        facts, yes = self.facts, self.rng.random() < 0.5
        present = [noun for noun in (facts.noun, facts.noun2) if noun]
        absent = self._absent(present)
        yield self._presence(self.rng.choice(present) if yes else absent, there=yes)
        yield self.rng.choice([self._is_background, *self._particular()])()

    def _absent(self, present: Sequence[str]) -> str:
        pool = SHAPES if self.rng.random() < 0.4 else THINGS
        return self.rng.choice([noun for noun in pool if noun not in present])

    def _particular(self) -> list[Callable[[], Question]]:
        facts = self.facts
        makers: list[Callable[[], Question]] = []
        if facts.colour:
            makers += [self._is_colour] * 3
        if facts.noun2:
            makers += [self._is_place] * 3
        if self._many:
            makers += [self._is_count] * 3
        return makers

    def _presence(self, noun: str, *, there: bool) -> Question:
        many = there and self._many and self.facts.noun == noun
        text = self._word("presence", a_noun=plural(noun) if many else with_article(noun))
        if many:
            text = text.replace("Is there", "Are there").replace("Is ", "Are ")
            answer = f"Yes, there are {self.facts.count} {plural(noun)}."
        else:
            answer = f"Yes, there is {with_article(noun)}." if there else f"No, there is no {noun}."
        return _yes_no(text, answer)

    def _other(self, true: str, pool: Sequence[str]) -> tuple[str, bool]:
        """A claim, true or false with equal chance."""
        if self.rng.random() < 0.5:
            return true, True
        return self.rng.choice([each for each in pool if each != true]), False

    def _is_background(self) -> Question:
        truth = self.facts.background
        claim, right = self._other(truth, COLOURS)
        text = self._word("is_background", colour=claim)
        return _yes_no(text, f"{_yes(right)}, the background is {truth}.")

    def _is_colour(self) -> Question:
        truth = self.facts.colour or ""
        claim, right = self._other(truth, COLOURS)
        verb = self._is()
        words = {"is": verb, "Is": verb.capitalize(), "noun": self._noun, "colour": claim}
        text = self._word("is_colour", **words)
        return _yes_no(text, f"{_yes(right)}, the {self._noun} {verb} {truth}.")

    def _is_place(self) -> Question:
        facts = self.facts
        assert facts.noun2
        pair = (facts.noun, facts.noun2)
        noun, other = pair if self.rng.random() < 0.5 else pair[::-1]
        relation = _relation(facts)
        truth = relation if noun == facts.noun else _INVERSE[relation]
        claim, right = self._other(truth, (relation, _INVERSE[relation]))
        text = self._word("is_place", noun=noun, other=other, where=claim)
        return _yes_no(text, f"{_yes(right)}, the {noun} is {truth} the {other}.")

    def _is_count(self) -> Question:
        truth, nouns = self.facts.count or "", plural(self.facts.noun)
        claim, right = self._other(truth, NUMBERS[1:])
        text = self._word("is_count", number=claim, nouns=nouns)
        return _yes_no(text, f"{_yes(right)}, there are {truth} {nouns}.")


def _yes(right: bool) -> str:
    return "Yes" if right else "No"


def _yes_no(text: str, answer: str) -> Question:
    return Question("yesno", text, answer, (answer.split(",")[0].lower(),))
