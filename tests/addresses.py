"""The site's addresses by their full name, with the words each asks for."""

from django.urls import URLPattern, URLResolver, get_resolver, reverse

WORDS = {
    "number": "SCID0000000001",
    "token": "ended",
    "uidb36": "1",
    "key": "set-password",
    "slug": "shop",
    "section": "holds",
    "session": 1,
    "position": 1,
    "step": "withdraw",
    "name": "none.png",
    "which": "00000000-0000-0000-0000-000000000000",
    "day": "2026-11-02",
    "pk": 1,
    "id": 1,
}


def addresses(resolver: URLResolver | None = None, space: str = "") -> dict[str, list[str]]:
    """Name → the words that the address asks for, every namespace included."""
    found: dict[str, list[str]] = {}
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            found[f"{space}{entry.name}"] = [*entry.pattern.regex.groupindex]
        else:
            found |= addresses(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
    return found


def believable(**known: object) -> dict[str, str]:
    """Name → path with believable words in it; `known` replaces some of them."""
    words = {**WORDS, **known}
    return {name: reverse(name, kwargs={word: words[word] for word in asks}) for name, asks in addresses().items()}
