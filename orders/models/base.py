"""What every table of the mirror shares: the account it belongs to, and the scope of who may see it."""

from typing import TYPE_CHECKING, Any

from django.db import models

from backoffice.models import SellerAccount

if TYPE_CHECKING:
    from backoffice.models import User


class Scoped(models.QuerySet[Any]):
    """Every query of a page passes here: rows of the accounts that this person may see, and no others."""

    def for_user(self, user: "User") -> "Scoped":
        return self if user.sees_every_account else self.filter(account__in=user.accounts.all())


def money() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=14, decimal_places=4, null=True)


class Owned(models.Model):
    """A row that belongs to one seller account."""

    account = models.ForeignKey(SellerAccount, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = Scoped.as_manager()

    class Meta:
        abstract = True
