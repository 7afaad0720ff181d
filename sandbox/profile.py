"""What the marketplace tells sellers about themselves: profile, indicators, sales channels and gesture limits."""

from typing import TYPE_CHECKING

from sandbox.author import DAY
from sandbox.channels import Channel
from sandbox.orders import SHIPPED
from sandbox.wording import Document, euros, stamp

if TYPE_CHECKING:
    from sandbox.market import Market


def seller(market: "Market", name: str) -> Document:
    shop = market.sellers[name]
    return {
        "seller_id": int(name),
        "login": shop.shop_name.lower().replace(" ", "-"),
        "shop_name": shop.shop_name,
        "creation_date": "2021-05-25T08:00:00",
        "seller_state": "Activated",
        "seller_sub_state": "ActiveSeller",
        "subscription_step": "Finished",
        "auto_accept_order": shop.auto_accept,
        "fulfillment_profile_id": None,
        "seller_legal_information": None,
    }


def subscriptions(market: "Market", name: str) -> list[Document]:
    return [
        {
            "subscription_id": str(51_873 + position),
            "sales_channel_id": channel,
            "status": "Active",
            "action": None,
            "offer_submission_currency": market.channels[channel].currency,
            "seller_payment_currency": "EUR",
        }
        for position, channel in enumerate(market.sellers[name].channels)
    ]


def gestures(channel: Channel) -> Document:
    allowed = channel.gestures
    return {
        "salesChannelId": channel.id,
        "allowsGesture": allowed,
        "maxRate": channel.gesture_rate if allowed else None,
        "maxAmount": euros(channel.gesture_amount) if allowed else None,
        "currencyCode": channel.currency,
    }


def indicators(market: "Market", name: str) -> Document:
    """R55: reckoned from the market's own orders; claims are not simulated."""
    now = market.clock.time()
    day = stamp(now // DAY * DAY + 7_200 - (DAY if now % DAY < 7_200 else 0))[:19]
    shelf = market.shelves[name].orders.values()
    aged = [(now - order.snapshot.created, order) for order in shelf if order.snapshot]

    def share(days: int, judged: list[tuple[float, bool]]) -> float | None:
        chosen = [good for age, good in judged if age <= days * DAY]
        return round(100 * sum(chosen) / len(chosen), 1) if chosen else None

    def indicator(description: str, judged: list[tuple[float, bool]], threshold: float, *, least: bool) -> Document:
        body: Document = {
            "description": description,
            "treshold": threshold,
            "treshold_type": "TresholdMin" if least else "TresholdMax",
        }
        for days in (30, 60, 365):
            value = share(days, judged)
            body[f"value_d{days}"] = value
            body[f"compliant_d{days}"] = (
                None if value is None else (value >= threshold if least else value <= threshold)
            )
        return body | {"computation_date": day}

    def among(good: tuple[str, ...], words: tuple[str, ...]) -> list[tuple[float, bool]]:
        return [(age, order.status in good) for age, order in aged if order.status in words]

    shipped = tuple(sorted(SHIPPED))
    taken = ("Accepted", "InPreparation", *shipped)
    in_time = [(age, met) for age, order in aged if (met := order.in_time()) is not None]
    return {
        "order_acceptation": indicator("Taux d'acceptation", among(taken, (*taken, "Refused")), 95, least=True),
        "product_shipping": indicator("Taux d'expédition", among(shipped, (*shipped, "Cancelled")), 95, least=True),
        "deadline_compliance": indicator("Respect du délai", in_time, 95, least=True),
        "order_claims": None,
        "order_refunds": indicator("Taux d'annulation", among(("Cancelled",), (*taken, "Cancelled")), 8, least=False),
    }
