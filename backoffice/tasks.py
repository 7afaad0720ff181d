"""What messages start: each carries a name or nothing, and the row in the database decides whether anything is done."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from backoffice import access, alert_mails, beats, exports, jobs, limiter, sealing, worker


@shared_task(acks_late=True, ignore_result=True, time_limit=180, soft_time_limit=150)
def run_job(name: str) -> None:
    """Run one lease's job, if it is due and free."""
    jobs.run(name)


@shared_task(acks_late=True, ignore_result=True, time_limit=180, soft_time_limit=150)
def tick() -> None:
    """Ring for what is due: sent by any scheduler, and not needed where a worker looks by itself."""
    beats.beat("scheduler", "scheduler")
    now = timezone.now()
    for source in worker.SOURCES:
        source.ring(source.due(now))


@shared_task(acks_late=True, ignore_result=True, time_limit=180, soft_time_limit=150)
def canary() -> None:
    """It came through the broker: whoever looks at the heartbeats sees that messages arrive."""
    beats.beat("canary", "canary")


@jobs.job("alert-mails", every=timedelta(seconds=30))
def write_alerts() -> None:
    alert_mails.write()


@jobs.job("forget", every=timedelta(hours=1))
def forget() -> None:
    """Counts of calls that no hour holds any more, heartbeats of processes long gone, files and notes whose time is
    over."""
    now = timezone.now()
    limiter.forget_old_counts(now)
    beats.forget_old_beats(now)
    exports.forget(now)
    access.forget(now)


@jobs.job(exports.JOB, every=timedelta(minutes=1))
def write_exports() -> None:
    exports.write_due()


@jobs.job("seal", every=timedelta(minutes=1))
def seal() -> None:
    sealing.seal()


@jobs.job("seal-check", every=jobs.nightly(5, 10))
def check_seals() -> None:
    sealing.check()
