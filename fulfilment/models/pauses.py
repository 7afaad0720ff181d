"""Times in which nothing is sent for an account: a person's wish, or the machine's after it was refused."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Owned


class Pause(Owned):
    """Nothing leaves for this account from `at` until it is ended, or until `until`."""

    class Cause(models.TextChoices):
        PERSON = "person", _("paused by a person")
        TOKEN = "token", _("the marketplace refuses the token")
        FORBIDDEN = "forbidden", _("the marketplace does not let this client act")

    cause = models.CharField(max_length=10, choices=Cause)
    reason = models.CharField(max_length=500)  # a person's, or the marketplace's words
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)  # of a pause that ends by itself
    by = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "cause"], condition=Q(ended_at=None), name="one_pause_a_cause")
        ]

    def __str__(self) -> str:
        return self.reason
