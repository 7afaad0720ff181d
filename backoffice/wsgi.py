"""The WSGI callable that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

application = get_wsgi_application()

from backoffice import checks  # noqa: E402  (it needs the apps)

checks.refuse_to_start()
