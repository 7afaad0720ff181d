"""A scanner of the keyboard kind for browser tests: recorded bursts of keys, with the layout mix-up as well."""

import time
from typing import Any

from playwright.sync_api import Page

CTRL, SHIFT = 2, 8  # what is held down, as the browser counts it
CLOSING = {"Enter": 13, "Tab": 9}

AZERTY = dict(zip("1234567890-=[];'\\,./", "&é\"'(-è_çà)=^$mù*;:!", strict=True))
AZERTY |= dict(zip('!@#$%^&*()_+{}:"|<>?', "1234567890°+¨£M%µ./§", strict=True))
AZERTY |= {us: fr for one, two in ("aq", "zw", "m,") for us, fr in ((one, two), (two, one))}
AZERTY |= {us: fr for one, two in ("AQ", "ZW") for us, fr in ((one, two), (two, one))} | {"M": "?", ",": ";", "<": "."}
SHIFTED = '!@#$%^&*()_+{}:"|<>?'
CODES = {
    "-": "Minus", "=": "Equal", "[": "BracketLeft", "]": "BracketRight", ";": "Semicolon", "'": "Quote",
    "\\": "Backslash", ",": "Comma", ".": "Period", "/": "Slash", "_": "Minus", "+": "Equal", "{": "BracketLeft",
    "}": "BracketRight", ":": "Semicolon", '"': "Quote", "|": "Backslash", "<": "Comma", ">": "Period", "?": "Slash",
    " ": "Space",
} | dict(zip("!@#$%^&*()", (f"Digit{digit}" for digit in "1234567890"), strict=True))  # fmt: skip


def _code(sign: str) -> str:
    if sign.isdigit():
        return f"Digit{sign}"
    return f"Key{sign.upper()}" if sign.isalpha() else CODES[sign]


class Scanner:
    """Types as a scanner does: 5 ms from key to key. `azerty`: set to the US layout on a machine with a French one.

    Each key says when it was pressed, so that a burst stays one on a busy machine.
    """

    def __init__(self, page: Page, *, azerty: bool = False) -> None:
        self.devtools = page.context.new_cdp_session(page)
        self.azerty = azerty
        self.scans = 0
        self.signs = 0  # so that a page which counts keys can tell those of a person

    def scan(self, text: str, close: str = "Enter") -> None:
        self.scans += 1
        self.burst(*self.recorded(text), (close, close, 0))

    def keys(self, text: str) -> None:
        """A burst that nothing closes."""
        self.burst(*self.recorded(text))

    def recorded(self, text: str) -> list[tuple[str, str, int]]:
        """For each sign the key as the machine reads it, the physical key, and what is held down with it."""
        return [
            (AZERTY.get(sign, sign) if self.azerty else sign, _code(sign), SHIFT if _shifted(sign) else 0)
            for sign in text
        ]

    def burst(self, *keys: tuple[str, str, int]) -> None:
        now = time.time()
        self.signs += sum(key not in CLOSING for key, _code_, _held in keys)
        for place, key in enumerate(keys):
            self.devtools.send("Input.dispatchKeyEvent", _pressed(*key) | {"timestamp": now + 0.005 * place})


def _shifted(sign: str) -> bool:
    return sign in SHIFTED or sign.isupper()


def _pressed(key: str, code: str, modifiers: int) -> dict[str, Any]:
    """One key, as the browser's own protocol wants it."""
    dead = key in ("^", "¨")
    told: dict[str, Any] = {"key": "Dead" if dead else key, "code": code, "modifiers": modifiers}
    if key in CLOSING:
        told["windowsVirtualKeyCode"] = CLOSING[key]
    text = "\r" if key == "Enter" else "" if dead or key == "Tab" or modifiers & CTRL else key
    return told | ({"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"})
