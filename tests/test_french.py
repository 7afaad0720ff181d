"""Nothing on a French page is English: not a text of the catalogue, and not one that never went through it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.utils import translation

from backoffice import diagnoses, wording
from backoffice.models import User
from backoffice.roles import Role
from octopia import schema
from orders import mirror
from tests import make
from tests.backoffice.people import with_second_factor
from tests.pages import PAGES, Page, World, world
from tests.test_site import opens

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "use", "wbr"}
READ_ALOUD = {"alt", "aria-label", "placeholder", "title", "data-done"}
OWN_WORDS = {"English", "Français"}  # a language is offered in its own words
FAILURES = {"Malformed", "Unstorable", "Unreadable", "Stuck", "Unfiltered", "Untouched", "Unauthorized", "Forbidden"}
FAILURES |= {"Odd", "Busy", "Unanswered", "_unclear", "StreamError", "ReadTimeout", "DecodingError", "late"}
WIDE = "\u00a0"  # the space that no line ends at


@dataclass
class Reading(HTMLParser):
    """The texts of a page that a person reads or hears, but for what the page says is in no language or another."""

    texts: list[str] = field(default_factory=list)
    _open: list[tuple[str, bool]] = field(default_factory=list)  # tag, whether its inside is read

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        read = (
            (self._open[-1][1] if self._open else True)
            and tag not in ("script", "style")
            and told.get("translate") != "no"
            and (tag == "html" or "lang" not in told)
        )
        if read:
            spoken = READ_ALOUD | ({name for name in told if name.startswith("data-")} if tag == "template" else set())
            self.texts += [value for name, value in told.items() if name in spoken and value]
        if tag not in VOID:
            self._open.append((tag, read))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and (not self._open or self._open[-1][1]):
            self.texts.append(text)


def texts_of(body: str) -> list[str]:
    reading = Reading()
    reading.feed(body)
    reading.close()
    return reading.texts


@cache
def catalogue() -> dict[str, str]:
    """msgid → French, the plural forms as entries of their own."""
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="fr") if message.id]
    return {
        english: french
        for message in messages
        for english, french in zip(forms(message.id), forms(message.string), strict=True)
    }


def forms(text: Any) -> list[str]:
    """A text's singular and plural, or the text itself."""
    return [text] if isinstance(text, str) else list(text)


@cache
def english() -> re.Pattern[str]:
    """What no French page may say: a whole msgid, with anything in its placeholders, that French says otherwise."""
    said_in_french = set(catalogue().values())
    forbidden = []
    for msgid, french in catalogue().items():
        pattern = re.sub(r"%\\\((\w+)\\\)[sd]|\\\{n\\\}", ".+?", re.escape(" ".join(msgid.split())))
        if msgid != french and msgid not in said_in_french and re.search(r"[A-Za-z]{2}", pattern.replace(".+?", "")):
            forbidden.append(pattern)
    return re.compile("|".join(f"(?:{pattern})" for pattern in sorted(forbidden, key=len, reverse=True)))


def leftovers(text: str) -> list[str]:
    """The text, or what stands between its commas, colons and brackets, where it is English."""
    parts = {text, *re.split(r", | ?: |[()·]", text.replace(WIDE, " "))}
    return [part for part in parts if part and english().fullmatch(part.strip())]


def french_browser(role: str, there: World) -> Client:
    user = User.objects.create_user(role, role=role, accounts=[there.account], language="fr")
    client = Client(headers={"Accept-Language": "fr"})
    client.force_login(with_second_factor(user))
    return client


def lively() -> World:
    """A shop with something of everything, so that pages have much to say."""
    there = world()
    for turn, status in enumerate(("Processing", "WaitingAcceptance", "Accepted", "Shipped", "Delivered", "Cancelled")):
        make.order(f"SCIDFR{turn:08d}", of=there.account, status=status)
    parcel = schema.Parcel(number="6A12345678901", carrier="Colissimo", url="https://suivi.test/6A12345678901")
    before = make.reading(there.order.number, service_fees=(schema.ServiceFee(label="", amount=Decimal("1.50")),))
    sent = make.line(status="Shipped", parcels=(parcel,), selling_unit=Decimal("44.90"))
    fulfilled = make.line("QK02", supply_mode="Fulfillment", shipping=None, ship_by=None)
    after = make.later(before, business=True, lines=(sent, fulfilled), billing=None, extra={"novelty": 1})
    mirror.store(there.account, [before], source="live")
    mirror.store(there.account, [after], source="live")
    return there


