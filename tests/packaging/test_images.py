"""Dockerfile and compose.yaml, read and not run: there is no Docker where these tests run."""

import fnmatch
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
STAGES = dict(
    re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM |\Z)", (ROOT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)
)
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = ("migrate", "web", "worker", "scheduler")


def test_the_app_is_the_default_target_and_the_sandbox_another():
    assert list(STAGES)[-1] == "app"
    assert "sandbox" in STAGES


@pytest.mark.parametrize("stage", ["app", "sandbox"])
def test_an_image_runs_as_a_plain_user_and_says_how_it_is(stage):
    lines = STAGES[stage].splitlines()

    assert "USER app" in lines
    assert lines.index("USER app") < next(n for n, line in enumerate(lines) if line.startswith("CMD"))
    assert any(line.startswith("HEALTHCHECK") for line in lines)


def test_the_production_image_holds_no_sandbox_and_no_tests():
    copied = re.findall(r"^COPY (?:--\S+ )*(\S+)", STAGES["app"], re.MULTILINE)

    assert "sandbox" not in copied
    assert "tests" not in copied
    assert "." not in copied


def test_the_sandbox_s_image_holds_of_the_site_only_the_contract_s_files():
    copied = re.findall(r"^COPY (?:--\S+ )*(\S+)", STAGES["sandbox"], re.MULTILINE)

    assert set(copied) == {"/venv-sandbox", "sandbox", "octopia/contract/openapi.yaml", "octopia/contract/examples"}


@pytest.mark.parametrize("stage", list(STAGES))
def test_what_is_copied_exists_and_is_sent_to_the_builder(stage):
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for sources in re.findall(r"^COPY ((?!--from)[^\n]+)", STAGES[stage], re.MULTILINE):
        for source in sources.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(fnmatch.fnmatch(source.split("/")[0], entry) for entry in allowed), source


def test_packages_are_installed_by_hash():
    installs = re.findall(r"pip install [^\n&]*", STAGES["packages"])

    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


def test_no_secret_stays_in_an_image():
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "DATABASE_URL"):
        assert not re.search(rf"^(ENV|ARG)\b[^\n]*{name}", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_compose_runs_every_part_of_the_site():
    assert set(COMPOSE["services"]) >= {*OURS, "postgres", "redis", "proxy", "sandbox"}
    assert COMPOSE["services"]["sandbox"]["profiles"] == ["practice"]
    assert COMPOSE["services"]["sandbox"]["build"]["target"] == "sandbox"
    assert COMPOSE["services"]["worker"]["stop_grace_period"] == "60s"
    assert COMPOSE["services"]["worker"]["healthcheck"]["test"][-4:] == ["manage.py", "heartbeat", "--check", "worker"]


@pytest.mark.parametrize("service", [*OURS, "sandbox"])
def test_our_containers_may_write_nowhere_but_their_data(service):
    described = COMPOSE["services"][service]

    assert described["read_only"] is True
    assert described["tmpfs"] == ["/tmp"]
    assert described["cap_drop"] == ["ALL"]


def test_only_the_proxy_is_reached_from_outside():
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]


def test_the_site_waits_for_its_schema_and_the_proxy_for_the_site():
    for name in ("web", "worker", "scheduler"):
        assert COMPOSE["services"][name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert COMPOSE["services"]["proxy"]["depends_on"]["web"] == {"condition": "service_healthy"}


def test_compose_hands_on_every_variable_that_is_not_its_own_choice():
    handed = set(COMPOSE["services"]["web"]["environment"])
    known = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    # these make no sense in a container behind the proxy
    assert known - handed == {"DEBUG", "DEMO", "PORT", "ALLOW_PLAIN_HTTP"}
    assert handed <= known


def test_volumes_and_files_that_are_named_exist():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_the_proxy_speaks_to_the_web_server_and_buffers():
    caddy = (ROOT / "deploy/Caddyfile").read_text()

    assert "reverse_proxy web:8000" in caddy
    assert "request_buffers" in caddy
    assert caddy.count("{") == caddy.count("}")
