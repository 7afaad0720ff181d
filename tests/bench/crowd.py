"""P10: twenty people at once, for a minute, while the mirror is being written: no error, and how long they wait.

Each opens a list, an order, a search, and accepts an order, a moment apart. Only an error misses the goal: how long
they wait depends on what else the machine does.
"""

import json
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Queue

from tests.bench.measure import Browser, Report
from tests.bench.pages import LIST, search, subjects
from tests.bench.serving import ROOT, Site

USERS = 20
SECONDS = 60
WARM = 25  # pages before the first counts: every worker has served some
PAUSE = (0.5, 1.5)  # between two acts of one person
LISTS = (LIST, "/orders/?view=to-ship", "/orders/?view=late", "/orders/")


@dataclass
class Seen:
    """What all of them saw: the seconds of each kind of act, and what went wrong."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)


class _Stay(urllib.request.HTTPRedirectHandler):
    """The answer to a form is a redirect: it is the answer."""

    def redirect_request(self, *_: object) -> None:
        return None


class Visitor(threading.Thread):
    """One person at work until the time is over."""

    def __init__(self, base: str, cookie: str, known: dict[str, str], orders: "Queue[str]", until: float, seen: Seen):
        super().__init__()
        self.base, self.known, self.orders, self.until, self.seen = base, known, orders, until, seen
        self.dice = random.Random(cookie)
        self.jar = urllib.request.HTTPCookieProcessor()
        self.opener = urllib.request.build_opener(self.jar, _Stay)
        self.cookie = cookie

    def run(self) -> None:
        while time.monotonic() < self.until:
            for act in (self.list, self.order, self.find, self.accept):
                act()
                time.sleep(self.dice.uniform(*PAUSE))

    def list(self) -> None:
        self._timed("list", self.dice.choice(LISTS))

    def order(self) -> None:
        self._timed("order", f"/orders/{self.known['shipped']}/")

    def find(self) -> None:
        self._timed("search", search(self.known[self.dice.choice(("name", "sku", "number"))]))

    def accept(self) -> None:
        with suppress(Empty):
            path = f"/orders/{self.orders.get_nowait()}/approval/"
            page = self._open(path, 200)
            fields = {name: self._field(page, name) for name in ("csrfmiddlewaretoken", "form_token", "seen")}
            self._timed("command", path, urllib.parse.urlencode(fields).encode(), wanted=302)

    def _timed(self, what: str, path: str, form: bytes | None = None, wanted: int = 200) -> None:
        begun = time.perf_counter()
        self._open(path, wanted, form)
        self.seen.taken[what].append(time.perf_counter() - begun)

    def _open(self, path: str, wanted: int, form: bytes | None = None) -> str:
        own = "; ".join([self.cookie, *(f"{one.name}={one.value}" for one in self.jar.cookiejar)])
        request = urllib.request.Request(self.base + path, form, {"Cookie": own})  # noqa: S310
        try:
            with self.opener.open(request, timeout=30) as answer:
                status, body = int(answer.status), str(answer.read(), "utf-8")
        except urllib.error.HTTPError as error:
            status, body = error.code, ""
        except OSError as error:
            status, body = 0, str(error)
        # a search that finds one order leads to it
        if status != wanted and not (status == 302 and path.startswith("/orders/?q=")):
            self.seen.errors.append(f"{path}: {status} {body[:80]}")
        return body

    @staticmethod
    def _field(page: str, name: str) -> str:
        return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def measure_crowd(report: Report, site: Site, seconds: float = SECONDS) -> None:
    base = site.serve_for_many()
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.crowding", str(USERS), str(seconds)],
        cwd=ROOT, env=site.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout
    told = json.loads(writer.stdout.readline())
    orders: Queue[str] = Queue()
    for number in told["undecided"]:
        orders.put(number)
    seen, known = Seen(), subjects(site)
    warm = Browser(base, told["cookies"][0])
    for _ in range(WARM):
        warm.get(LIST)
    visitors = [Visitor(base, cookie, known, orders, time.monotonic() + seconds, seen) for cookie in told["cookies"]]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    mirrored = json.loads(writer.stdout.readline())
    writer.wait(60)
    what = f"{USERS} people, {seconds:.0f} s, {mirrored['runs']} live runs beside"
    acts = sum(map(len, seen.taken.values()))
    report.put("P10", f"{what}: errors", f"{len(seen.errors)} of {acts:,} acts", not seen.errors)
    for error in seen.errors[:5]:
        report.put("P10", "error", error)
    report.put(
        "P10", "orders stored of those placed meanwhile", f"{mirrored['stored']:,} of {mirrored['placed']:,}",
        mirrored["stored"] == mirrored["placed"],
    )  # fmt: skip
    for name, wanted in (("list", 300), ("command", 200), ("order", 0), ("search", 0)):
        if taken := sorted(seen.taken[name]):
            least, most = taken[len(taken) // 2] * 1000, taken[int(len(taken) * 0.95)] * 1000
            words = f"{least:.0f} ms, p95 {most:.0f} ms" + (f", wanted ≤ {wanted} ms" if wanted else "")
            report.put("P10", f"{name}: half of {len(taken)}", words)
