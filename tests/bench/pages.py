"""P1 to P6, P8 and P11: pages against their floor and against themselves at other sizes."""

import json
import subprocess
import sys
from urllib.parse import quote

from tests.bench.measure import Report, in_turn
from tests.bench.serving import ROOT, Site

LIST = "/orders/?sort=-placed"
HOSTILE = {
    "two letters": "ma",
    "hot prefix": "sol",
    "four words": "solene lyon lampadaire bleu",
    "absent word": "zzyzzxq",
}


def subjects(site: Site) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.subjects"],
        cwd=ROOT, env=site.environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout)
    return found


def search(text: str) -> str:
    return f"/orders/?q={quote(text)}"


def measure_pages(report: Report, sites: list[Site]) -> None:
    small, large = sites[0], sites[-1]
    known = {site.size: subjects(site) for site in sites}
    lists(report, small, large, known)
    searches(report, sites, known)
    figures(report, small, large)
    order_page(report, large, known[large.size])
    weights(report, large, known[large.size])
    memory(report, small, large, known)
    report.put("P11", "web process ready", f"{large.ready_after:.1f} s, wanted ≤ 3 s")


def lists(report: Report, small: Site, large: Site, known: dict[int, dict[str, str]]) -> None:
    deep = f"{LIST}&after={known[large.size]['deep']}"
    at_small, first, floor, far = in_turn(
        small.site.opening(LIST), large.site.opening(LIST), large.floor.opening("/list/"), large.site.opening(deep)
    )
    report.put("P1", "list, page 1", f"{first * 1000:.1f} ms; floor {floor * 1000:.1f} ms")
    report.bar("P1", f"list at {large.size:,} against itself at {small.size:,}", first / at_small, 1.3)
    report.bar("P1", "list against its floor", first / floor, 2.5)
    report.bar("P2", f"page at rank {min(50_000, large.size):,} against page 1", far / first, 1.2)
    for view in ("to-ship", "late", "shipped-today"):
        seconds, again = in_turn(
            small.site.opening(f"/orders/?view={view}"), large.site.opening(f"/orders/?view={view}")
        )
        report.put("P1", f"view {view} at {large.size:,} against {small.size:,}", f"{again / seconds:.2f} ×")


def searches(report: Report, sites: list[Site], known: dict[int, dict[str, str]]) -> None:
    large, middle = sites[-1], sites[-2]
    base = large.floor.opening(f"/search/{quote(known[large.size]['name'].lower())}/")

    def terms(site: Site) -> dict[str, str]:
        of = known[site.size]
        return {
            "number": of["number"],
            "parcel": of["parcel"],
            "name": of["name"],
            "SKU": of["sku"],
            "two words": f"{of['first_name']} {of['name']}",
            "postcode and name": f"{of['postcode']} {of['name']}",
        }

    here, there = terms(large), terms(middle)
    for what, text in here.items():
        ours, floor, smaller = in_turn(
            large.site.opening(search(text)), base, middle.site.opening(search(there[what])), rounds=15
        )
        report.bar("P3", f"search by {what}, against the floor's search", ours / floor, 2.5)
        report.bar("P3", f"search by {what}, against itself at {middle.size:,}", ours / smaller, 1.5)
    hostile = {what: search(text) for what, text in HOSTILE.items()}
    hostile["500 pasted numbers"] = large.site.paste("/orders/", "numbers", known[large.size]["numbers"])
    for what, path in hostile.items():
        ours, floor = in_turn(large.site.opening(path), base, rounds=9)
        report.bar("P4", f"hostile search: {what}, against the floor's search", ours / floor, 5)


def figures(report: Report, small: Site, large: Site) -> None:
    path = "/statistics/"
    at_small, ours, floor = in_turn(
        small.manager.opening(path), large.manager.opening(path), large.floor.opening("/figures/")
    )
    report.put("P5", "figures of 30 days", f"{ours * 1000:.1f} ms; floor {floor * 1000:.1f} ms")
    report.bar("P5", "figures from rollups against their floor", ours / floor, 2.5)
    report.put("P5", f"figures at {large.size:,} against themselves at {small.size:,}", f"{ours / at_small:.2f} ×")
    (year,) = in_turn(large.manager.opening(f"{path}?period=365"), rounds=9)
    report.put("P5", "figures of 365 days", f"{year * 1000:.1f} ms")


def order_page(report: Report, large: Site, of: dict[str, str]) -> None:
    path = f"/orders/{of['shipped']}/"
    ours, floor = in_turn(large.site.opening(path), large.floor.opening(path))
    report.put("P6", "order page", f"{ours * 1000:.1f} ms; floor {floor * 1000:.1f} ms")
    report.bar("P6", "order page against its floor", ours / floor, 4)


def weights(report: Report, large: Site, of: dict[str, str]) -> None:
    files = ["/static/app.css", "/static/icons.svg", "/static/vendor/inter/inter-latin.woff2"]
    scripts = sorted(f"/static/js/{path.name}" for path in (ROOT / "static" / "js").glob("*.js"))
    page = large.site.weight(LIST)
    first = page + sum(large.site.weight(path) for path in [*files, *scripts])
    htmx = next(path for path in (ROOT / ".venv").rglob("django_htmx/static/**/htmx*.min.js"))
    first += large.site.weight("/static/" + str(htmx).split("/static/")[1])
    report.bar("P11", "first page with everything it loads, compressed", first / 1024, 120, unit="kB")
    report.bar("P11", "a list page after that", page / 1024, 25, unit="kB")
    report.bar("P11", "an order page after that", large.site.weight(f"/orders/{of['shipped']}/") / 1024, 25, unit="kB")


def memory(report: Report, small: Site, large: Site, known: dict[int, dict[str, str]]) -> None:
    for site in (small, large):
        of = known[site.size]
        pages = [
            "/orders/",
            LIST,
            f"/orders/{of['shipped']}/",
            search(of["name"]),
            "/sync/",
            "/profile/",
        ]
        for _ in range(5):
            for path in pages:
                site.site.get(path)
        site.manager.get("/statistics/")
    report.bar("P8", f"web worker after all pages at {large.size:,}", large.memory(), 150, unit="MB")
    report.bar("P8", f"the same against {small.size:,}", large.memory() / small.memory(), 1.2)
