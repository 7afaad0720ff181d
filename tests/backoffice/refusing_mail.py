"""A mail server that is away, one that does not know an address, and one that goes away between two letters."""

from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend


class Backend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("The mail server is away.")


class Choosy(EmailBackend):
    """It takes no letter to anybody at example.invalid."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for letter in email_messages:
            if letter.to[0].endswith("@example.invalid"):
                raise SMTPRecipientsRefused({letter.to[0]: (550, b"no such mailbox")})
            sent += super().send_messages([letter])
        return sent


class Dying(EmailBackend):
    """It takes one letter of each connection, and no other."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if hasattr(self, "taken"):
            raise SMTPServerDisconnected("Connection unexpectedly closed")
        self.taken = True
        return int(super().send_messages(email_messages))
