"""The forms of logging in, of invitations and of the profile. They fetch nothing but the person they are handed."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.models import User
from backoffice.people import mails

NEW_PASSWORD_HELP = _("At least 12 signs. A few words that do not belong together are easy to keep in mind.")


def password_field(label: Any, *, new: bool = False, help_text: Any = "") -> forms.CharField:
    autocomplete = "new-password" if new else "current-password"
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, widget=widget, max_length=200, help_text=help_text)


def code_field(label: Any) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=20, widget=forms.TextInput(attrs=attrs))


class SignIn(LoginForm):  # type: ignore[misc]
    """User, password, and whether others use the device too."""

    shared = forms.BooleanField(
        label=_("This device is shared"),
        required=False,
        help_text=_("You are signed out when the browser is closed and after 30 minutes of rest."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        self.fields["login"] = forms.CharField(
            label=_("User"), max_length=254, widget=forms.TextInput(attrs=attrs), help_text=_("User name or e-mail")
        )
        self.fields["password"] = password_field(_("Password"))
        self.order_fields(["login", "password", "shared"])


class Reset(ResetPasswordForm):  # type: ignore[misc]
    """The address to which the link goes, if somebody has it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = forms.EmailField(
            label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
        )

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        mails.ask_reset([user.pk for user in self.users])
        return str(self.cleaned_data["email"])


class ChoosePassword(forms.Form):
    """A new password, typed once: it can be shown."""

    password = password_field(_("New password"), new=True, help_text=NEW_PASSWORD_HELP)

    def __init__(self, *args: Any, user: User | None = None, temp_key: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        return password

    def save(self) -> None:
        get_adapter().set_password(self.user, self.cleaned_data["password"])


class Accept(ChoosePassword):
    """What somebody invited tells: their user name, their name, a password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        validators=User._meta.get_field("username").validators,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Letters, digits and . @ + - _"),
    )
    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["username", "name", "password"]

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This user name is taken. Choose another."))
        return username

    def clean_password(self) -> str:
        known = {key: self.cleaned_data.get(key, "") for key in ("username", "name")}
        self.user = User(**known)
        return super().clean_password()


class ProveAgain(forms.Form):
    """The password once more."""

    password = password_field(_("Password"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("incorrect_password")
        return password


class ChangePassword(ChoosePassword):
    """The current password and a new one."""

    oldpassword = password_field(_("Current password"))
    field_order = ["oldpassword", "password"]

    def clean_oldpassword(self) -> str:
        current = str(self.cleaned_data["oldpassword"])
        if not get_adapter().reauthenticate(self.user, current):
            raise get_adapter().validation_error("enter_current_password")
        return current


class Profile(forms.ModelForm):  # type: ignore[type-arg]
    """How the site looks and speaks for this person; what the device is, for this browser."""

    shared_device = forms.BooleanField(
        label=_("Others use this device too"),
        required=False,
        help_text=_("The login page then proposes a short session on this device."),
    )

    class Meta:
        model = User
        fields = ["name", "language", "theme", "density", "shortcuts", "sounds"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = self.fields["language"]
        assert isinstance(languages, forms.TypedChoiceField)
        languages.choices = [("", _("As the browser")), ("en", "English"), ("fr", "Français")]


class Theme(forms.ModelForm):  # type: ignore[type-arg]
    """The switch of the frame."""

    class Meta:
        model = User
        fields = ["theme"]


class Activate(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new second factor. The seed is handed in: allauth's own would lie in the session in clear."""

    def __init__(self, *args: Any, user: User, secret: str, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)
        self.user = user
        self.secret = secret
        self.fields["code"] = code_field(_("Six-digit code"))
