"""The page that shows every component in both themes, in development only. Its facts are made up and say so."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice import wording

TOKENS = ("text", "muted", "accent", "danger", "warn", "ok", "info")


class SpecimenForm(forms.Form):
    """One field of each kind; bound to nothing it shows help, bound to rubbish it shows errors."""

    name = forms.CharField(label=_("Name of the view"), max_length=20, help_text=_("Up to 20 signs."))
    carrier = forms.ChoiceField(label=_("Carrier"), choices=[("", "–"), ("colissimo", "Colissimo"), ("dpd", "DPD")])
    amount = forms.DecimalField(label=_("Amount"), max_value=Decimal("23.40"))
    reason = forms.ChoiceField(
        label=_("Reason"), widget=forms.RadioSelect, choices=[("delay", _("delay")), ("other", _("other"))]
    )
    details = forms.CharField(label=_("Details"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    shared = forms.BooleanField(label=_("For everybody"), required=False, help_text=_("Colleagues see the view too."))


def _orders(now: datetime) -> list[dict[str, Any]]:
    rows = [
        (
            "25353454709",
            "InPreparation",
            -31,
            "Léa Fournier, Lyon",
            "Perceuse-visseuse sans fil 18 V, deux batteries",
            4,
        ),
        ("QKHRM5PXJ41A20463112", "WaitingAcceptance", 3, "Mohamed Muller, Lille", "Lampe de bureau à LED", 1),
        ("25990046123", "PartlyShipped", 8, "Atelier Bois & Fils SARL, Saint-Étienne", "Tuyau d'arrosage 25 m", 12),
        ("24998120034", "Shipped", None, "Chloé Petit, Paris", "Friteuse à air 5,5 l", 1),
        ("CD-2026-000000-84751132", "ToBeInvented", 70, "hidden", "Aspirateur balai", 2),
    ]
    return [
        {
            "number": number,
            "status": status,
            "ship_by": None if hours is None else now + timedelta(hours=hours),
            "customer": customer,
            "product": product,
            "items": items,
            "total": Decimal("64.90") * items,
            "placed_at": now - timedelta(hours=items * 9),
        }
        for number, status, hours, customer, product, items in rows
    ]


def _verdicts(since: datetime) -> list[dict[str, Any]]:
    """One of each answer, in the shape of a judgement: a name, words, and where they come from."""
    page = _("the marketplace's page on order management")
    rows = [
        ("ALLOWED", _("The marketplace takes this."), "R22", _("documented"), page, since, ""),
        (
            "DOUBTFUL",
            _("A cancellation of this line is pending; it may be shipped all the same."),
            "R31",
            _("not documented: other programs do so"),
            _("the program of another seller"),
            None,
            _("The order moves on; the page follows by itself."),
        ),
        ("UNKNOWN", _("There is nothing here to ask for."), "", _("not known"), "", None, ""),
        (
            "REFUSED",
            _("The whole order cannot be cancelled once one of its lines was: cancel the others line by line."),
            "R35",
            _("documented"),
            page,
            None,
            _("Asking in the way the sentence names."),
        ),
    ]
    return [
        {
            "answer": {"name": answer},
            "doubtful": answer == "DOUBTFUL",
            "words": words,
            "rule": rule,
            "sure": sure,
            "source": source,
            "since": day and day.date(),
            "change": change,
        }
        for answer, words, rule, sure, source, day, change in rows
    ]


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component twice, once in each theme. 404 outside development."""
    if not settings.DEBUG:
        raise Http404
    now = timezone.now()
    sheets = [
        {
            "theme": theme,
            "form": SpecimenForm(prefix=theme),
            "wrong": SpecimenForm({f"{theme}-wrong-name": "x" * 30}, prefix=f"{theme}-wrong"),
        }
        for theme in ("light", "dark")
    ]
    context = {
        "sheets": sheets,
        "tokens": TOKENS,
        "kinds": [(kind, list(words)) for kind, words in wording.KINDS.items()],
        "orders": _orders(now),
        "verdicts": _verdicts(now - timedelta(days=21)),
        "tabs": [
            {"label": _("To ship"), "url": "?tab=1", "count": 58, "current": True},
            {"label": _("Late"), "url": "?tab=2", "count": 3, "tone": "danger"},
            {"label": _("To approve"), "url": "?tab=3", "count": 2, "tone": "warn"},
            {"label": _("All"), "url": "?tab=4", "count": None},
        ],
        "options": [
            {"value": status, "label": label, "count": index * 7, "checked": index == 2}
            for index, (status, label) in enumerate(wording.statuses())
        ],
        "now": now,
        "soon": now + timedelta(minutes=95),
        "past": now - timedelta(hours=31),
        "negative": Decimal("-24.20"),
        "large": Decimal("1284.5"),
    }
    return render(request, "styleguide/styleguide.html", context)
