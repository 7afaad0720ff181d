"""The file of an invoice: read no further than it may be long, and checked before anything is asked."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fulfilment import invoices
from fulfilment.forms.asking import Asking
from orders.models import Order

TAKES = ".pdf,.xml,application/pdf,application/xml,text/xml"


class InvoiceForm(Asking):
    """One file. `invoice` is what was checked, once the form is valid."""

    file = forms.FileField(
        label=_("Invoice"),
        help_text=_("A PDF or a UBL 2.1 file, at most 10 MB. Choose it, or drop it on the field."),
        widget=forms.FileInput(attrs={"accept": TAKES, "class": "drop"}),
        max_length=200,
    )
    invoice: invoices.File

    def __init__(self, data: Any = None, uploaded: Any = None, *, order: Order) -> None:
        super().__init__(data, order=order, files=uploaded)

    def clean_file(self) -> Any:
        uploaded: UploadedFile[Any] = self.cleaned_data["file"]
        try:
            self.invoice = checked(uploaded)
        except invoices.Unfit as error:
            raise forms.ValidationError(str(error), code="unfit") from None
        return uploaded


def checked(uploaded: "UploadedFile[Any]") -> invoices.File:
    """The uploaded file as an invoice. Raises Unfit; one that is too long is not read."""
    if (uploaded.size or 0) > invoices.LARGEST:
        raise invoices.Unfit(gettext("The file is larger than 10 MB: make it smaller, or split it."))
    return invoices.checked(uploaded.name or "", uploaded.read(invoices.LARGEST + 1))
