"""What to cancel, and why: the whole order with one reason, or lines with a reason each. It fetches nothing.

Without scripts it is one form: a line without a reason of its own takes the one for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fulfilment.forms.asking import GONE, Asking
from fulfilment.verbs import cancellation
from orders.lifecycle import Verdict
from orders.models import Line, Order
from orders.sums import line_sum

Reasons = Sequence[tuple[str, str]]
WHOLE, LINES = "whole", "lines"


@dataclass(frozen=True)
class Choice:
    """One line on the form: what may be asked of it, and the bound fields of its own."""

    line: Line
    verdict: Verdict
    shipped: bool
    ticked: Any = None
    reason: Any = None
    refund: Any = None

    @property
    def why_not(self) -> str:
        return "" if self.verdict.offered else self.verdict.words

    @property
    def goods(self) -> Decimal | None:
        return line_sum(self.line).goods

    @property
    def doubt(self) -> str:
        """What is to be known of this line before it is ticked."""
        said = [gettext("Shipped: the customer is refunded.")] if self.shipped else []
        return " ".join([*said, self.verdict.words] if self.verdict.doubtful else said)


class CancellationForm(Asking):
    """`judged`: each line with its verdict; `whole`, `by_line`: whether the marketplace takes that; `reasons`: what
    holds for each status of a line, as fetched: only codes of it are taken."""

    scope = forms.ChoiceField(
        label=_("What"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the whole order, or lines of it.")},
    )
    reason = forms.ChoiceField(label=_("Reason for all"), required=False, error_messages={"invalid_choice": GONE})
    refund = forms.BooleanField(label=_("Refund the delivery for all"), required=False)
    note = forms.CharField(
        label=_("Note for the team"),
        help_text=_("Kept with the request, never sent."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        order: Order,
        judged: Sequence[tuple[Line, Verdict]],
        whole: Verdict,
        by_line: bool,
        reasons: Mapping[str, Reasons],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, order=order, **kwargs)
        self.judged = judged
        self.able = [line for line, verdict in judged if verdict.offered]
        self.shipped = {line.pk for line in cancellation.shipped(order, (line for line, _verdict in judged))}
        self.reasons = reasons
        self.single = len(judged) == 1  # one line is the whole order: there is nothing to choose
        self.scopes = [WHOLE] if whole.offered else []
        self.scopes += [LINES] if by_line and not (self.single and self.scopes) else []
        self._declare()

    def _declare(self) -> None:
        labels = {WHOLE: _("The whole order"), LINES: _("Single lines")}
        scope, reason = self.fields["scope"], self.fields["reason"]
        assert isinstance(scope, forms.ChoiceField)
        assert isinstance(reason, forms.ChoiceField)
        scope.choices = [(name, labels[name]) for name in self.scopes]
        scope.required = len(self.scopes) > 1
        self.initial.setdefault("scope", LINES if LINES in self.scopes else WHOLE)
        only = len(self.able) == 1
        for at, line in enumerate(self.able):
            # the keys begin at the first line that can be chosen
            first = {"autofocus": True} if at == 0 and not self.single and self.initial["scope"] == LINES else {}
            self.fields[f"line-{at}"] = forms.BooleanField(
                label=line.title or line.sku, required=False, initial=only, widget=forms.CheckboxInput(attrs=first)
            )
            self.fields[f"reason-{at}"] = forms.ChoiceField(
                label=gettext("Reason for %(title)s") % {"title": line.title or line.sku},
                required=False,
                choices=[("", _("as for all")), *self.reasons[line.status]],
                error_messages={"invalid_choice": GONE},
            )
            self.fields[f"refund-{at}"] = forms.BooleanField(label=_("Refund its delivery"), required=False)
        shared = {pair: None for line in self.able for pair in self.reasons[line.status]}
        reason.choices = [("", _("Choose a reason")), *shared]
        if self.single or self.only == WHOLE:
            reason.label, self.fields["refund"].label = _("Reason"), _("Refund the delivery")

    def choices(self) -> list[Choice]:
        """The lines in the order of the order, those that cannot be cancelled with the reason why."""
        places = {line.pk: at for at, line in enumerate(self.able)}
        shown = []
        for line, verdict in self.judged:
            bound: dict[str, Any] = {}
            if (at := places.get(line.pk)) is not None:
                bound = {"ticked": self[f"line-{at}"], "reason": self[f"reason-{at}"], "refund": self[f"refund-{at}"]}
            shown.append(Choice(line, verdict, line.pk in self.shipped, **bound))
        return shown

    @property
    def only(self) -> str:
        """The one thing that can be asked for, when there is no choice."""
        return self.scopes[0] if len(self.scopes) == 1 else ""

    @property
    def words(self) -> dict[str, str]:
        """The reasons' own words, by code."""
        return {code: label for known in self.reasons.values() for code, label in known}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["scope"] = scope = cleaned.get("scope") or self.only
        if not scope:
            return cleaned
        self.whole = scope == WHOLE
        self.lines = self._whole(cleaned) if self.whole else self._ticked(cleaned)
        return cleaned

    def _whole(self, cleaned: dict[str, Any]) -> list[cancellation.LineAsked]:
        reason = cleaned.get("reason", "")
        if not reason and "reason" not in self.errors:
            self.add_error("reason", _("Choose the reason: the customer and the marketplace get to know it."))
        elif any(reason not in dict(self.reasons[line.status]) for line in self.able) and reason:
            self.add_error("reason", _("This reason does not hold for every line: cancel the lines one by one."))
        return [self._asked(line, reason, cleaned.get("refund", False)) for line in self.able]

    def _ticked(self, cleaned: dict[str, Any]) -> list[cancellation.LineAsked]:
        asked = []
        for at, line in enumerate(self.able):
            if not cleaned.get(f"line-{at}"):
                continue
            reason = cleaned.get(f"reason-{at}") or cleaned.get("reason", "")
            if f"reason-{at}" in self.errors or "reason" in self.errors:
                continue
            if not reason:
                self.add_error(f"reason-{at}", _("Choose a reason for this line, or one for all."))
            elif reason not in dict(self.reasons[line.status]):
                self.add_error(f"reason-{at}", _("The reason for all does not hold for this line: choose its own."))
            refund = cleaned.get(f"refund-{at}", False) or cleaned.get("refund", False)
            asked.append(self._asked(line, reason, refund))
        if not asked and not self.errors:
            self.add_error("scope" if not self.only else None, _("Tick the lines to cancel."))
        return asked

    @staticmethod
    def _asked(line: Line, reason: str, refund: bool) -> cancellation.LineAsked:
        return {"code": line.code, "offer": line.offer, "reason": reason, "refund_shipping": refund}


