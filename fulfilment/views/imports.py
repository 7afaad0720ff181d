"""Tracking numbers from a file: 1 File, 2 Columns, 3 Check, 4 Send; each step its own address, to come back to."""

from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice import shop, typography
from backoffice.models import SellerAccount
from backoffice.pages import page
from fulfilment import sheets
from fulfilment.imports import columns as columns_file
from fulfilment.imports import files, showing, steps, words
from fulfilment.imports import rows as rows_file
from fulfilment.imports.columns import NONE, Columns
from fulfilment.imports.refusals import Changed, SentBefore, Unreadable
from fulfilment.imports.sheets import LARGEST
from fulfilment.known_parcels import listed
from fulfilment.models import Import
from orders import scope

State = Import.State


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Step 1 and the history (GET); a file is brought (POST)."""
    if request.method != "POST":
        return page(request, "fulfilment/imports.html", showing.history(request))
    account, upload = _account(request), request.FILES.get("file")
    if upload is None:
        return _refused(request, "", _("Choose a file."))
    name = PurePath(str(upload.name).replace("\\", "/")).name
    if account is None:
        return _refused(request, name, _("Choose the account whose orders these are."))
    if upload.size is None or upload.size > LARGEST:
        return _refused(request, name, _("The file is larger than 5 MB: split it into several files."))
    if name.lower().endswith((".xlsm", ".xlsb", ".xltm")):
        return _refused(request, name, _("This workbook holds macros: save it as .xlsx without macros, or as CSV."))
    try:
        imported, new = steps.bring(name, upload.read(), account, scope.person(request))
        if imported.state == State.SENT:
            messages.warning(request, _sent_before(imported))
        elif not new:
            messages.info(request, _("You brought this file before: here it goes on."))
        found = columns_file.of_json(imported.columns)
        if imported.state == State.OPENED and found.sure:
            steps.settle(imported, found, scope.accounts(request))
    except Unreadable as error:
        return _refused(request, name, str(error))
    return HttpResponseRedirect(showing.step_url(imported))


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Step 2: which column is what (GET); the rows are judged by it (POST)."""
    imported = _draft(request, pk)
    if imported.state == State.SENT:
        return HttpResponseRedirect(showing.step_url(imported))
    if request.method != "POST":
        return page(request, "fulfilment/import_columns.html", showing.choosing(request, imported))
    before = columns_file.of_json(imported.columns)
    chosen = Columns(
        **{name: _place(request, name) for name in ("order", "number", "carrier", "sku")},
        first=before.first,
        carrier_name=_carrier(request, imported),
        sure=True,
    )
    if not chosen.complete:
        fault = _("Choose the column of the order numbers and another one of the tracking numbers.")
        context = showing.choosing(request, imported, fault, chosen)
        return page(request, "fulfilment/import_columns.html", context, status=422)
    steps.settle(imported, chosen, scope.accounts(request))
    return HttpResponseRedirect(showing.step_url(imported), status=303)


@require_safe
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Step 3: the rows with their verdicts; nothing is sent by looking."""
    imported = _import(request, pk)
    if imported.state == State.OPENED:
        return HttpResponseRedirect(showing.step_url(imported))
    return page(request, "fulfilment/import.html", showing.checked(request, imported))


@require_POST
def sending(request: HttpRequest, pk: int) -> HttpResponse:
    """Step 4: what can be sent becomes a batch, once."""
    imported = _draft(request, pk)
    if imported.state == State.OPENED:
        return HttpResponseRedirect(showing.step_url(imported))
    if imported.state == State.CHECKED:
        try:
            batch = steps.send(
                imported, scope.accounts(request), scope.person(request), look_too="look" in request.POST,
                seen=request.POST.get("seen", ""),
            )  # fmt: skip
            return HttpResponseRedirect(reverse("fulfilment:batch", args=[batch.pk]), status=303)
        except Changed:
            messages.warning(
                request, _("The orders changed since this was checked. Look at it once more; nothing was sent.")
            )
            return HttpResponseRedirect(showing.step_url(imported), status=303)
        except SentBefore:
            imported = _same_sent(imported)
    messages.warning(request, _sent_before(imported))
    return HttpResponseRedirect(showing.step_url(imported), status=303)


@require_safe
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows with their verdicts as CSV; `left`: without those that were sent or need nothing."""
    imported = _import(request, pk)
    left = "left" in request.GET
    kept = [row for row in rows_file.of_json(imported.rows) if not left or row.verdict not in showing.DONE]
    head = (_("Line"), _("Order number"), _("Tracking number"), _("Carrier"), "SKU", _("Verdict"), _("Why"))
    told = (
        (row.line, row.order, row.number, row.carrier, row.sku, words.label(row.verdict), words.sentence(row))
        for row in kept
    )
    name = _("%(file)s, checked") % {"file": PurePath(imported.name).stem}
    return sheets.csv_file(f"{name}.csv", head, told)


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as it was brought: for its author, for a day."""
    imported = get_object_or_404(Import.objects.for_user(scope.person(request)), pk=pk, author=scope.person(request))
    content = files.content(imported.digest)
    if content is None or files.until(imported) <= timezone.now():
        raise Http404(_("This file is not kept any more."))
    return sheets.download(imported.name, content)


def _import(request: HttpRequest, pk: int) -> Import:
    """A file of this person's accounts; what is not sent is its author's alone."""
    user = scope.person(request)
    found: Import = get_object_or_404(
        Import.objects.for_user(user).select_related("account", "batch").exclude(state=State.DISCARDED), pk=pk
    )
    if found.state != State.SENT and found.author_id != user.pk:
        raise Http404
    return found


def _draft(request: HttpRequest, pk: int) -> Import:
    found = _import(request, pk)
    if found.author_id != scope.person(request).pk:
        raise PermissionDenied
    return found


def _account(request: HttpRequest) -> SellerAccount | None:
    among = scope.accounts(request)
    slug = request.POST.get("account", "")
    if len(among) == 1:
        return among[0]
    return next((account for account in among if account.slug == slug), None)


def _place(request: HttpRequest, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 3 else NONE


def _carrier(request: HttpRequest, imported: Import) -> str:
    label = request.POST.get("carrier_name", "")
    return label if label in listed(imported.account) else ""


def _same_sent(imported: Import) -> Import:
    same = Import.objects.filter(account=imported.account_id, digest=imported.digest, state=State.SENT)
    return same.first() or imported


def _sent_before(imported: Import) -> str:
    told: dict[str, Any] = {
        "who": imported.author_name,
        "time": typography.exact(imported.sent_at, shop.zone(), timezone.now()) if imported.sent_at else "",
    }
    return _("This file was sent before, by %(who)s, %(time)s. Nothing was changed.") % told


def _refused(request: HttpRequest, name: str, fault: str) -> HttpResponse:
    context = {**showing.history(request), "fault": fault, "fault_name": name}
    return page(request, "fulfilment/imports.html", context, status=422)
