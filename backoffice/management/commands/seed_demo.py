"""`manage.py seed_demo`: the demo's first account and its four logins, made once and printed at every start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice import marketplace
from backoffice.people import demo


class Command(BaseCommand):
    help = "Make the demo's account and people (DEMO=1 only) and print the logins."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo.allow()
            marketplace.first_account()
            logins = demo.seed()
        except demo.NotADemo as refusal:
            raise CommandError(str(refusal)) from None
        for name, password in logins.items():
            self.stdout.write(f"{name:14} {password}")
