"""Time two things in turn, in one run, and hold their ratio against a bar."""

import gzip
import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

Act = Callable[[], object]


@dataclass
class Report:
    """Every line that was measured, and whether its bar holds."""

    lines: list[tuple[str, str, str, bool | None]] = field(default_factory=list)

    def bar(self, goal: str, what: str, value: float, bar: float, *, at_most: bool = True, unit: str = "×") -> None:
        holds = value <= bar if at_most else value >= bar
        sign = "≤" if at_most else "≥"
        self.put(goal, what, f"{value:.2f} {unit}, bar {sign} {bar:g}", holds)

    def put(self, goal: str, what: str, words: str, holds: bool | None = None) -> None:
        self.lines.append((goal, what, words, holds))
        mark = {True: "holds", False: "MISSED", None: ""}[holds]
        print(f"{goal:<4} {what:<58} {words:<38} {mark}", flush=True)  # noqa: T201

    @property
    def missed(self) -> list[str]:
        return [f"{goal} {what}" for goal, what, _, holds in self.lines if holds is False]


def in_turn(*acts: Act, rounds: int = 25, warm: int = 3) -> list[float]:
    """The median seconds of each act; they take turns, so that a slow moment of the machine meets all of them."""
    taken: list[list[float]] = [[] for _ in acts]
    for turn in range(-warm, rounds):
        for at, act in enumerate(acts):
            begun = time.perf_counter()
            act()
            if turn >= 0:
                taken[at].append(time.perf_counter() - begun)
    return [statistics.median(seconds) for seconds in taken]


@dataclass
class Browser:
    """A signed-in visitor that fetches pages; an answer that is no 200 ends the run."""

    base: str
    cookie: str = ""

    def get(self, path: str) -> bytes:
        request = urllib.request.Request(self.base + path, headers={"Cookie": self.cookie, "Accept-Encoding": "gzip"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            if answer.status != 200 or not answer.url.startswith(self.base):
                raise RuntimeError(f"{path} answered {answer.status} at {answer.url}")
            body: bytes = answer.read()
            return body

    def paste(self, path: str, name: str, text: str) -> str:
        """Fill the form of a page in and send it; returns the address that it leads to."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        opener.addheaders = [("Cookie", self.cookie)]
        with opener.open(self.base + path, timeout=60) as answer:
            page = answer.read().decode()
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, name: text}).encode()
        request = urllib.request.Request(self.base + path, form, {"Cookie": f"{self.cookie}; {cookie}"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return str(answer.url).removeprefix(self.base)

    def opening(self, path: str) -> Act:
        return lambda: self.get(path)

    def weight(self, path: str) -> int:
        """Bytes of the page as they would travel compressed (the proxy compresses pages)."""
        body = self.get(path)
        return len(body) if body[:2] == b"\x1f\x8b" else len(gzip.compress(body, 6))
