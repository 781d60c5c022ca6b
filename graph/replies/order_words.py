"""How an order of a decision, and its fills, are put into words."""

from graph.replies.phrases import order_terms, shares, usd
from tools.told import OrderSeen


def order_said(order: OrderSeen) -> str:
    """Say what was ordered and what came of it, in a sentence that begins with a space."""
    terms = order_terms(order.kind, order.limit_price, order.stop_price)
    kind = "Protective order" if order.purpose == "exit" else "Order"
    asked = f" {kind}: {order.side} {shares(order.quantity)} {terms} (mark {usd(order.reference_price)})"
    if order.fills:
        filled = "; ".join(
            f"{shares(f.quantity)} filled on {f.session.isoformat()} at ${f.price:,.4f}, "
            f"commission {usd(f.commission)}"
            for f in order.fills
        )
        rest = f" ({order.status}: {order.reason})" if order.reason else ""
        rest = " (the rest is still working)" if order.status == "partially_filled" and not rest else rest
        return f"{asked}: {filled}{rest}."
    if order.status == "pending" and order.kind == "market_on_open":
        return f"{asked}: waiting for that open."
    if order.status in ("pending", "accepted"):
        return f"{asked}: working, nothing filled yet."
    if order.status == "unknown":
        return f"{asked}: its outcome is unknown until the broker has been asked again."
    return f"{asked}: {order.status}, {order.reason or 'no reason on record'}."
