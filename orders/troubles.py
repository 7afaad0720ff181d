"""The sentences of the alerts that the mirror opens."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "drift": _("The mirror differs from the marketplace: %(theirs)s orders there, %(ours)s here. They are read again."),
    "sync-order": _("The marketplace ignores sort or filter: every run walks the whole window until it obeys again."),
    "gesture-double": _("A gesture was granted %(times)s times on order %(subject)s."),
}
