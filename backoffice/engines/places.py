"""Where embedded engines may live and as whom they run: the account, the folders, the sockets, the ports."""

import hashlib
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

import psutil

NAME = "octopia-backoffice"
ELSEWHERE = Path("/var/lib") / NAME  # for root, where the checkout is closed to the engines' account
ACCOUNTS = ("postgres", "nobody")  # initdb wants a name in the password file: a bare number is not enough
LONGEST_SOCKET = 107  # bytes of sun_path on Linux; macOS has 103 and is checked against the same folder names


class Refusal(Exception):
    """What stands in the way of starting, as one sentence with the way out."""


@dataclass(frozen=True)
class Account:
    """The unprivileged user an engine runs as when we are root: PostgreSQL refuses to be root."""

    name: str
    uid: int
    gid: int


def account() -> Account | None:
    """The engines' account when we are root; None when they simply run as ourselves.

    Raises Refusal where root finds no such user.
    """
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise Refusal(
        "PostgreSQL does not run as root and there is no user `postgres` or `nobody` to run it as:"
        " start as another user, or set DATABASE_URL and REDIS_URL."
    )


def run(command: Sequence[str | Path], who: Account | None, *, seconds: float = 90) -> subprocess.CompletedProcess[str]:
    """Run an engine's program as its account, with nothing of our environment but the search path.

    Output goes through a file, not a pipe: a server that stays behind would keep a pipe open for ever.
    """
    identity = {"user": who.uid, "group": who.gid, "extra_groups": []} if who else {}
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            timeout=seconds,
            check=False,
            umask=0o077,
            **identity,  # type: ignore[call-overload]
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")


def reachable(path: Path, who: Account | None) -> bool:
    """May the engines' account pass through `path` (and every folder above it)? Asked of the system, not guessed."""
    if who is None:
        return os.access(path, os.X_OK)
    return run(["/bin/sh", "-c", 'test -x "$1"', "sh", path], who, seconds=10).returncode == 0


def own_folder(path: Path, who: Account | None, mode: int = 0o700) -> Path:
    """Make `path` for the account; a folder that is there already keeps its mode and its owner."""
    try:
        path.mkdir()
    except FileExistsError:
        return path
    if who:
        os.chown(path, who.uid, who.gid)
    path.chmod(mode)
    return path


def settle(folder: Path, who: Account | None) -> Path:
    """Make the data folder if it is missing, and answer with a real path the engines' account can reach.

    As root in a checkout that other users cannot traverse this is `/var/lib/<name>/<hash of the path>`, and
    `folder` becomes a link to it; if `folder` is there already, only its member `engines` is that link.
    """
    if folder.is_symlink() and not folder.exists():
        folder.readlink().mkdir(parents=True, mode=0o711)
    if folder.exists():
        if reachable(folder.resolve(), who):
            return folder.resolve()
        return _linked(folder / "engines", folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not reachable(folder.parent.resolve(), who):
        return _linked(folder, folder)
    folder.mkdir()
    folder.chmod(0o711 if who else 0o700)  # secrets are files of mode 0600; the engines only pass through
    return folder.resolve()


def elsewhere(folder: Path) -> Path:
    """The folder under /var/lib that stands for `folder`."""
    return ELSEWHERE / hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:16]


def _linked(link: Path, folder: Path) -> Path:
    target = elsewhere(folder)
    for part in (target.parent, target):
        with suppress(FileExistsError):
            part.mkdir()
            part.chmod(0o711)
    if not link.is_symlink():
        link.symlink_to(target)
    return target


def within_reach(source: Path, keep: Path, who: Account | None) -> Path:
    """`source` (a file or folder of a wheel), or a copy of it under `keep` where the account cannot reach it."""
    if reachable(source, who):
        return source
    copy = keep / source.name
    if not copy.exists():
        keep.mkdir(parents=True, exist_ok=True)
        for part in (keep, keep.parent):
            part.chmod(0o755)  # both are ours: <data>/binaries/<version>
        fresh = Path(tempfile.mkdtemp(dir=keep))
        if source.is_dir():
            shutil.copytree(source, fresh / source.name, symlinks=True)
        else:
            shutil.copy2(source, fresh / source.name)
        (fresh / source.name).rename(copy)
        fresh.rmdir()
    return copy


def socket_folder(remembered: str, who: Account | None) -> Path:
    """A private folder with a short name for the engines' sockets: the remembered one while sound, or a new one."""
    owner = who.uid if who else os.geteuid()
    if remembered and _private(Path(remembered), owner):
        return Path(remembered)
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for parent in ([] if who else [runtime]) + [tempfile.gettempdir(), "/tmp"]:  # noqa: S108  (a 0700 folder inside)
        longest = os.fsencode(f"{parent}/backoffice-12345678/.s.PGSQL.65535")
        if not parent or len(longest) > LONGEST_SOCKET or not os.access(parent, os.W_OK | os.X_OK):
            continue
        if not reachable(Path(parent), who):
            continue
        made = Path(tempfile.mkdtemp(prefix="backoffice-", dir=parent))
        if who:
            os.chown(made, who.uid, who.gid)
        return made
    raise Refusal("No folder for private sockets: give TMPDIR a short, writable path.")


def _private(folder: Path, owner: int) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) == 0o700


def port(remembered: int = 0) -> int:
    """A TCP port of loopback that is free now: the remembered one if it still is."""
    for number in (remembered, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Refusal("No free port on 127.0.0.1: close some programs, or set DATABASE_URL and REDIS_URL.")


def gone(process: psutil.Process, seconds: float) -> bool:
    """Wait for a process to end; one that only waits to be buried by its parent has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def missing(wheel: str, variable: str) -> Refusal:
    """The one sentence for a platform without the wheel."""
    return Refusal(
        f"`{wheel}` has no engine for this platform ({sys.platform}):"
        f" run your own server and set {variable} to its address."
    )


def write_private(path: Path, text: str, who: Account | None = None) -> None:
    """Write a secret whole or not at all, readable by its owner alone (the account, when given)."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as fresh:
        fresh.write(text)
        fresh.flush()
        os.fsync(fresh.fileno())
    if who:
        os.chown(name, who.uid, who.gid)
    Path(name).replace(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file exclusively; the kernel lets go of it when its holder dies."""
    with path.open("a") as file:
        flock(file, LOCK_EX)
        yield
