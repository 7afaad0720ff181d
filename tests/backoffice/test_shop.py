"""The shop's choices: typed, bounded, and the default where nothing right was stored."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice import shop
from backoffice.declarations import CHOICES, Section, of
from backoffice.models import Setting
from backoffice.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


def test_every_default_is_what_its_kind_allows_and_comes_back_from_json():
    for choice in CHOICES.values():
        assert choice.kind.read(choice.default) == choice.default
        assert choice.kind.read(choice.kind.write(choice.default)) == choice.default
        assert shop.choice(choice.key) == choice.default


def test_every_choice_has_a_section_a_label_and_a_sentence():
    assert [choice for section in Section for choice in of(section)]
    assert sum(len(of(section)) for section in Section) == len(CHOICES)
    assert [choice.key for choice in CHOICES.values() if not choice.label or not str(choice.effect).endswith(".")] == []


def test_the_holds_are_those_of_irreversible_sends():
    holds = {verb: shop.hold(verb) for verb in ("accept", "refuse", "ship", "cancel", "gesture", "invoice")}

    assert holds.pop("invoice") == timedelta(0)
    assert set(holds.values()) == {timedelta(seconds=60)}


def test_a_choice_is_stored_with_who_made_it_and_is_known_at_once():
    somebody = make.user("administrator")

    shop.choose("gesture_limit_support", Decimal("80.50"), somebody)

    row = Setting.objects.get(key="gesture_limit_support")
    assert shop.limit("gesture", Role.SUPPORT) == Decimal("80.50")
    assert (row.value, row.changed_by) == ("80.50", somebody)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("hold_ship", 601),
        ("hold_ship", -1),
        ("hold_ship", True),
        ("hold_ship", "60"),
        ("gesture_limit_support", "-1"),
        ("gesture_limit_support", "NaN"),
        ("gesture_limit_support", "0.001"),
        ("item_check_single", 1),
        ("cutoffs", {"Colissimo": "15:00"}),
        ("cutoffs", {"": "24:00"}),
        ("cutoffs", {"": 16}),
        ("cutoffs", ["16:00"]),
        ("approval_windows", {"CDISFR": {"hours": 0}}),
        ("approval_windows", {"CDISFR": 48}),
        ("alert_mails", {"drift": ["king"]}),
    ],
)
def test_what_a_choice_may_not_be_is_refused_and_where_it_is_stored_not_believed(key: str, value: Any):
    with pytest.raises(ValueError, match=r"\w"):
        shop.choose(key, value, None)
    Setting.objects.create(key=key, value=value)
    shop.forget()

    assert shop.choice(key) == CHOICES[key].default


def test_a_choice_nobody_declared_does_not_exist():
    with pytest.raises(KeyError):
        shop.choice("colour")
    with pytest.raises(KeyError):
        shop.choose("colour", "red", None)


def test_a_carrier_has_its_cutoff_or_else_the_shops():
    shop.choose("cutoffs", {"": "16:30", "Colissimo": "14:00"}, None)

    assert (shop.cutoff("Colissimo"), shop.cutoff("Chronopost"), shop.cutoff()) == (
        time(14),
        time(16, 30),
        time(16, 30),
    )


def test_the_time_to_approve_is_unknown_until_somebody_tells_it():
    unknown = shop.approval_window("CDISFR"), shop.approval_origin("CDISFR")
    shop.choose("approval_windows", {"CDISFR": {"hours": 48, "origin": "their letter of May"}}, None)

    assert unknown == (None, "")
    assert shop.approval_window("CDISFR") == timedelta(hours=48)
    assert shop.approval_origin("CDISFR") == "their letter of May"


def test_limits_go_by_kind_and_role_and_the_warehouse_gives_no_money():
    given = {role: (int(shop.limit("cancel", role)), int(shop.daily_limit("gesture", role))) for role in Role}

    assert given == {
        Role.WAREHOUSE: (0, 0),
        Role.SUPPORT: (50, 200),
        Role.MANAGER: (500, 2000),
        Role.ADMINISTRATOR: (500, 2000),
    }


def test_all_choices_are_read_by_one_question(django_assert_num_queries):
    shop.forget()

    with django_assert_num_queries(1):
        [shop.choice(key) for key in CHOICES]
