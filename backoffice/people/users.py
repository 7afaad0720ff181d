"""What may change about a person: role and status, each ending their sessions; the last administrator stays."""

from django.db import transaction

from backoffice import sessions
from backoffice.models import User
from backoffice.roles import Role


class Refused(Exception):
    """The change is about oneself, or asked by somebody who is no administrator (any more)."""


@transaction.atomic
def change_role(user: User, role: Role, by: User) -> None:
    """Give another role. Raises Refused."""
    _allowed(user, by)
    user.role = role
    user.save(update_fields=["role"])
    sessions.end_all(user)


@transaction.atomic
def deactivate(user: User, by: User) -> None:
    """Shut a person out at once. Raises Refused."""
    _allowed(user, by)
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions.end_all(user)


def _allowed(user: User, by: User) -> None:
    """Another active administrator does it, so one always stays: also when two would remove each other at once,
    since every administrator's row is locked and read anew."""
    active = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True)
    administrators = {person.pk for person in active.order_by("pk")}
    if user.pk == by.pk:
        raise Refused("Nobody changes the own role or status.")
    if by.pk not in administrators:
        raise Refused("Only an administrator changes a role or a status.")
