"""One box for every identifier: what somebody typed or pasted, turned into orders, newest first.

Exact numbers come first, then the words of people and places, then products. What a role may not see is not searched.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from orders import folding, lookup
from orders.lookup import CAP, Meaning, Scope, TooSlow
from orders.models import Address

TERMS = 8  # words that are crossed; more tell nothing more
NUMBERS = 500  # pasted at once
LONGEST = 100  # signs of one term
FEW = 3  # hits that are hardly any
NAMED = 5  # words that a note names
LOOKED_AT = 200  # hits, the newest, whose words may be named
CIVILITIES = frozenset({"mme", "mlle", "mr", "mrs", "ms", "madame", "mademoiselle", "monsieur"})

_separators = re.compile(r"[\s,;|\"'<>()\[\]{}]+")
_MARKED = re.compile(r"^(?:#|№|n[°º])+", re.IGNORECASE)  # before a number, as letters write it
_LINK = re.compile(r"^https?://\S*?/orders/([^/?#]+)\S*$")  # a colleague's address of an order
_phone = re.compile(r"\+?[\d\s().\-/]{8,24}")


@dataclass(frozen=True)
class Found:
    """`ids`: orders, newest first, at most CAP. `only`: the one that was named exactly. `notes`: what was done.
    `short`: more numbers begin with what was typed than anybody looks through, so that they are left out."""

    ids: list[int] = field(default_factory=list)
    only: int | None = None
    more: bool = False
    failed: bool = False
    short: bool = False
    notes: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def find(text: str, scope: Scope, forgiving: bool = False) -> Found:
    """The orders that a text means. Several words narrow; several numbers widen.

    `forgiving`: where hardly any meets several words, those that differ by one letter come after them.
    """
    terms = split(text)
    if not terms or not scope.accounts:
        return Found()
    try:
        with lookup.bounded():
            if several_numbers(terms):
                return find_numbers(terms, scope)
            return _find_words(terms, scope, forgiving)
    except TooSlow:
        return Found(
            failed=True,
            notes=[_("This search took too long and was stopped. Type more letters, a postcode or a number.")],
        )


def find_numbers(tokens: Sequence[str], scope: Scope) -> Found:
    """The orders of pasted numbers; which were found for two orders and which for none is told."""
    unique = list(dict.fromkeys(token[:LONGEST] for token in tokens))
    notes = []
    if len(unique) > NUMBERS:
        notes.append(
            _("Only the first %(limit)s of %(count)s numbers were searched.") % {"limit": NUMBERS, "count": len(unique)}
        )
    found = lookup.numbers(unique[:NUMBERS], scope)
    ids = [order for _placed, order in sorted({order for orders in found.values() for order in orders}, reverse=True)]
    return Found(
        ids=ids,
        only=ids[0] if len(ids) == 1 and len(unique) == 1 else None,
        notes=notes,
        twice=[token for token, orders in found.items() if len(orders) > 1],
        missing=[token for token, orders in found.items() if not orders],
    )


def paste(numbers: Sequence[str], scope: Scope) -> Found:
    """As `find`, for a list of numbers that was pasted."""
    if not numbers or not scope.accounts:
        return Found(missing=list(numbers))
    try:
        with lookup.bounded():
            return find_numbers(numbers, scope)
    except TooSlow:
        return Found(failed=True, notes=[_("This list took too long and was stopped. Paste fewer numbers.")])


def tokens(text: str) -> list[str]:
    """The numbers of a pasted text, whatever separates them."""
    terms = (_MARKED.sub("", _LINK.sub(r"\1", term)) for term in _separators.split(text.replace("\0", " ")))
    return [term[:LONGEST] for term in terms if term]


def split(text: str) -> list[str]:
    """The terms of a text. A telephone number may be written in groups, and is one term."""
    if _phone.fullmatch(text.strip()) and sum(sign.isdigit() for sign in text) in range(9, 16):
        groups = text.split()
        if all(len(group) <= 4 for group in groups) or text.strip().startswith("+"):
            return [folding.phone_word(text)]
    return tokens(text)


def several_numbers(terms: Sequence[str]) -> bool:
    """Whether these look like numbers pasted from a list rather than words that narrow each other: all of them, or,
    where they are more than words would be, half of them."""
    likely = sum(len(term) >= 6 and sum(map(str.isdigit, term)) >= 4 for term in terms)
    return len(terms) > 1 and (likely == len(terms) or (len(terms) > TERMS and 2 * likely >= len(terms)))


def one_number(text: str) -> bool:
    """Whether a text looks like one order's number, which the marketplace may know although it is not here yet."""
    terms = split(text)
    return len(terms) == 1 and 6 <= len(terms[0]) <= 64 and "@" not in text and sum(map(str.isdigit, text)) >= 4


