"""Who looked at whose data, who exported what and why, who changed what: for administrators, newest first."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice import access
from backoffice.administration import changes, fields
from backoffice.administration.accounts import AccountForm, verb_labels
from backoffice.administration.people import PersonForm
from backoffice.declarations import CHOICES, Section
from backoffice.models import AccessLog, Act, Export
from backoffice.pages import page
from backoffice.roles import Role

ROWS = 50
SHOWN = ("looks", "exports", "changes")
SECRET = ("client_secret", "password")  # fields that are told by no value
NEW = "new"  # stands where a field does: all of it


@require_safe
def logs(request: HttpRequest) -> HttpResponse:
    given = {name: request.GET.get(name, "") for name in ("show", "person", "order", "before")}
    asked = {name: value.replace("\0", "").strip()[:64] for name, value in given.items()}
    show = asked["show"] if asked["show"] in SHOWN else "looks"
    found = {"looks": _looks, "exports": _exports, "changes": _acts}[show](asked)
    before = asked["before"]
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: ROWS + 1])
    shown = rows[:ROWS]
    context = {
        "show": show,
        "rows": [(row, _told(row)) for row in shown],
        "person": asked["person"],
        "order": asked["order"],
        "tabs": [
            {"label": label, "url": _url(asked, show=name, before=""), "current": name == show}
            for name, label in zip(SHOWN, (_("Looks at orders"), _("Exports"), _("Changes")), strict=True)
        ],
        "older": _url(asked, show=show, before=str(shown[-1].pk)) if len(rows) > ROWS else "",
        "newest": _url(asked, show=show, before="") if before else "",
    }
    return page(request, "settings/logs.html", context)


def _looks(asked: dict[str, str]) -> Any:
    rows = AccessLog.objects.select_related("account").defer("account__client_secret", "account__profile")
    if asked["order"]:
        rows = rows.filter(subject=asked["order"])
    return rows.filter(username=asked["person"]) if asked["person"] else rows


def _exports(asked: dict[str, str]) -> Any:
    rows = Export.objects.all()
    return rows.filter(username=asked["person"]) if asked["person"] else rows


def _acts(asked: dict[str, str]) -> Any:
    return Act.objects.filter(username=asked["person"]) if asked["person"] else Act.objects.all()


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """The short address of the audit journal: on to its log."""
    return HttpResponseRedirect(_url({"show": "changes"}))


def _told(row: Any) -> Any:
    """What the page says of a row in words of its own: the page that was looked at, or what was changed."""
    match row:
        case AccessLog():
            return access.NAMES.get(row.view, row.view)
        case Act():
            in_shop = row.about == Act.About.SHOP and row.subject in Section.values
            named = Section(row.subject).label if in_shop else row.subject
            return {"subject": named, "shifts": [_shift(row, name, *values) for name, values in row.shifts.items()]}
    return ""


def _shift(act: Act, name: str, before: Any, after: Any) -> dict[str, str]:
    """One field of what was changed, in words."""
    if name == NEW:
        return {"label": _("new"), "before": "", "after": ""}
    if name in SECRET:
        return {"label": str(_label(act, name)), "before": "", "after": _("a new one, not shown")}
    return {"label": str(_label(act, name)), "before": _value(act, name, before), "after": _value(act, name, after)}


def _label(act: Act, name: str) -> str | Promise:
    if act.about == Act.About.SHOP:
        return CHOICES[name].label if name in CHOICES else name
    if name == "password":
        return _("Password")
    form = AccountForm if act.about == Act.About.ACCOUNT else PersonForm
    field = form.base_fields.get(name)
    return (field.label if field else None) or name


def _value(act: Act, name: str, value: Any) -> str:
    """As the pages of the settings say it; what they would not understand any more as it was stored."""
    if value is None or value == []:
        return "–"
    if act.about == Act.About.SHOP and name in CHOICES:
        try:
            return " · ".join(fields.told(CHOICES[name], CHOICES[name].kind.read(value)))
        except (KeyError, TypeError, ValueError):
            return str(value)
    if isinstance(value, bool):
        return changes.yes_or_no(value)
    if name == "role" and value in Role.values:
        return str(Role(value).label)
    if isinstance(value, list):
        labels = verb_labels() if name == "sending" else {}
        return ", ".join(str(labels.get(one, one)) for one in value)
    return str(value)


def _url(asked: dict[str, str], **changed: str) -> str:
    pairs = [(name, value) for name, value in (asked | changed).items() if value]
    return f"{reverse('settings-logs')}?{urlencode(pairs)}"
