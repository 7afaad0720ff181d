"""The site's settings, read from the environment: typed, safe by default, or a refusal to start."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from backoffice import refusals, remembered

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")


def _number(name: str, default: int) -> int:
    given = env.str(name, default="").strip()
    if given and not given.isdecimal():
        raise ImproperlyConfigured(f"{name} is {given!r}: write a whole number.")
    return int(given or default)


# --- Site -------------------------------------------------------------------------------------------------------
# A variable that is set to nothing counts as not set, as in a fresh copy of .env.example.
DATA_DIR = Path(env.str("DATA_DIR", default="") or BASE_DIR / "var")
SECRETS = remembered.secrets(DATA_DIR)  # what `make up` drew once; the environment wins
SECRET_KEY = env.str("SECRET_KEY", default="") or SECRETS.get("SECRET_KEY", "")
FIELD_ENCRYPTION_KEY = env.str("FIELD_ENCRYPTION_KEY", default="") or SECRETS.get("FIELD_ENCRYPTION_KEY", "")
INSTALLATION_ID = env.str("INSTALLATION_ID", default="") or SECRETS.get("INSTALLATION_ID", "")
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
PORT = _number("PORT", remembered.port(DATA_DIR) or 8000)
SITE_URL = (env.str("SITE_URL", default="") or f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or ["127.0.0.1", "localhost", "[::1]"]
ALLOW_PLAIN_HTTP = env.str("ALLOW_PLAIN_HTTP", default="")
TRUSTED_PROXY = env.bool("TRUSTED_PROXY", default=False)
WEB_WORKERS = _number("WEB_WORKERS", 5)
HTTPS = urlsplit(SITE_URL).scheme == "https"

# --- Marketplace ------------------------------------------------------------------------------------------------
OCTOPIA_API_URL = env.str("OCTOPIA_API_URL", default="")
OCTOPIA_AUTH_URL = env.str("OCTOPIA_AUTH_URL", default="")
OCTOPIA_CLIENT_ID = env.str("OCTOPIA_CLIENT_ID", default="")
OCTOPIA_CLIENT_SECRET = env.str("OCTOPIA_CLIENT_SECRET", default="")
OCTOPIA_SELLER_ID = env.str("OCTOPIA_SELLER_ID", default="")
OCTOPIA_CALLS_PER_HOUR = _number("OCTOPIA_CALLS_PER_HOUR", 450)
PRACTICE_URL = env.str("PRACTICE_URL", default="") or ("" if OCTOPIA_API_URL else remembered.practice_url(DATA_DIR))

# --- Shop -------------------------------------------------------------------------------------------------------
SHOP_TIME_ZONE = env.str("SHOP_TIME_ZONE", default="") or "Europe/Paris"
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="") or "backoffice@localhost"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if env.str("EMAIL_URL", default=""):
    vars().update(env.email("EMAIL_URL"))
EMAIL_TIMEOUT = 10  # seconds: a mail server that is silent holds up no other work

# --- Database, broker, cache ------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="") or remembered.redis_url(DATA_DIR)
DATABASES = {
    "default": {
        **(env.db_url("DATABASE_URL") if DATABASE_URL else remembered.database(DATA_DIR)),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"application_name": "octopia-backoffice"},
    }
}
CACHES = {
    "default": {
        "BACKEND": "backoffice.cache.Cache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CELERY_BROKER_URL = remembered.broker_url(REDIS_URL)
CELERY_IMPORTS = ["backoffice.people.mails"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 180
CELERY_TASK_SOFT_TIME_LIMIT = 150
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 45
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_DB_REUSE_MAX = 500  # tasks on one connection: a new one for each costs a fifth of their time
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "max_retries": 0,  # who rings never waits for a broker that is away: the next look finds the row
}

# --- Django -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",  # its widgets' templates, beneath ours
    "django_htmx",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "backoffice",
    "orders",
    "fulfilment",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backoffice.middleware.LocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "backoffice.middleware.RequestMiddleware",
    "backoffice.middleware.AccessMiddleware",
]
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backoffice.pages.frame",
            ],
            "builtins": ["backoffice.templatetags.components"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
USE_TZ = True
TIME_ZONE = "UTC"  # stored; pages are shown in the shop's zone (backoffice.shop.zone)

# --- People -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "backoffice.User"
AUTHENTICATION_BACKENDS = ["backoffice.auth.Backend"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "backoffice.auth.AccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = False
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TRUSTED_PROXY else 0
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "20/m/ip,5/m/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "backoffice.auth.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Back office"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = int(timedelta(days=7).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "backoffice.errors.csrf_failure"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Headers ----------------------------------------------------------------------------------------------------
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes speak plain http from inside
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "font-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 200  # a page that takes many answers for each of them

# --- Waits and leases (settings, so that tests can run fast) ----------------------------------------------------
SYNC_EVERY: float = 60  # seconds, times the active accounts on one client id
SYNC_OVERLAP = 3 * 60
SYNC_DEEP_OVERLAP = 60 * 60
SYNC_DEEP_EVERY = 15  # runs
SYNC_NIGHTLY_OVERLAP = 48 * 60 * 60
SYNC_PAGE = 100
BACKFILL_DAYS = 90
SWEEP_EVERY: float = 15  # seconds between two looks of a worker's own thread
SWEEP_PATIENCE: float = 30  # seconds due work is left to others before that thread does it
HEARTBEAT_EVERY = 30
OUTBOX_LEASE: float = 180  # seconds a worker may keep a command
OUTBOX_MARGIN: float = 60  # seconds of the lease that must be left when bytes may leave
OUTBOX_BACKOFF: tuple[float, float] = (2, 300)  # seconds, the least and the most, with full jitter
OUTBOX_EARLY_LOOKS: tuple[float, ...] = (5, 30)  # seconds after an unclear attempt; looks that can only find
OUTBOX_ABSENT_READS: dict[str, tuple[float, ...]] = {
    "S": (120, 300),
    "W": (120, 420, 1200),
    "M": (120, 420, 1200),
}  # looks whose absence counts
OUTBOX_SHOWN_AFTER: float = 150  # seconds within which two live runs should have shown what was taken
OUTBOX_VISIBLE_WITHIN: float = 30 * 60
OUTBOX_FOLLOW: tuple[float, float] = (
    30,
    3600,
)  # seconds between two looks at a request that is not decided, doubled from look to look
OUTBOX_DECIDED_WITHIN = 72 * 60 * 60
DELIVER_EVERY: float = 2  # seconds between two looks of `manage.py deliver --loop`
FRESH_AMBER = 10 * 60
FRESH_RED = 30 * 60

refusals.refuse_unsafe(
    secret_key=SECRET_KEY,
    encryption_key=FIELD_ENCRYPTION_KEY,
    installation_id=INSTALLATION_ID,
    debug=DEBUG,
    demo=DEMO,
    hosts=ALLOWED_HOSTS,
    site_url=SITE_URL,
    allow_plain_http=ALLOW_PLAIN_HTTP,
    octopia_api_url=OCTOPIA_API_URL,
)

LOGGING_CONFIG = "backoffice.logs.configure"
LOGGING = {"version": 1}  # Django calls the function above only where this is not empty
