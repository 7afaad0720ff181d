"""`manage.py heartbeat`: who gave a sign of life, and the health check of a worker's container."""

import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice import beats
from backoffice.models import Heartbeat


class Command(BaseCommand):
    help = "List the signs of life; with --check worker, exit 1 unless a worker of this host gave one lately."
    requires_system_checks = ()  # a probe comes every few seconds

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", choices=["worker"], help="what must be alive on this host")

    def handle(self, *args: Any, check: str | None = None, **options: Any) -> None:
        now = timezone.now()
        if check is None:
            for row in Heartbeat.objects.order_by("kind", "name"):
                self.stdout.write(f"{row.name}  {int((now - row.at).total_seconds())} s ago")
        elif beats.lives("worker", now, socket.gethostname()):
            self.stdout.write("a worker of this host lives")
        else:
            raise CommandError("No worker of this host gave a sign of life within three minutes.")
