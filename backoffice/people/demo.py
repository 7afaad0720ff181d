"""The demo's people: four logins, their passwords drawn once, kept in a file and printed. They live in a demo only."""

import json
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from backoffice import demo_database
from backoffice.models import SellerAccount, Setting, User
from backoffice.roles import Role

MARK = "demo people"  # the setting that goes along with them into every backup: they are never let in elsewhere


class NotADemo(Exception):
    """This installation is real: no demo logins are made in it."""


def allow() -> None:
    """Make sure that this is a demo, marking an empty database as one. Raises NotADemo."""
    if not settings.DEMO:
        raise NotADemo("The demo logins are made with DEMO=1 only.")
    connection.ensure_connection()
    if demo_database.is_demo(connection.connection):
        return
    if not demo_database.is_empty(connection.connection):
        raise NotADemo("This database is not a demo's: it already holds people or accounts. Leave DEMO out.")
    demo_database.mark(connection.connection)


@transaction.atomic
def seed() -> dict[str, str]:
    """Make the demo's people, or find them as they are; user name → password. Raises NotADemo."""
    allow()
    Setting.objects.get_or_create(key=MARK, defaults={"value": True})
    passwords = _passwords(Path(settings.DATA_DIR) / "demo-logins.json")
    accounts = list(SellerAccount.objects.filter(practice=True))
    for role in Role:
        _person(role, passwords[role.value], accounts)
    return passwords


def shut_out(user: User) -> bool:
    """Whether this is one of the demo's people outside the demo: their passwords lie in a file."""
    if settings.DEMO or user.username not in Role.values:
        return False
    return Setting.objects.filter(key=MARK).exists()


def _person(role: Role, password: str, accounts: list[SellerAccount]) -> None:
    user = User.objects.filter(username=role.value).first()
    if user is None:
        user = User.objects.create_user(role.value, password, role=role, name=str(role.label))
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    user.accounts.set(accounts)


def _passwords(path: Path) -> dict[str, str]:
    """What the file holds, completed with freshly drawn ones; readable by its owner alone."""
    try:
        known = json.loads(path.read_text())
    except FileNotFoundError:
        known = {}
    drawn = {role.value: known.get(role.value) or secrets.token_urlsafe(12) for role in Role}
    if drawn != known:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".fresh")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(drawn, file, indent=1)
        fresh.replace(path)
    return drawn
