"""The small parts every page is made of, as tags: badge, number, money, when, icon. Built in: no {% load %} needed."""

import json
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages import constants
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from backoffice import diagnoses, shop, typography, wording

register = template.Library()

KEYS = {  # as they are printed on the keyboard of the reader's country
    "Enter": pgettext_lazy("key", "Enter"),
    "Esc": pgettext_lazy("key", "Esc"),
    "Shift": pgettext_lazy("key", "Shift"),
}
EMPHASISED = 8  # signs of an order number that people read out

HTMX = {
    "allowEval": False,
    "allowScriptTags": False,
    "defaultSettleDelay": 0,  # else a key pressed in the 20 ms before htmx knows what it swapped in is lost
    "disableInheritance": True,
    "historyCacheSize": 0,
    "historyRestoreAsHxRequest": False,
    "attributesToSettle": ["class", "width", "height"],  # no styles: the policy refuses those that come as words
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "(409|422|503)", "swap": True},
        {"code": "[45]..", "swap": False, "error": True},
    ],
}


@register.simple_tag
def htmx_config() -> str:
    """The value of the meta tag that sets htmx up: no eval, no scripts from answers, our own origin only."""
    return json.dumps(HTMX)


@register.simple_tag
def same(template: str) -> SafeString:
    """A part that is the same for everybody who reads its language: rendered once a process."""
    language = get_language() or ""
    return _same.__wrapped__(template, language) if settings.DEBUG else _same(template, language)


@cache
def _same(template: str, _language: str) -> SafeString:
    return render_to_string(template)


@register.simple_tag
@lru_cache(maxsize=500)
def icon(name: str, label: str = "") -> SafeString:
    """A sign from static/icons.svg, by its id. Decoration unless it is given a label."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def badge(
    status: str, kind: str = "", until: datetime | None = None, reason: str = "", note: str = ""
) -> SafeString | str:
    """A status as shape and word. `kind`: order, request or decision; "" looks for it in that order.

    `until`: a request on hold can be taken back until then. `reason`: the marketplace's words, quoted after the badge.
    `note`: a title for what the word leaves out.
    """
    if not status:
        return ""
    if until is None and not reason and not note:
        return _badge(str(status), kind, get_language() or "")
    word = wording.word(str(status), kind)
    label = str(word.label)
    if until is not None and status == "READY":
        at = typography.clock(until, shop.zone())
        label = _("On hold, can be taken back until %(time)s") % {"time": at}
    shown = tag(label, word.tone, word.shape, note)
    return format_html("{} {}", shown, words(reason)) if reason else shown


@lru_cache(maxsize=500)
def _badge(status: str, kind: str, _language: str) -> SafeString:
    """A plain one: a list shows the same few again and again."""
    word = wording.word(status, kind)
    return tag(str(word.label), word.tone, word.shape)


@register.simple_tag
def tag(label: str, tone: str = "neutral", shape: str = "", note: str = "") -> SafeString:
    """A badge with words of the caller: a mark that is no status, such as "Pro customer". `note`: its title."""
    title = format_html(' title="{}"', note) if note else ""
    return format_html('<span class="badge" data-tone="{}" data-shape="{}"{}>{}</span>', tone, shape, title, label)


@register.simple_tag
def words(text: str) -> SafeString:
    """What the marketplace said, as it came, in quotation marks of the page's language."""
    return format_html('<q class="words" translate="no">{}</q>', text)


@register.filter
def told(text: str) -> str:
    """A failure that a program wrote down, in the page's language as far as the sentences are ours."""
    return diagnoses.told(text)


@register.simple_tag
def money(amount: Decimal | None, currency: str = "EUR") -> SafeString:
    """An amount with its currency and two decimals; an en dash where there is none."""
    return _money(amount, currency, get_language() or "")


@lru_cache(maxsize=4_000)  # a list writes the same few hundred again and again
def _money(amount: Decimal | None, currency: str, _language: str) -> SafeString:
    return format_html('<span class="money">{}</span>', typography.amount(amount, currency))


@register.simple_tag
def when(moment: datetime | None, form: str = "auto", deadline: bool = False, prefix: str = "") -> SafeString | str:
    """A moment in the shop's zone, inside <time>.

    `form`: auto (relative within two days, else the day), relative, exact (`21 Nov 18:00`), day, clock (`18:00`).
    The exact time is in the title of every form but `exact`. `deadline`: past is "late", and the level colours it.
    """
    if moment is None:
        return ""
    now, zone = timezone.now(), shop.zone()
    written = typography.exact(moment, zone, now)
    near = abs((moment - now).total_seconds()) < 48 * 3600 or (deadline and moment < now)
    moving = form == "relative" or (form == "auto" and near)
    if moving:
        text = typography.relative(moment, now, deadline=deadline)
    elif form == "clock":
        text = typography.clock(moment, zone)
    elif form == "exact" or (deadline and form == "auto"):
        text = written
    else:
        text = typography.day(moment, zone, now)
    shape = '<time datetime="{}"' + (' title="{}"' if text != written else "")
    values = [moment.isoformat(timespec="seconds")] + ([written] if text != written else [])
    if moving:
        shape += ' data-relative="deadline"' if deadline else ' data-relative="time"'
    if deadline:
        shape += ' data-level="{}"'
        values.append(typography.level(moment, zone, now))
    return format_html(shape + ">{}{}</time>", *values, prefix, text)  # the shape is ours