@dataclass(frozen=True)
class Sums:
    """What would become of the order, by our estimate: `back` goes to the customer, `stays` is the rest."""

    cancelled: int
    back: Decimal
    refunded: bool  # something of it was shipped
    refund: Decimal | None  # of what was shipped: what limits are about; None: not known
    remaining: int
    stays: Decimal
    unpriced: bool  # a line of the chosen has no price that we know


def sums(form: CancellationForm, data: Mapping[str, Any]) -> Sums:
    """The sums of what is ticked in `data`, whatever else is missing there."""
    whole = (data.get("scope") or form.initial["scope"]) == WHOLE
    shipping_of_all = bool(data.get("refund"))
    chosen: list[tuple[Line, bool]] = []
    for at, line in enumerate(form.able):
        if whole or data.get(f"line-{at}", form.fields[f"line-{at}"].initial if not data else None):
            chosen.append((line, shipping_of_all or (not whole and bool(data.get(f"refund-{at}")))))
    gone = {line.pk for line, _refund in chosen}
    rest = [line for line, _verdict in form.judged if line.pk not in gone and line.status != "Cancelled"]
    return Sums(
        cancelled=len(chosen),
        back=cancellation.estimate(chosen),
        refunded=any(line.pk in form.shipped for line, _refund in chosen),
        refund=cancellation.refund((line, shipping) for line, shipping in chosen if line.pk in form.shipped),
        remaining=len(rest),
        stays=cancellation.estimate((line, True) for line in rest),
        unpriced=any(line_sum(line).goods is None for line, _refund in chosen),
    )
