"""How templates of the mirror say a status, a supply mode or an address in words."""

from django import template

from backoffice import wording
from orders import asked, notes, words
from orders.models import Address, Note, Order

register = template.Library()


@register.inclusion_tag("orders/_cancellation_asked.html")
def cancellation_asked(order: Order) -> dict[str, asked.CancellationAsked | None]:
    """The banner of a cancellation that waits for the seller's decision; nothing where none does."""
    return {"asked": asked.cancellation(order)}


@register.inclusion_tag("orders/_packer_notes.html")
def packer_notes(order: Order) -> dict[str, list[Note]]:
    """What somebody wrote for whoever packs the order."""
    return {"notes": [note for note in notes.of(order) if note.kind == Note.Kind.PACKER]}


@register.simple_tag
def status_words(status: str) -> str:
    """The word of a status without its shape: for titles and for what was and became."""
    return str(wording.word(status, "order").label)


@register.simple_tag
def mode_words(mode: str) -> str:
    """Who ships a line of this supply mode; a mode never seen before as it came."""
    return str(words.SHIPPERS.get(mode, mode))


@register.simple_tag
def walk_words(name: str) -> str:
    return str(words.WALKS.get(name, name))


@register.simple_tag
def why_words(why: str) -> str:
    return str(words.WHY.get(why, why))


@register.simple_tag
def lane_words(lane: str) -> str:
    return str(words.LANES.get(lane, lane))


@register.filter
def verb_words(verb: str) -> str:
    """What was asked, as its button says it."""
    return str(words.VERBS.get(verb, verb))


@register.filter
def gesture_words(reason: str) -> str:
    """Why something was given; a code that no documentation names as it came."""
    return str(words.GESTURE_REASONS.get(reason, reason))


@register.filter
def answer_words(answer: str) -> str:
    """What a verdict predicts, by the name of its answer."""
    return str(words.ANSWERS.get(answer, answer))


@register.filter
def address_lines(address: Address) -> list[str]:
    """The street, town and country of an address, one text a line, without empty ones."""
    town = " ".join(filter(None, (address.postcode, address.city)))
    texts = (address.line1, address.line2, address.line3, town, address.region, address.country)
    return [text for text in texts if text]


@register.filter
def address_text(address: Address) -> str:
    """The whole address as it is written on a label, to be copied."""
    name = " ".join(filter(None, (address.civility, address.first_name, address.last_name)))
    pickup = " ".join(filter(None, (address.pickup_name, address.pickup_id)))
    return "\n".join(filter(None, (address.company, name, pickup, *address_lines(address))))
