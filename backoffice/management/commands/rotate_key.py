"""`manage.py rotate_key`: write every stored secret anew under the first key of FIELD_ENCRYPTION_KEY."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from backoffice import checks, crypto


class Command(BaseCommand):
    help = (
        "Put a new key in front of FIELD_ENCRYPTION_KEY (new,former), restart, run this, then leave the former key out."
        " Interrupted or run twice it does no harm."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rewritten = sum(_rotate_column(model, field) for model, field in checks.encrypted_fields())
            rewritten += sum(_rotate_seeds(pk) for pk in Authenticator.objects.values_list("pk", flat=True))
        except crypto.Undecipherable as error:
            raise CommandError(
                f"{error} Nothing more was changed: add the key it was written with, and run again."
            ) from None
        self.stdout.write(f"{rewritten} secrets written anew under the first key")


def _rotate_column(model: Any, field: crypto.EncryptedField) -> int:
    """Each only where it is still what was read: who changes it meanwhile writes with the first key anyway."""
    table, column, key = (
        connection.ops.quote_name(str(name)) for name in (model._meta.db_table, field.column, model._meta.pk.column)
    )
    count = 0
    for pk, stored in checks.stored_secrets(connection, model, field):
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s",  # noqa: S608
                [crypto.rotate(stored), pk, stored],
            )
            count += cursor.rowcount
    return count


def _rotate_seeds(pk: int) -> int:
    """The seeds of one person's second factor or recovery codes."""
    with transaction.atomic():
        factor = Authenticator.objects.select_for_update().get(pk=pk)
        seeds = {name: value for name, value in factor.data.items() if name in ("secret", "seed") and value}
        factor.data |= {name: crypto.rotate(value) for name, value in seeds.items()}
        factor.save(update_fields=["data"])
    return len(seeds)
