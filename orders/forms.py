"""What people type on the pages of the mirror. Forms fetch nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.export_pages import ExportForm
from backoffice.models import SavedView, User
from octopia.contract.lifecycle import Ability
from orders import search, words
from orders.lifecycle import Fact
from orders.models import Note
from orders.models.notes import LONGEST as LONGEST_NOTE

PERIOD = timedelta(days=31)  # read again at once, at most
ADDRESS = 20_000  # signs of a list's address


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


class ViewForm(forms.Form):
    """A name for a list's address, and for whom: nobody else, unless the person may share."""

    name = forms.CharField(
        label=_("Name of the view"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    audience = forms.ChoiceField(label=_("Shown to"), required=False, choices=SavedView.Audience.choices)
    address = forms.CharField(max_length=ADDRESS, required=False, strip=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.has_perm("orders.shared_views"):
            del self.fields["audience"]

    def taken(self) -> None:
        """Say that the person has a view of this name already."""
        self.add_error("name", _("You have a view of this name already."))


class OrdersExportForm(ExportForm):
    """The orders list as a file."""

    WISHES = ("per",)
    per = forms.ChoiceField(
        label=_("Rows"),
        choices=[("order", _("One row for each order")), ("line", _("One row for each line"))],
        initial="order",
        widget=forms.RadioSelect,
    )
    field_order = ("per", "kind", "mark", "personal", "reason")


class NoteForm(forms.Form):
    """A note beside an order."""

    text = forms.CharField(
        label=_("New note"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2, "data-key": "n", "data-key-label": _("Write a note")}),
    )
    kind = forms.ChoiceField(label=_("For whom"), choices=Note.Kind.choices, initial=Note.Kind.TEAM)


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


@dataclass(frozen=True)
class Change:
    """One correction, as it was and as it would be; `value` None takes an earlier correction back."""

    ability: Ability
    value: bool | None
    label: str
    before: str
    after: str


class AbilitiesForm(forms.Form):
    """A person's word on what a channel can do; whoever corrects says how they know."""

    source = forms.CharField(
        label=_("How you know of it"),
        help_text=_("For instance: tried on 3 May with order 25353454709; told by the seller support."),
        max_length=300,
    )

    def __init__(self, *args: Any, facts: Mapping[Ability, Fact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts = facts
        for name, fact in facts.items():
            default = gettext("leave it: %(value)s") % {"value": words.yes_or_no(_without_person(fact))}
            self.fields[_field(name)] = forms.ChoiceField(
                label=words.ABILITIES[name],
                choices=[("", default), ("yes", _("yes")), ("no", _("no"))],
                required=False,
                initial=_typed(fact.person.value if fact.person else None),
            )
        self.order_fields([*map(_field, facts), "source"])

    @property
    def seen(self) -> str:
        """What counts now, to tell whether it is still what the person looked at when they confirmed."""
        told = [(fact.value, fact.person.value if fact.person else None) for fact in self.facts.values()]
        return " ".join(f"{_typed(value) or '-'}/{_typed(person) or '-'}" for value, person in told)

    def changes(self) -> list[Change]:
        """What would be another word than the person's before; the form must be valid."""
        found = []
        for name, fact in self.facts.items():
            typed = {"yes": True, "no": False}.get(self.cleaned_data[_field(name)])
            if typed is not (fact.person.value if fact.person else None):
                after = _without_person(fact) if typed is None else typed
                found.append(
                    Change(
                        name,
                        typed,
                        str(words.ABILITIES[name]),
                        words.yes_or_no(fact.value),
                        words.yes_or_no(after),
                    )
                )
        return found


def _field(name: Ability) -> str:
    return name.replace(" ", "_")


def _typed(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _without_person(fact: Fact) -> bool | None:
    """What counts where nobody corrects it."""
    return replace(fact, person=None).value
