"""The sales channels and what each of them can do, as data; the three beside Cdiscount are invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """Abilities of one sales channel. Amounts in cents, rates in percent."""

    id: str
    name: str
    approval: bool = False  # R3, R4: the seller accepts or refuses
    one_parcel: bool = False  # R26: one parcel names everything
    complete_order_only: bool = False  # R26, R27: lines are not shipped one by one
    line_in_several_parcels: bool = True  # R25
    partial_cancellation: bool = True  # R39
    gestures: bool = True  # R45
    gesture_rate: int = 20  # R47
    gesture_amount: int = 10_000  # R47
    currency: str = "EUR"  # R48
    invoices: bool = False  # E16, E17: Cdiscount only
    weight: int = 10  # share of the invented orders
    numbers: str = "short"  # how its order numbers look: "dated", "short" or "long"


# Partial cancellation on Cdiscount is unknown (U22): on here, as in the documented example of the body; a switch.
CHANNELS: tuple[Channel, ...] = (
    Channel(
        "CDISFR",
        "Cdiscount",
        approval=True,
        one_parcel=True,
        complete_order_only=True,
        line_in_several_parcels=False,
        invoices=True,
        weight=60,
        numbers="dated",
    ),
    Channel("ZZLINE", "Galerie Fictive (à la ligne)", weight=18, numbers="long"),
    Channel(
        "ZZBLOC",
        "Comptoir Fictif (commande entière)",
        complete_order_only=True,
        line_in_several_parcels=False,
        partial_cancellation=False,
        gesture_rate=10,
        gesture_amount=3_000,
        weight=12,
    ),
    Channel(
        "ZZDEMO", "Marché Fictif (sans geste)", gestures=False, line_in_several_parcels=False, weight=10, numbers="long"
    ),
)
ABILITIES = frozenset(Channel.__dataclass_fields__) - {"id", "name", "numbers"}

# SIM: the documented codes are the first three. What remains after approval or shipping is a choice (R33).
LABELS = {
    "seller-refusal": "Refus du vendeur",
    "missing-product": "Produit manquant",
    "reference-mistake": "Erreur de reference",
    "customer-withdrawal": "Rétractation du client",
}
_BEFORE_SHIPPING = ("seller-refusal", "missing-product", "reference-mistake")
_AFTER_SHIPPING = ("missing-product", "reference-mistake")
_BY_STATUS = {
    "Accepted": _BEFORE_SHIPPING,
    "InPreparation": _BEFORE_SHIPPING,
    "Shipped": _AFTER_SHIPPING,
    "Delivered": _AFTER_SHIPPING,
}


def reasons(channel: str | None, user_type: str | None, status: str | None) -> tuple[str, ...]:
    """The cancellation reasons that apply; a criterion left out does not restrict (R33)."""
    if user_type not in (None, "Seller", "Customer"):
        return ()
    codes: tuple[str, ...] = _BEFORE_SHIPPING if status is None else _BY_STATUS.get(status, ())
    if user_type == "Customer":
        codes = ("customer-withdrawal",) if codes else ()
    if channel == "ZZBLOC":  # the complete-order channel knows no wrong article
        codes = tuple(code for code in codes if code != "reference-mistake")
    return codes
