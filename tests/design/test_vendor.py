"""What comes from elsewhere is what the manifest names, with its licence, and the stylesheet uses nothing else."""

import json
import re
import subprocess
import sys

from tests.design.places import ROOT, STATIC

VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def test_every_file_is_named_in_the_manifest():
    named = {file["path"] for entry in MANIFEST for file in entry["files"]} | {"manifest.json"}

    assert {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()} == named


def test_every_entry_says_where_it_is_from_and_under_which_licence():
    for entry in MANIFEST:
        assert entry["package"]
        assert entry["licence"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
        assert any(file["member"] == "LICENSE" for file in entry["files"])
        assert all(file["sha512"].startswith("sha512-") for file in entry["files"])


def test_the_check_finds_a_changed_file(tmp_path):
    good = subprocess.run(
        [sys.executable, ROOT / "scripts/vendor", "--check"], capture_output=True, text=True, check=False
    )
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/vendor").write_text((ROOT / "scripts/vendor").read_text())
    for path in [file["path"] for entry in MANIFEST for file in entry["files"]] + ["manifest.json"]:
        copy = tmp_path / "static/vendor" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((VENDOR / path).read_bytes())
    (tmp_path / "static/vendor/inter/LICENSE").write_text("changed")

    bad = subprocess.run(
        [sys.executable, tmp_path / "scripts/vendor", "--check"], capture_output=True, text=True, check=False
    )

    assert (good.returncode, good.stderr) == (0, "")
    assert bad.returncode == 1
    assert bad.stderr.strip() == "inter/LICENSE is not what the manifest names."


def test_the_stylesheet_loads_nothing_but_the_vendored_fonts():
    files = {f"vendor/{file['path']}" for entry in MANIFEST for file in entry["files"]}
    loaded = set(re.findall(r"url\(\"([^\"]+)\"\)", (STATIC / "app.css").read_text()))

    assert loaded
    assert loaded - files == set()
