"""The page of one's own exports, their files, and the form and page that an app's exports share."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from backoffice import exports, sessions, sheets, shop
from backoffice.auth import fresh_login
from backoffice.models import Export, User
from backoffice.pages import page

SHOWN = 50
PERSONAL = "orders.export_personal"

Count = Callable[[dict[str, Any]], int]  # of the rows that these wishes mean


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
        told = _("A workbook holds at most %(most)s rows, text any number.")
        self.fields["kind"].help_text = told % {"most": _grouped(sheets.MOST)}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("personal") and not values.get("reason"):
            self.add_error("reason", _("Say what the personal data is needed for."))
        return values

    @property
    def why(self) -> str:
        """The reason where personal data is wanted; the form must be valid."""
        return str(self.cleaned_data["reason"]) if self.cleaned_data.get("personal") else ""

    @property
    def wishes(self) -> dict[str, Any]:
        """What the source is to know of it; the form must be valid."""
        return {name: self.cleaned_data[name] for name in self.WISHES}


def _grouped(count: int) -> str:
    return str(number_format(count, use_l10n=True, force_grouping=True))


def _beyond(rows: int) -> str:
    """Why a workbook cannot hold so many, and the way out."""
    return _(
        "These are %(rows)s rows, and a workbook holds at most %(most)s. Choose text (CSV), or narrow the list."
    ) % {"rows": _grouped(rows), "most": _grouped(sheets.MOST)}


def asked(
    request: HttpRequest,
    template: str,
    form: ExportForm,
    context: dict[str, Any],
    source: str,
    wishes: dict[str, Any],
    count: Count | None = None,
) -> HttpResponse:
    """The page that asks for a file, and once its form is sent, the way to one's exports. `context` says which rows, in
    words: `title`, what kind of rows, `words`, which of them, and `noted`, where these must not outlive the file: what
    is kept instead of them. `count`: how many rows it would be, where they may be more than a workbook holds. With
    personal data only after a fresh login."""
    user = cast(User, request.user)
    if form.is_valid() and exports.too_many(user):
        form.add_error(None, _("Several files are being written for you. Wait until they are ready."))
    if form.is_valid() and form.cleaned_data["kind"] == "xlsx" and count:
        rows = count(wishes | form.wishes)
        if rows > sheets.MOST:
            form.add_error("kind", _beyond(rows))
    if not form.is_valid():
        return page(request, template, {"form": form, **context}, status=422 if form.errors else 200)

    def go_on(request: HttpRequest) -> HttpResponse:
        kind, mark = form.cleaned_data["kind"], form.cleaned_data["mark"]
        title = f"{context['title']} · {context.get('noted', context['words'])}"
        exports.ask(user, source, title, wishes | form.wishes, kind=kind, mark=mark, reason=form.why)
        messages.success(request, _("The file is being written. It is kept for 24 hours."))
        return HttpResponseRedirect(reverse("exports"))

    return go_on(request) if not form.why or sessions.fresh(request) else fresh_login(go_on)(request)


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """One's own exports, the newest first; asked again while one is being written."""
    mine = list(Export.objects.filter(owner=cast(User, request.user)).order_by("-pk")[:SHOWN])
    writing = any(export.state in (Export.State.WAITING, Export.State.RUNNING) for export in mine)
    rows = [(export, _trouble(export) if export.state == Export.State.FAILED else "") for export in mine]
    return page(request, "exports/exports.html", {"rows": rows, "writing": writing})


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own file that is not written yet is not wanted any more."""
    if exports.stop(get_object_or_404(Export, pk=pk, owner=cast(User, request.user))):
        messages.success(request, _("The file is not written any more."))
    return HttpResponseRedirect(reverse("exports"))


def _trouble(export: Export) -> str:
    if export.trouble == Export.Trouble.ROWS:
        return _beyond(export.total)
    return _("Ask for it again; if that fails too, for fewer rows.")


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
