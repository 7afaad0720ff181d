"""How tests fill a dialog in: with the hidden fields that its page gave."""

import re
from typing import Any

HTMX = {"HX-Request": "true"}


def url(order: Any, page: str) -> str:
    return f"/orders/{order.number}/{page}/"


def filled(answer: Any, **values: str) -> dict[str, str]:
    """The form of a page as a browser would send it, with these values; `line_0` stands for `line-0`."""
    body = answer.content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(form_token|seen)" value="([^"]+)"', body))
    assert set(hidden) == {"form_token", "seen"}, body
    return hidden | {name.replace("_", "-") if name[-1].isdigit() else name: value for name, value in values.items()}


def button(answer: Any, name: str) -> str:
    """The words of a dialog's sending button."""
    found = re.search(rf'id="{name}-send"[^>]*>([^<]*)<', answer.content.decode())
    assert found
    return " ".join(found[1].replace("\xa0", " ").split())
