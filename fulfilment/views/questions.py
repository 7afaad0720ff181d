"""What the pack station asks about an order, and support's answer, which whoever packs it next has to read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from backoffice.pages import page
from fulfilment import warehouse
from fulfilment.actions import order_url
from fulfilment.forms.warehouse import AnswerForm
from orders import scope
from orders.models.notes import LONGEST


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, number: str) -> HttpResponse:
    """The packer's words, and a form for the answer; where somebody was quicker, that, and one's words as a note."""
    order = scope.order(request, number)
    form = AnswerForm(request.POST or None)
    if form.is_valid() and warehouse.answer(
        order, scope.person(request), text=form.cleaned_data["text"], until=form.until
    ):
        messages.success(request, _("Answered: whoever packs %(number)s next reads it first.") % {"number": number})
        url = order_url(order)
        return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)  # type: ignore[attr-defined]
    asked = warehouse.question(order)
    context = {
        "order": order,
        "asked": asked,
        "form": form,
        "late": "" if asked else request.POST.get("text", "").replace("\0", "").strip()[:LONGEST],
        "longest": LONGEST,
        "heading": _("Question about %(number)s") % {"number": order.number},
        "back": order_url(order),
    }
    status = 409 if asked is None and form.is_bound else 422 if form.is_bound else 200
    return page(request, "fulfilment/question.html", context, status=status)
