"""What `make up` left in the data folder: the drawn secrets and where the embedded engines listen. Reads only."""

import json
from pathlib import Path
from typing import Any


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return content if isinstance(content, dict) else {}


def secrets(folder: Path) -> dict[str, str]:
    """SECRET_KEY, FIELD_ENCRYPTION_KEY and INSTALLATION_ID as drawn once; empty where nothing was drawn."""
    return {key: str(value) for key, value in _read(folder / "secrets.json").items()}


def database(folder: Path) -> dict[str, Any]:
    """Django's connection members of the embedded PostgreSQL (`engines.json`, member `database`).

    Where nothing is remembered the name alone stands: importing the settings must not fail on a machine that
    only lints, and connecting says what to do (`make up`, or DATABASE_URL).
    """
    return dict(_read(folder / "engines.json").get("database", {})) or {"NAME": "no-database-set"}


def redis_url(folder: Path) -> str:
    """The embedded Valkey's address with its password; empty where nothing is remembered."""
    return str(_read(folder / "engines.json").get("redis_url", ""))


def practice_url(folder: Path) -> str:
    """The API address of the demo's marketplace, so that commands in another terminal know it; empty without one."""
    path = folder / "sandbox-port"
    return f"http://127.0.0.1:{int(path.read_text())}/seller/v2" if path.exists() else ""


def port(folder: Path) -> int:
    """Where `make up` last served the site, so that links made in another terminal lead there; 0 without one."""
    path = folder / "port"
    return int(path.read_text()) if path.exists() else 0


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis address: a private socket, `unix://:password@/path?db=1`, has another scheme."""
    scheme, _, rest = redis_url.partition("://")
    return f"redis+socket://{rest.replace('?db=', '?virtual_host=')}" if scheme == "unix" else redis_url
