"""What is no setting and must be short as well: leases of jobs, the token and readings, a send's time, the breaker."""

from datetime import timedelta

from django.apps import AppConfig

from tests.chaos.pace import PACE

JOBS = ("live", "readings", "deadlines")


class ChaosConfig(AppConfig):
    name = "tests.chaos"

    def ready(self) -> None:
        from backoffice import breaker, jobs, tokens
        from fulfilment.outbox import delivery
        from octopia import Timeouts
        from octopia.calls import Caller
        from orders import readings

        jobs.LEASE = timedelta(seconds=6)
        tokens.LEASE = timedelta(seconds=3)
        tokens.RESPITE = timedelta(seconds=1)
        readings.LEASE = timedelta(seconds=6)
        readings.SAME = timedelta(seconds=2)
        breaker.PROBE_EVERY = 1.0
        delivery.REST = 3 / 60  # two answers of 401 in a row come about once in ten runs
        defaults = Caller.__init__.__kwdefaults__
        assert defaults is not None
        defaults["reads"] = Timeouts(connect=1, read=3 / PACE, total=4 / PACE)
        defaults["writes"] = Timeouts(connect=1, read=4 / PACE, total=5 / PACE)
        jobs.discover()
        for name in set(jobs.JOBS) - set(JOBS):
            del jobs.JOBS[name]
