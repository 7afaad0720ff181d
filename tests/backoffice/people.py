"""People for tests of signing in: with a password everybody here knows, and the browser's way through the login page."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.http import HttpResponse
from django.test import Client

from backoffice import crypto
from backoffice.models import User
from backoffice.roles import Role

PASSWORD = "seven wet horses on a hill"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def person(username: str, role: Role = Role.WAREHOUSE, **fields: Any) -> User:
    return User.objects.create_user(username, PASSWORD, role=role, **fields)


def sign_in(client: Client, login: str, password: str = PASSWORD, shared: bool = False) -> HttpResponse:
    sent = {"login": login, "password": password, **({"shared": "on"} if shared else {})}
    return client.post("/login/", sent)


def with_second_factor(user: User) -> User:
    TOTP.activate(user, SEED)
    return user


def code(seed: str = SEED, step: int = 1) -> str:
    """The six digits of this half minute (`step` 1), the one before (0) or the one after (2)."""
    return format_hotp_value(hotp_value(seed, list(yield_hotp_counters_from_time())[step]))


def stored_seed(user: User) -> str:
    return crypto.decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])
