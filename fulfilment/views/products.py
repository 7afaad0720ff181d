"""The product table: what the warehouse knows of each SKU; edited in place, read from a file, with pictures of ours."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from backoffice.models import SellerAccount
from backoffice.pages import page
from fulfilment.forms.warehouse import ProductFileForm, ProductForm
from fulfilment.imports.refusals import Unreadable
from fulfilment.models import Product
from fulfilment.warehouse import pictures, products
from orders import scope

ALONE = "default-src 'none'; sandbox"  # a picture opened by itself may do nothing at all


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The products by SKU, fifty a page; its address is its state."""
    among = scope.accounts(request)
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    known = products.listed([account.pk for account in among], request.GET.get("after", ""), text)
    here = reverse("fulfilment:products")
    context = {
        "rows": known.rows,
        "text": text,
        "older": f"{here}?{urlencode({'after': known.after} | ({'q': text} if text else {}))}" if known.after else "",
        "newer": "",
        "shown": ngettext("%(count)s product", "%(count)s products", known.total) % {"count": known.total},
        "several": len(among) > 1,
        "here": here,
    }
    return page(request, "fulfilment/products.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def product(request: HttpRequest, pk: int) -> HttpResponse:
    row = Product.objects.for_user(scope.person(request)).select_related("account").filter(pk=pk).first()
    if row is None:
        raise Http404(_("This product is not known here."))
    form = ProductForm(request.POST or None, request.FILES or None, accounts=[], product=row)
    if form.is_valid():
        return _saved(request, row.account, row.sku, form)
    return _form(request, form, row.sku, row)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = ProductForm(request.POST or None, request.FILES or None, accounts=_choices(request))
    if form.is_valid():
        return _saved(request, _account(request, form.cleaned_data["account"]), form.cleaned_data["sku"], form)
    return _form(request, form, _("Add a product"))


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """Read products from a file: what is right is stored, and every row has its verdict."""
    form = ProductFileForm(request.POST or None, request.FILES or None, accounts=_choices(request))
    result: products.Read | None = None
    if form.is_valid():
        account = _account(request, form.cleaned_data["account"])
        try:
            result = products.take(form.cleaned_data["file"].read(), account, scope.person(request))
        except Unreadable as error:
            form.add_error("file", str(error))
    context: dict[str, Any] = {"form": form, "result": result, "back": reverse("fulfilment:products")}
    if result is not None:
        context["told"] = _counted(result)
    faulty = form.is_bound and result is None
    return page(request, "fulfilment/products_file.html", context, status=422 if faulty else 200)


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A product's picture, to whoever sees the product; nothing else is ever served from its folder."""
    mine = Product.objects.for_user(scope.person(request)).filter(picture=name)
    kept = pictures.content(name) if name and mine.exists() else None
    if kept is None:
        raise Http404(_("This picture is not known here."))
    answer = HttpResponse(kept[0], content_type=kept[1])
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = ALONE
    answer["Content-Disposition"] = "inline"
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


def _saved(request: HttpRequest, account: SellerAccount, sku: str, form: ProductForm) -> HttpResponse:
    with transaction.atomic():
        became = products.save(account, sku, form.values(), scope.person(request))
    if became != "same":
        messages.success(request, _("%(sku)s is saved.") % {"sku": sku})
    back = reverse("fulfilment:products")
    return HttpResponseClientRedirect(back) if request.htmx else HttpResponseRedirect(back)  # type: ignore[attr-defined]


def _form(request: HttpRequest, form: ProductForm, heading: str, row: Product | None = None) -> HttpResponse:
    context = {"form": form, "heading": heading, "product": row, "back": reverse("fulfilment:products")}
    return page(request, "fulfilment/product.html", context, status=422 if form.is_bound else 200)


def _counted(result: products.Read) -> list[dict[str, Any]]:
    """How many rows of each verdict, for banners: what was not taken first."""
    counts = [
        ("danger", ngettext("%(count)s row was not taken.", "%(count)s rows were not taken.", result.count("danger"))),
        ("ok", ngettext("%(count)s product is stored.", "%(count)s products are stored.", result.count("ok"))),
        ("info", ngettext("%(count)s was known like this.", "%(count)s were known like this.", result.count("info"))),
    ]
    return [
        {"tone": tone, "words": words % {"count": result.count(tone)}} for tone, words in counts if result.count(tone)
    ]


def _choices(request: HttpRequest) -> list[tuple[str, str]]:
    return [(account.slug, account.name) for account in scope.accounts(request)]


def _account(request: HttpRequest, slug: str) -> SellerAccount:
    return next(account for account in scope.accounts(request) if account.slug == slug)
