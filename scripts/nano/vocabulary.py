"""The words that the eye knows, and how English bends them."""

from __future__ import annotations

SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "cross", "ring")

SPRITES: dict[str, tuple[str, ...]] = {
    "dog": ("dog", "dog-face", "dogside"),
    "cat": ("cat", "cat-face"),
    "pig": ("pig", "pig-face", "pigside"),
    "frog": ("frog", "frog-face"),
    "rabbit": ("rabbit", "rabbit-face", "bunny", "bunnyside"),
    "lion": ("lion", "lion-face"),
    "owl": ("owl",),
    "bee": ("honeybee",),
    "butterfly": ("butterfly",),
    "turtle": ("turtle",),
    "fish": ("fish", "tropical-fish"),
    "octopus": ("octopus",),
    "crab": ("crab",),
    "elephant": ("elephant",),
    "penguin": ("penguin", "penguin-1", "penguin-2"),
    "whale": ("whale", "spouting-whale"),
    "apple": ("red-apple", "redapple", "green-apple", "greenapple"),
    "banana": ("banana",),
    "strawberry": ("strawberry", "strawberry-1", "strawberry-2"),
    "carrot": ("carrot",),
    "mushroom": ("mushroom",),
    "pizza": ("pizza", "pizza-1", "pizza-2"),
    "cake": (
        *("birthday-cake", "birthdaycake", "shortcake", "shortcake-1", "shortcake-2"),
        *("birthday-cake-1", "birthday-cake-2", "birthday-cake-3"),
    ),
    "egg": ("egg",),
    "cheese": ("cheese-wedge", "cheesewedge"),
    "car": ("automobile", "sport-utility-vehicle", "oncoming-automobile", "oncomingautomobile"),
    "bus": ("bus", "oncoming-bus", "oncomingbus"),
    "bicycle": ("bicycle",),
    "airplane": ("airplane",),
    "rocket": ("rocket",),
    "boat": ("sailboat", "motor-boat", "speedboat"),
    "tree": ("deciduous-tree", "evergreen-tree", "deciduoustree", "evergreen"),
    "flower": ("sunflower", "sunflower-1", "sunflower-2", "tulip", "hibiscus", "blossom"),
    "sun": ("sun", "sun-with-face", "sunwithface"),
    "moon": ("crescent-moon", "crescentmoon"),
    "cloud": ("cloud", "cloud-1", "cloud-2"),
    "rainbow": ("rainbow",),
    "fire": ("fire",),
    "house": ("house", "house-with-garden", "housebuilding", "housewithgarden"),
    "umbrella": ("umbrella", "umbrella-with-rain-drops", "umbrella-on-ground"),
    "ball": ("soccer-ball", "soccer", "basketball", "volleyball"),
    "guitar": ("guitar",),
    "book": ("closed-book", "blue-book", "green-book", "closedbook", "greenbook"),
    "key": ("key",),
    "clock": ("alarm-clock", "alarmclock"),
    "camera": ("camera", "camera-with-flash"),
    "scissors": ("scissors", "blackscissors"),
    "hat": ("top-hat", "tophat"),
    "shoe": ("running-shoe", "mans-shoe", "mensrunner", "mensshoe"),
}
"""What can be drawn from emoji sets: the names under which a set may keep it."""

THINGS = tuple(SPRITES)
_CHARACTERS = (
    "🐕🐶 🐈🐱 🐖🐷 🐸 🐇🐰 🦁 🦉 🐝 🦋 🐢 🐟🐠 🐙 🦀 🐘 🐧 🐋🐳 "
    "🍎🍏 🍌 🍓 🥕 🍄 🍕 🎂🍰 🥚 🧀 🚗🚙🚘 🚌🚍 🚲 ✈ 🚀 ⛵🛥🚤 🌳🌲 "
    "🌻🌷🌺🌼 ☀🌞 🌙 ☁ 🌈 🔥 🏠🏡 ☂☔ ⚽🏀🏐 🎸 📕📘📗 🔑 ⏰ 📷📸 "
    "✂ 🎩 👟👞 "
)
EMOJI = dict(zip(THINGS, _CHARACTERS.split(), strict=True))
"""The same as characters, for sets that know no names."""
NOTHING, UNCLEAR = "nothing", "something"
"""What stands in place of a noun: an empty picture; a picture beyond the eye's words."""
NOUNS = (*SHAPES, *THINGS)

COLOURS = (
    *("red", "green", "blue", "yellow", "orange", "purple"),
    *("pink", "brown", "black", "white", "gray"),
)
NUMBERS = ("one", "two", "three", "four")
SIZES = ("large", "small")

_PLURALS = {
    "butterfly": "butterflies",
    "strawberry": "strawberries",
    "bus": "buses",
    "fish": "fish",
    "octopus": "octopuses",
    "cross": "crosses",
    "scissors": "scissors",
}


def plural(noun: str) -> str:
    return _PLURALS.get(noun, f"{noun}s")


def with_article(words: str) -> str:
    """``an orange star``, ``a dog``, but ``scissors``."""
    if words.endswith("scissors"):
        return words
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
