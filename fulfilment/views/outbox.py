"""The outbox: what needs a person first, what is in flight, what ended today; and the switch of sending."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.models import SellerAccount
from backoffice.pages import page
from fulfilment import following, frame, listing, words
from fulfilment.forms.switching import PauseForm
from fulfilment.listing import Asked, Outbox
from fulfilment.models import Pause
from fulfilment.outbox import switches
from fulfilment.outbox.refusals import NotNow
from fulfilment.views.requests import row
from orders import scope
from orders.words import capped


@require_http_methods(["GET", "HEAD"])
def outbox(request: HttpRequest) -> HttpResponse:
    """Its address is its state. A poll gets 204 while nothing happened, else the way to what is new: nothing moves
    under the hand of somebody who reads or writes."""
    frame.told(request, fresh=True)
    among, kinds = scope.accounts(request), frame.kinds(scope.person(request))
    asked = listing.read(request.GET, kinds, [account.slug for account in among])
    box = Outbox.of(asked, among, kinds, scope.person(request).pk, timezone.now())
    version = box.version()
    if "seen" in request.GET and request.htmx:  # type: ignore[attr-defined]
        if request.GET["seen"] == version:
            return HttpResponse(status=204)
        return render(request, "fulfilment/_outbox_news.html", {"url": reverse("fulfilment:outbox") + asked.address})
    return page(request, "fulfilment/outbox.html", _context(request, box, asked, version))


@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: HttpRequest) -> HttpResponse:
    """Stop sending for an account, with the reason that everybody reads."""
    among = _unpaused(request)
    form = PauseForm(request.POST or None, accounts=[(account.slug, account.name) for account in among])
    if form.is_valid():
        account = next(each for each in among if each.slug == form.cleaned_data["account"])
        switches.pause(account, Pause.Cause.PERSON, form.cleaned_data["reason"], by=scope.person(request))
        frame.forget(request)
        messages.success(request, _("Sending is paused."))
        return HttpResponseRedirect(reverse("fulfilment:outbox"))
    context = {"form": form, "accounts": among, "back": reverse("fulfilment:outbox")}
    return page(request, "fulfilment/pause.html", context, status=422 if form.is_bound else 200)


@require_POST
def resume(request: HttpRequest, slug: str) -> HttpResponse:
    """Go on sending for an account."""
    account = next((each for each in scope.accounts(request) if each.slug == slug), None)
    if account is None:
        raise Http404
    ended = [switches.resume(account, cause, scope.person(request)) for cause in Pause.Cause]
    frame.forget(request)
    if any(ended):
        messages.success(request, _("Sending goes on."))
    return HttpResponseRedirect(reverse("fulfilment:outbox"))


@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: HttpRequest) -> HttpResponse:
    """Let this installation send: it was moved, or its backup is reconciled; refused while something is not."""
    if request.method != "POST":
        context = {
            "why": switches.installation_why_not(),
            "left": switches.unreconciled(),
            "unsent": switches.unsent().count(),
            "back": reverse("fulfilment:outbox"),
        }
        return page(request, "fulfilment/adopt.html", context)
    try:
        switches.adopt(scope.person(request))
    except NotNow as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("This installation sends from now on."))
    frame.forget(request)
    return HttpResponseRedirect(reverse("fulfilment:outbox"))


def _context(request: HttpRequest, box: Outbox, asked: Asked, version: str) -> dict[str, Any]:
    commands, after = box.rows(asked.show, asked.after)
    counts = box.counts()
    told = frame.told(request)
    confirmed = counts["confirmed"]
    return {
        "rows": [row(request, command) | {"happened": _happened(command)} for command in commands],
        "batches": box.batches() if asked.show != "" or not asked.after else [],
        "shows": _shows(asked, counts),
        "kinds": _kinds(request, asked),
        "asked": asked,
        "here": reverse("fulfilment:outbox") + asked.address,
        "first": asked.to().address if asked.after else "",
        "next": replace(asked, after=after).address if after else "",
        "version": version,
        "empty": ngettext(
            "Nothing to check. %(count)s request confirmed today.",
            "Nothing to check. %(count)s requests confirmed today.",
            confirmed,
        ) % {"count": confirmed},
        "pauses": _pauses(request, told),
        "installation": told.installation,
        "left": switches.unreconciled() if told.installation else 0,
        "may_pause": bool(_unpaused(request)),
    }  # fmt: skip


def _shows(asked: Asked, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": asked.to(show=show, part="").address,
            "count": capped(counts[show]),
            "current": asked.show == show,
            "tone": "danger" if not show and counts[show] else "",
        }
        for show, label in listing.SHOWS.items()
    ]


def _happened(command: Any) -> list[dict[str, Any]]:
    return [
        {"at": event.at, "words": following.told(event), "who": event.actor_name, "said": event.said}
        for event in command.events.all()
    ]


def _kinds(request: HttpRequest, asked: Asked) -> list[dict[str, Any]]:
    """The filters of parts and kinds, and that of one's own, as links."""
    offered = listing.kinds_offered(frame.kinds(scope.person(request)))
    found = [
        {
            "label": _("All"),
            "url": asked.to(kind="", part="", mine=False).address,
            "current": not (asked.kind or asked.part or asked.mine),
        }
    ]
    if not asked.show:
        found += [
            {"label": label, "url": asked.to(part=part).address, "current": asked.part == part}
            for part, (label, _condition) in listing.PARTS.items()
        ]
    found += [
        {"label": words.VERBS[kind], "url": asked.to(kind=str(kind)).address, "current": asked.kind == kind}
        for kind in offered
    ]
    return [*found, {"label": _("Mine"), "url": asked.to(mine=True).address, "current": asked.mine}]


def _pauses(request: HttpRequest, told: frame.Told) -> list[dict[str, Any]]:
    named = {account.pk: account for account in scope.accounts(request)}
    causes = dict(Pause.Cause.choices)
    return [
        {"account": named[each.account], "cause": causes.get(each.cause, each.cause), "told": each}
        for each in told.pauses
    ]


def _unpaused(request: HttpRequest) -> list[SellerAccount]:
    paused = {each.account for each in frame.told(request, fresh=True).pauses if each.cause == Pause.Cause.PERSON}
    return [account for account in scope.accounts(request) if account.pk not in paused]
