"""The site: settings, people, rights, the call budget, and what every page shares."""

from backoffice.celery import app as celery_app

__all__ = ["celery_app"]
