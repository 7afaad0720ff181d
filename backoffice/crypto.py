"""Secrets at rest: a text field encrypted with a key that lives outside the database.

Several keys may be set (FIELD_ENCRYPTION_KEY, separated by commas, the newest first): new values are written with the
first, old ones are still read, and `manage.py rotate_key` rewrites them.
"""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class Undecipherable(Exception):
    """A stored secret opens with no key we were given: set the former FIELD_ENCRYPTION_KEY, or write it anew."""


@cache
def _keys(joined: str) -> MultiFernet:
    return MultiFernet([Fernet(key.strip().encode()) for key in joined.split(",")])


def encrypt(text: str) -> str:
    return _keys(settings.FIELD_ENCRYPTION_KEY).encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Raises Undecipherable."""
    try:
        return _keys(settings.FIELD_ENCRYPTION_KEY).decrypt(stored.encode()).decode()
    except InvalidToken:
        raise Undecipherable("A stored secret does not open with FIELD_ENCRYPTION_KEY.") from None


def rotate(stored: str) -> str:
    """The same secret under the first key. Raises Undecipherable."""
    try:
        return _keys(settings.FIELD_ENCRYPTION_KEY).rotate(stored.encode()).decode()
    except InvalidToken:
        raise Undecipherable("A stored secret does not open with FIELD_ENCRYPTION_KEY.") from None


class EncryptedField(models.TextField):  # type: ignore[type-arg]
    """Text that is ciphertext in the database; empty stays empty. It cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return decrypt(value) if value else value
