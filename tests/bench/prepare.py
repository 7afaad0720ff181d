"""Fill the database that DATABASE_URL names: `python -m tests.bench.prepare 1000`."""

import sys

import django

django.setup()

from backoffice.models import User  # noqa: E402
from tests.bench.fill import fill  # noqa: E402

if __name__ == "__main__":
    account = fill(int(sys.argv[1]))
    for role in ("support", "manager"):
        User.objects.create_user(f"bench-{role}", "bench-bench-bench", role=role, accounts=[account])
