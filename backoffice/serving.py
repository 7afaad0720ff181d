"""How gunicorn serves the site: read by `gunicorn --config python:backoffice.serving`, from the environment alone."""

import gc
import os
from typing import Any

# Loopback only, unless a trusted network was named; a container sets BIND itself, since its network is private.
_open = os.environ.get("ALLOW_PLAIN_HTTP") == "lan"
bind = os.environ.get("BIND") or f"{'0.0.0.0' if _open else '127.0.0.1'}:{os.environ.get('PORT') or 8000}"  # noqa: S104
workers = int(os.environ.get("WEB_WORKERS") or 5)
worker_class = "sync"
preload_app = True  # imported once, shared by all workers; nothing connects at import
timeout = 30  # seconds; the longest web request to the marketplace may take 8
graceful_timeout = 15
max_requests = 5000  # a worker begins anew now and then, not all at once
max_requests_jitter = 500
limit_request_line = 8190  # a search of 2,000 signs, most of them escaped, is still an address
control_socket_disable = True
wsgi_app = "backoffice.wsgi:application"
if os.path.isdir("/dev/shm"):  # noqa: S108  (the heartbeat file must not wait for a disk)
    worker_tmp_dir = "/dev/shm"  # noqa: S108


def when_ready(_server: Any) -> None:
    """Before the first worker: what is loaded by now stays shared, since no collection writes to its pages again."""
    gc.collect()
    gc.freeze()
