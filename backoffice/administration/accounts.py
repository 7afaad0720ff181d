"""Seller accounts: list, add, change, and the test that names the step that fails. Secrets are written, never shown."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice import acts, declarations, marketplace, practice, tokens
from backoffice.administration import changes
from backoffice.auth import fresh_login
from backoffice.models import SellerAccount, User
from backoffice.pages import page

SECRET = "client_secret"  # noqa: S105  (a field's name)
CREDENTIALS = {"token_url", "client_id", SECRET}
HARMLESS = {"name"}  # everything else decides where calls go, or what is sent


def verb_labels() -> dict[str, str | Promise]:
    """The verbs in the words of the choices about them."""
    return {verb: declarations.CHOICES[f"hold_{verb}"].label for verb in marketplace.VERBS}


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account as it is typed. The secret's field is always empty; left so, the stored one stays."""

    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=500,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    sending = forms.MultipleChoiceField(
        label=gettext_lazy("What may be sent"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "What is not ticked waits here and does not reach the marketplace. On an account's first day nothing does."
        ),
    )

    class Meta:
        model = SellerAccount
        fields = [
            "name",
            "slug",
            "seller_id",
            "api_url",
            "token_url",
            "client_id",
            SECRET,
            "practice",
            "active",
            "sending",
        ]
        help_texts = {
            "slug": gettext_lazy("Stands in addresses: letters, digits and hyphens. It stays as it is afterwards."),
            "practice": gettext_lazy(
                "Nothing is real: its API address is that of PRACTICE_URL, and no other account's."
            ),
            "active": gettext_lazy(
                "An account that is not active is not read and sends nothing; its orders stay here."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sending = self.fields["sending"]
        assert isinstance(sending, forms.MultipleChoiceField)
        sending.choices = list(verb_labels().items())
        secret = self.fields[SECRET]
        if self.instance.pk is None:
            secret.required = True
        else:
            del self.fields["slug"]
            secret.help_text = _("It is never shown. Leave this empty to keep the one there is.")
        for name in ("seller_id", "api_url", "token_url", "client_id"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean_client_secret(self) -> str:
        return str(self.cleaned_data[SECRET] or self.instance.client_secret)

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if slug == "add":  # the address of the page that adds
            raise forms.ValidationError(_("This short name is taken. Choose another."))
        return slug

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if {"api_url", "token_url"} <= set(values):
            try:
                practice.check(values["api_url"], values["token_url"], values["practice"])
            except practice.WrongAddress as error:
                self.add_error("api_url", str(error))
        return values


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    labels = verb_labels()
    rows = [
        (account, [labels[verb] for verb in marketplace.VERBS if verb in account.sending])
        for account in SellerAccount.objects.defer(SECRET, "profile")
    ]
    return page(request, "settings/accounts.html", {"rows": rows})


@sensitive_post_parameters(SECRET)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_login
def add(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page(
            request, "settings/account.html", {"form": form, "account": None}, status=422 if form.errors else 200
        )
    with transaction.atomic():
        account = form.save()
        acts.note(cast(User, request.user), acts.About.ACCOUNT, account.slug, acts.NEW)
    tokens.forget(account.client_id)
    messages.success(request, _("The account %(name)s is added. Test its connection.") % {"name": account.name})
    return HttpResponseRedirect(reverse("settings-account", args=[account.slug]))


@sensitive_post_parameters(SECRET)
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_login
def account(request: HttpRequest, slug: str) -> HttpResponse:
    """One account's form. What decides where calls go, or what is sent, is shown before and after."""
    before = get_object_or_404(SellerAccount, slug=slug)
    form = AccountForm(
        request.POST if request.method == "POST" else None, instance=get_object_or_404(SellerAccount, slug=slug)
    )
    if not form.is_valid():
        return page(
            request, "settings/account.html", {"form": form, "account": before}, status=422 if form.errors else 200
        )
    if changes.secret_missing(request, SECRET):
        form.add_error(SECRET, _("Type the new secret here again: nothing was changed."))
        return page(request, "settings/account.html", {"form": form, "account": before}, status=422)
    changed = [name for name in form.fields if form.cleaned_data[name] != getattr(before, name)]
    if set(changed) - HARMLESS and not changes.confirmed(request):
        return changes.confirm(
            request,
            before.name,
            _shown(form, before, changed),
            above=(reverse("settings-account", args=[slug]), before.name),
            secret=SECRET if SECRET in changed else "",
        )
    with transaction.atomic():
        form.instance.save(update_fields=changed)
        shifts = {name: (getattr(before, name), form.cleaned_data[name]) for name in changed if name != SECRET}
        shifts |= {name: acts.SECRET for name in changed if name == SECRET}
        acts.note(cast(User, request.user), acts.About.ACCOUNT, slug, shifts)
    if CREDENTIALS & set(changed):
        tokens.forget(before.client_id)
        tokens.forget(form.instance.client_id)
    messages.success(request, _("The account is saved.") if changed else _("Nothing was changed."))
    return HttpResponseRedirect(reverse("settings-account", args=[slug]))


@require_POST
def test(request: HttpRequest, slug: str) -> HttpResponse:
    """Test the connection: the one action here that calls the marketplace, for eight seconds at most."""
    account = get_object_or_404(SellerAccount, slug=slug)
    steps = marketplace.test_connection(account)
    return page(request, "settings/connection.html", {"account": account, "steps": steps, "at": timezone.now()})


def _shown(form: AccountForm, before: SellerAccount, changed: list[str]) -> list[changes.Change]:
    return [
        changes.Change(
            form.fields[name].label or name,
            _told(name, getattr(before, name)),
            _told(name, form.cleaned_data[name], new=True),
        )
        for name in changed
    ]


def _told(name: str, value: Any, *, new: bool = False) -> list[str]:
    if name == SECRET:
        return [_("a new one, not shown") if new else _("not shown")]
    if isinstance(value, bool):
        return [changes.yes_or_no(value)]
    if isinstance(value, list):
        labels = verb_labels()
        return [str(labels[verb]) for verb in marketplace.VERBS if verb in value] or [_("nothing")]
    return [str(value)]
