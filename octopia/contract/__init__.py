"""What the marketplace promises, as data: the OpenAPI file, the examples by name, and the law of its lifecycle."""

import json
from functools import cache
from pathlib import Path

import msgspec

OPENAPI = Path(__file__).parent / "openapi.yaml"
EXAMPLES = Path(__file__).parent / "examples"


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One documented body: the operation it belongs to, and whether it is a request or an answer."""

    operation: str
    part: str
    status: int = 0  # 0: a request has none


@cache
def examples() -> dict[str, Example]:
    """Every example by name; its body is `EXAMPLES / f"{name}.json"`."""
    return msgspec.convert(json.loads((EXAMPLES / "index.json").read_bytes()), type=dict[str, Example])


def example(name: str) -> bytes:
    """The documented body of that name, as the marketplace would send or take it."""
    if name not in examples():
        raise KeyError(name)
    return (EXAMPLES / f"{name}.json").read_bytes()
