"""Serve one size twice: the site as people run it, and the floor beside it, each by one gunicorn worker."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from tests.bench.measure import Browser

ROOT = Path(__file__).resolve().parents[2]


class Site:
    """Two servers on loopback over the database of one size, and a signed-in visitor of each; a context manager."""

    def __init__(self, size: int, environment: dict[str, str]) -> None:
        self.size = size
        self.environment = environment
        self._servers: list[subprocess.Popen] = []

    def __enter__(self) -> "Site":
        try:
            begun = time.perf_counter()
            ours = self._serve("backoffice.wsgi:application", "tests.settings", "/healthz")
            self.ready_after = time.perf_counter() - begun
            bare = self._serve("tests.bench.floor_wsgi:application", "tests.bench.floor_settings", "/list/")
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.session"],
                cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True,
            )  # fmt: skip
            cookies = json.loads(done.stdout)
        except BaseException:
            self.__exit__()
            raise
        self.site, self.floor = Browser(ours, cookies["support"]), Browser(bare, cookies["support"])
        self.manager = Browser(ours, cookies["manager"])
        return self

    def serve_for_many(self) -> str:
        """The site once more, with as many workers as people run it with; its address."""
        return self._serve("backoffice.wsgi:application", "tests.settings", "/healthz", workers=5)

    def _serve(self, application: str, settings: str, probe: str, workers: int = 1) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = ROOT / "var" / "bench" / f"{settings}-{self.size}-{workers}.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [
                    sys.executable, "-m", "gunicorn", "--config", "python:backoffice.serving", "--workers",
                    str(workers), application,
                ],
                cwd=ROOT,
                env={**self.environment, "DJANGO_SETTINGS_MODULE": settings, "PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._servers.append(server)
        base = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(base + probe, timeout=2).close()  # noqa: S310
            except urllib.error.HTTPError:
                return base
            except OSError:
                if server.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return base
        raise RuntimeError(f"{application} does not answer; it said:\n{log.read_text()[-2000:]}")

    def memory(self) -> float:
        """MB of our web worker: its proportional share, the memory it has from the master included."""
        (worker,) = psutil.Process(self._servers[0].pid).children()
        return float(worker.memory_full_info().pss) / 1e6

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.terminate()
        for server in self._servers:
            server.wait(30)
