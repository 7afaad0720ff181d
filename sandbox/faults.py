"""Faults on demand and by seeded mixture: what they are called, and whose turn it is.

A fault is a few words: a kind, then options and a number in any order; a hyphen serves as well as a space.

| Words | What happens |
|---|---|
| `""` | nothing: this request passes |
| `slow 2` | the answer comes after 2 seconds |
| `stall 30` | the connection stays silent for 30 seconds and is then closed; the effect happened |
| `429 17`, `429 date`, `429 text` | too many requests; Retry-After in seconds, as a date, or only in the text |
| `quota 695`, `quota text` | the gateway's 403 about the call volume, with Retry-After or only in the text |
| `401` | the token is revoked in mid-run |
| `500 before`, `502 after`, ... | 500, 502, 503 or 504 before (as without a word) or after the effect |
| `html`, `html after` | a 502 page |
| `cut` | the body ends in the middle and the connection closes; the effect happened |
| `empty` | a 200 without a body; the effect happened |
| `type` | the right body under the wrong Content-Type; the effect happened |
| `redirect` | a 302 to elsewhere; no effect |
| `lost`, `lost before` | the connection closes without an answer, after or before the effect |
| `delayed 90` | the connection closes without an answer; the request has its effect that many seconds later |
| `status 403`, `status 409 busy`, `status 418` | a no with this status and the words of the service; no effect |
| `unknown status`, `unknown mode`, `unknown reason` | words nobody knows in the first record (no word: all) |
| `extra` | members nobody knows |
| `broken 2` | that many records of the answer (1 without a number) do not parse, each in another way |
| `drift 3` | that many orders of the seller change right after the page was read |
| `equal 5000` | that many orders get one and the same `updatedAt`, before the answer |
| `sort`, `sort 3600` | the sort is silently ignored, for this request or for so many seconds |
| `filter`, `filter 3600` | the filters are silently ignored |
| `late 90` | what this request changes shows up in lists 90 seconds late |
| `empty list`, `empty list 3600` | the list holds nothing, for this request or for so many seconds |
| `miscount`, `miscount 3600` | counts are wrong |

A fault given as `{"fault": words, "method": "POST", "path": "/shipments"}` waits for a request whose method is that and
whose path contains that. The others meet any call of the API but for the token's, unless `path` names it.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

KINDS = frozenset(
    {
        "", "slow", "stall", "429", "quota", "401", "500", "502", "503", "504", "html", "cut", "empty", "type",
        "redirect", "lost", "delayed", "status",
        "unknown", "extra", "broken", "drift", "equal", "sort", "filter", "late", "miscount",
    }
)  # fmt: skip
_OPTIONS = frozenset({"before", "after", "date", "text", "list", "status", "mode", "reason", "ignored", "busy"})
SPELLS = frozenset({"sort", "filter", "empty list", "miscount"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, read from its words."""

    kind: str = ""
    options: frozenset[str] = frozenset()
    number: float | None = None
    method: str = ""
    path: str = ""

    @property
    def words(self) -> str:
        number = "" if self.number is None else f"{self.number:g}"
        return " ".join(filter(None, (self.kind, *sorted(self.options), number)))

    @property
    def spell(self) -> str:
        """Under which name it may last, if it is one of those."""
        name = "empty list" if self.kind == "empty" and "list" in self.options else self.kind
        return name if name in SPELLS else ""

    def meets(self, method: str, path: str) -> bool:
        if self.path:
            return self.path in path and self.method in ("", method)
        return self.method in ("", method) and not path.startswith("/auth/")


NO_FAULT = Fault()


def read(fault: str | dict[str, Any]) -> Fault:
    """A fault from its words; `ValueError` names the word that is unknown."""
    method = path = ""
    if isinstance(fault, dict):
        if set(fault) - {"fault", "method", "path"}:
            raise ValueError("a fault has the members fault, method and path")
        method, path, fault = (
            str(fault.get("method", "")).upper(),
            str(fault.get("path", "")),
            str(fault.get("fault", "")),
        )
    kind, *rest = fault.replace("-", " ").split() or [""]
    if kind not in KINDS:
        raise ValueError(f"no fault is called {kind!r}")
    number: float | None = None
    options = set()
    for word in rest:
        if word in _OPTIONS:
            options.add(word)
        else:
            try:
                number = float(word)
            except ValueError:
                raise ValueError(f"{word!r} says nothing about the fault {kind!r}") from None
    return Fault(kind, frozenset(options - {"ignored"}), number, method, path)


def read_mixture(spec: str) -> list[tuple[Fault, float]]:
    """`429:0.05,500-before:0.02` → faults with the share of requests they meet; the shares add up to 1 at most."""
    mixture = []
    for part in filter(None, (part.strip() for part in spec.split(","))):
        words, _, share = part.rpartition(":")
        try:
            chance = float(share)
        except ValueError:
            raise ValueError(f"{part!r} is not FAULT:SHARE") from None
        mixture.append((read(words), chance))
    if any(chance < 0 for _, chance in mixture) or sum(chance for _, chance in mixture) > 1:
        raise ValueError("the shares lie between 0 and 1 and add up to 1 at most")
    return mixture


class Faults:
    """The list, consumed one per matching request; when it is empty the mixture decides."""

    def __init__(self, seed: int, mixture: str = "") -> None:
        self._listed: list[Fault] = []
        self._rng = random.Random(f"faults {seed}")
        self._mixture = read_mixture(mixture)

    def extend(self, faults: Iterable[str | dict[str, Any]]) -> None:
        self._listed.extend([read(fault) for fault in faults])

    def append(self, fault: str | dict[str, Any]) -> None:
        self._listed.append(read(fault))

    def replace(self, faults: Iterable[str | dict[str, Any]]) -> None:
        self._listed = [read(fault) for fault in faults]

    def clear(self) -> None:
        self._listed, self._mixture = [], []

    def mix(self, spec: str) -> None:
        """Set the mixture anew."""
        self._mixture = read_mixture(spec)

    def __len__(self) -> int:
        return len(self._listed)

    def __iter__(self) -> Iterator[str]:
        return iter([fault.words for fault in self._listed])

    def take(self, method: str, path: str) -> Fault:
        """Whose turn it is at this request."""
        for position, fault in enumerate(self._listed):
            if fault.meets(method, path):
                return self._listed.pop(position)
        if self._mixture and not path.startswith("/auth/"):
            drawn = self._rng.random()
            for fault, chance in self._mixture:
                drawn -= chance
                if drawn < 0:
                    return fault
        return NO_FAULT
