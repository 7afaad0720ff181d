"""What the tests of the orders pages share: a signed-in browser, and reading its pages."""

import re

from django.test import Client

from backoffice.models import SellerAccount, User
from tests import make
from tests.backoffice.people import with_second_factor


def signed_in(role: str = "support", *accounts: SellerAccount) -> Client:
    """A browser in which a person of this role is signed in; they see these accounts, or else every one."""
    user: User = make.user(role, *accounts)
    client = Client()
    client.force_login(with_second_factor(user) if role in ("manager", "administrator") else user)
    return client


def text(answer) -> str:
    """The words of a page, its spaces made one."""
    body = re.sub(r"<(script|style).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def numbers(answer) -> list[str]:
    """The order numbers of a list's rows, in order."""
    return re.findall(r'title="([^"]+)"><span class="from-tablet">', answer.content.decode())


def link(answer, marker: str) -> str:
    """The address of the link whose tag holds `marker`."""
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*{re.escape(marker)}', answer.content.decode())
    assert found, f"no link with {marker}"
    return found[1].replace("&amp;", "&")
