"""Stopping and going on with sending, for one account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class PauseForm(forms.Form):
    """`accounts`: [(slug, name)] of those that are not paused."""

    account = forms.ChoiceField(label=_("Account"))
    reason = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("Everybody sees it in a red bar while it lasts.")
    )

    def __init__(self, *args: Any, accounts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = accounts
        if len(accounts) == 1:
            field.initial = accounts[0][0]
            field.widget = forms.HiddenInput()
