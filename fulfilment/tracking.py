"""May this address be sent as a parcel's tracking page? The marketplace's conditions (R28), in linear time.

The vendor's own expression is not run: it takes exponential time on a hostile host, and lets two of the vendor's own
three counter-examples through. The same language is one pass over the signs here; host and number are looked at beside
it. Nothing is ever fetched.
"""

import ipaddress
from urllib.parse import unquote

from django.utils.translation import gettext as _

LONGEST = 2_000
SCHEMES = ("http://", "https://", "HTTP://", "HTTPS://")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_IN_HOST = _LETTERS | frozenset("-._")
_IN_PATH = _LETTERS | frozenset("-.?,~'/\\+&%$#_=!")
_HEX = frozenset("0123456789abcdefABCDEF")
_NOT_PUBLIC = (
    "local",
    "localhost",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "test",
    "invalid",
    "example",
    "arpa",
)


def trouble(url: str, number: str) -> str:
    """Why this address cannot be sent, for a person; "" when it can. `number`: the parcel's."""
    if len(url) > LONGEST:
        return _("The address is too long: at most 2,000 signs.")
    scheme = next((known for known in SCHEMES if url.startswith(known)), "")
    if not scheme:
        return _("The address begins with https:// or http://.")
    authority, path = _parted(url[len(scheme) :])
    if "@" in authority:
        return _("The address must open without signing in: leave out the name before the @.")
    host, colon, port = authority.partition(":")
    if not host or not set(host) <= _IN_HOST or host[0] not in _LETTERS or host[-1] not in _LETTERS:
        return _("The address has no name of a public site, like www.example.com.")
    if colon and not port.isdecimal():
        return _("The address has no name of a public site, like www.example.com.")
    if not _public(host):
        return _("The address must be open to the customer: %(host)s is not a public site.") % {"host": host}
    wrong = next((sign for sign in path if sign not in _IN_PATH), "")
    if wrong:
        shown = wrong if wrong.isprintable() and not wrong.isspace() else _("a space")
        return _("The marketplace does not take %(sign)s in an address: write it encoded, like %%20.") % {"sign": shown}
    if any(len(hexa) < 2 or not set(hexa) <= _HEX for hexa in (part[:2] for part in path.split("%")[1:])):
        return _("The address has a % that encodes nothing: write it as %25.")
    if number not in unquote(path):
        return _("The address does not carry the tracking number %(number)s.") % {"number": number}
    return ""


def _parted(rest: str) -> tuple[str, str]:
    """What stands before the path, and the path."""
    ends = [at for at in (rest.find(sign) for sign in "/?#\\") if at >= 0]
    end = min(ends, default=len(rest))
    return rest[:end], rest[end:]


def _public(host: str) -> bool:
    """A name with a dot that no house keeps to itself, or an address of the open internet."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        last = host.lower().rpartition(".")[2]
        return "." in host and ".." not in host and last not in _NOT_PUBLIC and not last.isdecimal()
