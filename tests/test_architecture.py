"""Who imports whom: the table of docs/architecture.md, held by reading every import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["octopia", "sandbox", "backoffice", "orders", "fulfilment"]
MAY_IMPORT = {
    "octopia": {"octopia"},
    "sandbox": {"sandbox"},
    "backoffice": {"octopia", "backoffice"},
    "orders": {"octopia", "backoffice", "orders"},
    "fulfilment": {"octopia", "backoffice", "orders", "fulfilment"},
}
SANDBOX_READS = ("contract/openapi.yaml", "contract/examples")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    package = ".".join(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package.split(".")[: len(package.split(".")) - node.level + 1]
                yield ".".join([*base, node.module or ""]).rstrip(".")
            else:
                yield node.module or ""


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_stands_below_it(package):
    offences = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imports(path)
        if name.split(".")[0] in {*PACKAGES, "tests"} - MAY_IMPORT[package]
    ]

    assert modules(package)
    assert offences == []


def test_the_client_and_its_contract_know_no_django():
    offences = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("octopia")
        for name in imports(path)
        if name.split(".")[0] in {"django", "celery", "redis"}
    ]

    assert offences == []


def test_the_sandbox_reads_of_the_client_the_contract_file_and_the_examples_alone():
    mentions = [
        (path.name, node.value)
        for path in modules("sandbox")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("octopia/")
    ]

    assert [m for m in mentions if not m[1].startswith(tuple(f"octopia/{name}" for name in SANDBOX_READS))] == []


def test_only_the_marketplace_module_builds_a_client():
    builders = {
        str(path.relative_to(ROOT))
        for package in ("backoffice", "orders", "fulfilment")
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "Client")
            or (isinstance(node.func, ast.Attribute) and node.func.attr == "Client")
        )
    }

    assert builders <= {"backoffice/marketplace.py"}


def test_nobody_marks_text_as_safe():
    offences = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in modules(package)
        if any(word in path.read_text() for word in ("mark_safe", "SafeString(", "csrf_exempt"))
    ] + [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if any(word in path.read_text() for word in ("|safe", "autoescape off"))
    ]

    assert offences == []


def test_the_project_stands_alone():
    words = ["/".join(["", "work", ""]), "../" + "shared", "." + "library"]
    kinds = {".py", ".md", ".toml", ".html", ".css", ".js", ".yaml", ".yml", ".txt", ".sh", ""}
    folders = (
        "octopia",
        "sandbox",
        "backoffice",
        "orders",
        "fulfilment",
        "templates",
        "static",
        "tests",
        "scripts",
        "docs",
    )
    files = [
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in kinds
    ]
    files += [path for path in ROOT.iterdir() if path.is_file() and path.suffix in kinds]
    files = [path for path in files if path != ROOT / ".git"]  # a file where the checkout is a worktree; never tracked

    offences = [str(path) for path in files if any(word in path.read_text(errors="replace") for word in words)]

    assert offences == []
