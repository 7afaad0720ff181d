"""The alerts that the mirror opens: their sentences, and whom they concern."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.roles import Role

WORDS: dict[str, Promise] = {
    "drift": _("The mirror differs from the marketplace: %(theirs)s orders there, %(ours)s here. They are read again."),
    "sync-order": _("The marketplace ignores sort or filter: every run walks the whole window until it obeys again."),
    "gesture-double": _("A gesture was granted %(times)s times on order %(subject)s."),
}
NAMES: dict[str, Promise] = {
    "drift": _("The mirror differs from the marketplace"),
    "sync-order": _("The marketplace ignores sort or filter"),
    "gesture-double": _("A gesture was granted twice"),
}
CONCERNED: dict[str, frozenset[Role]] = {
    "drift": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "sync-order": frozenset({Role.ADMINISTRATOR}),
    "gesture-double": frozenset({Role.SUPPORT, Role.MANAGER, Role.ADMINISTRATOR}),
}
