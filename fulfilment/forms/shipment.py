"""The declaration of parcels as it is typed: read, filled up, checked. Lists and uses are handed to it.

A parcel's fields are named `p1-number`, `p1-carrier` and so on. What a person has chosen is never changed; what nobody
has chosen yet is filled up by what the tracking number tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfilment import carriers, tracking
from fulfilment.forms.asking import Asking
from fulfilment.known_parcels import NUMBER, Use, home
from fulfilment.packing import MOST, Packing
from fulfilment.verbs.shipment import ParcelAsked

CARRIER = 200  # signs of its name, at most: what the mirror keeps


@dataclass(frozen=True)
class Typed:
    """One parcel as it stands in the form. `picked`, `filled`: the carrier and the page that the machine put there."""

    lines: tuple[str, ...] = ()
    carrier: str = ""
    number: str = ""
    url: str = ""
    picked: str = ""
    filled: str = ""


def typed(data: QueryDict) -> list[Typed]:
    """The parcels of a form that was sent, at most `MOST`; at least one."""
    count = data.get("parcels", "1")
    many = int(count) if count.isascii() and count.isdigit() and len(count) < 3 else 1
    return [_typed(data, f"p{place}") for place in range(1, min(max(many, 1), MOST) + 1)]


def _typed(data: QueryDict, prefix: str) -> Typed:
    def said(name: str) -> str:
        return data.get(f"{prefix}-{name}", "").replace("\0", "")

    # without scripts there is a list and a field beside the cards: what was used of them was meant
    carrier = said("free").strip() or said("listed") or said("carrier")
    return Typed(
        lines=tuple(data.getlist(f"{prefix}-lines")),
        carrier=carrier,
        number=carriers.tidy(said("number")),
        url=said("url").strip(),
        picked=said("picked"),
        filled=said("filled"),
    )


def filled_up(parcel: Typed, labels: Sequence[str]) -> Typed:
    """The same with its carrier picked by the number and its page made from the carrier's, where nobody chose them."""
    if parcel.carrier == parcel.picked and (label := carriers.picked(parcel.number, labels)):
        parcel = replace(parcel, carrier=label, picked=label)
    if parcel.url == parcel.filled:
        page = carriers.tracking_page(parcel.carrier, parcel.number)
        parcel = replace(parcel, url=page, filled=page)
    return parcel


@dataclass(frozen=True)
class Trouble:
    """What is to be put right. `parcel` is its place, 0 for the whole form; `name` the field's."""

    parcel: int
    name: str
    words: str

    @property
    def anchor(self) -> str:
        return f"p{self.parcel}-{self.name}" if self.parcel else "shipment-parcels"


@dataclass(frozen=True)
class Caution:
    """What a person should have seen before it is sent. `key` tells one from another, over a repeated press."""

    parcel: int
    key: str
    words: str
    use: Use | None = None


