"""How words are compared when somebody searches: without accents and case. It knows no table."""

import re
import unicodedata
from functools import lru_cache

LONGEST = 60  # signs of a word that is kept

_word = re.compile(r"[^\W_]+")
_digits = re.compile(r"\D+")
_joined = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})

# What stands in nearly every street and tells none from another.
STREET_STOPS = frozenset(
    word
    for line in (
        "rue avenue av boulevard bd bld place pl chemin che impasse imp allee allees route rte cours quai square",
        "passage residence res batiment bat appartement appt apt etage lieu dit lotissement lot zone za zi zac",
        "bis ter quater de du des la le les et au aux en sur sous l d a street st road rd strasse via calle",
    )
    for word in line.split()
)


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Lower case, without accents and ligatures; spaces and signs stay as they are."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_joined))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("\0", "")


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """The folded words of a text in their order, each of at most 60 signs; hyphens and apostrophes part them."""
    return tuple(word[:LONGEST] for word in _word.findall(fold(text)))


def street_words(text: str) -> tuple[str, ...]:
    """The words of an address line that tell it from another one."""
    return tuple(word for word in words(text) if word not in STREET_STOPS)


def phone_word(text: str) -> str:
    """The last nine digits, the same whether written +33 6…, 0033 6… or 06…; "" when there are fewer than six."""
    digits = _digits.sub("", fold(text))
    return digits[-9:] if len(digits) >= 6 else ""


def email_word(text: str) -> str:
    """The whole address, folded and cut to 60 signs."""
    return fold(text.strip())[:LONGEST]
