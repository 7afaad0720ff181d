"""Signing in, the second step, signing out, the choice of language, and the way back after a lost password."""

from typing import Any

from allauth.account.internal import flows
from allauth.account.views import LoginView, PasswordResetFromKeyView, PasswordResetView
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.views import AuthenticateView
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice import auth, sessions
from backoffice.models import User
from backoffice.people import mails
from backoffice.people.forms import ChoosePassword, Reset, SignIn, code_field

SHARED_DEVICE = "shared-device"  # a cookie: the profile made the short session this device's default
WHY = {
    "rest": _("You were signed out because nothing happened for a while. Sign in again, you will be led back."),
    "age": _("A session lasts seven days at most. Sign in again, you will be led back."),
    "changed": _("Your access has changed. Sign in again."),
    "password": _("Your password is set. Sign in with it."),
}


def again(view: Any, form: Form) -> HttpResponse:
    """The page with a form that has errors: 429 when it was tried too often, else 422."""
    status = 429 if form.has_error("__all__", "too_many_login_attempts") else 422
    answer: HttpResponse = view.render_to_response(view.get_context_data(form=form), status=status)
    return answer


class Login(LoginView):  # type: ignore[misc]
    """Name and password; the reason for being here on top, and back to the page asked for."""

    form_class = SignIn
    template_name = "account/login.html"

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "shared": SHARED_DEVICE in self.request.COOKIES}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "why": WHY.get(self.request.GET.get("why", "")),
            "mail": mails.sends_mail(),
        }

    def form_valid(self, form: SignIn) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        shared = bool(form.cleaned_data["shared"])
        self.request.session[sessions.SHARED] = shared
        self.request.session.set_expiry(0 if shared else int(sessions.LONGEST.total_seconds()))
        return answer

    def form_invalid(self, form: SignIn) -> HttpResponse:
        return again(self, form)


class Code(AuthenticateForm):  # type: ignore[misc]
    """Six digits from the application, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(_("Six-digit code"))
        self.fields["code"].widget.attrs["autofocus"] = True


class SecondStep(AuthenticateView):  # type: ignore[misc]
    """The code after the password."""

    form_class = Code
    template_name = "account/code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if "recovery" in self.request.GET:
            field = context["form"].fields["code"]
            field.label, field.widget.attrs["autocomplete"] = _("Recovery code"), "off"
        return {**context, "recovery": "recovery" in self.request.GET}

    def form_invalid(self, form: Code) -> HttpResponse:
        answer: HttpResponse = super().form_invalid(form)
        answer.status_code = 429 if form.has_error("code", "too_many_login_attempts") else 422
        return answer


class AskReset(PasswordResetView):  # type: ignore[misc]
    """The same answer for every address, whether somebody has it or not."""

    form_class = Reset
    template_name = "account/reset.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "mail": mails.sends_mail()}

    def form_invalid(self, form: Reset) -> HttpResponse:
        return again(self, form)


class DoReset(PasswordResetFromKeyView):  # type: ignore[misc]
    """The page behind the link: a new password, or the sentence that the link has ended."""

    form_class = ChoosePassword
    template_name = "account/reset_password.html"
    success_url = reverse_lazy("account_login", query={"why": "password"})

    def form_invalid(self, form: ChoosePassword) -> HttpResponse:
        return again(self, form)


def reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "account/reset_sent.html")


def logout(request: HttpRequest) -> HttpResponse:
    """GET asks, POST signs out and lets the browser forget what the pages kept."""
    if request.method != "POST":
        return render(request, "account/logout.html")
    flows.logout.logout(request, show_message=False)
    answer = HttpResponseRedirect(settings.LOGOUT_REDIRECT_URL)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language from the next page on: in the person's profile, and in a cookie for the login page."""
    back = request.POST.get("next", "/")
    answer = HttpResponseRedirect(back if auth.safe(request, back) else "/")
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return answer
    if isinstance(request.user, User):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    translation.activate(chosen)
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=365 * 24 * 3600,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


def too_many(request: HttpRequest) -> HttpResponse:
    """allauth's 429: this address sent too many forms. Says how long to wait."""
    wait = max((auth.waiting(request, action) for action in ("login", "reset_password_from_key")), default=0)
    answer = render(request, "account/too_many.html", {"wait": auth.patience(wait)}, status=429)
    answer.headers["Retry-After"] = str(max(wait, 1))
    add_never_cache_headers(answer)
    return answer
