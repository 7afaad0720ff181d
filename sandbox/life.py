"""Life goes on: the first stock of orders, what arrives, what customers and warehouses do, gaps lived through."""

from typing import TYPE_CHECKING, Any

from sandbox import history, outsiders, verbs
from sandbox.author import DAY, DRAWN, LineWish, Wish
from sandbox.history import HOUR
from sandbox.orders import STATUSES, Order
from sandbox.wording import moment

if TYPE_CHECKING:
    from sandbox.market import Market

_REST = 600  # shorter gaps are no rest
_LONGEST = 3 * DAY  # of new orders after a rest
_PER_DAY = 40


def fill(market: "Market", seller: str, count: int, *, days: float, since: float | None = None) -> list[Order]:
    """Invent `count` orders: of the last `days`, most of them recent, or evenly since a moment."""
    rng, now = market.author.rng, market.clock.time()
    shop = market.sellers[seller]
    channels = [market.channels[channel] for channel in shop.channels]
    weights = [channel.weight for channel in channels]
    if since is None:
        times = sorted(now - 60 - days * DAY * rng.random() ** 2.5 for _ in range(count))
    else:
        times = sorted(rng.uniform(since, now) for _ in range(count))
    orders = []
    for created in times:
        channel = rng.choices(channels, weights)[0]
        wish = history.wish(rng, channel, created, now, approval=channel.approval and not shop.auto_accept)
        order = market.add(seller, channel, wish, foresee=False)
        if order.status == "WaitingAcceptance":
            market.foresee(order)
        elif order.status == "Accepted":  # the final controls of the stock take their time
            market.later(now + rng.uniform(0.1, 8) * HOUR, "prepare", {"seller": seller, "order": order.number})
        history.leave_requests(market, order, now, since=since or 0)
        orders.append(order)
    market.shelves[seller].rebuild()
    return orders


def furnish(market: "Market", seller: str, *, since: float = 0) -> None:
    """Let today's queue hold late, near and far deadlines, approvals, a cancellation request and a rejected gesture."""
    now, shelf = market.clock.time(), market.shelves[seller]
    waiting = [
        order for order in shelf.orders.values() if order.status == "InPreparation" and order.document["shippedAtMax"]
    ]
    spans = [moment(order.document["shippedAtMax"]) - now for order in waiting]
    late = sum(span < 0 for span in spans)
    near = sum(0 <= span < 12 * HOUR for span in spans)
    far = sum(span > 4 * DAY for span in spans)
    rng = market.author.rng

    def put(
        channel: str, status: str, age: float, deadline: float | None, lines: list[LineWish] | None = None
    ) -> Order:
        created = max(now - age, since)
        wish = Wish(
            status=status,
            created=created,
            updated=min(created + 300, now),
            deadline=deadline,
            lines=lines or _lines(market),
        )
        order = market.add(seller, market.channels[channel], wish)
        market.publish(order)
        return order

    mine = market.sellers[seller].channels
    for missing in range(max(3 - late, 0)):
        put(mine[missing % len(mine)], "InPreparation", 3 * DAY, now - rng.uniform(2, 30) * HOUR)
    for missing in range(max(4 - near, 0)):
        put(mine[missing % len(mine)], "InPreparation", 20 * HOUR, now + rng.uniform(1, 11) * HOUR)
    for missing in range(max(3 - far, 0)):
        put(mine[missing % len(mine)], "InPreparation", 10 * HOUR, now + rng.uniform(5, 12) * DAY)
    if not market.sellers[seller].auto_accept:
        approvals = sum(order.status == "WaitingAcceptance" for order in shelf.orders.values())
        for channel in [name for name in mine if market.channels[name].approval][:1]:
            for _ in range(max(4 - approvals, 0)):
                put(channel, "WaitingAcceptance", rng.uniform(1, 30) * HOUR, None)
    _furnish_requests(market, seller, since, now)
    for status in STATUSES:
        if not any(order.status == status for order in shelf.orders.values()):
            put(mine[0], status, HOUR / 2, None)
    if not since:  # once: lines of one order with two addresses, and one that mixes all supply modes
        put(mine[0], "InPreparation", 5 * HOUR, None, [LineWish(quantity=1), LineWish(quantity=2, elsewhere=True)])
        modes = [
            LineWish(sku="GOURDE-750", mode="Fulfillment"),
            LineWish(sku="TENTE-3P", mode="Xdock"),
            LineWish(sku="SAC-RANDO-40"),
        ]
        put(mine[0], "InPreparation", 6 * HOUR, None, modes)


