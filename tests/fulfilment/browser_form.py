"""A form as a browser without scripts would send it: read from the page, changed, posted."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class _Fields(HTMLParser):
    """The values of the form with this id; a button is sent only when it is pressed."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.inside, self.select = form, False, ""
        self.values: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = told.get("id") == self.form
        if not self.inside:
            return
        name = told.get("name", "")
        if tag == "select":
            self.select = name
        elif tag == "option" and (self.select not in self.values or "selected" in told):
            self.values[self.select] = [told.get("value", "")]
        elif tag == "input" and name:
            if told.get("type") in ("radio", "checkbox") and "checked" not in told:
                return
            self.values.setdefault(name, []).append(told.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "select":
            self.select = ""


def fields(answer: Any, form: str) -> dict[str, list[str]]:
    """What the form holds as it was served."""
    parser = _Fields(form)
    parser.feed(answer.content.decode())
    assert parser.values, f"no form {form}"
    return parser.values


def send(client: Client, url: str, answer: Any, form: str, headers: Any = None, **changes: Any) -> Any:
    """Post the form with these changes; None takes a field out. `p1_number` is the field `p1-number`."""
    values: dict[str, Any] = dict(fields(answer, form))
    for name, value in changes.items():
        key = name if name in values or "_" not in name or not name.startswith("p") else name.replace("_", "-", 1)
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    return client.post(url, values, headers=headers)