def _find_words(terms: Sequence[str], scope: Scope, forgiving: bool) -> Found:
    notes = []
    if len(terms) > TERMS:
        notes.append(_("Only the first %(limit)s words were searched.") % {"limit": TERMS})
        terms = terms[:TERMS]
    telling = [term for term in terms if not _says_nothing(term)]
    terms = telling or terms  # "rue de" stands in nearly every street, and is not kept of any
    hits = lookup.identify(terms, scope)
    strong = {hit.order for hit in hits if hit.kind in lookup.STRONG}
    exact = strong or {hit.order for hit in hits if hit.kind == "product"}
    if len(terms) == 1 and (strong or len(exact) == 1):
        return _named(hits, exact, notes)

    hits, short = _long_enough(hits, terms)
    for word in short:
        said = {"limit": lookup.CAP, "word": word}
        notes.append(_("More than %(limit)s order numbers begin with “%(word)s”: type more of it.") % said)
    pieces = {term: _pieces(term) for term in terms}
    words = list(dict.fromkeys(word for several in pieces.values() for word in several))
    known = lookup.vocabulary(words, scope) if words else {}
    titles = lookup.products(words, scope)
    notes_of = lookup.noted(words, scope)
    meanings: list[Meaning] = []
    meant: list[str] = []  # the word of each meaning; "" for a term without one
    instead: dict[str, list[str]] = {}
    for i, term in enumerate(terms):
        named = [(hit.order, hit.placed_at) for hit in hits if hit.term == i]
        for word in pieces[term]:
            here = named + notes_of.get(word, [])
            meaning = Meaning(here, known.get(word, [])[: lookup.SPREAD], titles.get(word, []))
            if len(known.get(word, [])) > lookup.SPREAD:
                notes.append(_("Many words begin with “%(word)s”: only some were searched.") % {"word": word})
            if not meaning and (near := _nearest(word)):
                meaning.words = instead[word] = near
            meanings.append(meaning)
            meant.append(word)
        if not pieces[term]:
            meanings.append(Meaning(named, [], []))
            meant.append("")
    ids = _crossed(meanings, titles.get("", []), hits, scope)
    if len(ids) < (FEW if forgiving else 1) and len(meanings) > 1 and (spelt := _widen(meanings, meant)):
        exact = set(ids)
        ids += [order for order in _crossed(meanings, titles.get("", []), hits, scope) if order not in exact]
        if not exact:
            instead, notes = spelt, []
        elif len(ids) > len(exact):
            notes.append(_("Orders that differ from what was typed by one letter are shown after it."))
    if not ids and strong:  # a number among words that are not the order's, as in "order 2535…, please"
        return _named(hits, strong, notes)
    notes += _instead(instead, ids, scope)
    return Found(ids=ids[:CAP], more=len(ids) > CAP, short=bool(short), notes=notes)


def _named(hits: Iterable[lookup.Hit], orders: Collection[int], notes: list[str]) -> Found:
    """These orders, which a number names."""
    newest = sorted({(hit.placed_at, hit.order) for hit in hits if hit.order in orders}, reverse=True)
    ids = [order for _placed, order in newest]
    return Found(ids=ids[:CAP], only=ids[0] if len(ids) == 1 else None, more=len(ids) > CAP, notes=notes)


def _long_enough(hits: Sequence[lookup.Hit], terms: Sequence[str]) -> tuple[list[lookup.Hit], list[str]]:
    """The hits without those of a beginning that too many numbers have, any of which would be as good as another; and
    those beginnings."""
    counted = Counter(hit.term for hit in hits if hit.kind == lookup.BEGINNING)
    many = {term for term, number in counted.items() if number > lookup.CAP}
    kept = [hit for hit in hits if hit.kind != lookup.BEGINNING or hit.term not in many]
    return kept, [terms[term] for term in sorted(many)]


def _crossed(meanings: list[Meaning], whole: Sequence[str], hits: Sequence[lookup.Hit], scope: Scope) -> list[int]:
    """The orders that every term stands for, or whose product's title holds all of them."""
    if not all(meanings):
        if not whole:
            return []
        meanings = [Meaning([], [], list(whole))]
    ids = lookup.crossed(meanings, whole, scope)
    return ids if scope.every_contact else _without_billing(ids, meanings, hits, scope)


