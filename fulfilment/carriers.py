"""How carriers number their parcels and where they show them. Pure: what a number looks like, never whether it exists.

The forms are what is printed on labels, from the carriers' public pages; a carrier changes them when it likes. So a
number that fits none is a warning, never a wall. Only the check signs whose rule is published are computed. Every
expression is a row of classes with bounded counts, and nothing longer than `LONGEST` is looked at: linear time.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from django.utils.translation import gettext as _

LONGEST = 40  # signs of a number that is compared with the forms
NUMBER = "{number}"


def tidy(number: str) -> str:
    """As it is kept and sent: without the spaces a label prints between its groups, in capital letters."""
    return "".join(number.split()).upper()


# --- Check signs: each takes a number of the right form


def _s10(number: str) -> bool:
    """Two letters, eight digits, their check digit, a country (UPU S10)."""
    rest = (
        11 - sum(int(digit) * weight for digit, weight in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    )
    return int(number[10]) == {10: 0, 11: 5}.get(rest, rest)


def _ups(number: str) -> bool:
    values = [int(sign) if sign.isdigit() else (ord(sign) - 63) % 10 for sign in number[2:17]]
    return int(number[17]) == -(sum(values[::2]) + 2 * sum(values[1::2])) % 10


def _mod7(number: str) -> bool:
    """DHL Express: the first nine digits, divided by seven."""
    return int(number[:9]) % 7 == int(number[9])


def _fedex12(number: str) -> bool:
    return int(number[11]) == sum(int(digit) * (3, 1, 7)[at % 3] for at, digit in enumerate(number[:11])) % 11 % 10


def _mod10(number: str) -> bool:
    """The last digit fills up the others, every second one times three, to a ten."""
    digits = [int(digit) for digit in reversed(number[:-1])]
    return int(number[-1]) == -(3 * sum(digits[::2]) + sum(digits[1::2])) % 10


SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _mod37_36(number: str) -> bool:
    """The last sign of DPD's whole code (ISO 7064)."""
    kept = 36
    for sign in number[:-1]:
        kept = (kept + SIGNS.index(sign)) % 36 or 36
        kept = kept * 2 % 37
    return (kept + SIGNS.index(number[-1])) % 36 == 1


# --- Forms


@dataclass(frozen=True, slots=True)
class Form:
    """One way of numbering. `carriers`: labels of the marketplace's list, the likeliest first."""

    carriers: tuple[str, ...]
    signs: re.Pattern[str]
    sound: Callable[[str], bool] | None = None  # whether the check sign fits, where there is one

    def fits(self, number: str) -> bool:
        return len(number) <= LONGEST and self.signs.fullmatch(number) is not None


def _form(carriers: str, signs: str, sound: Callable[[str], bool] | None = None) -> Form:
    return Form(tuple(carriers.split(", ")), re.compile(signs, re.ASCII), sound)


def _postal(carriers: str, service: str, country: str) -> Form:
    return _form(carriers, rf"{service}[A-Z]\d{{9}}{country}", _s10)


