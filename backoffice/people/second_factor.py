"""The second factor: setting it up, its recovery codes, and giving it up where the role allows."""

import base64
from typing import cast

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery
from allauth.mfa.totp.internal import flows
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import auth, crypto
from backoffice.models import User
from backoffice.pages import page
from backoffice.people.forms import Activate

SEED = "second factor seed"  # in the session until the first code proves it; encrypted like the stored one


def second_factor(request: HttpRequest) -> HttpResponse:
    """What is set up, and what may be done about it."""
    user = cast(User, request.user)
    context = {
        "factor": Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).first(),
        "codes_left": len(_codes(user)),
        "required": auth.second_factor_required(user),
    }
    return page(request, "people/second_factor.html", context)


@auth.fresh_login
def activate(request: HttpRequest) -> HttpResponse:
    """Show the seed as a picture and as text; the first right code makes it the second factor."""
    user = cast(User, request.user)
    if auth.has_second_factor(user):
        return HttpResponseRedirect(reverse("mfa_index"))
    if SEED not in request.session:
        request.session[SEED] = crypto.encrypt(generate_totp_secret())
    seed = crypto.decrypt(request.session[SEED])
    form = Activate(request.POST if request.method == "POST" else None, user=user, secret=seed)
    if form.is_valid():
        flows.activate_totp(request, form)
        del request.session[SEED]
        messages.success(request, _("The second factor is set up. Keep the recovery codes in a safe place."))
        return HttpResponseRedirect(reverse("mfa_view_recovery_codes"))
    adapter = get_adapter()
    drawing = adapter.build_totp_svg(adapter.build_totp_url(user, seed))
    context = {
        "form": form,
        "seed": " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
        "picture": "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode(),
        "required": auth.second_factor_required(user),
    }
    return page(request, "people/activate.html", context, status=422 if form.errors else 200)


@auth.fresh_login
def deactivate(request: HttpRequest) -> HttpResponse:
    """GET asks, POST gives it up; 403 where the role needs one."""
    user = cast(User, request.user)
    factor = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).first()
    if factor is None:
        raise Http404
    if not get_adapter().can_delete_authenticator(factor):
        raise PermissionDenied
    if request.method == "POST":
        flows.deactivate_totp(request, factor)
        messages.success(request, _("The second factor is removed."))
        return HttpResponseRedirect(reverse("mfa_index"))
    return page(request, "people/deactivate.html", {})


@auth.fresh_login
def codes(request: HttpRequest) -> HttpResponse:
    """The recovery codes that are left; each opens the door once."""
    left = _codes(cast(User, request.user))
    return page(request, "people/codes.html", {"codes": left})


@require_POST
@auth.fresh_login
def new_codes(request: HttpRequest) -> HttpResponse:
    """Ten new codes; the former ones end."""
    user = cast(User, request.user)
    if not recovery.can_generate_recovery_codes(user):
        raise Http404
    recovery.generate_recovery_codes(request)
    messages.success(request, _("These are ten new codes. The former ones no longer work."))
    return HttpResponseRedirect(reverse("mfa_view_recovery_codes"))


def _codes(user: User) -> list[str]:
    kept = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    return list(kept.wrap().get_unused_codes()) if kept else []
