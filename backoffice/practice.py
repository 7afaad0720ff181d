"""Practice apart from the real thing: which addresses an account may have. It knows no account and no client.

A practice account has the API address PRACTICE_URL and asks for its tokens there too; a real account has no address at
that place. So neither can reach the other's marketplace, with whatever credentials.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Place = tuple[str, str, int | None]  # scheme, host, port


class WrongAddress(Exception):
    """The account's addresses can never work, or belong to practice while the account does not, or the reverse."""


def check(api_url: str, token_url: str, practice: bool) -> None:
    """Raise WrongAddress where the flag and the addresses do not fit."""
    if practice:
        if not settings.PRACTICE_URL or _normal(api_url) != _normal(settings.PRACTICE_URL):
            raise WrongAddress(_("This is a practice account: its API address must be that of PRACTICE_URL."))
        if _place(token_url) != _place(settings.PRACTICE_URL):
            raise WrongAddress(_("This is a practice account: its token address must be at the place of PRACTICE_URL."))
    elif settings.PRACTICE_URL and _door(settings.PRACTICE_URL) in (_door(api_url), _door(token_url)):
        raise WrongAddress(_("This API address is for practice: mark the account as practice, or change it."))


def is_that_of_practice(api_url: str) -> bool:
    """Whether orders behind this API address are not real."""
    return bool(settings.PRACTICE_URL) and _normal(api_url) == _normal(settings.PRACTICE_URL)


def http_address(url: str) -> None:
    """A validator of addresses; the host may be one of a private network, such as `sandbox`. Raises ValidationError."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none, brackets that do not close
        usable = False
    if not usable or any(sign.isspace() for sign in url):
        raise ValidationError(gettext_lazy("Give an address such as https://api.example.org/seller/v2."))
    if parts.username or parts.password:
        raise ValidationError(gettext_lazy("An address holds no user name and no password."))


def _normal(url: str) -> tuple[Place, str]:
    """Default ports, letter case of the host and a last slash do not matter."""
    return _place(url), urlsplit(url.strip()).path.rstrip("/")


def _door(url: str) -> tuple[str, int | None]:
    """Host and port as the network knows them: a last dot, and the names of this machine, make no other door."""
    _scheme, host, port = _place(url)
    host = host.rstrip(".")
    try:
        here = ip_address(host).is_loopback
    except ValueError:  # a name
        here = host == "localhost" or host.endswith(".localhost")
    return "localhost" if here else host, port


def _place(url: str) -> Place:
    parts = urlsplit(url.strip())
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(parts.scheme)
