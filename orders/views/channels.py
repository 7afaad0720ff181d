"""What each channel can do, how that is known, how our predictions turned out; an administrator corrects it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backoffice import auth
from backoffice.models import SellerAccount
from backoffice.pages import page
from octopia.contract.lifecycle import Ability
from orders import lifecycle, predicted, scope, words
from orders.forms import AbilitiesForm
from orders.lifecycle import Fact, Learned
from orders.models import Channel


@dataclass(frozen=True)
class Row:
    """One ability as the page tells it; `beside`: what was said of it besides what counts."""

    label: str
    value: bool | None
    known: str
    source: str
    at: datetime | None
    by: str
    quoted: str
    beside: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """One channel of an account."""

    channel: Channel
    rows: tuple[Row, ...]


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel of every account in scope."""
    among = scope.accounts(request)
    return page(request, "orders/channels.html", {"accounts": _shown(among), "outcomes": predicted.outcomes(among)})


@require_http_methods(["GET", "HEAD", "POST"])
@auth.fresh_login
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what one channel can do: what would change is shown before it is saved."""
    asked = _channel(request, pk)
    facts = lifecycle.abilities(asked.account_id, asked.code).facts
    form = AbilitiesForm(request.POST or None, facts=facts)
    context = {"channel": asked, "form": form}
    if not form.is_valid():
        return page(request, "orders/channel.html", context, status=422 if form.is_bound else 200)
    changes = form.changes()
    if not changes:
        messages.info(request, _("Nothing was changed."))
        return HttpResponseRedirect(reverse("orders:channels"))
    if request.POST.get("confirmed") != form.seen:  # not looked at yet, or changed by somebody since
        typed = [(name, form.data.get(name, "")) for name in form.fields]
        return page(request, "orders/channel_change.html", context | {"changes": changes, "typed": typed})
    with transaction.atomic():
        for change in changes:
            lifecycle.correct(
                asked.account,
                asked.code,
                change.ability,
                change.value,
                by=scope.person(request),
                source=form.cleaned_data["source"],
            )
    messages.success(request, _("%(channel)s: corrected.") % {"channel": asked.name or asked.code})
    return HttpResponseRedirect(reverse("orders:channels"))


def _channel(request: HttpRequest, pk: int) -> Channel:
    """Of the person's scope, else 404."""
    accounts = {account.pk: account for account in scope.accounts(request)}
    found: Channel | None = Channel.objects.filter(pk=pk, account__in=list(accounts)).first()
    if found is None:
        raise Http404
    found.account = accounts[found.account_id]
    return found


def _shown(among: list[SellerAccount]) -> list[dict[str, Any]]:
    book = lifecycle.abilities_of(account.pk for account in among)
    known: dict[int, list[Shown]] = {}
    for channel in Channel.objects.filter(account__in=among):
        facts = book.of(channel.account_id, channel.code).facts
        known.setdefault(channel.account_id, []).append(
            Shown(channel, tuple(_row(name, fact) for name, fact in facts.items()))
        )
    return [{"account": account, "channels": known.get(account.pk, [])} for account in among]


def _row(name: Ability, fact: Fact) -> Row:
    told = fact.learned
    return Row(
        label=str(words.ABILITIES[name]),
        value=fact.value,
        known=str(words.KNOWN[fact.known]),
        source=lifecycle.source_words(fact.source),
        at=told.at if told else None,
        by=told.by if told else "",
        quoted=told.source if told else "",
        beside=tuple(_beside(fact)),
    )


def _beside(fact: Fact) -> list[str]:
    """What speaks of it without counting, or was overruled."""
    said = []
    if fact.learned and fact.documented.value is not None:
        said.append(_("Documented: %(value)s") % {"value": words.yes_or_no(fact.documented.value)})
    if fact.marketplace and fact.learned is not fact.marketplace:
        said.append(_answered(fact.marketplace))
    return said


def _answered(told: Learned) -> str:
    return _("The marketplace's answer on %(day)s: %(value)s. %(words)s") % {
        "day": words.day(told.at),
        "value": words.yes_or_no(told.value),
        "words": told.source,
    }
