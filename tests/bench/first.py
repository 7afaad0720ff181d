"""P11: seconds from a `make up` with nothing in its data folder to a page that shows an order."""

import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

from backoffice.engines import places

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0  # seconds


def first_order_seconds(folder: Path) -> float:
    """Start the demo in `folder`, which is emptied before and after, look as a manager, and end it again."""
    port = places.port()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCTOPIA_")}
    environment |= {"DATA_DIR": str(folder), "PORT": str(port), "DATABASE_URL": "", "REDIS_URL": ""}
    begun = time.perf_counter()
    with (folder.parent / "up.log").open("w") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "backoffice.up"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        visitor = _Visitor(f"http://127.0.0.1:{port}", folder)
        while not visitor.sees_an_order():
            if up.poll() is not None or time.perf_counter() - begun > PATIENCE:
                raise RuntimeError(f"no order came; it said:\n{Path(log.name).read_text()[-2000:]}")
            time.sleep(0.1)
        return time.perf_counter() - begun
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(90)
        shutil.rmtree(folder)


class _Visitor:
    """A browser in which the demo's manager signs in as soon as somebody answers."""

    def __init__(self, base: str, folder: Path) -> None:
        self._base, self._logins = base, folder / "demo-logins.json"
        self._signed_in = False
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._open = urllib.request.build_opener(cookies).open

    def sees_an_order(self) -> bool:
        try:
            if not self._signed_in:
                self._sign_in()
                self._signed_in = True
            return 'href="/orders/' in re.sub(r"(?s).*<tbody", "", self._read("/orders/"))
        except OSError:  # nobody listens yet
            return False

    def _sign_in(self) -> None:
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self._read("/login/"))[0]
        password = json.loads(self._logins.read_text())["manager"]
        self._read("/login/", csrfmiddlewaretoken=token, login="manager", password=password)

    def _read(self, path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(self._base + path, data, {"Referer": self._base + path})  # noqa: S310
        with self._open(request, timeout=30) as answer:
            text: str = answer.read().decode()
            return text
