"""Mirrors what changes seldom: carriers, sales channels, the seller's profile and indicators. Read once a day."""

import msgspec
from django.db import transaction
from django.utils import timezone

from backoffice import marketplace
from backoffice.models import SellerAccount
from octopia import schema
from orders.models import Carrier, Channel, Indicator

LEGAL = "legal"  # members whose name holds this are nobody's business here


def mirror_reference(account: SellerAccount) -> None:
    """Read all of it, four calls; raises what the client raises, and keeps what was read before."""
    with marketplace.client(account, "sync") as client:
        store_carriers(account, client.carriers())
        store_channels(account, client.subscriptions())
        store_profile(account, client.seller())
        store_indicators(account, client.indicators())


def store_carriers(account: SellerAccount, page: schema.Page[schema.Carrier]) -> None:
    """The list as it is now, in its order; an empty one is not believed."""
    listed = {(carrier.label, carrier.code): place for place, carrier in enumerate(page.items) if _fits(carrier)}
    if not listed:
        return
    now = timezone.now()
    with transaction.atomic():
        Carrier.objects.bulk_create(
            [
                Carrier(account=account, label=label, code=code, position=place, synced_at=now)
                for (label, code), place in listed.items()
            ],
            update_conflicts=True,
            unique_fields=["account", "label", "code"],
            update_fields=["position", "synced_at"],
        )
        Carrier.objects.filter(account=account, synced_at__lt=now).delete()


def store_channels(account: SellerAccount, page: schema.Page[schema.Subscription]) -> None:
    """The subscriptions; a channel known from orders alone stays, and so do the names that orders told."""
    newest = {item.channel: item for item in page.items if len(item.channel) <= 64}
    Channel.objects.bulk_create(
        [
            Channel(
                account=account,
                code=item.channel,
                subscription=item.id[:100],
                status=item.status[:64],
                action=item.action[:100],
                offer_currency=item.offer_currency[:8],
                payment_currency=item.payment_currency[:8],
                synced_at=timezone.now(),
            )
            for item in newest.values()
        ],
        update_conflicts=True,
        unique_fields=["account", "code"],
        update_fields=["subscription", "status", "action", "offer_currency", "payment_currency", "synced_at"],
    )


def store_profile(account: SellerAccount, seller: schema.Seller) -> None:
    """The profile as read, without the legal information."""
    profile = msgspec.to_builtins(seller)
    profile["extra"] = {path: value for path, value in profile.get("extra", {}).items() if LEGAL not in path.lower()}
    account.profile, account.profile_at = profile, timezone.now()
    account.save(update_fields=["profile", "profile_at"])


def store_indicators(account: SellerAccount, page: schema.Page[schema.Indicator]) -> None:
    Indicator.objects.bulk_create(
        [
            Indicator(
                account=account,
                name=item.name[:64],
                description=item.description,
                value_d30=item.value_30,
                value_d60=item.value_60,
                value_d365=item.value_365,
                threshold=item.threshold,
                threshold_type=item.threshold_kind[:64],
                compliant_d30=item.compliant_30,
                compliant_d60=item.compliant_60,
                compliant_d365=item.compliant_365,
                computed_at=item.computed_at,
                synced_at=timezone.now(),
            )
            for item in {item.name[:64]: item for item in page.items}.values()
        ],
        update_conflicts=True,
        unique_fields=["account", "name"],
        update_fields=[
            "description", "value_d30", "value_d60", "value_d365", "threshold", "threshold_type", "compliant_d30",
            "compliant_d60", "compliant_d365", "computed_at", "synced_at",
        ],
    )  # fmt: skip


def _fits(carrier: schema.Carrier) -> bool:
    return len(carrier.label) <= 200 and len(carrier.code) <= 100


def carrier_labels() -> list[str]:
    """What may have a cut-off time of its own, whatever the account."""
    return list(Carrier.objects.order_by("label").values_list("label", flat=True).distinct())


def channel_codes() -> list[str]:
    return list(Channel.objects.order_by("code").values_list("code", flat=True).distinct())
