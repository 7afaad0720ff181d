"""Invitations: a link, good once and for seven days, with which somebody chooses a password. Only its hash is kept."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from backoffice import acts, sessions
from backoffice.models import Invitation, SellerAccount, User
from backoffice.roles import Role

LIVES = timedelta(days=7)


class Used(Exception):
    """The invitation was used, has ended, or never was: ask for a new one."""


def invite(email: str, role: Role, accounts: Iterable[SellerAccount] = (), by: User | None = None) -> str:
    """A new invitation; returns its link, which is shown once and not kept.

    For the address of somebody who is here already the link lets them choose a new password; their role stays.
    """
    token = secrets.token_urlsafe(32)
    accounts = list(accounts)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            hash=_hash(token), email=email, role=role, invited_by=by, expires_at=timezone.now() + LIVES
        )
        invitation.accounts.set(accounts)
        names = sorted(account.name for account in accounts)
        acts.note(by, acts.About.INVITATION, email, {"role": (None, str(role)), "accounts": (None, names)})
    return str(settings.SITE_URL) + reverse("invitation", args=[token])


def invite_first() -> str:
    """The link of the first administrator; empty when there is one. Former such links end: one lies open at a time."""
    if User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists():
        return ""
    Invitation.objects.filter(email="", role=Role.ADMINISTRATOR, used_at=None).update(expires_at=timezone.now())
    return invite("", Role.ADMINISTRATOR)


def opened(token: str) -> Invitation:
    """The open invitation of a link. Raises Used."""
    found = Invitation.objects.filter(hash=_hash(token), used_at=None, expires_at__gt=timezone.now()).first()
    if found is None:
        raise Used
    return found


def invited(invitation: Invitation) -> User | None:
    """The person who is here already under the invitation's address."""
    return User.objects.filter(email__iexact=invitation.email).first() if invitation.email else None


def accept(token: str, *, username: str, name: str, password: str) -> User:
    """Make the person, or give the one who is here the new password; the link is spent. Raises Used."""
    with transaction.atomic():
        invitation = opened(token)
        now = timezone.now()
        if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=now):
            raise Used
        if invitation.email:  # whoever holds another link to this address would choose the password again
            Invitation.objects.filter(email__iexact=invitation.email, used_at=None).update(used_at=now)
        if user := invited(invitation):
            user.set_password(password)
            user.save(update_fields=["password"])
            sessions.end_all(user)
            acts.note(user, acts.About.USER, user.username, {"password": acts.SECRET})
            return user
        user = User.objects.create_user(
            username,
            password,
            name=name,
            email=invitation.email,
            role=invitation.role,
            accounts=invitation.accounts.all(),
        )
        acts.note(user, acts.About.USER, user.username, {**acts.NEW, "role": (None, user.role)})
        return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
