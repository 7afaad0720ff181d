"""What the ship form offers, the marketplace takes: channel × lines × parcels against the sandbox's own rules."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fulfilment.forms.shipment import Declaration, Typed
from fulfilment.packing import Packing, packing
from octopia.contract.channels import ABILITIES
from octopia.contract.vocabulary import Ability
from orders import models
from orders.lifecycle import Book, History
from orders.lifecycle.channels import Learned
from orders.models import Origin
from sandbox import rules
from sandbox.channels import CHANNELS, Channel
from sandbox.orders import Order as TheirOrder
from sandbox.refusal import Refusal

pytestmark = pytest.mark.django_db  # since when a word counts is told by the shop's day
LINES = {
    "one": [("InPreparation", "Seller")],
    "two": [("InPreparation", "Seller")] * 2,
    "three": [("InPreparation", "Seller")] * 3,
    "a cancellation asked": [("InPreparation", "Seller"), ("CancelRequest", "Seller")],
    "only cancellations asked": [("CancelRequest", "Seller")] * 2,
    "mixed modes": [("InPreparation", "Seller"), ("InPreparation", "Fulfillment"), ("InPreparation", "Xdock")],
    "partly shipped": [("Shipped", "Seller"), ("InPreparation", "Seller"), ("InPreparation", "Seller")],
    "one cancelled": [("Cancelled", "Seller"), ("InPreparation", "Seller")],
}
TOLD = {  # what a person would have entered for the channels that no documentation knows
    Ability.SEVERAL_PARCELS: lambda channel: not channel.one_parcel,
    Ability.SINGLE_LINES: lambda channel: not channel.complete_order_only,
    Ability.LINE_IN_PARCELS: lambda channel: channel.line_in_several_parcels,
}


def book(channel: Channel, told: bool) -> Book:
    if not told or channel.id in ABILITIES:
        return Book()
    at = datetime(2026, 11, 1, tzinfo=UTC)
    rows = [(str(name), Learned(Origin.PERSON, value(channel), None, "seen", "", at)) for name, value in TOLD.items()]
    return Book({(1, channel.id): rows})


def both(channel: Channel, lines, told: bool = True) -> tuple[Packing, TheirOrder]:
    """One order twice: as our form sees it, and as the market does."""
    ours = models.Order(account_id=1, channel=channel.id, channel_name=channel.name, status="InPreparation")
    held = [
        models.Line(code=f"L{place}", status=status, supply_mode=mode, quantity=place)
        for place, (status, mode) in enumerate(lines, 1)
    ]
    theirs = TheirOrder(
        {
            "orderId": "SCID1",
            "salesChannel": {"id": channel.id},
            "status": "InPreparation",
            "currencyCode": channel.currency,
            "lines": [
                {
                    "orderLineId": line.code,
                    "status": line.status,
                    "offer": {"id": f"OFFER-{line.code}", "supplyMode": line.supply_mode},
                }
                for line in held
            ],
        },
        before={line.code: "InPreparation" for line in held if line.status == "CancelRequest"},
    )
    return packing(ours, held, book(channel, told).of(1, channel.id), History()), theirs


def ticks(packed: Packing) -> Iterator[list[tuple[str, ...]]]:
    """Every way in which a person may tick the form: none, one, some, all, in one parcel and in two."""
    codes = [line.code for line in packed.able]
    some = [chosen for size in range(len(codes) + 1) for chosen in itertools.combinations(codes, size)]
    for count in range(1, min(packed.room, 2) + 1):
        yield from (list(parcels) for parcels in itertools.product(some, repeat=count))


def declared(packed: Packing, parcels: list[tuple[str, ...]]) -> Declaration:
    typed = [
        Typed(lines=codes, carrier="Colissimo", number=f"6A1234567890{place}") for place, codes in enumerate(parcels)
    ]
    return Declaration(packed, ["Colissimo"], typed)


def taken(theirs: TheirOrder, channel: Channel, declaration: Declaration) -> bool:
    body = [
        {"parcelNumber": parcel["number"], "carrierName": parcel["carrier"], "orderLineIds": parcel["lines"]}
        for parcel in declaration.payload
    ]
    try:
        rules.shipment(theirs, channel, body, strict_tracking=True)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_what_the_form_offers_is_taken(channel, lines):
    packed, theirs = both(channel, lines)
    offered = 0

    for parcels in ticks(packed):
        declaration = declared(packed, parcels)
        if declaration.troubles:
            continue
        offered += 1
        assert taken(theirs, channel, declaration), (parcels, declaration.payload)

    assert offered >= 1


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_what_is_taken_the_form_offers(channel, lines):
    """Nothing that the channel takes is out of reach: every content it would take can be ticked."""
    packed, theirs = both(channel, lines)
    codes = [line.code for line in packed.able]
    some = [chosen for size in range(1, len(codes) + 1) for chosen in itertools.combinations(codes, size)]
    offered = [
        [set(content) for content in declaration.contents]
        for declaration in (declared(packed, parcels) for parcels in ticks(packed))
        if not declaration.troubles
    ]

    for count in (1, 2):
        for contents in itertools.product(some, repeat=count):
            body = [
                {"parcelNumber": f"6A{place}", "carrierName": "DPD", "orderLineIds": list(content)}
                for place, content in enumerate(contents)
            ]
            try:
                rules.shipment(theirs, channel, body, strict_tracking=True)
            except Refusal:
                continue
            assert [set(content) for content in contents] in offered, contents


def test_an_unknown_ability_is_offered_with_a_warning():
    channel = next(channel for channel in CHANNELS if channel.id == "ZZLINE")
    packed, _ = both(channel, LINES["two"], told=False)

    assert packed.several.doubtful
    assert packed.single.doubtful
    assert declared(packed, [("L1",)]).troubles == []
    assert declared(packed, [("L1",), ("L2",)]).troubles == []


def test_one_parcel_for_the_complete_order_leaves_nothing_to_tick():
    packed, _ = both(CHANNELS[0], LINES["three"])

    assert packed.room == 1
    assert not any(packed.chosen(line, 1) for line in packed.able)
    assert packed.packed([()]) == [["L1", "L2", "L3"]]
    assert packed.several.words == "Cdiscount takes one parcel for the complete order."


def test_lines_that_others_ship_are_shown_with_the_reason():
    packed, _ = both(CHANNELS[1], LINES["mixed modes"])

    assert [line.code for line in packed.able] == ["L1"]
    assert [line.code for line in packed.left_out] == ["L2", "L3"]
    assert all(line.verdict.words for line in packed.left_out)


def test_a_parcel_never_mixes_addresses():
    packed, _ = both(CHANNELS[1], LINES["two"])
    for place, line in enumerate(packed.lines):
        object.__setattr__(line, "place", place)

    assert packed.first() == [["L1"], ["L2"]]
    assert [trouble.name for trouble in declared(packed, [("L1", "L2")]).troubles] == ["lines"]
    assert declared(packed, [("L1",), ("L2",)]).troubles == []


def test_the_button_names_what_goes_and_what_stays():
    packed, _ = both(CHANNELS[1], LINES["three"])

    assert declared(packed, [("L1", "L2", "L3")]).label == "Ship 3 lines in 1 parcel"
    assert declared(packed, [("L1", "L2")]).label == "Ship 2 of 3 lines"
    assert declared(packed, [("L1", "L2"), ("L3",)]).label == "Ship 3 lines in 2 parcels"
    assert declared(packed, [("L1",), ("L3",)]).label == "Ship 2 of 3 lines in 2 parcels"
    assert [line.code for line in packed.behind([["L1"], ["L3"]])] == ["L2"]