FORMS = (
    _form("Colissimo, La Poste", r"\d[A-Z]\d{11}"),
    _postal("Colissimo, La Poste", "C", "FR"),
    _postal("Chronopost, Chronofresh", "[EX]", "FR"),
    _postal("La Poste", "[LRUV]", "FR"),
    _postal("China EMS", "E", "CN"),
    _postal("China Post", "[CLRUV]", "CN"),
    _postal("DHL, Deutsche Post", "[A-Z]", "DE"),
    _postal("Royal Mail", "[A-Z]", "GB"),
    _postal("PostNL", "[A-Z]", "NL"),
    _postal("Bpost", "[A-Z]", "BE"),
    _postal("Jersey Post", "[A-Z]", "JE"),
    _postal("Malaysia Post", "[A-Z]", "MY"),
    _form("DPD, DSV dpd", r"250\d{12}"),
    _form("DPD, DSV dpd", r"\d{14}[0-9A-Z]?"),
    _form("DPD, DSV dpd", r"\d{27}[0-9A-Z]", _mod37_36),
    _form("GLS", r"00[0-9A-Z]{6,8}"),
    _form("GLS", r"[A-Z][0-9A-Z]{7}"),
    _form("GLS", r"\d{11,12}"),
    _form("UPS", r"1Z[0-9A-Z]{15}\d", _ups),
    _form("Mondial Relay", r"\d{8}"),
    _form("Relais Colis", r"[A-Z]{2}\d{10}"),
    _form("Colis Privé", r"[A-Z0-9]{2}\d{10}"),
    _form("DHL", r"\d{10}", _mod7),
    _form("DHL", r"JJ?[DV][A-Z0-9]{2}\d{10,20}"),
    _form("FedEx", r"\d{12}", _fedex12),
    _form("FedEx", r"\d{15}", _mod10),
    _form("GEODIS", r"1[A-Z][0-9A-Z]{8}"),
    _form("TNT", r"GE\d{9}[A-Z]{2}"),
    _form("TNT", r"\d{9}|\d{16}"),
    _form("Amazon Shipping", r"TB[A-Z]\d{12}"),
    _form("PostNL", r"3S[0-9A-Z]{11,13}"),
    _form("Bpost", r"32\d{22}"),
    _form("SF Express", r"SF\d{12,13}"),
    _form("Yun Express", r"YT\d{16}"),
    _form("4PX", r"4PX\d{13}CN"),
    _form("Cainiao", r"LP\d{14,16}"),
)

PAGES = {
    "4PX": "https://track.4px.com/#/result/0/{number}",
    "Amazon Shipping": "https://track.amazon.fr/tracking/{number}",
    "Bpost": "https://track.bpost.cloud/btr/web/#/search?itemCode={number}",
    "Cainiao": "https://global.cainiao.com/detail.htm?mailNoList={number}",
    "Chronofresh": "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={number}",
    "Chronopost": "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={number}",
    "Colis Privé": "https://colisprive.com/moncolis/pages/detailColis.aspx?numColis={number}",
    "Colissimo": "https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
    "Deutsche Post": "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={number}",
    "DHL": "https://www.dhl.com/fr-fr/home/tracking.html?tracking-id={number}",
    "DPD": "https://trace.dpd.fr/fr/trace/{number}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={number}",
    "GEODIS": "https://espace-client.geodis.com/services/destinataires?numero={number}",
    "GLS": "https://gls-group.com/FR/fr/suivi-colis?match={number}",
    "La Poste": "https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
    "Mondial Relay": "https://www.mondialrelay.fr/suivi-de-colis?numeroExpedition={number}",
    "PostNL": "https://postnl.nl/tracktrace/?B={number}",
    "Relais Colis": "https://www.relaiscolis.com/suivi-de-colis/index/tracking?code={number}",
    "Royal Mail": "https://www.royalmail.com/track-your-item#/tracking-results/{number}",
    "TNT": "https://www.tnt.com/express/fr_fr/site/outils-expedition/suivi.html?searchType=con&cons={number}",
    "UPS": "https://www.ups.com/track?tracknum={number}",
    "Yun Express": "https://www.yuntrack.com/parcelTracking?id={number}",
}
"""The page on which a carrier shows a parcel. They are read by the customer, never fetched by us."""

EXAMPLES = {
    "Colissimo": "6A12345678901",
    "La Poste": "1A12345678901",
    "Chronopost": "XY123456785FR",
    "DPD": "250012345678901",
    "GLS": "00AB12CD",
    "UPS": "1Z999AA10123456784",
    "Mondial Relay": "12345678",
    "Relais Colis": "AB1234567890",
    "DHL": "1234567891",
    "FedEx": "123456789012",
    "GEODIS": "1A12345678",
}


