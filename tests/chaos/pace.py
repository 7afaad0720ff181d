"""How much faster than the chaos run's own clock everything goes: for its miniature within `make test`."""

import os

PACE = float(os.environ.get("CHAOS_PACE", "1"))