def data(there: World) -> re.Pattern[str]:
    """What reads the same in every language: names, numbers, and what the marketplace's world is called."""
    names = (
        "Cdiscount",
        "CDISFR",
        "Colissimo",
        "Lampadaire arqué en métal",
        "Card",
        "Ctrl",
        "Rupture de stock",
        r"S\. Le Goff, Tours",
        "LAMP-01|A3-12|EAN",
        r"!S\d+",  # the code of a slip
        "Solène Le Goff|12 rue des Tanneurs|37000 Tours \\(FR\\)",
    )
    mine = (
        re.escape(there.account.name),
        r"SCID\w+",
        r"6A\d+",
        r"!C\w+",
        "manager",
        "administrator",
        "solene",
        "PRACTICE_URL",
    )
    return re.compile(rf"(?:{'|'.join((*names, *mine))}|\b\w\b|[\W\d])*")  # keys are letters


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, pytest.param(Role.MANAGER, marks=pytest.mark.everything)])
def test_a_page_says_nothing_in_english(subtests, role):
    there = lively()
    nobody, somebody = Client(headers={"Accept-Language": "fr"}), french_browser(role, there)
    for row in PAGES:
        if opens(row, role):
            with subtests.test(row.name):
                says_nothing_in_english(row, there, nobody if row.name == "account_login" else somebody)


def says_nothing_in_english(row: Page, there: World, client: Client) -> None:
    User.objects.update(language="fr")
    answer = client.get(row.path(there))
    User.objects.update(language="en")
    other = client.get(row.path(there), headers={"Accept-Language": "en"})

    body, english_body = answer.content.decode(), other.content.decode()
    told = set(texts_of(body)) - OWN_WORDS
    alike = told & set(texts_of(english_body)) - set(catalogue())
    assert answer.status_code == row.status
    assert re.findall(r"<html[^>]* lang=\"(\w+)\"", body) == ["fr"]
    assert [text for text in told if leftovers(text)] == []
    assert [text for text in alike if not data(there).fullmatch(text)] == [], "never went through the catalogue"


@pytest.mark.django_db
def test_filters_that_make_no_sense_are_told_in_french():
    there = lively()
    client = french_browser(Role.MANAGER, there)
    asked = "status=Odd&from=zz&min=many&max=1&sort=deadline&novelty=1&q=zzzz&placed=7&to=1066-10-14"

    told = texts_of(client.get(f"/orders/?{asked}").content.decode())

    assert any("« Odd »" in text.replace(WIDE, " ") for text in told)
    assert [text for text in told if text not in OWN_WORDS and leftovers(text)] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/orders/SCID-NONE/", None, 404),
        ("/no/such/page/", None, 404),
        ("/orders/", {"numbers": ""}, 422),
        ("/profile/password/", {"oldpassword": "wrong", "password": "short"}, 422),
        ("/sync/period/", {"account": "none", "begins": "2026-11-24", "ends": "1066-10-14"}, 422),
    ],
)
def test_a_refusal_is_said_in_french(path: str, sent: dict[str, str] | None, status: int):
    client = french_browser(Role.ADMINISTRATOR, lively())

    answer = client.get(path) if sent is None else client.post(path, sent)

    told = [text for text in texts_of(answer.content.decode()) if text not in OWN_WORDS]
    assert answer.status_code == status
    assert [text for text in told if leftovers(text)] == []


@pytest.mark.django_db
def test_a_wrong_password_is_said_in_french():
    answer = Client(headers={"Accept-Language": "fr"}).post("/login/", {"login": "nobody", "password": "wrong"})

    told = [text for text in texts_of(answer.content.decode()) if text not in OWN_WORDS]
    assert answer.status_code == 422
    assert "Identifiant ou mot de passe incorrect." in told
    assert [text for text in told if leftovers(text)] == []


def test_the_catalogue_is_whole_and_compiled():
    found = subprocess.run([sys.executable, "scripts/messages", "--check"], cwd=ROOT, capture_output=True, text=True)

    assert found.stderr == ""
    assert found.returncode == 0


