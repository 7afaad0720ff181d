"""A person's own pages: how the site looks and speaks for them, their password, their sessions, a fresh login."""

from typing import cast

from allauth.account.internal import flows
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from backoffice import auth, sessions
from backoffice.models import User
from backoffice.pages import page
from backoffice.people import forms
from backoffice.people.login import SHARED_DEVICE


def profile(request: HttpRequest) -> HttpResponse:
    """Everything that a person chooses for themselves; language and theme hold from the next page on."""
    user = cast(User, request.user)
    sent = request.POST if request.method == "POST" else None
    form = forms.Profile(sent, instance=user, initial={"shared_device": SHARED_DEVICE in request.COOKIES})
    if form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        answer = HttpResponseRedirect(reverse("profile"))
        if form.cleaned_data["shared_device"]:
            answer.set_cookie(SHARED_DEVICE, "1", 365 * 24 * 3600, secure=settings.HTTPS, httponly=True, samesite="Lax")
        else:
            answer.delete_cookie(SHARED_DEVICE, samesite="Lax")
        return answer
    if form.errors:
        user.refresh_from_db()  # the frame shows the person as stored, not as typed
    context = {"form": form, "has_second_factor": auth.has_second_factor(user)}
    return page(request, "people/profile.html", context, status=422 if form.errors else 200)


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """The switch of the frame; a script asks for no answer, a browser is led back."""
    form = forms.Theme(request.POST, instance=cast(User, request.user))
    if form.is_valid():
        form.save()
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    back = request.POST.get("next", "/")
    return HttpResponseRedirect(back if auth.safe(request, back) else "/")


@sensitive_post_parameters("oldpassword", "password")
@rate_limit(action="change_password")  # type: ignore[untyped-decorator]
def password(request: HttpRequest) -> HttpResponse:
    """A new password ends every other session."""
    user = cast(User, request.user)
    form = forms.ChangePassword(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        form.save()
        flows.password_change.finalize_password_change(request, user)
        sessions.prove(request)
        messages.success(request, _("Your password is changed. Your other sessions have ended."))
        return HttpResponseRedirect(reverse("profile"))
    return page(request, "people/password.html", {"form": form}, status=422 if form.errors else 200)


def session_list(request: HttpRequest) -> HttpResponse:
    return page(request, "people/sessions.html", {"sessions": sessions.listed(request)})


@require_POST
def session_end(request: HttpRequest, session: int) -> HttpResponse:
    """End one of one's own sessions; somebody else's answers 404."""
    if not sessions.end(cast(User, request.user), session):
        raise Http404
    messages.success(request, _("The session has ended."))
    return HttpResponseRedirect(reverse("sessions"))


@sensitive_post_parameters("password")
def prove_again(request: HttpRequest) -> HttpResponse:
    """The password once more, for what needs a fresh login; then back to where it was asked."""
    asked = request.POST.get("next") or request.GET.get("next") or "/"
    back = asked if auth.safe(request, asked) else "/"
    form = forms.ProveAgain(request.POST if request.method == "POST" else None, user=cast(User, request.user))
    if form.is_valid():
        sessions.prove(request)
        return HttpResponseRedirect(back)
    status = 422 if form.errors else 200
    return render(request, "account/prove_again.html", {"form": form, "back": back}, status=status)
