"""`manage.py deliver`: sends what is due and looks for what is not known, without broker or worker."""

import logging
import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from backoffice import stopping
from fulfilment.batches import putting
from fulfilment.outbox import sweep

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Send what is due and look for what nobody answered, then exit; with --loop, go on until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until SIGTERM or Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: stopping.ask())  # finish the one that is being sent
        if options["loop"]:
            self._loop()
            return
        mended, acted = self.once()
        self.stdout.write(_told(mended, acted) if mended or acted else "nothing was due")

    def once(self) -> tuple[int, int]:
        """Everything that is due now, each once."""
        mended, acted = sweep.mend(), 0
        for name in putting.due(timezone.now()):
            putting.advance(name)
        for name in sweep.due(timezone.now()):
            if stopping.asked():
                break
            acted += sweep.act(name)
        return mended, acted

    def _loop(self) -> None:
        """Go on, also over a restart of the database; what was being sent then is found by its lease."""
        while not stopping.asked():
            mended = acted = 0
            try:
                close_old_connections()
                mended, acted = self.once()
            except DatabaseError:
                log.exception("the database does not answer")
                connections.close_all()
            if mended or acted:
                self.stdout.write(_told(mended, acted))
            if not acted and not stopping.asked():
                time.sleep(settings.DELIVER_EVERY)


def _told(mended: int, acted: int) -> str:
    return f"{acted} commands looked after, {mended} put right"
