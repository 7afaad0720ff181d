"""The pages of failure: what happened, what is safe, where to go, and an id. The 500 needs no database."""

import secrets
import sys
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.template import loader
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views import defaults

log = structlog.get_logger(__name__)

_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another when read out
_NEVER_SHOWN = ("token", "password", "secret", "code", "next")
_CARRIED = ("form_token", "seen")  # without them a dialog's form cannot be sent again; nothing to read for a person
HEADER = "X-Incident"


def new_incident() -> str:
    """`7F3K-2Q9D`: short enough for the phone, written to the log beside what happened."""
    signs = "".join(secrets.choice(_SIGNS) for _position in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def too_much(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400. More files or fields than a page takes is told to the person; whatever else is no request of a person's."""
    if not isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return defaults.bad_request(request, exception or Exception())
    words = _("You sent more files, or a longer form, than this page reads. Send it in several parts.")
    return _page(request, "errors/400.html", 400, {"words": words})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403. Words given to PermissionDenied in a person's language are shown; others are for the log."""
    words = _said(exception) or _("Your role does not include this. An administrator can change it.")
    return _page(request, "errors/403.html", 403, {"words": words}, reason=str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404. Words given to Http404 in a person's language are shown."""
    words = _said(exception) or _("There is nothing at this address, or it is not among what you may see.")
    return _page(request, "errors/404.html", 404, {"words": words})


def broken(request: HttpRequest) -> HttpResponse:
    """500. Renders without request, user or database; when even the template fails, plain words remain."""
    incident = new_incident()
    log.error("incident", incident=incident, status=500, path=request.path, exc_info=sys.exc_info())
    headers = {HEADER: incident, "Cache-Control": "no-store"}
    if _by_htmx(request):
        line = _line(_("Something broke on our side. Nothing more was done."))
        return HttpResponse(line, status=500, headers=headers)
    try:
        content = loader.get_template("errors/500.html").render({"incident": incident})
    except (OSError, ValueError, LookupError) as failure:  # no template, or no file of the static manifest
        log.error("the page of the incident cannot be shown", incident=incident, failure=str(failure))
        content = " ".join((_("Something broke on our side."), _("Incident"), incident))
    return HttpResponse(content, status=500, headers=headers)


def asleep(request: HttpRequest, again: str, back: str) -> HttpResponse:
    """503: the marketplace does not answer, as a page. `again` asks once more, `back` is where the person came from."""
    return _page(request, "errors/asleep.html", 503, {"again": again, "back": back})


def maintenance(request: HttpRequest) -> HttpResponse:
    """503: the site itself rests, for instance while it migrates. Needs no database."""
    content = loader.get_template("errors/maintenance.html").render({})
    return HttpResponse(content, status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form older than the session: nothing was sent; the typed values are shown, with a new token.

    They can be sent again only when the form came from this site: another site's form is shown, and stays powerless.
    """
    incident = new_incident()
    log.warning("incident", incident=incident, status=403, path=request.path, reason=reason)
    if _by_htmx(request):
        line = _line(_("This form is older than your session. Sign in again; nothing was sent."))
        return HttpResponseForbidden(line, headers={HEADER: incident})
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in _CARRIED and not any(part in name.lower() for part in _NEVER_SHOWN)
        for value in values
        if isinstance(value, str) and value
    ]
    ours = _from_this_site(request)
    context = {
        "typed": typed if ours else [],
        "carried": [(name, request.POST[name]) for name in _CARRIED if name in request.POST] if ours else [],
        "can_send": ours and not request.FILES and _signed_in(request),
        "had_files": bool(request.FILES),
        "incident": incident,
    }
    content = loader.render_to_string("errors/csrf.html", context, request)
    return HttpResponseForbidden(content, headers={HEADER: incident})


def _page(request: HttpRequest, template: str, status: int, context: dict[str, Any], reason: str = "") -> HttpResponse:
    incident = new_incident()
    log.info("incident", incident=incident, status=status, path=request.path, reason=reason)
    headers = {HEADER: incident}
    if _by_htmx(request):
        return HttpResponse(_line(str(context.get("words", ""))), status=status, headers=headers)
    frame = "base.html" if _signed_in(request) else "bare.html"
    content = loader.render_to_string(template, {**context, "incident": incident, "frame_template": frame}, request)
    return HttpResponse(content, status=status, headers=headers)


def _line(words: str) -> str:
    """What the red line of a region says: the script takes the text and nothing else."""
    return format_html("<p data-line>{}</p>", words)


def _said(exception: Exception | None) -> str:
    """Words that were meant for a person: translatable ones. Django's own, in English for developers, are not."""
    first = exception.args[0] if exception is not None and exception.args else ""
    return str(first) if isinstance(first, Promise) else ""


def _by_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def _signed_in(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def _from_this_site(request: HttpRequest) -> bool:
    try:
        origin = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    except ValueError:  # a header of somebody's own making
        return False
    return (origin.scheme, origin.netloc) == (request.scheme, request.get_host())
