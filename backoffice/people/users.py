"""What may change about a person: role, scope and status; sessions end with it, and the last administrator stays."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from backoffice import acts, exports, sessions
from backoffice.models import SellerAccount, User
from backoffice.roles import Role


class Refused(Exception):
    """The change is about oneself, or asked by somebody who is no administrator (any more)."""


@transaction.atomic
def change(
    user: User,
    by: User,
    *,
    role: Role | None = None,
    active: bool | None = None,
    accounts: Iterable[SellerAccount] | None = None,
) -> None:
    """Change what is given, all of it or nothing; None leaves it as it is. Raises Refused."""
    _allowed(user, by, own=role is None and active is None)
    changed = {name: value for name, value in (("role", role), ("is_active", active)) if value is not None}
    shifts: dict[str, tuple[Any, Any]] = {name: (getattr(user, name), value) for name, value in changed.items()}
    if accounts is not None:
        accounts = list(accounts)
        shifts["accounts"] = (_names(user.accounts.all()), _names(accounts))
    acts.note(by, acts.About.USER, user.username, shifts)
    if changed:
        for name, value in changed.items():
            setattr(user, name, value)
        user.save(update_fields=list(changed))
        sessions.end_all(user)
    if accounts is not None:
        user.accounts.set(accounts)
    if changed or accounts is not None:
        exports.end_of(user)


def change_role(user: User, role: Role, by: User) -> None:
    """Give another role. Raises Refused."""
    change(user, by, role=role)


def deactivate(user: User, by: User) -> None:
    """Shut a person out at once. Raises Refused."""
    change(user, by, active=False)


def _names(accounts: Iterable[SellerAccount]) -> list[str]:
    return sorted(account.name for account in accounts)


def _allowed(user: User, by: User, own: bool = False) -> None:
    """Another active administrator does it, so one always stays: also when two would remove each other at once,
    since every administrator's row is locked and read anew. `own`: the change may be about oneself.
    """
    active = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True)
    administrators = {person.pk for person in active.order_by("pk")}
    if user.pk == by.pk and not own:
        raise Refused("Nobody changes the own role or status.")
    if by.pk not in administrators:
        raise Refused("Only an administrator changes a role, a scope or a status.")
