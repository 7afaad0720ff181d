"""The one letter of this package: the link to a new password. It leaves by a task that knows only a person's id."""

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from kombu.exceptions import OperationalError

from backoffice.models import User

NOBODY = 0


def sends_mail() -> bool:
    """Whether this installation has a mail server; the console is none: the link would stand in the log."""
    return not settings.EMAIL_BACKEND.endswith("console.EmailBackend")


def ask_reset(people: list[int]) -> None:
    """Queue the letter; for nobody too, so that the answer's time tells nothing about who is here."""
    for pk in people or [NOBODY]:
        try:
            send_reset.apply_async((pk,), retry=False)
        except OperationalError:  # no broker: the letter matters more than the time it takes
            send_reset(pk)


@shared_task(name="backoffice.people.send_reset")
def send_reset(user_id: int) -> None:
    """Write to one person; the link is made here and stands in no message of the broker."""
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is None:
        return
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    with translation.override(user.language or settings.LANGUAGE_CODE):
        send_mail(
            gettext("Choose a new password"),
            render_to_string("people/reset_mail.txt", {"user": user, "url": settings.SITE_URL + path}),
            None,
            [user.email],
        )