def _widen(meanings: Sequence[Meaning], meant: Sequence[str]) -> dict[str, list[str]]:
    """Let each word of several stand for those that differ from it by one letter too; which those are.

    Only where nothing holds all of them as they were typed: then a name or a postcode was mistyped into another one.
    """
    spelt = lookup.spelt({word: one_letter_away(word) for word in meant if len(word) >= 3})
    near = {word: [known for known in several if known not in meant] for word, several in spelt.items()}
    for word, meaning in zip(meant, meanings, strict=True):
        meaning.words = list(dict.fromkeys([*meaning.words, *near.get(word, [])]))
    return {word: several for word, several in near.items() if several}


def _instead(near: Mapping[str, Sequence[str]], ids: Sequence[int], scope: Scope) -> list[str]:
    """What was shown instead of each word. The vocabulary is that of every account, also of what was erased: only words
    are named that the orders found carry, where this person sees them."""
    notes = []
    carried = _carried(ids[:LOOKED_AT], scope) if near and ids else set()
    for word, several in near.items():
        if known := [other for other in several if other in carried]:
            said = ", ".join(known[:NAMED]) + ("…" if len(known) > NAMED else "")
            notes.append(_("Nothing is called “%(word)s”. Shown instead: %(words)s.") % {"word": word, "words": said})
    return notes


def _carried(ids: Sequence[int], scope: Scope) -> set[str]:
    """The words by which this person finds these orders."""
    if scope.every_contact:
        return {word for several in lookup.told_by(ids, scope.kinds).values() for _kind, word in several}
    return {word for row in Address.objects.filter(order__in=ids, kind="shipping") for word in _visible(row)}


def words_of(text: str) -> list[str]:
    """The folded words of what was typed, as the mirror keeps them."""
    return list(dict.fromkeys(word for term in split(text)[:TERMS] for word in _pieces(term)))


def _pieces(term: str) -> list[str]:
    """The folded words of a term, as the mirror keeps them: an e-mail address whole, a telephone by its last digits."""
    if "@" in term:
        return [folding.email_word(term)]
    digits = folding.phone_word(term)
    if digits and len(digits) == 9 and not any(sign.isalpha() for sign in term):
        return [digits]
    return list(folding.words(term))


def _says_nothing(term: str) -> bool:
    """Whether the mirror keeps no such word of anybody."""
    word = folding.fold(term).rstrip(".")
    return word in folding.STREET_STOPS or word in CIVILITIES or _initial(term)


def _initial(term: str) -> bool:
    """Whether this is how a list shortens a first name, as in "J. Fournier": copied from there, it must find."""
    return len(term.rstrip(".")) == 1 and term[0].isalpha()


def _nearest(word: str) -> list[str]:
    """The known words that differ by one letter, at most five; none for short words and numbers."""
    if len(word) < 4 or any(map(str.isdigit, word)):
        return []
    return [known for known in lookup.similar(word) if one_letter(word, known)][:5]


def one_letter(one: str, other: str) -> bool:
    """Whether two words differ by one letter: another one, a missing one, one too many, or two exchanged."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def one_letter_away(word: str) -> set[str]:
    """Every word that differs from this one by one letter, or by one figure where it is a number."""
    signs = "0123456789" if word.isdigit() else "abcdefghijklmnopqrstuvwxyz"
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    return {
        *(head + tail[1:] for head, tail in parts if tail),
        *(head + tail[1] + tail[0] + tail[2:] for head, tail in parts if len(tail) > 1),
        *(head + sign + tail[1:] for head, tail in parts if tail for sign in signs),
        *(head + sign + tail for head, tail in parts for sign in signs),
    } - {word}


def _without_billing(ids: Sequence[int], meanings: Sequence[Meaning], hits: Sequence[lookup.Hit], scope: Scope) -> (
    list[int]
):  # fmt: skip
    """Only the orders that are found without their billing address, which the warehouse does not see."""
    wanted = [set(meaning.words) for meaning in meanings]
    if not any(wanted):
        return list(ids)
    told: dict[int, set[str]] = {}
    for row in Address.objects.filter(order__in=ids, kind="shipping"):
        told.setdefault(row.order_id, set()).update(_visible(row))
    products = [bool(meaning.skus or meaning.orders) for meaning in meanings]
    return [
        order
        for order in ids
        if all(
            other or not words or words & told.get(order, set()) for words, other in zip(wanted, products, strict=True)
        )
    ]


def _visible(row: Address) -> Iterable[str]:
    for text in (row.first_name, row.last_name, row.company, row.postcode, row.city):
        yield from folding.words(text)
    for text in (row.line1, row.line2, row.line3, row.pickup_name):
        yield from folding.street_words(text)
    if row.phone:
        yield folding.phone_word(row.phone)
