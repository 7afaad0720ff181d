"""`make test`: one server, the tests without a browser, then those in one; `--everything` runs all combinations."""

import os
import subprocess
import sys

from tests import server

# One stretch of the tests each, so that what a module shares is made once; the first to end takes from the others.
WORKERS = ("-n", "2", "--dist", "worksteal")


def main() -> int:
    """0 when both runs passed. The last lines are pytest's own closing lines."""
    with server.session():
        quick = _pytest("-m", "not browser", *sys.argv[1:])
        browser = _pytest("-m", "browser", *sys.argv[1:])
    if quick and not browser:
        print("The tests without a browser failed: their summary stands above the browser's.", file=sys.stderr)  # noqa: T201
    return quick or browser


def _pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *WORKERS, *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, env=_environment(), check=False).returncode


def _environment() -> dict[str, str]:
    """Ours, but that Python keeps what it compiled: dozens of processes would compile the same modules again."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


if __name__ == "__main__":
    sys.exit(main())
