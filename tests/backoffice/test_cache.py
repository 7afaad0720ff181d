"""The cache without Redis: signing in goes on, and guessing still ends."""

import pytest
from django.core.cache import cache, caches

from backoffice.cache import Cache
from tests.backoffice.people import person, sign_in


@pytest.fixture
def no_redis(settings, tmp_path):
    """Redis' place is empty: nobody listens at this socket."""
    before = settings.CACHES
    settings.CACHES = {"default": {**before["default"], "LOCATION": f"unix://{tmp_path}/nobody.sock"}}
    yield
    cache.clear()


@pytest.mark.usefixtures("no_redis")
def test_without_redis_a_process_keeps_its_own(caplog):
    cache.set("a", 1)

    assert (cache.get("a"), cache.add("a", 2), cache.incr("a"), cache.get_many(["a", "b"])) == (1, False, 2, {"a": 2})
    assert cache.delete("a")
    assert cache.get("a", "gone") == "gone"
    assert len([line for line in caplog.records if "does not answer" in line.message]) == 1


def test_with_redis_processes_share():
    one, other = caches.create_connection("default"), caches.create_connection("default")

    one.set("shared", "yes", 10)

    assert isinstance(one, Cache)
    assert other.get("shared") == "yes"
    assert not one.spare.has_key("shared")


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
def test_without_redis_people_sign_in_and_guessing_ends(client):
    person("amelie")

    guesses = [sign_in(client, "amelie", "wrong wrong wrong").status_code for _ in range(7)]
    elsewhere = client.post("/login/", {"login": "karim", "password": "wrong wrong wrong"}).status_code
    other = type(client)(REMOTE_ADDR="203.0.113.9")

    assert guesses == [422] * 5 + [429] * 2
    assert elsewhere == 422
    assert sign_in(other, "amelie").status_code == 302
