"""People: who is here with which role and scope; inviting, changing, shutting out; and what each role may."""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from backoffice import rights, roles
from backoffice.administration import changes
from backoffice.auth import fresh_login
from backoffice.models import Invitation, SellerAccount, User
from backoffice.pages import page
from backoffice.people import invitations, users
from backoffice.roles import Role

SCOPE_HELP = gettext_lazy("Whose orders are seen: at least one, but for an administrator, who sees all of them.")


class Scope(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Some of the accounts there are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            SellerAccount.objects.defer("client_secret", "profile"),
            required=False,
            label=gettext_lazy("Accounts"),
            widget=forms.CheckboxSelectMultiple,
            help_text=SCOPE_HELP,
            **kwargs,
        )


class PersonForm(forms.Form):
    """Role, scope and status of a person."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    accounts = Scope()
    is_active = forms.BooleanField(
        label=gettext_lazy("May sign in"),
        required=False,
        help_text=gettext_lazy("Without it every session ends at once; what the person did stays."),
    )

    def __init__(self, *args: Any, own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            del self.fields["role"], self.fields["is_active"]

    def clean(self) -> dict[str, Any]:
        return _with_scope(self, super().clean() or {})


class InviteForm(forms.Form):
    """Whom to invite, as what, to which accounts."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    accounts = Scope()

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody with this address is here already."))
        return email

    def clean(self) -> dict[str, Any]:
        return _with_scope(self, super().clean() or {})


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, active ones first, and the invitations that lie open."""
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    listed = User.objects.annotate(has_factor=Exists(factor)).prefetch_related("accounts")
    invited = Invitation.objects.filter(used_at=None, expires_at__gt=timezone.now()).exclude(email="")
    context = {
        "people": listed.order_by("-is_active", "username"),
        "invited": invited.select_related("invited_by").order_by("expires_at"),
        "needs": roles.NEEDS_SECOND_FACTOR,
    }
    return page(request, "settings/users.html", context)


@require_safe
def rights_of_roles(request: HttpRequest) -> HttpResponse:
    """What each role may, out of the table that the code asks."""
    rows = [
        (rights.label(right), [right in roles.MAY[role] for role in Role])
        for right in sorted(frozenset().union(*roles.MAY.values()), key=lambda right: (-_holders(right), right))
    ]
    return page(request, "settings/roles.html", {"rows": rows, "roles": list(Role)})


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_login
def invite(request: HttpRequest) -> HttpResponse:
    """The link of a new invitation, shown once: it is kept nowhere."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page(request, "settings/invite.html", {"form": form, "link": ""}, status=422 if form.errors else 200)
    given = form.cleaned_data
    link = invitations.invite(given["email"], Role(given["role"]), given["accounts"], cast(User, request.user))
    return page(request, "settings/invite.html", {"form": form, "link": link, "email": given["email"]})


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_login
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's role, scope and status; everybody's own role and status stay as they are."""
    user = get_object_or_404(User.objects.prefetch_related("accounts"), pk=pk)
    by = cast(User, request.user)
    before = {"role": user.role, "accounts": list(user.accounts.all()), "is_active": user.is_active}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=before, own=user.pk == by.pk)
    context = {"form": form, "person": user, "own": user.pk == by.pk}
    if not form.is_valid():
        return page(request, "settings/user.html", context, status=422 if form.errors else 200)
    after = form.cleaned_data | {"accounts": list(form.cleaned_data["accounts"])}
    changed = [name for name in form.fields if _as_set(after[name]) != _as_set(before[name])]
    if changed and not changes.confirmed(request):
        above = (reverse("settings-user", args=[pk]), str(user))
        return changes.confirm(request, str(user), _shown(form, before, after, changed), above=above)
    try:
        _apply(user, after, changed, by)
    except users.Refused:  # the person who asks was changed by another meanwhile
        form.add_error(None, _("Only an administrator changes this, and nobody the own role."))
        return page(request, "settings/user.html", context, status=422)
    messages.success(request, _("%(name)s is saved.") % {"name": user} if changed else _("Nothing was changed."))
    return HttpResponseRedirect(reverse("settings-users"))


def _apply(user: User, after: dict[str, Any], changed: list[str], by: User) -> None:
    """Raises users.Refused, and then nothing is changed."""
    users.change(
        user,
        by,
        role=Role(after["role"]) if "role" in changed else None,
        active=after["is_active"] if "is_active" in changed else None,
        accounts=after["accounts"] if "accounts" in changed else None,
    )


def _shown(form: PersonForm, before: dict[str, Any], after: dict[str, Any], changed: list[str]) -> list[changes.Change]:
    return [
        changes.Change(
            form.fields[name].label or name,
            _told(name, before[name]),
            _told(name, after[name]),
            _("Their sessions end at once.") if name in ("role", "is_active") else "",
        )
        for name in changed
    ]


def _told(name: str, value: Any) -> list[str]:
    match name:
        case "role":
            return [str(Role(value).label)]
        case "is_active":
            return [changes.yes_or_no(value)]
    return [account.name for account in value] or [_("none")]


def _as_set(value: Any) -> Any:
    return {account.pk for account in value} if isinstance(value, list) else value


def _with_scope(form: forms.Form, values: dict[str, Any]) -> dict[str, Any]:
    """Only an administrator's scope may be empty: nobody else would see anything."""
    if values.get("role") not in (None, Role.ADMINISTRATOR) and not values.get("accounts"):
        form.add_error("accounts", _("Tick at least one account: this role sees nothing without."))
    return values


def _holders(right: str) -> int:
    return sum(right in held for held in roles.MAY.values())