def _lines(market: "Market") -> list[LineWish]:
    return [LineWish() for _ in range(market.author.rng.choice((1, 1, 2, 3)))]


def _furnish_requests(market: "Market", seller: str, since: float, now: float) -> None:
    orders = list(market.shelves[seller].orders.values())
    if not any(line["status"] == "CancelRequest" for order in orders for line in order.lines):
        ready = [
            order
            for order in orders
            if order.status == "InPreparation" and order.lines[0]["offer"]["supplyMode"] == "Seller"
        ]
        if ready:
            when = max(now - HOUR, since, moment(ready[-1].document["updatedAt"]))
            outsiders.act(market, ready[-1], "ask-cancellation", lines=[ready[-1].lines[0]["orderLineId"]], at=when)
    mine = [request for request in market.requests.values() if request.kind == "gesture" and request.seller == seller]
    recent = [one for one in mine if one.document["status"] == "Rejected" and one.private["moment"] > now - 3 * DAY]
    if not recent:
        shipped = [order for order in orders if order.status == "Shipped" and market.channels[order.channel].gestures]
        if shipped:
            history.gesture(market, shipped[-1], "Rejected", max(now - HOUR, since + 1_900 if since else 0), now)


def catch_up(market: "Market", since: float) -> None:
    """Live through a rest: what was due happens at its time, old open orders end, three days of new ones arrive."""
    now = market.clock.time()
    if now - since < _REST:
        market.settle()
        return
    live = [event for event in market.due() if event[2] == "live"]
    market.restore_due([event for event in market.due() if event[2] != "live"], market.serial)
    for event in live:
        market.touched("due", event[1])
    market.settle()
    start = max(since + 60, now - _LONGEST)
    for seller, shelf in market.shelves.items():
        if not shelf.orders:
            continue
        _answer_customers(market, seller, since + 60, now)
        tend(market, seller, since + 60, now)
        fill(market, seller, int((now - start) / DAY * _PER_DAY), days=0, since=start)
        furnish(market, seller, since=start)


def _answer_customers(market: "Market", seller: str, since: float, now: float) -> None:
    """What customers asked for and nobody answered for two days is decided, one way or the other."""
    rng = market.author.rng
    for request in list(market.requests.values()):
        if request.kind != "cancellation" or request.seller != seller or not request.open:
            continue
        patience = request.private["moment"] + 2 * DAY
        if patience < now:
            outcome = "done" if rng.random() < 0.7 else "rejected"
            market.later(rng.uniform(max(since, patience), now), "decide", {"request": request.id, "outcome": outcome})
    market.settle()


def tend(market: "Market", seller: str, since: float, now: float) -> None:
    """End what has been open for too long: shipped elsewhere or by the warehouse, cancelled for its deadline (R11)."""
    rng = market.author.rng
    kept = 0
    for order in sorted(
        market.shelves[seller].orders.values(), key=lambda order: order.document["updatedAt"], reverse=True
    ):
        touched = moment(order.document["updatedAt"])
        when = rng.uniform(max(since, touched), now) if now > max(since, touched) else now
        if order.status == "Shipped":
            if (
                now - touched > 3 * DAY and rng.random() < 0.5 and touched > now - 30 * DAY
            ):  # R9: many stay Shipped for ever
                with market.acting("warehouse"):
                    verbs.deliver(market, order, when)
        elif order.status == "InPreparation":
            kept += _tend_open(market, order, when, now, spare=kept < 3)


def _tend_open(market: "Market", order: Order, when: float, now: float, *, spare: bool) -> int:
    """Returns 1 when the order stays, late, for today's queue."""
    rng = market.author.rng
    if now - moment(order.document["createdAt"]) > 1.5 * DAY and _has(order, "warehouse-ship"):
        outsiders.act(market, order, "warehouse-ship", at=when)
    deadline = order.document["shippedAtMax"]
    if not deadline or not _has(order, "ship") or moment(deadline) > now - 12 * HOUR:
        return 0
    if spare and moment(deadline) > now - 4 * DAY:
        return 1
    if rng.random() < 0.75:
        outsiders.act(market, order, "ship", at=when)
    else:
        codes = [line["orderLineId"] for line in order.lines if order.reached(line) == "InPreparation"]
        with market.acting("marketplace"):
            verbs.cancel_now(market, order, codes, "shipping-deadline", when)
    return 0


