"""Sign the bench's visitor in and print the cookie: `python -m tests.bench.session`."""

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from backoffice.models import User  # noqa: E402

if __name__ == "__main__":
    visitor = Client()
    visitor.force_login(User.objects.get(username="bench"))
    print(f"{settings.SESSION_COOKIE_NAME}={visitor.session.session_key}")  # noqa: T201
