"""The only place that builds a Client: one per account, with the shared budget and the shared token."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import httpx
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

import octopia
from backoffice import practice
from backoffice.limiter import Asleep, Budget
from backoffice.models import SellerAccount
from backoffice.tokens import StoredTokens

VERBS = ("accept", "refuse", "ship", "cancel", "gesture", "invoice")
IMPATIENT = octopia.Timeouts(connect=2, read=2.5, total=2.5)  # somebody waits: three calls stay under 8 s

TRANSPORT: httpx.BaseTransport | None = None  # tests put the sandbox here; None is the network


WrongAddress = practice.WrongAddress  # raised by `client` too


def client(account: SellerAccount, lane: str = "sync", reads: octopia.Timeouts | None = None) -> octopia.Client:
    """The marketplace for one seller, in one lane of the call budget; use it as a context. Raises WrongAddress."""
    return _client(account, StoredTokens(account.client_id, account.token_url), lane, reads)


def check_practice(account: SellerAccount) -> None:
    """Practice orders never meet real ones: raise WrongAddress where flag and addresses do not fit."""
    practice.check(account.api_url, account.token_url, account.practice)


def first_account() -> SellerAccount | None:
    """Create the first account from the OCTOPIA_* variables while there is none; None when nothing was created.

    They are not read again afterwards. Whoever needs an account calls this: `account --from-environment`, the worker,
    `sync`, the demo.
    """
    given = (settings.OCTOPIA_API_URL, settings.OCTOPIA_AUTH_URL, settings.OCTOPIA_CLIENT_ID)
    if not all((*given, settings.OCTOPIA_CLIENT_SECRET, settings.OCTOPIA_SELLER_ID)) or SellerAccount.objects.exists():
        return None
    seller = settings.OCTOPIA_SELLER_ID
    account, created = SellerAccount.objects.get_or_create(
        api_url=settings.OCTOPIA_API_URL,
        seller_id=seller,
        defaults={
            "name": "Demo" if settings.DEMO else f"Seller {seller}",
            "slug": "demo" if settings.DEMO else slugify(f"seller-{seller}")[:40],
            "token_url": settings.OCTOPIA_AUTH_URL,
            "client_id": settings.OCTOPIA_CLIENT_ID,
            "client_secret": settings.OCTOPIA_CLIENT_SECRET,
            "practice": practice.is_that_of_practice(settings.OCTOPIA_API_URL),
            "sending": list(VERBS) if settings.DEMO else [],
        },
    )
    return account if created else None


class Outcome(StrEnum):
    WELL = "well"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Step:
    """One step of a connection test. `said` quotes what was heard; `remedy` is what to do, "" unless it failed."""

    name: str  # address, token, seller, rights
    label: str | Promise
    outcome: Outcome
    said: str = ""
    remedy: str | Promise = ""


LABELS: dict[str, Promise] = {
    "address": _("Addresses"),
    "token": _("Token"),
    "seller": _("Seller id"),
    "rights": _("Right to read orders"),
}


def test_connection(account: SellerAccount) -> list[Step]:
    """Try the account's addresses, credentials, seller id and right to read orders, in this order; at most 8 s.

    Asks for a token of its own, so that new credentials are tried; spends two calls of the reserve. The account need
    not be saved. Raises nothing: the first failed step says why, the ones behind it were not tried.
    """
    reached = ""
    try:
        with _client(account, octopia.MemoryStore(), "reserve", IMPATIENT) as caller:
            caller.seller()
            reached = "rights"
            caller.count(created_min=timezone.now() - timedelta(days=1))
    except (WrongAddress, octopia.Trouble) as error:
        failed, remedy = _diagnosis(error, reached)
        return _steps(failed, str(error), remedy)
    return _steps("", "", "")


test_connection.__test__ = False  # type: ignore[attr-defined]  # a function of ours, not one that pytest should run


def _diagnosis(error: Exception, reached: str) -> tuple[str, Promise]:
    """Which step failed, and what to do."""
    match error:
        case WrongAddress():
            return "address", _("Correct the addresses of the account.")
        case octopia.Busy(step="token"):
            return "token", _("Too many tokens were asked for: try again in a few minutes.")
        case Asleep():
            return reached or "address", _(
                "Check the addresses, and that this machine may reach them; try again in half a minute."
            )
        case octopia.Busy():
            return reached or "address", _("The call budget is spent or paused: try again when the pause is over.")
        case octopia.Unauthorized(step="token") | octopia.Forbidden(step="token"):
            return "token", _("Check the client id and the client secret.")
        case octopia.Trouble(step="token"):
            return "address", _("Check the token address.")
        case octopia.Unauthorized():
            return "token", _("The token is not one for this API: check that both addresses belong together.")
        case octopia.Forbidden() if reached:
            return "rights", _("Ask the marketplace to let this client read the orders of this seller.")
        case octopia.Forbidden():
            return "seller", _("Check the seller id, and that the client id was given access to this seller.")
        case octopia.Missing() if not reached:
            return "address", _("Check the API address: there is no such page behind it. It ends with /seller/v2.")
        case octopia.Untouched() | octopia.Rejected() | octopia.Odd() if not reached:
            return "address", _("Check the API address, and that this machine may reach it.")
        case _:
            return reached or "address", _("Try again; if it stays, ask the marketplace's support.")


def _steps(failed: str, said: str, remedy: str | Promise) -> list[Step]:
    names = list(LABELS)
    at = names.index(failed) if failed else len(names)
    return [
        Step(name, LABELS[name], Outcome.WELL)
        if place < at
        else Step(name, LABELS[name], Outcome.FAILED, said, remedy)
        if place == at
        else Step(name, LABELS[name], Outcome.NOT_TRIED)
        for place, name in enumerate(names)
    ]


def _client(
    account: SellerAccount, store: octopia.TokenStore, lane: str, reads: octopia.Timeouts | None = None
) -> octopia.Client:
    check_practice(account)
    patience = {"reads": reads} if reads else {}
    try:
        return octopia.Client(
            api_url=account.api_url,
            token_url=account.token_url,
            client_id=account.client_id,
            client_secret=account.client_secret,
            seller_id=account.seller_id,
            store=store,
            gate=Budget(account.client_id),
            lane=lane,
            transport=TRANSPORT,
            **patience,
        )
    except ValueError as error:
        raise WrongAddress(str(error)) from None