@dataclass(frozen=True)
class Declaration:
    """All parcels of the form with everything that is known about them."""

    packing: Packing
    labels: Sequence[str]
    parcels: Sequence[Typed]
    uses: Sequence[Use] = ()
    contents: list[list[str]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "contents", self.packing.packed([parcel.lines for parcel in self.parcels]))

    @property
    def warnings(self) -> list[Caution]:
        """Warnings, not walls: numbers that look odd, a carrier of no list, a number shared with the same address."""
        found = []
        for place, parcel in enumerate(self.parcels, 1):
            checked = carriers.check(parcel.number, parcel.carrier) if parcel.number and parcel.carrier else None
            if checked and checked.warns:
                found.append(Caution(place, f"{parcel.number} {parcel.carrier} {checked.fit.value}", checked.words))
            if not parcel.carrier and carriers.suspect(parcel.number):
                found.append(Caution(place, f"{parcel.number} unsound", carriers.unsound()))
            if parcel.carrier and self.labels and parcel.carrier not in self.labels:
                words = _("%(carrier)s is not in the marketplace's list: the customer may not be able to follow it.")
                found.append(Caution(place, f"free {parcel.carrier}", words % {"carrier": parcel.carrier}))
            found += [
                Caution(place, f"use {use.number} {use.order.number}", self._shared(use), use)
                for use in self._uses(place)
                if use.same_home(self._homes(place))
            ]
        return found

    @property
    def troubles(self) -> list[Trouble]:
        """Why these parcels cannot be declared; empty when they can."""
        found = [trouble for place in range(1, len(self.parcels) + 1) for trouble in self._of_parcel(place)]
        found += self._together()
        if not found:
            verdict = self.packing.verdict(self.contents)
            found += [] if verdict.offered else [Trouble(0, "", verdict.words)]
        return found

    @property
    def payload(self) -> list[ParcelAsked]:
        return [
            {"number": parcel.number, "carrier": parcel.carrier, "url": parcel.url, "lines": codes}
            for parcel, codes in zip(self.parcels, self.contents, strict=True)
        ]

    @property
    def label(self) -> str:
        """The button: what will be declared, with its counts."""
        lines = len({code for codes in self.contents for code in codes})
        told = {"lines": lines, "all": len(self.packing.able), "parcels": len(self.parcels)}
        one = told["parcels"] == 1
        if told["lines"] == told["all"] and one:
            text = ngettext("Ship %(lines)s line in 1 parcel", "Ship %(lines)s lines in 1 parcel", lines)
        elif told["lines"] == told["all"]:
            text = ngettext(
                "Ship %(lines)s line in %(parcels)s parcels", "Ship %(lines)s lines in %(parcels)s parcels", lines
            )
        elif one:
            text = ngettext("Ship %(lines)s of %(all)s lines", "Ship %(lines)s of %(all)s lines", lines)
        else:
            text = ngettext(
                "Ship %(lines)s of %(all)s lines in %(parcels)s parcels",
                "Ship %(lines)s of %(all)s lines in %(parcels)s parcels",
                lines,
            )
        return text % told

    def _of_parcel(self, place: int) -> list[Trouble]:
        parcel, codes = self.parcels[place - 1], self.contents[place - 1]
        found = []
        if not codes:
            found.append(Trouble(place, "lines", _("Tick what is in this parcel, or remove it.")))
        elif self.packing.mixes(codes):
            found.append(Trouble(place, "lines", _("These lines go to different addresses: a parcel has one.")))
        if words := self._number(place):
            found.append(Trouble(place, "number", words))
        if not parcel.carrier:
            found.append(Trouble(place, "carrier", _("Choose who carries the parcel.")))
        elif len(parcel.carrier) > CARRIER:
            found.append(Trouble(place, "carrier", _("The carrier's name is too long.")))
        if parcel.number and parcel.url and (words := tracking.trouble(parcel.url, parcel.number)):
            found.append(Trouble(place, "url", words))
        return found

    def _number(self, place: int) -> str:
        number = self.parcels[place - 1].number
        if not number:
            return _("Scan or type the tracking number of the label.")
        if len(number) > NUMBER or not number.isprintable():
            return _("This is no tracking number: it holds signs no label has, or far too many.")
        before = [parcel.number for parcel in self.parcels[: place - 1]]
        if number in before:
            return _("Parcel %(place)s has this number already.") % {"place": before.index(number) + 1}
        for use in self._uses(place):
            if not use.same_home(self._homes(place)):
                told = {"number": use.order.number}
                if use.asked:
                    return _("Order %(number)s is being shipped with this number. Compare it with the label.") % told
                return _("Order %(number)s has this number already. Compare it with the label.") % told
        return ""

    def _together(self) -> list[Trouble]:
        packing, found = self.packing, []
        if len(self.parcels) > packing.room and not packing.several.offered:
            found.append(Trouble(0, "", packing.several.words))
        twice = packing.twice(self.contents)
        if twice and not packing.split.offered:
            found.append(Trouble(2, "lines", packing.split.words))
        left = [line for line in packing.behind(self.contents) if not line.asked_back]
        if left and packing.must_be_complete and any(self.contents):
            found.append(Trouble(0, "", packing.single.words))
        return found

    def _shared(self, use: Use) -> str:
        told = {"number": use.order.number}
        if use.asked:
            return _("Order %(number)s, to the same address, is being shipped with this number.") % told
        return _("Order %(number)s, to the same address, has this number too.") % told

    def _uses(self, place: int) -> list[Use]:
        number = self.parcels[place - 1].number
        return [use for use in self.uses if use.number == number]

    def _homes(self, place: int) -> frozenset[str]:
        codes = set(self.contents[place - 1])
        return frozenset(home(line.line.address) for line in self.packing.able if line.code in codes) - {""}


class ShipmentForm(Asking):
    """The token, the version, and which warnings the person has seen; the parcels are a `Declaration`."""

    seen_warnings = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def unseen(self, declaration: Declaration) -> list[Caution]:
        """The warnings that were not on the page when the button was pressed."""
        seen = set(str(self.cleaned_data.get("seen_warnings", "")).splitlines())
        return [warning for warning in declaration.warnings if warning.key not in seen]


def first_parcels(packing: Packing, last: str) -> list[Typed]:
    """The form as it opens: what is in each parcel, and the carrier this person chose last today."""
    return [Typed(lines=tuple(codes), carrier=last, picked=last) for codes in packing.first()]


def changed(parcels: list[Typed], packing: Packing, data: Any) -> list[Typed] | None:
    """The parcels after `Add a parcel` or `Remove` was pressed; None when neither was."""
    if "add" in data:
        last = parcels[-1]
        new = Typed(carrier=last.carrier, picked=last.carrier)
        return [*parcels, new][: max(packing.room, 1)]
    removed = data.get("remove", "")
    if removed:
        kept = [parcel for place, parcel in enumerate(parcels, 1) if str(place) != removed]
        return kept or parcels
    return None
