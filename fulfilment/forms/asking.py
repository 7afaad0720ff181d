"""What every form that asks something of the marketplace carries: its token, and the version of the order it shows."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Order

TOKEN = "form_token"  # noqa: S105  (of a form, to tell a second press)
LARGEST = 2**31 - 1  # of a version
# of a choice that was there when the page was opened, and is not any more
GONE = _("“%(value)s” does not hold any more: choose another one. Nothing was sent.")


class Asking(forms.Form):
    """A press that is repeated finds the command of the first by `form_token`, drawn when the form is shown.

    `seen`: the order's version on the page; what was read from an older one is not sent.
    """

    form_token = forms.CharField(min_length=16, max_length=40, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=1, max_value=LARGEST, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, order: Order, **kwargs: Any) -> None:
        drawn = {"form_token": secrets.token_urlsafe(24), "seen": order.version}
        kwargs["initial"] = drawn | kwargs.get("initial", {})
        super().__init__(data, **kwargs)
        self.order = order

    @property
    def asked(self) -> dict[str, Any]:
        """The token and the version seen, as every verb's `ask` takes them."""
        return {name: self.cleaned_data[name] for name in ("form_token", "seen")}