def test_french_has_its_no_break_spaces_apostrophes_and_quotation_marks():
    texts = catalogue().values()
    ends = (".", ":", "?")

    assert [text for text in texts if re.search(rf"[^{WIDE}\d][:;!?](?:\s|$)", text)] == [], (
        "no-break space before : ; ! ?"
    )
    assert [text for text in texts if re.search(rf"«[^{WIDE}]|[^{WIDE}]»", text)] == []
    assert [text for text in texts if set("'\"“”") & set(text)] == []
    assert [pair for pair in catalogue().items() if len({text.endswith(ends) for text in pair}) > 1] == []


def test_words_of_the_glossary_are_kept():
    glossary = {  # what other pages, mails and people on the phone call it
        "Being checked": "Contrôles en cours",
        "To approve": "À approuver",
        "Accepted, last checks": "Acceptée, derniers contrôles",
        "To ship": "À expédier",
        "Partly shipped": "Expédiée en partie",
        "Shipped": "Expédiée",
        "Delivered": "Livrée",
        "Cancelled": "Annulée",
        "Refused by us": "Refusée par nous",
        "Rejected by the marketplace": "Rejetée par la marketplace",
        "Cancellation asked": "Annulation demandée",
        "unknown (%(word)s)": "inconnu (%(word)s)",
        "To be confirmed by a colleague": "À valider par un collègue",
        "On hold, can be taken back until %(time)s": "En attente, annulable jusqu’à %(time)s",
        "Waiting to be sent": "En attente d’envoi",
        "Being sent": "Envoi en cours",
        "Taken, not visible yet": "Prise en compte, pas encore visible",
        "Confirmed": "Confirmée",
        "Taken back, nothing was sent": "Reprise, rien n’a été envoyé",
        "No clear answer, being checked": "Réponse incertaine, vérification en cours",
        "To be checked": "À vérifier",
        "Closed: was done": f"Close{WIDE}: faite",
        "Closed: was not done": f"Close{WIDE}: non faite",
    }

    with translation.override("fr"):
        assert {msgid: translation.gettext(msgid) for msgid in glossary} == glossary
        assert str(wording.word("REFUSED").label) == "Refusée"


def written_down() -> Iterator[str]:
    """The sentences of failures as the client and the mirror raise them, something in each of their gaps."""
    for path in (*(ROOT / "octopia").rglob("*.py"), *(ROOT / "orders").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                given = [*node.args, *(word.value for word in node.keywords)] if name in FAILURES else []
            else:
                given = [node.value] if isinstance(node, ast.Assign) and named_text(node.targets[0]) else []
            yield from (text for value in given for text in sentences(value) if text.endswith("."))


def named_text(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "text"


def sentences(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(str(text)):
            yield text
        case ast.JoinedStr(parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else gap(part) for part in parts).strip()
        case ast.Call(ast.Attribute(inner, "strip")):
            yield from sentences(inner)
        case ast.IfExp(_, one, other):
            yield from (*sentences(one), *sentences(other))


def gap(part: ast.expr) -> str:
    source = ast.unparse(part)
    if "said" in source or "reason" in source:
        return ""
    return "7" if any(word in source for word in ("limit", "length", "status", "YEARS")) else "lines"


def test_failures_that_programs_wrote_down_are_said_in_french():
    texts = sorted(set(written_down()))

    with translation.override("fr"):
        assert [text for text in texts if diagnoses.told(text) == text] == []
    with translation.override("en"):
        assert [text for text in texts if diagnoses.told(text) != text] == []
    assert len(texts) > 40


def test_what_the_marketplace_itself_said_stays_as_it_came():
    with translation.override("fr"):
        told = diagnoses.told("The marketplace answered 503. Upstream fell over.")

    assert told == "La marketplace a répondu 503. Upstream fell over."


def test_a_failure_of_several_sentences_of_ours_is_said_in_french_to_its_end():
    with translation.override("fr"):
        told = diagnoses.told("The marketplace's answer cannot be read. lines.QK01.quantity is not between 0 and 9.")

    assert told == "La réponse de la marketplace est illisible. lines.QK01.quantity n’est pas compris entre 0 et 9."
