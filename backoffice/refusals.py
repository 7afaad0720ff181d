"""What we refuse to start with, each as one sentence with the way out. Knows the values, not where they came from."""

from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1", "testserver"}


def refuse_unsafe(
    *,
    secret_key: str,
    encryption_key: str,
    installation_id: str,
    debug: bool,
    demo: bool,
    hosts: list[str],
    site_url: str,
    allow_plain_http: str,
    octopia_api_url: str,
) -> None:
    """Raise ImproperlyConfigured for the first thing that makes this installation unsafe."""
    site = urlsplit(site_url)
    beyond = sorted({*hosts, site.hostname or ""} - LOOPBACK)
    if len(secret_key) < 50 or len(set(secret_key)) < 5 or secret_key.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            "SECRET_KEY is missing or weak: set one of 50 signs or more, or start with `make up`."
        )
    try:
        for key in encryption_key.split(","):
            Fernet(key.strip().encode())
    except ValueError:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEY is missing or not a Fernet key: set 32 random bytes in url-safe base64"
            " (several, separated by commas, the newest first, while rotating)."
        ) from None
    if not installation_id:
        raise ImproperlyConfigured("INSTALLATION_ID is missing: set a name that no other installation has.")
    if any("*" in host or host.startswith(".") for host in hosts):
        raise ImproperlyConfigured("ALLOWED_HOSTS holds a wildcard: name each host.")
    if site.scheme not in {"http", "https"} or not site.hostname:
        raise ImproperlyConfigured("SITE_URL must be the outside address, such as https://orders.example.org.")
    if allow_plain_http not in {"", "lan"}:
        raise ImproperlyConfigured("ALLOW_PLAIN_HTTP has one value: lan. Leave it out otherwise.")
    if debug and beyond:
        raise ImproperlyConfigured(f"DEBUG is on and {beyond[0]} is not loopback: turn DEBUG off.")
    if site.scheme == "http" and beyond and allow_plain_http != "lan":
        raise ImproperlyConfigured(
            f"Plain http with {beyond[0]}, which is not loopback: set an https SITE_URL,"
            " or ALLOW_PLAIN_HTTP=lan for a trusted network."
        )
    if demo and beyond:
        raise ImproperlyConfigured(f"DEMO is on and {beyond[0]} is not loopback: the demo's logins are public.")
    if demo and (urlsplit(octopia_api_url).hostname or "127.0.0.1") not in LOOPBACK:
        raise ImproperlyConfigured("DEMO is on beside another's OCTOPIA_API_URL: the demo has its own marketplace.")
