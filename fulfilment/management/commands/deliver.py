"""`manage.py deliver`: sends what is due and looks for what is not known, without broker or worker."""

import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from backoffice import stopping
from fulfilment.outbox import sweep


class Command(BaseCommand):
    help = "Send what is due and look for what nobody answered, then exit; with --loop, go on until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until SIGTERM or Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: stopping.ask())  # finish the one that is being sent
        while True:
            mended, acted = self.once()
            if mended or acted:
                self.stdout.write(f"{acted} commands looked after, {mended} put right")
            if not options["loop"] or stopping.asked():
                if not (mended or acted) and not options["loop"]:
                    self.stdout.write("nothing was due")
                return
            time.sleep(0 if acted else settings.DELIVER_EVERY)

    def once(self) -> tuple[int, int]:
        """Everything that is due now, each once."""
        mended, acted = sweep.mend(), 0
        for name in sweep.due(timezone.now()):
            if stopping.asked():
                break
            acted += sweep.act(name)
        return mended, acted
