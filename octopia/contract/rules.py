"""The rules that bind a seller's act, one by one, each with its number, source and certainty; it judges nothing.

The other numbers up to R55 tell what the marketplace shows or does by itself, and bind nobody here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from octopia.contract.vocabulary import N_, Ability, Certainty, Mode, Status, Verb

DOCUMENTED, CLIENTS, INFERRED = Certainty.DOCUMENTED, Certainty.CLIENTS, Certainty.INFERRED
ACCEPT, REFUSE, SHIP, CANCEL, GESTURE, INVOICE = Verb  # in the order of their making
APPROVALS = (ACCEPT, REFUSE)
SHIPPED = frozenset({Status.SHIPPED, Status.DELIVERED})
CANCELLABLE = frozenset({Status.ACCEPTED, Status.IN_PREPARATION, Status.SHIPPED, Status.DELIVERED})

EXPLAINS = frozenset({"R5", "R6", "R8", "R9", "R11", "R24", "R29", "R37", "R50", "R54"})  # forbid nothing by themselves

NEVER = N_("Nothing: the order stays as it is.")
LATER = N_("The order moves on; the page follows by itself.")
OTHERWISE = N_("Asking in the way the sentence names.")
SETTING = N_("Another value for the channel, in the settings, once it has been seen.")


@dataclass(frozen=True, slots=True)
class Rule:
    """One statement about the marketplace.

    `statuses` and `modes` are those in which the verbs are taken, as far as this rule speaks; empty: it does not speak
    of them. `of_order` tells whether the statuses are the order's rather than the line's. `words` and `change` are
    message ids; `words` may name %(status)s, %(mode)s or %(channel)s.
    """

    number: str
    verbs: tuple[Verb, ...]
    source: str
    certainty: Certainty
    words: str
    change: str = NEVER
    statuses: frozenset[Status] = frozenset()
    modes: frozenset[Mode] = frozenset()
    of_order: bool = False
    abilities: tuple[Ability, ...] = ()

    @property
    def blocks(self) -> bool:
        """A documented rule blocks, unless it only explains; any other one warns, and the marketplace decides."""
        return self.certainty is DOCUMENTED and self.number not in EXPLAINS


_RULES = (
    Rule(
        "R2",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("%(status)s is final: nothing more can be asked."),
        statuses=frozenset(set(Status) - {Status.CANCELLED}),
    ),
    Rule(
        "R3",
        APPROVALS,
        "SEED",
        DOCUMENTED,
        N_("Only Cdiscount orders wait for the seller, and only while automatic acceptance is off."),
        statuses=frozenset({Status.WAITING_ACCEPTANCE}),
        abilities=(Ability.APPROVAL,),
    ),
    Rule(
        "R4",
        APPROVALS,
        "SEED",
        DOCUMENTED,
        N_("Only an order that waits for acceptance can be accepted or refused; this one is %(status)s."),
        statuses=frozenset({Status.WAITING_ACCEPTANCE}),
    ),
    Rule(
        "R5",
        APPROVALS,
        "SEED",
        DOCUMENTED,
        N_("Acceptance has a deadline of unknown length; past it the order may expire."),
        statuses=frozenset({Status.WAITING_ACCEPTANCE}),
    ),
    Rule(
        "R6",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("After acceptance the marketplace makes its final checks; only then can the order ship."),
        LATER,
        statuses=frozenset({Status.IN_PREPARATION}),
        of_order=True,
    ),
    Rule(
        "R7",
        tuple(Verb),
        "SEED",
        DOCUMENTED,
        N_("The order is %(status)s: nothing more can be asked of it."),
        statuses=frozenset(set(Status) - {Status.REFUSED, Status.REJECTED}),
    ),
    Rule(
        "R8",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("The seller, the customer or customer service may cancel at any time."),
    ),
    Rule(
        "R9",
        (GESTURE, INVOICE),
        "SEED",
        DOCUMENTED,
        N_("Many orders never become Delivered: Shipped is enough."),
        statuses=SHIPPED,
    ),
    Rule(
        "R10",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("Lines in mode %(mode)s are sent by the warehouse or the partner: the seller declares nothing."),
        modes=frozenset({Mode.SELLER}),
    ),
    Rule(
        "R11",
        (ACCEPT, SHIP),
        "SEED",
        DOCUMENTED,
        N_("A missed deadline risks an automatic cancellation and a worse seller score."),
    ),
    Rule(
        "R12",
        (ACCEPT, CANCEL),
        "CDS-HELP",
        CLIENTS,
        N_("Once an order is accepted its customer can only ask for a cancellation, and the seller decides."),
    ),
    Rule(
        "R13",
        (SHIP, CANCEL),
        "two clients",
        CLIENTS,
        N_("A cancellation has been asked for this line and is not decided yet."),
        LATER,
    ),
    Rule(
        "R22",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("Only lines in preparation of an order in preparation can ship; this is %(status)s."),
        LATER,
        statuses=frozenset({Status.IN_PREPARATION}),
        modes=frozenset({Mode.SELLER}),
    ),
    Rule(
        "R23",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("An order that is %(status)s cannot ship."),
        statuses=frozenset(set(Status) - {Status.REFUSED, Status.CANCELLED, Status.SHIPPED, Status.DELIVERED}),
        of_order=True,
    ),
    Rule("R24", (SHIP,), "SEED", DOCUMENTED, N_("Declare the parcel before the carrier collects it."), OTHERWISE),
    Rule(
        "R25",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("On %(channel)s one line cannot be in several parcels."),
        SETTING,
        abilities=(Ability.LINE_IN_PARCELS,),
    ),
    Rule(
        "R26",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("%(channel)s takes one parcel for the complete order."),
        SETTING,
        abilities=(Ability.SEVERAL_PARCELS, Ability.SINGLE_LINES),
    ),
    Rule(
        "R27",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("%(channel)s does not manage lines one by one: only the complete order can ship."),
        SETTING,
        abilities=(Ability.SINGLE_LINES,),
    ),
    Rule(
        "R28",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("A tracking address is public and complete, starts with http or https, and holds the parcel number."),
        OTHERWISE,
    ),
    Rule(
        "R29",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("Where parts may ship, the order stays in preparation until its last line has shipped."),
        abilities=(Ability.SINGLE_LINES,),
    ),
    Rule(
        "R30",
        (SHIP,),
        "SEED",
        DOCUMENTED,
        N_("A carrier is needed; a label from the marketplace's list is safer than a free text."),
        OTHERWISE,
    ),
    Rule(
        "R31",
        (SHIP,),
        "C-MASTER",
        CLIENTS,
        N_("A cancellation of this line is pending; it may be shipped all the same."),
        LATER,
        statuses=frozenset({Status.CANCEL_REQUEST}),
        modes=frozenset({Mode.SELLER}),
    ),
    Rule(
        "R32",
        (SHIP,),
        "C-PL, C-MASTER",
        CLIENTS,
        N_("The marketplace does not recognise a shipment that is declared twice."),
    ),
    Rule(
        "R33",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("This reason is not available for this channel and status."),
        OTHERWISE,
    ),
    Rule(
        "R34",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("Cancelling the whole order takes one reason and one choice on the shipping cost."),
        OTHERWISE,
    ),
    Rule(
        "R35",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("The whole order cannot be cancelled once one of its lines was: cancel the others line by line."),
        OTHERWISE,
    ),
    Rule(
        "R36",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("Cancelling a line takes its offer, a reason and a choice on the shipping cost."),
        OTHERWISE,
    ),
    Rule(
        "R37",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("Cancelling lines never cancels the order as a whole."),
        OTHERWISE,
    ),
    Rule(
        "R38",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("A cancellation was already asked for this line; it cannot be asked again."),
    ),
    Rule(
        "R39",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("%(channel)s does not take the cancellation of single lines."),
        SETTING,
        abilities=(Ability.LINE_CANCELLATION,),
    ),
    Rule(
        "R40",
        (CANCEL,),
        "SEED",
        DOCUMENTED,
        N_("A line sent by the marketplace's warehouse can be cancelled once it is shipped; this one is %(status)s."),
        LATER,
        statuses=SHIPPED,
        modes=frozenset({Mode.FULFILLMENT}),
    ),
    Rule("R42", (CANCEL,), "dossier", INFERRED, N_("A cancellation is decided later, and may be rejected."), LATER),
    Rule(
        "R43",
        (CANCEL,),
        "LENGOW",
        CLIENTS,
        N_("An order is cancelled once it is accepted; before that it is refused. This one is %(status)s."),
        LATER,
        statuses=CANCELLABLE,
        modes=frozenset({Mode.SELLER}),
    ),
    Rule(
        "R45",
        (GESTURE,),
        "SEED",
        DOCUMENTED,
        N_("%(channel)s does not take commercial gestures."),
        SETTING,
        abilities=(Ability.GESTURES,),
    ),
    Rule(
        "R46",
        (GESTURE,),
        "SEED",
        DOCUMENTED,
        N_("A gesture is for shipped or delivered orders; this one is %(status)s."),
        LATER,
        statuses=SHIPPED,
        of_order=True,
    ),
    Rule(
        "R47",
        (GESTURE,),
        "SEED",
        DOCUMENTED,
        N_("The amount is above what may still be granted on this order."),
        OTHERWISE,
    ),
    Rule("R48", (GESTURE,), "SEED", DOCUMENTED, N_("A gesture is made in the channel's currency."), OTHERWISE),
    Rule("R49", (GESTURE,), "SEED", DOCUMENTED, N_("The reason Other needs an explanation."), OTHERWISE),
    Rule("R50", (GESTURE,), "SEED", DOCUMENTED, N_("A gesture is decided later, and may be rejected."), LATER),
    Rule(
        "R51",
        (GESTURE,),
        "SEED",
        DOCUMENTED,
        N_("The same gesture was already made: it would be rejected as a duplicate."),
        OTHERWISE,
    ),
    Rule(
        "R53",
        (INVOICE,),
        "D-INV",
        DOCUMENTED,
        N_("An invoice is attached once the order is shipped, and replaces the one before; this one is %(status)s."),
        LATER,
        statuses=SHIPPED,
        of_order=True,
        abilities=(Ability.INVOICES,),
    ),
    Rule(
        "R54",
        (INVOICE,),
        "D-INV",
        DOCUMENTED,
        N_("In bulk a file bears its order's number as its name; a bad file does not spoil the others."),
        OTHERWISE,
    ),
)

RULES: Mapping[str, Rule] = {rule.number: rule for rule in _RULES}
