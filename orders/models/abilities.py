"""What an installation learned about its channels beyond the documentation, and how our predictions turned out."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from orders.models.base import Owned


class Origin(models.TextChoices):
    """Who says so; a person's word goes before the marketplace's, since one answer may be misread."""

    PERSON = "person"
    MARKETPLACE = "marketplace"


class ChannelAbility(Owned):
    """One ability of a channel as somebody here found it. What is documented stands in the contract, beside it."""

    channel = models.CharField(max_length=64)
    ability = models.CharField(max_length=32)  # an Ability
    value = models.BooleanField()
    was = models.BooleanField(null=True)  # what counted before; None: nobody knew
    origin = models.CharField(max_length=12, choices=Origin)
    source = models.CharField(max_length=500)  # the marketplace's words, or where the person saw it
    note = models.CharField(max_length=500, blank=True)
    learned_at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "channel", "ability", "origin"], name="one_ability_a_channel_and_origin"
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="a_known_origin"),
        ]


class Prediction(Owned):
    """How often the marketplace answered a verdict of ours in one way: a count, and the last example of it."""

    verb = models.CharField(max_length=8)
    rule = models.CharField(max_length=4, blank=True)
    channel = models.CharField(max_length=64)
    answer = models.CharField(max_length=8)  # the name of the Answer that was predicted
    accepted = models.BooleanField()  # what the marketplace said
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    last_number = models.CharField(max_length=64, blank=True)
    last_words = models.CharField(max_length=1000, blank=True)  # the marketplace's

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "verb", "rule", "channel", "answer", "accepted"], name="one_count_a_prediction"
            )
        ]
