"""Sign the bench's visitors in and print the cookie of each, by role: `python -m tests.bench.session`."""

import json

import django

django.setup()

from allauth.mfa.models import Authenticator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from backoffice.models import User  # noqa: E402
from tests.backoffice.people import with_second_factor  # noqa: E402


def cookie(role: str) -> str:
    visitor, user = Client(), User.objects.get(username=f"bench-{role}")
    bare = role == "manager" and not Authenticator.objects.filter(user=user).exists()  # of a kept database it is not
    visitor.force_login(with_second_factor(user) if bare else user)
    return f"{settings.SESSION_COOKIE_NAME}={visitor.session.session_key}"


if __name__ == "__main__":
    print(json.dumps({role: cookie(role) for role in ("support", "manager")}))  # noqa: T201
