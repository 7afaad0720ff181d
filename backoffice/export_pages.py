"""The page of one's own exports, their files, and the form and page that an app's exports share."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from backoffice import exports, sessions, shop
from backoffice.auth import fresh_login
from backoffice.models import Export, User
from backoffice.pages import page

SHOWN = 50
PERSONAL = "orders.export_personal"


class ExportForm(forms.Form):
    """In which form, and, for those who may, with personal data and why. `WISHES`: the fields that the source reads."""

    WISHES: ClassVar[tuple[str, ...]] = ()

    kind = forms.ChoiceField(
        label=gettext_lazy("File"),
        choices=[("xlsx", gettext_lazy("Workbook (XLSX)")), ("csv", gettext_lazy("Text (CSV)"))],
        initial="xlsx",
        widget=forms.RadioSelect,
    )
    mark = forms.BooleanField(
        label=gettext_lazy("Mark a CSV as UTF-8"),
        help_text=gettext_lazy("Excel needs it to show accents; some programs do not like it."),
        required=False,
        initial=True,
    )
    personal = forms.BooleanField(
        label=gettext_lazy("With personal data"),
        help_text=gettext_lazy("Who exported it and why is kept for 24 months."),
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("What it is needed for"),
        help_text=gettext_lazy("Only with personal data."),
        max_length=200,
        required=False,
    )

    def __init__(self, *args: Any, user: User, personal: bool = False, **kwargs: Any) -> None:
        """`personal`: the rows hold personal data that can be wanted or not."""
        super().__init__(*args, **kwargs)
        if not (personal and user.has_perm(PERSONAL)):
            del self.fields["personal"], self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("personal") and not values.get("reason"):
            self.add_error("reason", _("Say what the personal data is needed for."))
        return values

    @property
    def why(self) -> str:
        """The reason where personal data is wanted; the form must be valid."""
        return str(self.cleaned_data["reason"]) if self.cleaned_data.get("personal") else ""


def asked(
    request: HttpRequest, template: str, form: ExportForm, context: dict[str, Any], source: str, wishes: dict[str, Any]
) -> HttpResponse:
    """The page that asks for a file, and once its form is sent, the way to one's exports. `context` says which rows, in
    words: `title`, what kind of rows, `words`, which of them, and `noted`, where these must not outlive the file: what
    is kept instead of them. With personal data only after a fresh login."""
    user = cast(User, request.user)
    if form.is_valid() and exports.too_many(user):
        form.add_error(None, _("Several files are being written for you. Wait until they are ready."))
    if not form.is_valid():
        return page(request, template, {"form": form, **context}, status=422 if form.errors else 200)

    def go_on(request: HttpRequest) -> HttpResponse:
        given = form.cleaned_data
        more = {name: given[name] for name in form.WISHES}
        kind, mark = given["kind"], given["mark"]
        title = f"{context['title']} · {context.get('noted', context['words'])}"
        exports.ask(user, source, title, wishes | more, kind=kind, mark=mark, reason=form.why)
        messages.success(request, _("The file is being written. It is kept for 24 hours."))
        return HttpResponseRedirect(reverse("exports"))

    return go_on(request) if not form.why or sessions.fresh(request) else fresh_login(go_on)(request)


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """One's own exports, the newest first; asked again while one is being written."""
    rows = list(Export.objects.filter(owner=cast(User, request.user)).order_by("-pk")[:SHOWN])
    writing = any(row.state in (Export.State.WAITING, Export.State.RUNNING) for row in rows)
    return page(request, "exports/exports.html", {"rows": rows, "writing": writing})


@require_safe
def file(request: HttpRequest, pk: int) -> FileResponse:
    """The file, for who asked for it and while it is kept; for everybody else it is not there."""
    user = cast(User, request.user)
    export = get_object_or_404(Export, pk=pk, owner=user)
    path = exports.opened(export) if not export.personal or user.has_perm(PERSONAL) else None
    if path is None:
        raise Http404
    name = f"{export.source}-{shop.day_of(export.created_at)}-{export.pk}.{export.kind}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)
