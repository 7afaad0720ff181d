"""The alerts that the mirror opens: their sentences, and whom they concern."""

from collections.abc import Callable

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.alerts import Place
from backoffice.roles import Role

WORDS: dict[str, Promise] = {
    "drift": _("The mirror differs from the marketplace: %(theirs)s orders there, %(ours)s here. They are read again."),
    "sync-order": _("The marketplace ignores sort or filter: every run walks the whole window until it obeys again."),
    "gesture-double": _("A gesture was granted %(times)s times on order %(subject)s."),
    "mirror-stale": _("The marketplace was last read %(minutes)s minutes ago: new orders may be missing."),
    "quota": _("The hour's calls are spent: %(used)s of %(capacity)s. What is new waits until some are free again."),
    "indicator": _("%(label)s: %(value)s %% of the last 30 days; the marketplace's threshold is %(threshold)s %%."),
}
NAMES: dict[str, Promise] = {
    "drift": _("The mirror differs from the marketplace"),
    "sync-order": _("The marketplace ignores sort or filter"),
    "gesture-double": _("A gesture was granted twice"),
    "mirror-stale": _("The mirror is behind"),
    "quota": _("The hour's calls are spent"),
    "indicator": _("An indicator is near its threshold"),
}
PLACES: dict[str, Place] = {
    "drift": Place("orders:sync"),
    "sync-order": Place("orders:sync"),
    "mirror-stale": Place("orders:sync"),
    "quota": Place("orders:sync"),
    "breaker": Place("orders:sync"),
    "token": Place("orders:sync"),
    "indicator": Place("orders:statistics", "#quality-title"),
    "gesture-double": Place("orders:detail", of_order=True),
}
CONCERNED: dict[str, frozenset[Role]] = {
    "drift": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "sync-order": frozenset({Role.ADMINISTRATOR}),
    "mirror-stale": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "quota": frozenset({Role.ADMINISTRATOR}),
    "indicator": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "gesture-double": frozenset({Role.SUPPORT, Role.MANAGER, Role.ADMINISTRATOR}),
}
SAID: dict[str, Callable[[str], str]] = {"value": number_format, "threshold": number_format}
