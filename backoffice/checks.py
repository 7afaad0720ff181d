"""System checks of what only the running installation can tell: durability, the keys to the stored secrets, the zone.

`refuse_to_start` is what the web and the worker ask before they serve; `manage.py check --database default` and
`migrate` run the same checks.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from backoffice.crypto import EncryptedField, Undecipherable, decrypt

DURABLE = {"fsync": {"on"}, "full_page_writes": {"on"}, "synchronous_commit": {"on", "remote_apply"}}


@register(Tags.database)
def durability(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """A commit must survive a crash: what was sent to the marketplace is known from committed rows alone.

    A settings module may name its cluster a throw-away one (THROW_AWAY_DATABASE); no environment variable can, so only
    the tests' settings do. A server that cannot be reached is asked again by `/readyz`.
    """
    if getattr(settings, "THROW_AWAY_DATABASE", False):
        return []
    return [
        Error(
            f"PostgreSQL runs with {name} = {value}: a crash could lose commits.",
            hint=f"Set {name} = on in postgresql.conf, and for the role and the database.",
            id="backoffice.E001",
        )
        for connection in _reachable(databases)
        for name, value in _durability(connection)
        if value not in DURABLE[name]
    ]


@register(Tags.database)
def secrets_open(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """Every stored secret must open with FIELD_ENCRYPTION_KEY."""
    closed = {
        f"{model._meta.label}.{field.name}"
        for connection in _reachable(databases)
        for model, field in encrypted_fields()
        for _pk, stored in stored_secrets(connection, model, field)
        if not _opens(stored)
    }
    return [
        Error(
            f"Stored secrets do not open with FIELD_ENCRYPTION_KEY: {', '.join(sorted(closed))}.",
            hint="Add the former key behind the new one, separated by a comma, and run `manage.py rotate_key`;"
            " or write the secrets anew with `manage.py account`.",
            id="backoffice.E002",
        )
    ] * bool(closed)


@register()
def zone(**_: object) -> list[CheckMessage]:
    """SHOP_TIME_ZONE must be a zone of the time zone database."""
    try:
        ZoneInfo(settings.SHOP_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [
            Error(
                f"SHOP_TIME_ZONE is not a time zone: {settings.SHOP_TIME_ZONE!r}.",
                hint="Write it as Europe/Paris.",
                id="backoffice.E003",
            )
        ]
    return []


def refuse_to_start() -> None:
    """Raise ImproperlyConfigured for what makes it unsafe to serve; a database that is away is not such a thing."""
    found = [*durability(databases=["default"]), *secrets_open(databases=["default"]), *zone()]
    for alias in connections:
        if not connections[alias].in_atomic_block:
            connections[alias].close()  # nobody inherits it: workers fork after this
    if found:
        raise ImproperlyConfigured(" ".join(f"{message.msg} {message.hint}" for message in found))


def encrypted_fields() -> Iterator[tuple[type[models.Model], EncryptedField]]:
    """Every field of every model that holds ciphertext."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedField):
                yield model, field


def stored_secrets(
    connection: BaseDatabaseWrapper, model: type[models.Model], field: EncryptedField
) -> list[tuple[Any, str]]:
    """(primary key, ciphertext) as stored; nothing while the table is not there yet."""
    table, key = model._meta.db_table, str(model._meta.pk.column)
    quote = connection.ops.quote_name
    column = quote(str(field.column))
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return []
        cursor.execute(
            f"SELECT {quote(key)}, {column} FROM {quote(table)} WHERE {column} <> ''"  # noqa: S608
        )
        return [(pk, stored) for pk, stored in cursor.fetchall()]


def _durability(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(DURABLE)])
        return [(name, value) for name, value in cursor.fetchall()]


def _reachable(databases: Sequence[str] | None) -> Iterator[BaseDatabaseWrapper]:
    for alias in databases or ():
        connection = connections[alias]
        try:
            connection.ensure_connection()
        except OperationalError:
            continue
        yield connection


def _opens(stored: str) -> bool:
    try:
        decrypt(stored)
    except Undecipherable:
        return False
    return True
