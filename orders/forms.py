"""What people type on the pages of the mirror. Forms fetch nothing."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders import search

PERIOD = timedelta(days=31)  # read again at once, at most


class NumbersForm(forms.Form):
    """Order, channel, parcel or request numbers, with any separators; cleaned to a list without repeats."""

    numbers = forms.CharField(
        label=_("Paste numbers"),
        help_text=_("Up to 500 order, channel, parcel or request numbers, separated by anything."),
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_numbers(self) -> list[str]:
        found = list(dict.fromkeys(search.tokens(self.cleaned_data["numbers"])))
        if not found:
            raise forms.ValidationError(_("No number was found in this text."))
        return found[: search.NUMBERS + 1]


class PeriodForm(forms.Form):
    """A period of days to be read again from the marketplace, by the day the orders were created there."""

    account = forms.ChoiceField(label=_("Account"))
    begins = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    ends = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, accounts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = accounts

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        begins, ends = values.get("begins"), values.get("ends")
        if begins and ends and begins > ends:
            self.add_error("ends", _("The last day is before the first."))
        elif begins and ends and ends - begins > PERIOD:
            self.add_error("ends", _("At most 31 days at once: more would use up the hour's calls."))
        return values
