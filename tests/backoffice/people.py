"""People for tests of signing in: with a password everybody here knows, and the way through the login page."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from backoffice import crypto
from backoffice.models import SellerAccount, User
from backoffice.roles import Role

PASSWORD = "seven wet horses on a hill"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def person(username: str, role: Role = Role.WAREHOUSE, **fields: Any) -> User:
    return User.objects.create_user(username, PASSWORD, role=role, **fields)


def sign_in(client: Client, login: str, password: str = PASSWORD, shared: bool = False) -> Any:
    sent = {"login": login, "password": password, **({"shared": "on"} if shared else {})}
    return client.post("/login/", sent)


def with_second_factor(user: User, seed: str = SEED) -> User:
    TOTP.activate(user, seed)
    return user


def code(seed: str = SEED) -> str:
    """The six digits of this half minute."""
    return str(format_hotp_value(hotp_value(seed, next(yield_hotp_counters_from_time()))))


def stored_seed(user: User) -> str:
    return crypto.decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])


def browser(role: Role | None, shop: SellerAccount, **how: Any) -> Client:
    """A browser in which somebody of this role is signed in, with a second factor where it is needed; or nobody."""
    client = Client(raise_request_exception=False, **how)
    if role:
        user = User.objects.create_user(role.value, PASSWORD, role=role, accounts=[shop])
        client.force_login(with_second_factor(user) if role in (Role.MANAGER, Role.ADMINISTRATOR) else user)
    return client
