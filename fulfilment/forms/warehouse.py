"""Forms of the warehouse: keep an order back, take one over."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice import shop
from fulfilment.models.warehouse import REASON

LONGEST = timedelta(days=31)


class HoldForm(forms.Form):
    """A day of the shop: the hold ends when it begins."""

    reason = forms.CharField(label=_("Why"), max_length=REASON, help_text=_("Everybody reads it in the queue."))
    day = forms.DateField(
        label=_("Until the morning of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        tomorrow = shop.day_of(timezone.now()) + timedelta(days=1)
        kwargs["initial"] = {"day": tomorrow} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    def clean_day(self) -> Any:
        day, today = self.cleaned_data["day"], shop.day_of(timezone.now())
        if not today < day <= today + LONGEST:
            raise forms.ValidationError(_("Choose a day from tomorrow on, within a month."))
        return day

    @property
    def until(self) -> datetime:
        return shop.begins(self.cleaned_data["day"])


class TakeOverForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=REASON, help_text=_("Kept with the order."))
