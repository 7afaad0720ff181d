"""The stylesheet keeps its promises: contrast of every pair of tokens in both themes, and colours in one place."""

import re
from itertools import product

import pytest

from tests.design.places import STATIC

CSS = re.sub(r"/\*.*?\*/", "", (STATIC / "app.css").read_text(), flags=re.DOTALL)
SURFACES = ("bg", "surface", "sunken")
TEXTS = ("text", "muted", "accent", "danger", "warn", "ok", "info")
SOFT = ("accent", "danger", "warn", "ok", "info")


def layer(name: str) -> str:
    """What stands between the braces of `@layer name { … }`."""
    start = CSS.index("{", CSS.index(f"@layer {name} {{")) + 1
    depth, end = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(CSS[end], 0)
        end += 1
    return CSS[start : end - 1]


TOKENS = {
    name: dict(zip(("light", "dark"), values, strict=True))
    for name, *values in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", layer("tokens"))
}
SPECIFIED = {  # ui-spec 1.1
    "bg": ("#f4f5f7", "#0f131b"),
    "surface": ("#ffffff", "#171c27"),
    "sunken": ("#eceef2", "#1f2533"),
    "text": ("#161b26", "#e7eaf1"),
    "muted": ("#535d6f", "#a3adbf"),
    "line": ("#d9dde4", "#2c3444"),
    "line-2": ("#788191", "#6f7a8f"),
    "accent": ("#1f4fbf", "#8fb0ff"),
    "accent-ink": ("#ffffff", "#0c1630"),
    "accent-soft": ("#e6edfc", "#1d2a4a"),
    "danger": ("#b3201b", "#ff9d97"),
    "danger-soft": ("#fdeceb", "#3b1a1b"),
    "warn": ("#8a5300", "#f2c172"),
    "warn-soft": ("#fdf1dc", "#35280f"),
    "ok": ("#1b6a3a", "#86d9a4"),
    "ok-soft": ("#e5f4ea", "#12301f"),
    "info": ("#1d5b87", "#8ecbf2"),
    "info-soft": ("#e4f1fa", "#122c3f"),
}


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_ratio_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_tokens_are_those_that_were_chosen():
    assert {name: tuple(values.values()) for name, values in TOKENS.items()} == SPECIFIED


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *product(TEXTS, SURFACES),
        *((name, f"{name}-soft") for name in SOFT),
        ("accent-ink", "accent"),
        ("text", "accent-soft"),
    ],
)
def test_text_can_be_read_on_every_surface(text, ground, theme):
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 5.3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("soft", SOFT)
def test_plain_text_can_be_read_on_soft_colours(soft, theme):
    assert contrast(TOKENS["text"][theme], TOKENS[f"{soft}-soft"][theme]) >= 5.3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", SURFACES)
def test_the_edges_of_controls_are_seen(ground, theme):
    assert contrast(TOKENS["line-2"][theme], TOKENS[ground][theme]) >= 3


def test_the_layers_stand_in_their_order():
    assert "@layer reset, tokens, base, layout, components, utilities;" in CSS


@pytest.mark.parametrize("name", ["reset", "base", "layout", "components", "utilities"])
def test_colours_and_sizes_stand_in_the_tokens_alone(name):
    rules = re.sub(r"@media[^{]*\{", "{", layer(name))

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", rules) == []
    assert re.findall(r"[^;{]*\b\d*\.?\d+(?:px|rem)\b[^;}]*", rules) == []


def test_every_token_that_is_used_is_there():
    made = set(re.findall(r"(--[\w-]+):", CSS))

    assert set(re.findall(r"var\((--[\w-]+)\)", CSS)) - made == set()


def test_movement_stops_for_those_who_ask():
    assert "prefers-reduced-motion: reduce" in layer("tokens")
    assert [int(ms) <= 150 for ms in re.findall(r"--quick: (\d+)ms", layer("tokens"))] == [True]
    moving = re.findall(r"transition: ([^;]+);", CSS)
    assert moving
    assert [rule for rule in moving if "var(--quick)" not in rule] == []