@register.filter
def deadline(moment: datetime | None) -> str:
    """How near a deadline is, for `data-edge` of a row: late, soon, today, later or nothing."""
    return typography.level(moment, shop.zone(), timezone.now())


@register.simple_tag
def number(value: str, copy: bool = False) -> SafeString:
    """An order number: its last eight signs stand out; `copy` adds the button that copies the whole."""
    head, tail = value[:-EMPHASISED], value[-EMPHASISED:]
    text = format_html('<span class="number" translate="no">{}<b>{}</b></span>', head, tail)
    return format_html("{}{}", text, copy_button(value)) if copy else text


@register.simple_tag
def copy_button(value: str, label: str = "") -> SafeString:
    """A button that copies `value`; hidden where no script runs."""
    said = label or _("Copy %(value)s") % {"value": value}
    return format_html(
        '<button type="button" class="copy" data-copy="{}" aria-label="{}" data-done="{}">{}</button>',
        value, said, _("Copied"), icon("copy"),
    )  # fmt: skip


@register.simple_tag
def colon() -> str:
    """Between a label and its value, as the page's language writes it."""
    return typography.colon()


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """The key printed beside a label. The control itself carries data-key, and aria-keyshortcuts where it helps."""
    return _kbd(keys, get_language() or "")


@lru_cache(maxsize=500)
def _kbd(keys: str, _language: str) -> SafeString:
    names = (KEYS.get(key, key) for key in keys.split(" "))
    return format_html_join(" ", '<kbd aria-hidden="true">{}</kbd>', ((name,) for name in names))


@register.simple_tag
def progress(value: int | Decimal, maximum: int | Decimal, label: str) -> SafeString:
    """A bar with its label in words beside it: `label` says both numbers."""
    return format_html(
        '<span class="progress"><progress value="{}" max="{}" aria-label="{}"></progress><span>{}</span></span>',
        value, maximum or 1, label, label,
    )  # fmt: skip


@register.simple_tag
def script_words() -> SafeString:
    """The data- attributes with every sentence a script may need."""
    said = {
        **typography.clock_words(),
        "loading": _("Loading"),
        "failed": _("Could not be opened"),
        "waiting": _("Still waiting"),
        "stop-waiting": _("Stop waiting"),
        "again": _("Try again"),
        "offline": _("No connection to the back office. What is shown is as it was."),
        "broken": _("That did not work. Nothing here was changed; what is shown is as it was."),
        "incident": _("Incident"),
        "sign-in": _("You are signed out. Sign in again; nothing was sent."),
        "copied": _("Copied"),
        "not-copied": _("Copying is not possible here: select the text instead."),
        "kept": _("What you had typed is back."),
        "unsaved": _("There are changes that are not saved. Leave without them?"),
        "keys-here": _("On this page"),
        "close": _("Close"),
        "scan-half": _("Only a part of a scan arrived: {code}. Scan it again."),
        "scan-busy": _("Scanned {code}. Finish or close what is open first, then scan it again."),
        "scan-unused": _("Scanned {code}. This page takes no scans: open the pack station, or search for it."),
    }
    return format_html_join("", ' data-{}="{}"', said.items())


@register.filter
def toast(message: Any) -> bool:
    """Only success may fade: every other message stays on the page as a banner."""
    return bool(message.level == constants.SUCCESS)


@register.filter
def tone(message: Any) -> str:
    """The tone of the banner that shows a message of Django's framework."""
    return {constants.ERROR: "danger", constants.WARNING: "warn", constants.SUCCESS: "ok"}.get(message.level, "info")


@register.simple_tag(takes_context=True)
def preference(context: RequestContext, name: str) -> str:
    """What the signed-in person chose for `theme`, `density`, `shortcuts` or `sounds` (on, off); "" for nobody."""
    user = context.get("user")
    if user is None or not user.is_authenticated:
        return ""
    chosen = getattr(user, name, "")
    return ("on" if chosen else "off") if isinstance(chosen, bool) else str(chosen)


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """The site's languages, each in its own words."""
    own = {"en": "English", "fr": "Français"}
    return [(code, own.get(code, str(name))) for code, name in settings.LANGUAGES]
