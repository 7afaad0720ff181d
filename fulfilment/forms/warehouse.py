"""Forms of the warehouse: keep an order back, take one over, tell what is known of a product."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backoffice import shop
from fulfilment.models import Product
from fulfilment.models.warehouse import REASON
from fulfilment.warehouse import holds, pictures, products
from orders.models.notes import LONGEST as LONGEST_NOTE

LONGEST = timedelta(days=31)
MORNING = f"{holds.MORNING:%H:%M}"


def _later(day: date) -> date:
    today = shop.day_of(timezone.now())
    if not today < day <= today + LONGEST:
        raise forms.ValidationError(_("Choose a day from tomorrow on, within a month."))
    return day


class HoldForm(forms.Form):
    """A day of the shop: the hold ends in its morning."""

    reason = forms.CharField(label=_("Why"), max_length=REASON, help_text=_("Everybody reads it in the queue."))
    day = forms.DateField(
        label=_("Until the morning of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=format_lazy(_("That day at {time} it is in the queue again."), time=MORNING),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        tomorrow = shop.day_of(timezone.now()) + timedelta(days=1)
        kwargs["initial"] = {"day": tomorrow} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    def clean_day(self) -> date:
        return _later(self.cleaned_data["day"])

    @property
    def until(self) -> datetime:
        return holds.morning(self.cleaned_data["day"])


class AnswerForm(forms.Form):
    """What support found out. The order goes back to the queue, or stays back until a day of the shop."""

    text = forms.CharField(
        label=_("Your answer"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever packs the order next reads it first."),
    )  # fmt: skip
    day = forms.DateField(
        label=_("Keep it back until the morning of"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=format_lazy(
            _("That day at {time} it is in the queue again; left empty, it is there at once."), time=MORNING
        ),
    )  # fmt: skip

    def clean_day(self) -> date | None:
        return _later(self.cleaned_data["day"]) if self.cleaned_data["day"] else None

    @property
    def until(self) -> datetime | None:
        day = self.cleaned_data["day"]
        return holds.morning(day) if day else None


class TakeOverForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=REASON, help_text=_("Kept with the order."))


class ProductForm(forms.Form):
    """What the warehouse knows of one product. `accounts`: [(slug, name)] for a new one."""

    account = forms.ChoiceField(label=_("Account"))
    sku = forms.CharField(label=_("SKU"), max_length=500)
    eans = forms.CharField(
        label=_("EANs"), required=False, max_length=400, help_text=_("Several with a space between.")
    )
    location = forms.CharField(label=_("Location"), required=False, max_length=60)
    weight = forms.CharField(label=_("Weight of one item in grams"), required=False, max_length=12)
    instruction = forms.CharField(
        label=_("Packing instruction"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Each packer acknowledges it once, and again when its words change."),
    )
    stock = forms.CharField(
        label=_("Stock note"),
        required=False,
        max_length=60,
        help_text=_("Shown where orders are accepted or refused, such as “3 left” or “back on Friday”."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # when what the page shows was written
    picture = forms.FileField(label=_("Picture"), required=False, help_text=_("PNG, JPEG or WebP, at most 2 MB."))
    no_picture = forms.BooleanField(label=_("Delete the picture"), required=False)

    def __init__(
        self, *args: Any, accounts: list[tuple[str, str]], product: Product | None = None, **kwargs: Any
    ) -> None:
        if product is not None:
            kwargs["initial"] = {
                "eans": " ".join(product.eans),
                "location": product.location,
                "weight": product.weight if product.weight is not None else "",
                "instruction": product.instruction,
                "stock": product.stock,
                "seen": product.changed_at.isoformat(),
            }
        super().__init__(*args, **kwargs)
        self.product = product
        if product is None or not product.picture:
            del self.fields["no_picture"]
        if product is not None:
            del self.fields["account"], self.fields["sku"]
        else:
            account = self.fields["account"]
            assert isinstance(account, forms.ChoiceField)
            account.choices = accounts
            if len(accounts) == 1:
                account.initial, account.widget = accounts[0][0], forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """What a colleague wrote meanwhile is not overwritten unasked; a second press means it."""
        cleaned: dict[str, Any] = super().clean() or {}
        now = self.product.changed_at.isoformat() if self.product else ""
        if self.product and cleaned.get("seen", now) not in ("", now):
            self.data = {**self.data.dict(), "seen": now} if isinstance(self.data, QueryDict) else self.data
            said = _("%(who)s changed this product meanwhile. Saved once more, it becomes what stands here.")
            raise forms.ValidationError(said, params={"who": self.product.changed_by_name})
        return cleaned

    def clean_sku(self) -> str:
        return str(self.cleaned_data["sku"]).replace("\0", "").strip()

    def clean_eans(self) -> list[str]:
        try:
            return products.eans(self.cleaned_data["eans"])
        except products.Wrong as error:
            raise forms.ValidationError(str(error)) from None

    def clean_weight(self) -> int | None:
        try:
            return products.weight(self.cleaned_data["weight"])
        except products.Wrong as error:
            raise forms.ValidationError(str(error)) from None

    def clean_picture(self) -> bytes:
        """What it holds; nothing where none was given."""
        given = self.cleaned_data["picture"]
        if not given:
            return b""
        content: bytes = given.read(pictures.LARGEST + 1)
        try:
            pictures.check(content)
        except pictures.Unfit as error:
            raise forms.ValidationError(str(error)) from None
        return content

    def values(self) -> dict[str, Any]:
        """What is to be stored, in a transaction: a picture that was given is kept from now on."""
        given = {name: self.cleaned_data[name] for name in ("eans", "location", "weight", "instruction", "stock")}
        if self.cleaned_data["picture"]:
            return given | {"picture": pictures.keep(self.cleaned_data["picture"])}
        return given | ({"picture": ""} if self.cleaned_data.get("no_picture") else {})


class ProductFileForm(forms.Form):
    """`accounts`: [(slug, name)]."""

    account = forms.ChoiceField(label=_("Account"))
    file = forms.FileField(
        label=_("File"), help_text=_("CSV or XLSX; columns SKU, EAN, location, weight in grams, instruction, stock.")
    )

    def __init__(self, *args: Any, accounts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.fields["account"]
        assert isinstance(account, forms.ChoiceField)
        account.choices = accounts
        if len(accounts) == 1:
            account.initial, account.widget = accounts[0][0], forms.HiddenInput()