def _has(order: Order, what: str) -> bool:
    warehouse = what == "warehouse-ship"
    return any(
        order.reached(line) == "InPreparation" and (line["offer"]["supplyMode"] != "Seller") == warehouse
        for line in order.lines
    )


def beat(market: "Market", at: float, _data: dict[str, Any]) -> None:
    """One happening of `--live`, and the appointment for the next one."""
    if not market.live:
        return
    now = market.clock.time()
    if now - at > 6 * HOUR:  # the machine slept
        catch_up(market, at)
        market.later(now + 5, "live", {})
        return
    rate = max(market.settings.live_orders_per_hour, 0.1)
    market.later(at + market.luck.expovariate(rate / HOUR), "live", {})
    for seller in market.sellers:
        _happen(market, seller, at)
        _keep_workable(market, seller, at)


def _happen(market: "Market", seller: str, at: float) -> None:
    luck = market.luck
    what = luck.choices(("arrive", "deliver", "warehouse-ship", "customer", "late"), (50, 14, 14, 10, 12))[0]
    found = [order for order in market.shelves[seller].orders.values() if _may(order, what, at)]
    if not found:
        arrive(market, seller, at)
        return
    order = luck.choice(found)
    if what == "customer":  # R12: freely before acceptance, else only a request
        outsiders.act(market, order, "cancel" if order.status == "WaitingAcceptance" else "ask-cancellation", at=at)
    else:
        outsiders.act(market, order, "ship" if what == "late" else what, at=at)


def _keep_workable(market: "Market", seller: str, at: float) -> None:
    """A colleague takes what is too much, so that a queue nobody works on neither grows nor expires."""
    orders, settings = market.shelves[seller].orders.values(), market.settings
    waiting = [order for order in orders if order.status == "WaitingAcceptance"]
    for order in waiting[: min(max(len(waiting) - settings.live_approvals, 0), 5)]:
        outsiders.act(market, order, "accept", at=at)
    # One in 32 is forgotten, and what is near its deadline is left to the user: the queue keeps near and late ones.
    ready = [order for order in orders if order.serial % 32 and _has_time(order, at) and _has(order, "ship")]
    for order in market.luck.sample(ready, min(max(len(ready) - settings.live_queue, 0), 5)):
        outsiders.act(market, order, "ship", at=at)


def _has_time(order: Order, at: float) -> bool:
    snapshot = order.snapshot
    return order.status == "InPreparation" and snapshot is not None and (snapshot.ship_by or at) > at + 6 * HOUR


def _may(order: Order, what: str, at: float) -> bool:
    """Could this happen to the order by itself now?"""
    status, snapshot = order.status, order.snapshot
    if snapshot is None:
        return False
    if what == "deliver":
        return status == "Shipped" and at - 21 * DAY < snapshot.updated < at - DAY
    if what == "warehouse-ship":
        return status == "InPreparation" and _has(order, what)
    if what == "customer":
        return status in ("WaitingAcceptance", "InPreparation") and not order.before
    late = snapshot.ship_by is not None and snapshot.ship_by < at - 2 * DAY
    return what == "late" and status == "InPreparation" and late and _has(order, "ship")


def arrive(market: "Market", seller: str, at: float) -> Order:
    """A new order passed its controls (R1): it waits for the seller, or prepares itself (R3)."""
    luck, shop = market.luck, market.sellers[seller]
    channels = [market.channels[channel] for channel in shop.channels]
    channel = luck.choices(channels, [channel.weight for channel in channels])[0]
    status = "WaitingAcceptance" if channel.approval and not shop.auto_accept else "Accepted"
    lines = [LineWish(mode=DRAWN) for _ in range(luck.choices((1, 2, 3), (65, 25, 10))[0])]
    order = market.add(seller, channel, Wish(status=status, created=at, updated=at, lines=lines, steps=[(status, at)]))
    market.publish(order, at)
    return order