def plain(label: str) -> str:
    """A label as it is compared: one of the list was seen with a space behind it."""
    return " ".join(label.split()).casefold()


_NAMES = {plain(label): label for label in (*(label for form in FORMS for label in form.carriers), *PAGES)}


def recognise(number: str) -> tuple[str, ...]:
    """The carriers that number like this, the likeliest first: those whose check sign fits go before the others."""
    return tuple(dict.fromkeys(label for form in _fitting(number) for label in form.carriers))


def picked(number: str, among: Iterable[str]) -> str:
    """The label in `among` that the number speaks for; "" where it speaks for none, or for several carriers."""
    fitting = _fitting(number)
    if len({form.carriers[0] for form in fitting}) != 1:
        return ""
    labels = {plain(label): label for label in among}
    return next((labels[plain(name)] for name in fitting[0].carriers if plain(name) in labels), "")


def _fitting(number: str) -> list[Form]:
    number = tidy(number)
    fitting = [form for form in FORMS if form.fits(number) and (form.sound is None or form.sound(number))]
    return sorted(fitting, key=lambda form: form.sound is None)


def suspect(number: str) -> bool:
    """Does it have a carrier's form with a check sign that does not fit, and no other form?"""
    number = tidy(number)
    return any(form.fits(number) for form in FORMS) and not _fitting(number)


class Fit(Enum):
    FITS = "fits"
    UNSOUND = "unsound"  # the form is right, the check sign is not
    OTHER = "other"  # it looks like another carrier's
    UNLIKE = "unlike"  # it looks like nothing known
    UNTOLD = "untold"  # nobody told how this carrier numbers


@dataclass(frozen=True, slots=True)
class Checked:
    """How a number suits a carrier; words in the reader's language."""

    fit: Fit
    carrier: str
    likely: tuple[str, ...] = ()

    @property
    def warns(self) -> bool:
        return self.fit in (Fit.UNSOUND, Fit.OTHER, Fit.UNLIKE)

    @property
    def words(self) -> str:
        if self.fit is Fit.FITS:
            return _("Looks like a number of %(carrier)s.") % {"carrier": self.carrier.strip()}
        if self.fit is Fit.UNSOUND:
            return unsound()
        if self.fit is Fit.OTHER:
            told = {"likely": " / ".join(self.likely[:2]), "carrier": self.carrier.strip()}
            return _("It looks like a number of %(likely)s, not of %(carrier)s.") % told
        if self.fit is Fit.UNTOLD:
            return ""
        told = {"carrier": self.carrier.strip(), "example": EXAMPLES.get(_NAMES[plain(self.carrier)], "")}
        if told["example"]:
            return _("Numbers of %(carrier)s look different, like %(example)s. Compare it with the label.") % told
        return _("Numbers of %(carrier)s look different. Compare it with the label.") % told


def unsound() -> str:
    return _("Its check digit does not fit: a sign may be mistyped. Compare it with the label.")


def check(number: str, carrier: str) -> Checked:
    """Does the number look like one of this carrier (a label)? An answer for a warning, never for a refusal."""
    number = tidy(number)
    known = [form for form in FORMS if plain(carrier) in {plain(label) for label in form.carriers}]
    fitting = [form for form in known if form.fits(number)]
    if any(form.sound is None or form.sound(number) for form in fitting):
        return Checked(Fit.FITS, carrier)
    if fitting:
        return Checked(Fit.UNSOUND, carrier)
    likely = recognise(number)
    if likely and known:
        return Checked(Fit.OTHER, carrier, likely)
    return Checked(Fit.UNLIKE if known else Fit.UNTOLD, carrier)


def tracking_page(carrier: str, number: str) -> str:
    """The carrier's page for this number; "" where none is known."""
    template = PAGES.get(_NAMES.get(plain(carrier), ""), "")
    return template.replace(NUMBER, quote(tidy(number), safe="")) if template and number else ""
