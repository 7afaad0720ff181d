"""The site's settings with the keys and quick hashers of the tests; nothing of the product is switched off."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only-5f0c3b1d9a7e48d2b6c4a1e8f7035d9c-not-a-secret-anywhere")
os.environ.setdefault("FIELD_ENCRYPTION_KEY", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=")
os.environ.setdefault("INSTALLATION_ID", "tests")
os.environ.setdefault("DEMO", "0")
os.environ.setdefault("PORT", "8000")  # not that of a demo that lives in this checkout

if "PYTEST_VERSION" in os.environ:  # a test run, not a type checker
    from tests import server

    server.join()

from backoffice.settings import *  # noqa: F403

THROW_AWAY_DATABASE = True  # its server may forget a commit: the check of durability lets it
PRACTICE_URL = "http://practice.test/seller/v2"  # not that of a demo that lives in this checkout
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # files are found when asked for: no folder has to be collected first
