"""The shop's choices: an overview, and a page for each section; what is risky is shown before and after."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from backoffice import acts, auth, shop
from backoffice.administration import changes, fields
from backoffice.declarations import CHOICES, Choice, Section, Zone, of
from backoffice.models import Setting, User
from backoffice.pages import page


@dataclass(frozen=True)
class Shown:
    """A choice as the overview tells it: its value in words, and who changed it last."""

    choice: Choice
    lines: list[str]
    by: str
    at: datetime | None

    @property
    def is_a_name(self) -> bool:
        """Whether the value reads the same in every language."""
        return isinstance(self.choice.kind, Zone)


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    rows = {row.key: row for row in Setting.objects.filter(key__in=CHOICES).select_related("changed_by")}
    sections = [(section, [_shown(choice, rows.get(choice.key)) for choice in of(section)]) for section in Section]
    return page(request, "settings/shop.html", {"sections": sections})


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, section: str) -> HttpResponse:
    """One section's form; for a risky one the login must be fresh before it is shown."""
    if section not in Section.values:
        raise Http404
    chosen = Section(section)
    view = auth.fresh_login(_section) if _risky(chosen) else _section
    return view(request, chosen)


def _section(request: HttpRequest, chosen: Section) -> HttpResponse:
    choices = of(chosen)
    initial = {choice.key: fields.current(choice) for choice in choices}
    form = fields.Choosing(request.POST if request.method == "POST" else None, choices=choices, initial=initial)
    context: dict[str, Any] = {"form": form, "section": chosen, "risky": _risky(chosen)}
    if not form.is_valid():
        return page(request, "settings/section.html", context, status=422 if form.errors else 200)
    changed = [choice for choice in choices if choice.kind.read(form.cleaned_data[choice.key]) != initial[choice.key]]
    if changed and _risky(chosen) and not changes.confirmed(request):
        shown = [
            changes.Change(
                choice.label,
                fields.told(choice, initial[choice.key]),
                fields.told(choice, form.cleaned_data[choice.key]),
                choice.effect,
            )
            for choice in changed
        ]
        return changes.confirm(request, chosen.label, shown, above=(reverse("settings-shop"), _("Shop")))
    shifts = {
        choice.key: (
            choice.kind.write(initial[choice.key]),
            choice.kind.write(choice.kind.read(form.cleaned_data[choice.key])),
        )
        for choice in changed
    }
    with transaction.atomic():
        acts.note(cast(User, request.user), acts.About.SHOP, chosen, shifts)
        for choice in changed:
            shop.choose(choice.key, form.cleaned_data[choice.key], cast(User, request.user))
    _say(request, len(changed))
    return HttpResponseRedirect(reverse("settings-shop"))


def _risky(chosen: Section) -> bool:
    return any(choice.risky for choice in of(chosen))


def _shown(choice: Choice, row: Setting | None) -> Shown:
    lines = fields.told(choice, fields.current(choice))
    if row is None:
        return Shown(choice, lines, "", None)
    return Shown(choice, lines, str(row.changed_by or ""), row.changed_at)


def _say(request: HttpRequest, changed: int) -> None:
    if not changed:
        messages.info(request, _("Nothing was changed."))
        return
    said = ngettext("%(count)d choice is saved.", "%(count)d choices are saved.", changed)
    messages.success(request, said % {"count": changed})
