"""How far a bench is with its order: kept as JSON in its row. Its sentences are in the person's language."""

from hashlib import sha256

import msgspec


class Stop(msgspec.Struct):
    """The line stands until a person has acknowledged this."""

    title: str
    expected: str = ""
    seen: str = ""
    advice: str = ""
    search: str = ""  # what may be the number of an order that is not read yet
    ignored: int = 0  # scans that came after it and were not taken
    over: bool = False  # the order cannot be gone on with

    @property
    def key(self) -> str:
        """Which stop a page showed: only what was read can be acknowledged."""
        return sha256("|".join((self.title, self.expected, self.seen)).encode()).hexdigest()[:16]


class Label(msgspec.Struct, frozen=True):
    number: str
    carrier: str


class Said(msgspec.Struct, frozen=True):
    """What the last step led to. `signal`: right, wrong, finished, or "" for none."""

    signal: str = ""
    words: str = ""
    more: str = ""


class Work(msgspec.Struct):
    seen: int = 0  # the order's version when it was opened
    checked: dict[str, int] = {}  # items scanned, by line
    inside: dict[str, int] = {}  # the parcel of a line, by line
    parcel: int = 1  # the one that is being packed
    labels: dict[str, Label] = {}  # by the parcel's number
    read: bool = False  # the packing instruction
    notes: list[str] = []  # digests of the notes for the packer that were read
    sure: list[str] = []  # what was doubted and told: it is meant when it comes once more
    choice: str = ""  # a number whose carrier a person has to say
    carriers: list[str] = []  # among which
    problem: str = ""  # "ask", or which one
    stop: Stop | None = None
    said: Said = Said()
    asked: list[int] = []  # orders of which support was asked here, by their keys: they outlast the order on the bench


def read(stored: object) -> Work:
    """Kept by an older version in another form, it begins anew: nothing of it was declared."""
    try:
        return msgspec.convert(stored, Work)
    except msgspec.ValidationError:
        return Work()


def written(work: Work) -> dict[str, object]:
    return dict(msgspec.to_builtins(work))
