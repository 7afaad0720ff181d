"""What probes and monitors ask: does the process answer, can it serve, and how is it. It tells strangers words only."""

import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from backoffice import beats, checks
from backoffice.counting import redis_answers
from backoffice.limiter import Budget
from backoffice.models import Alert, Breaker, Heartbeat, Lease, SellerAccount


@dataclass(frozen=True)
class Gauge:
    """One figure for the monitor. `samples`: (label values, value)."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    samples: list[tuple[tuple[str, ...], float]] = field(default_factory=list)


Gauges = Callable[[datetime], Iterable[Gauge]]
GAUGES: list[Gauges] = []  # apps add theirs in ready(): orders, quarantine, lag


class _Known:
    """What stays true once it was seen in this process."""

    migrated = False
    durable = False


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200: the process answers. It asks nobody else."""
    return _words("ok")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database is there, migrated and durable, 503 otherwise; what is only slower is named, still 200."""
    try:
        trouble = _unready()
        degraded = [] if trouble else _degraded(timezone.now())
    except DatabaseError:
        trouble, degraded = "database", []
    if trouble:
        return _words(f"not ready: {trouble}", status=503)
    return _words(f"ready, degraded: {', '.join(degraded)}" if degraded else "ready")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for the bearer of METRICS_TOKEN or whoever may read metrics. 403 for anybody else."""
    if not _may_read(request):
        raise PermissionDenied
    registry = CollectorRegistry()
    registry.register(_Figures())
    answer = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer["Cache-Control"] = "no-store"
    return answer


def _words(text: str, status: int = 200) -> HttpResponse:
    answer = HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer


def _unready() -> str:
    if not _Known.migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations"
        _Known.migrated = True
    else:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    if not _Known.durable:  # the database may have been away when this process started
        if checks.durability(databases=["default"]):
            return "durability"
        _Known.durable = True
    return ""


def _degraded(now: datetime) -> list[str]:
    signs = dict(Heartbeat.objects.values_list("kind").annotate(newest=Max("at")))
    silent = {kind for kind in ("worker", "canary") if (at := signs.get(kind)) is None or at <= now - beats.SILENT}
    broker = [] if redis_answers() else ["broker"]
    return broker + [kind for kind in ("canary", "worker") if kind in silent]


def _may_read(request: HttpRequest) -> bool:
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    token = settings.METRICS_TOKEN
    if token and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return True
    return request.user.is_authenticated and request.user.has_perm("backoffice.metrics")


class _Figures(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        for gauges in (_machinery, *GAUGES):
            for gauge in gauges(now):
                family = GaugeMetricFamily(f"backoffice_{gauge.name}", gauge.help, labels=gauge.labels)
                for labels, value in gauge.samples:
                    family.add_metric(labels, value)
                yield family


def _machinery(now: datetime) -> Iterator[Gauge]:
    clients = sorted(set(SellerAccount.objects.filter(active=True).values_list("client_id", flat=True)))
    left = {client: Budget(client).left() for client in clients}
    yield Gauge(
        "calls_used",
        "Calls of the last hour by client id and lane.",
        ("client", "lane"),
        [((client, use.lane), use.used) for client, hour in left.items() for use in hour.lanes],
    )
    yield Gauge(
        "calls_allowed", "Calls an hour.", ("client",), [((client,), hour.capacity) for client, hour in left.items()]
    )
    yield Gauge(
        "breaker_open",
        "1 while the marketplace does not answer.",
        ("client",),
        [((row.client_id,), float(row.opened_at is not None)) for row in Breaker.objects.order_by("client_id")],
    )
    opened = Alert.objects.filter(closed_at=None).values_list("kind").annotate(number=Count("pk")).order_by("kind")
    yield Gauge("alerts_open", "Open alerts by kind.", ("kind",), [((kind,), number) for kind, number in opened])
    leases = list(Lease.objects.order_by("name"))
    yield Gauge(
        "job_age_seconds",
        "Seconds since the job last ended well.",
        ("job",),
        [((row.name,), (now - row.finished_at).total_seconds()) for row in leases if row.finished_at],
    )
    yield Gauge("job_failures", "Failures in a row.", ("job",), [((row.name,), row.failures) for row in leases])
    signs = Heartbeat.objects.values_list("kind").annotate(newest=Max("at")).order_by("kind")
    yield Gauge(
        "heartbeat_age_seconds",
        "Seconds since the newest sign of life.",
        ("kind",),
        [((kind,), (now - newest).total_seconds()) for kind, newest in signs],
    )
