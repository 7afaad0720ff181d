"""PostgreSQL and Valkey for a machine that has neither: starts, remembers and stops the pair of one data folder.

What the settings need stands in the data folder's `engines.json` (0600): `database`, Django's connection members, and
`redis_url`. The engines outlive the program that started them, so a second start finds them and goes on.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backoffice.engines import places, postgres, valkey
from backoffice.engines.places import Refusal

__all__ = ["Engines", "Refusal", "load", "start", "stop"]


@dataclass(frozen=True)
class Engines:
    """The engines of one data folder; None for one that the environment provides instead."""

    postgres: postgres.Postgres | None
    valkey: valkey.Valkey | None

    @property
    def sockets(self) -> Path | None:
        """The private folder of the engines' sockets; None where there are no engines."""
        server = self.postgres or self.valkey
        return server.sockets if server else None

    def database(self) -> dict[str, Any]:
        """Django's connection members; a socket folder stands as HOST."""
        if (server := self.postgres) is None:
            return {}
        return {
            "NAME": postgres.DATABASE,
            "USER": postgres.ROLE,
            "PASSWORD": server.password,
            "HOST": str(server.sockets),
            "PORT": server.port,
        }

    def answer(self) -> bool:
        """Do all of them answer a connection with the password?"""
        return all(server.answers() for server in (self.postgres, self.valkey) if server)


def start(folder: Path, *, with_postgres: bool = True, with_valkey: bool = True, durable: bool = True) -> Engines:
    """Start what is asked for, or keep what already answers, with its data under `folder`, and remember where.

    `durable=False` is for throw-away servers of tests: no fsync, no append-only file. Raises Refusal.
    """
    who = places.account()
    home = places.settle(folder, who)
    with places.locked(folder / "engines.lock"):
        known = _known(folder) or {"durable": durable}
        if "database" not in known and (home / "postgres" / "cluster").exists():
            raise Refusal(
                f"{folder / 'engines.json'} is gone, and with it the password of the database beside it:"
                " put it back, or begin again with `make reset`."
            )
        engines = _described(known, home, who, places.socket_folder(str(known.get("sockets", "")), who))
        _remember(folder, engines)  # the passwords before the cluster that has them
        pg = postgres.start(engines.postgres) if with_postgres and engines.postgres else None
        vk = valkey.start(engines.valkey) if with_valkey and engines.valkey else None
        engines = Engines(pg or engines.postgres, vk or engines.valkey)
        _remember(folder, engines)
    return Engines(pg, vk)


def load(folder: Path) -> Engines:
    """The engines remembered in `folder`, running or not; both None where none was ever started."""
    if not (folder / "engines.json").exists():
        return Engines(None, None)
    who = places.account()
    home = places.settle(folder, who)
    return _described(_known(folder), home, who, Path(_known(folder)["sockets"]))


def stop(folder: Path) -> None:
    """End the engines of `folder` in order; nothing happens where none runs."""
    if not (folder / "engines.json").exists():
        return
    with places.locked(folder / "engines.lock"):
        engines = load(folder)
        if engines.valkey:
            valkey.stop(engines.valkey)
        if engines.postgres:
            postgres.stop(engines.postgres)


def _described(known: dict[str, Any], home: Path, who: places.Account | None, sockets: Path) -> Engines:
    database, durable = known.get("database", {}), bool(known.get("durable", True))
    return Engines(
        postgres.Postgres(
            home=home / "postgres",
            sockets=sockets,
            port=int(database.get("PORT", 0)),
            password=database.get("PASSWORD") or secrets.token_hex(24),
            superuser_password=known.get("superuser_password") or secrets.token_hex(24),
            who=who,
            durable=durable,
        ),
        valkey.Valkey(
            home=home / "valkey",
            sockets=sockets,
            port=int(known.get("redis_port", 0)),
            password=known.get("redis_password") or secrets.token_hex(24),
            who=who,
            durable=durable,
        ),
    )


def _known(folder: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((folder / "engines.json").read_text())
    except FileNotFoundError:
        return {}
    return content


def _remember(folder: Path, engines: Engines) -> None:
    pg, vk = engines.postgres, engines.valkey
    if pg is None or vk is None:
        return
    content = {
        "database": engines.database(),
        "superuser_password": pg.superuser_password,
        "redis_url": vk.url,
        "redis_socket_url": vk.socket_url,
        "redis_port": vk.port,
        "redis_password": vk.password,
        "sockets": str(pg.sockets),
        "durable": pg.durable,
    }
    places.write_private(folder / "engines.json", json.dumps(content, indent=2))
