"""The pages of people: who is here, inviting, role and scope, shutting out, and the table of rights."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone
from django.utils.html import escape

from backoffice import rights
from backoffice.models import Invitation, User
from backoffice.roles import MAY, Role
from tests import make
from tests.backoffice.people import PASSWORD
from tests.backoffice.test_shop_settings import hidden
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db


def test_people_are_listed_with_role_accounts_last_use_and_second_factor():
    shop = make.account(name="Lampes")
    make.user("manager", shop, username="marc")
    make.user("support", shop, username="nina", is_active=False)

    page = text(signed_in("administrator").get("/settings/users/"))

    assert re.search(r"marc Manager Lampes never Second factor: missing", page)
    assert re.search(r"nina Support shut out Lampes never Second factor: not set up", page)
    assert re.search(r"administrator-\d+ Administrator all .* set up", page)


def test_the_number_of_people_does_not_change_the_number_of_questions(django_assert_max_num_queries):
    shops = [make.account(seller_id=str(turn)) for turn in range(3)]
    for turn in range(30):
        make.user("support", *shops, username=f"person-{turn}")
    client = signed_in("administrator")
    client.get("/settings/users/")

    with django_assert_max_num_queries(12):
        client.get("/settings/users/")


def test_an_invitation_gives_a_link_once_that_makes_a_person_with_role_and_scope(client):
    shop, _other = make.account(), make.account(seller_id="2")
    administrator = signed_in("administrator")

    made = administrator.post(
        "/settings/users/invite/", {"email": "ada@example.org", "role": "support", "accounts": [shop.pk]}
    )
    link = re.findall(r"http\S+/login/invitation/[\w-]+/", made.content.decode())[0]
    waiting = text(administrator.get("/settings/users/"))
    client.post(urlsplit(link).path, {"username": "ada", "name": "Ada", "password": PASSWORD})

    ada = User.objects.get(username="ada")
    assert "Invited, not here yet ada@example.org , Support" in waiting
    assert (ada.role, list(ada.accounts.all())) == (Role.SUPPORT, [shop])
    assert "ada@example.org , Support" not in text(administrator.get("/settings/users/"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"email": "MARC@example.org"}, "is here already"),
        ({"accounts": []}, "Tick at least one account"),
        ({"role": "king"}, "Role"),
    ],
)
def test_a_wrong_invitation_is_refused(wrong, said):
    shop = make.account()
    make.user("manager", shop, email="marc@example.org")
    sent = {"email": "ada@example.org", "role": "support", "accounts": [shop.pk]} | wrong

    answer = signed_in("administrator").post("/settings/users/invite/", sent)

    assert answer.status_code == 422
    assert said in text(answer)
    assert not Invitation.objects.exists()


def test_a_role_and_a_scope_are_changed_after_before_and_after_and_end_the_sessions():
    one, two = make.account(name="Un"), make.account(name="Deux", seller_id="2")
    nina = signed_in("support", one)
    user = User.objects.get()
    client = signed_in("administrator")
    path = f"/settings/users/{user.pk}/"

    asked = client.post(path, {"role": "warehouse", "accounts": [two.pk], "is_active": "on"})
    before = nina.get("/orders/").status_code
    client.post(path, hidden(asked))

    user.refresh_from_db()
    assert "Role Their sessions end at once. Support Warehouse Accounts Un Deux" in text(asked)
    assert before == 200
    assert (user.role, list(user.accounts.all())) == (Role.WAREHOUSE, [two])
    assert nina.get("/orders/").status_code == 302


def test_a_person_is_shut_out_at_once_and_let_in_again():
    shop = make.account()
    nina = signed_in("support", shop)
    user = User.objects.get()
    client = signed_in("administrator")
    path, sent = f"/settings/users/{user.pk}/", {"role": "support", "accounts": [shop.pk], "confirmed": "yes"}

    client.post(path, sent)
    shut_out = nina.get("/orders/").status_code
    client.post(path, sent | {"is_active": "on"})

    user.refresh_from_db()
    assert shut_out == 302
    assert user.is_active


def test_nobody_changes_the_own_role_or_status_whatever_is_sent():
    make.account()
    client = signed_in("administrator")
    user = User.objects.get()

    page = client.get(f"/settings/users/{user.pk}/").content.decode()
    client.post(f"/settings/users/{user.pk}/", {"role": "support", "accounts": [], "confirmed": "yes"})

    user.refresh_from_db()
    assert 'name="role"' not in page
    assert (user.role, user.is_active) == (Role.ADMINISTRATOR, True)


def test_the_last_administrator_stays_when_two_would_remove_each_other():
    shop = make.account()
    one, two = signed_in("administrator", shop), signed_in("administrator", shop)
    first, second = User.objects.order_by("pk")
    sent = {"role": "support", "accounts": [shop.pk], "is_active": "on", "confirmed": "yes"}

    one.post(f"/settings/users/{second.pk}/", sent)
    two.post(f"/settings/users/{first.pk}/", sent)

    assert User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).get() == first


def test_people_are_touched_with_a_fresh_login_only():
    shop = make.account()
    user = make.user("support", shop)
    client = signed_in("administrator")

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        answers = [
            client.get("/settings/users/invite/"),
            client.post(
                "/settings/users/invite/", {"email": "a@example.org", "role": "support", "accounts": [shop.pk]}
            ),
            client.get(f"/settings/users/{user.pk}/"),
            client.post(f"/settings/users/{user.pk}/", {"role": "manager", "accounts": [shop.pk], "confirmed": "yes"}),
        ]

    user.refresh_from_db()
    assert all(answer.headers["Location"].startswith("/login/again/") for answer in answers)
    assert user.role == Role.SUPPORT
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["warehouse", "support", "manager"])
def test_only_an_administrator_touches_people(role):
    user = make.user("support", make.account())
    client = signed_in(role)

    for path in ("", "roles/", "invite/", f"{user.pk}/"):
        assert client.get(f"/settings/users/{path}").status_code == 403
        assert client.post(f"/settings/users/{path}").status_code == 403


def test_every_right_has_its_words_in_the_table_of_roles():
    page = signed_in("administrator").get("/settings/users/roles/").content.decode()
    held = frozenset().union(*MAY.values())

    told = {
        words: len(re.findall(r'aria-label="yes"', cells))
        for words, cells in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.S)
    }
    assert set(rights.LABELS) == held
    assert told == {
        escape(str(words)): sum(right in MAY[role] for role in Role) for right, words in rights.LABELS.items()
    }
