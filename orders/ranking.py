"""Which of the orders that a search found come first: those named by a person's name, then by where, then by words."""

from collections.abc import Sequence

from orders import lookup, search
from orders.models import SearchRow

LOOKED_AT = 200  # hits, the newest: what lies deeper keeps its place
NAME = int(SearchRow.Kind.NAME)
WHOLE, BEGINS, NEARLY = 4, 3, 1  # how well one word meets another
TWICE = 2  # a name counts so much more than a place


def best(ids: Sequence[int], text: str, scope: lookup.Scope) -> list[int]:
    """The same orders, the best first; those that meet the text as well stay newest first."""
    words = search.words_of(text)
    if len(ids) < 2 or not words:
        return list(ids)
    front = ids[:LOOKED_AT]
    told = lookup.told_by(front, scope.kinds)
    ranked = sorted(front, key=lambda order: -sum(_met(word, told.get(order, [])) for word in words))
    return [*ranked, *ids[LOOKED_AT:]]


def _met(word: str, told: Sequence[tuple[int, str]]) -> int:
    """How well the order's words meet this one."""
    return max((_alike(word, known) * (TWICE if kind == NAME else 1) for kind, known in told), default=0)


def _alike(word: str, known: str) -> int:
    if word == known:
        return WHOLE
    if known.startswith(word):
        return BEGINS
    return NEARLY if search.one_letter(word, known) else 0
