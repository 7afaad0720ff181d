"""Verdicts as pages get them: from the mirror, with what was learned, in words; and how they turned out."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import translation

from backoffice import shop
from octopia.contract.lifecycle import Ability, Certainty, Known, Verb
from orders import lifecycle
from orders.lifecycle import Answer
from orders.models import CancellationRequest, ChannelAbility, Order, Prediction
from tests import make

pytestmark = pytest.mark.django_db
ELSEWHERE = "ZZLINE"


def requested(order, *codes, status="InProgress", user_type="Seller", kind="Partial"):
    return CancellationRequest.objects.create(
        account=order.account,
        remote_id=f"R{CancellationRequest.objects.count()}",
        number=order.number,
        type=kind,
        status=status,
        user_type=user_type,
        lines=[
            {"code": code, "offer": "", "reason": "x", "refund_shipping": False, "status": status} for code in codes
        ],
    )


def test_an_order_in_preparation_can_ship(account):
    verdict = lifecycle.verdict(make.order(), Verb.SHIP)

    assert (verdict.answer, verdict.rule, verdict.certainty) == (Answer.ALLOWED, "R22", Certainty.DOCUMENTED)
    assert verdict.change == ""


def test_a_line_of_the_warehouse_is_refused_beside_one_that_ships(account):
    order = make.order(lines=(make.line("A"), make.line("B", supply_mode="Fulfillment")))
    ours, theirs = order.lines.all()

    judged = [lifecycle.judge(line, order, Verb.SHIP).rule for line in (ours, theirs)]

    assert judged == ["R22", "R10"]
    assert lifecycle.verdict(order, Verb.SHIP).answer is Answer.ALLOWED
    assert lifecycle.verdict(order, Verb.SHIP, [theirs]).answer is Answer.REFUSED


@pytest.mark.parametrize(
    ("status", "verb", "rule"),
    [
        ("Accepted", Verb.SHIP, "R6"),
        ("Shipped", Verb.SHIP, "R23"),
        ("Rejected", Verb.SHIP, "R7"),
        ("Processing", Verb.SHIP, "R22"),
        ("InPreparation", Verb.ACCEPT, "R4"),
        ("InPreparation", Verb.GESTURE, "R46"),
        ("InPreparation", Verb.INVOICE, "R53"),
        ("Cancelled", Verb.CANCEL, "R2"),
        ("Refused", Verb.CANCEL, "R7"),
    ],
)
def test_the_rule_that_tells_most_is_quoted(account, status, verb, rule):
    verdict = lifecycle.verdict(make.order(status=status), verb)

    assert (verdict.answer, verdict.rule) == (Answer.REFUSED, rule)


def test_before_acceptance_a_cancellation_is_only_doubtful(account):
    verdict = lifecycle.verdict(make.order(status="WaitingAcceptance"), Verb.CANCEL)

    assert (verdict.answer, verdict.rule, verdict.certainty) == (Answer.DOUBTFUL, "R43", Certainty.CLIENTS)


@pytest.mark.parametrize(
    "order",
    [
        {"status": "Teleported", "lines": (make.line(status="InPreparation"),)},
        {"lines": (make.line(status="Teleported"),)},
        {"lines": (make.line(supply_mode="Drone"),)},
    ],
)
@pytest.mark.parametrize("verb", [Verb.SHIP, Verb.CANCEL])
def test_nothing_is_offered_for_a_word_never_seen(account, order, verb):
    verdict = lifecycle.verdict(make.order(**order), verb)

    assert verdict.answer is Answer.UNKNOWN
    assert not verdict.offered
    assert verdict.params["word"] in verdict.words


def test_a_status_never_seen_offers_no_approval_gesture_or_invoice(account):
    order = make.order(status="Teleported")

    answers = {lifecycle.verdict(order, verb).answer for verb in Verb}

    assert answers == {Answer.UNKNOWN}


def test_cdiscount_takes_the_complete_order_in_one_parcel(account):
    order = make.order(lines=(make.line("A"), make.line("B")))

    whole = lifecycle.shipment(order, [["A", "B"]])
    parts = [lifecycle.shipment(order, parcels) for parcels in ([["A"]], [["A"], ["B"]], [["A", "B"], ["B"]])]

    assert whole.answer is Answer.ALLOWED
    assert {part.answer for part in parts} == {Answer.REFUSED}
    assert lifecycle.verdict(order, Verb.SHIP, order.lines.filter(code="A")).rule == "R26"


def test_a_parcel_of_no_line_or_of_a_foreign_one_is_not_judged(account):
    order = make.order()

    nothing: list[list[list[str]]] = [[], [[]], [["NONE"]]]

    assert {lifecycle.shipment(order, parcels).answer for parcels in nothing} == {Answer.UNKNOWN}


def test_what_a_channel_takes_is_doubtful_until_somebody_knows(account):
    order = make.order(channel=ELSEWHERE, lines=(make.line("A"), make.line("B")))

    before = lifecycle.shipment(order, [["A"]])
    lifecycle.learn(account, ELSEWHERE, Ability.SINGLE_LINES, True, "Shipped in parts on 3 May.")
    after = lifecycle.shipment(order, [["A"]])

    assert (before.answer, before.certainty, before.ability) == (Answer.DOUBTFUL, "", Ability.SINGLE_LINES)
    assert "Nobody knows yet" in before.words
    assert after.answer is Answer.ALLOWED


def test_one_refusal_warns_and_a_person_blocks(account):
    order = make.order(channel=ELSEWHERE, lines=(make.line("A"), make.line("B")))
    boss = make.user("administrator")

    lifecycle.learn(account, ELSEWHERE, Ability.SINGLE_LINES, False, "Only complete orders.")
    warned = lifecycle.shipment(order, [["A"]])
    lifecycle.correct(account, ELSEWHERE, Ability.SINGLE_LINES, False, by=boss, source="asked their support")
    blocked = lifecycle.shipment(order, [["A"]])

    assert (warned.answer, warned.certainty) == (Answer.DOUBTFUL, Certainty.MEASURED)
    assert warned.since is not None
    assert blocked.answer is Answer.REFUSED
    assert "only the complete order can ship" in blocked.words


def test_what_is_documented_stands_beside_what_was_learned(account):
    lifecycle.learn(account, "CDISFR", Ability.SEVERAL_PARCELS, True, "Two parcels were taken.")

    fact = lifecycle.abilities(account.pk, "CDISFR")[Ability.SEVERAL_PARCELS]

    assert (fact.value, fact.known) == (False, Known.DOCUMENTED)
    assert fact.contradicted
    assert fact.marketplace
    assert fact.marketplace.source == "Two parcels were taken."


def test_a_persons_word_counts_until_it_is_taken_back(account):
    boss = make.user("administrator")

    lifecycle.correct(account, "CDISFR", Ability.SEVERAL_PARCELS, True, by=boss, source="the portal")
    lifecycle.learn(account, "CDISFR", Ability.SEVERAL_PARCELS, False, "Only one parcel is allowed.")
    corrected = lifecycle.abilities(account.pk, "CDISFR")[Ability.SEVERAL_PARCELS]
    lifecycle.correct(account, "CDISFR", Ability.SEVERAL_PARCELS, None, by=boss, source="")
    back = lifecycle.abilities(account.pk, "CDISFR")[Ability.SEVERAL_PARCELS]

    assert corrected.person
    assert (corrected.value, corrected.person.was, corrected.contradicted) == (True, False, True)
    assert (back.value, back.person) == (False, None)


def test_abilities_of_any_number_of_channels_are_one_query(account, django_assert_num_queries):
    other = make.account(seller_id="2")
    for channel in ("CDISFR", "ZZLINE", "ZZBLOC"):
        lifecycle.learn(other, channel, Ability.GESTURES, True, "seen")

    with django_assert_num_queries(1):
        book = lifecycle.abilities_of([account.pk, other.pk])

    with django_assert_num_queries(0):
        assert book.of(other.pk, "ZZBLOC")[Ability.GESTURES].value is True
        assert book.of(account.pk, "ZZBLOC")[Ability.GESTURES].value is None


def test_a_list_of_orders_is_judged_without_a_query_each(account, django_assert_num_queries):
    numbers = [make.order().number for _ in range(6)]
    orders = list(Order.objects.filter(number__in=numbers).prefetch_related("lines"))

    with django_assert_num_queries(2):
        book, histories = lifecycle.abilities_of([account.pk]), lifecycle.histories(orders)
        answers = {
            lifecycle.verdict(
                order, verb, abilities=book.of(order.account_id, order.channel), history=histories[order.pk]
            ).answer
            for order in orders
            for verb in Verb
        }

    assert answers == {Answer.REFUSED, Answer.ALLOWED}


def test_a_line_is_not_asked_about_twice(account):
    order = make.order(channel=ELSEWHERE, lines=(make.line("A"), make.line("B")))
    requested(order, "A")

    judged = {line.code: lifecycle.judge(line, order, Verb.CANCEL) for line in order.lines.all()}

    assert (judged["A"].answer, judged["A"].rule) == (Answer.REFUSED, "R38")
    assert judged["B"].answer is Answer.ALLOWED
    assert lifecycle.cancellation(order).rule == "R38"


def test_a_rejected_request_leaves_the_question_open(account):
    order = make.order()
    requested(order, "QK01", status="Rejected")

    verdict = lifecycle.cancellation(order)

    assert (verdict.answer, verdict.rule, verdict.certainty) == (Answer.DOUBTFUL, "R38", Certainty.INFERRED)


def test_a_customers_request_is_for_the_seller_to_decide(account):
    order = make.order(lines=(make.line(status="CancelRequest"),))
    requested(order, "QK01", user_type="Customer")

    verdict = lifecycle.cancellation(order)

    assert (verdict.answer, verdict.rule) == (Answer.DOUBTFUL, "R13")


def test_once_a_line_was_cancelled_the_whole_order_cannot_be(account):
    order = make.order(channel=ELSEWHERE, lines=(make.line("A", status="Cancelled"), make.line("B")))
    loose = lifecycle.cancellation(order)
    requested(order, "A", status="Done")

    verdict = lifecycle.cancellation(order)

    assert (loose.answer, loose.rule) == (Answer.DOUBTFUL, "R35")
    assert (verdict.answer, verdict.rule) == (Answer.REFUSED, "R35")
    assert lifecycle.verdict(order, Verb.CANCEL).rule == "R39"  # by line, where the channel takes it


def test_a_line_without_an_offer_is_cancelled_with_the_whole_order_alone(account):
    order = make.order(channel=ELSEWHERE, lines=(make.line("A", offer_id=""), make.line("B")))
    nameless, other = order.lines.all()

    assert lifecycle.cancellation(order, [nameless]).rule == "R36"
    assert lifecycle.cancellation(order, [nameless, other]).answer is Answer.REFUSED
    assert lifecycle.cancellation(order, [other]).rule != "R36"
    assert lifecycle.cancellation(order).offered


def test_a_verdict_says_its_rule_source_certainty_and_way_out(account):
    verdict = lifecycle.verdict(make.order(status="Accepted"), Verb.GESTURE)

    with translation.override("en"):
        said = (verdict.words, verdict.source, verdict.sure, verdict.change)
    with translation.override("fr"):
        french = (verdict.words, verdict.source, verdict.sure, verdict.change)

    assert said == (
        "A gesture is for shipped or delivered orders; this one is “Accepted, last checks”.",
        "the marketplace's page on order management",
        "documented",
        "The order moves on; the page follows by itself.",
    )
    assert all(french)
    assert not set(said) & set(french)


def test_every_verdict_of_a_status_has_words_in_both_languages(account):
    orders = [make.order(status=status) for status in ("Processing", "WaitingAcceptance", "Shipped", "Cancelled")]

    for language in ("en", "fr"):
        with translation.override(language):
            for order in orders:
                for verb in Verb:
                    verdict = lifecycle.verdict(order, verb)
                    assert verdict.words
                    assert verdict.sure
                    assert "%(" not in verdict.words
                    assert verdict.change or verdict.answer is Answer.ALLOWED


def test_a_verdict_is_kept_and_read_again(account):
    lifecycle.learn(account, ELSEWHERE, Ability.SINGLE_LINES, False, "Only complete orders.")
    order = make.order(channel=ELSEWHERE, lines=(make.line("A"), make.line("B")))
    verdict = lifecycle.shipment(order, [["A"]])

    assert lifecycle.Verdict.from_json(verdict.as_json()) == verdict


def test_a_wrong_prediction_is_counted_with_its_last_example(account):
    order = make.order()
    verdict = lifecycle.verdict(order, Verb.SHIP)

    for words in ("No.", "Cannot switch to shipped status."):
        lifecycle.outcome(account, Verb.SHIP, order.channel, verdict, False, words, number=order.number)

    row = Prediction.objects.get()
    assert (row.answer, row.accepted, row.count, row.rule) == ("ALLOWED", False, 2, "R22")
    assert (row.last_number, row.last_words) == (order.number, "Cannot switch to shipped status.")
    assert row.last_at > row.first_at


def test_a_rule_is_confirmed_by_the_first_answer_that_followed_it(account, django_assert_num_queries):
    order = make.order()
    before = lifecycle.verdict(order, Verb.SHIP)

    lifecycle.outcome(account, Verb.SHIP, order.channel, before, True, number=order.number)
    with django_assert_num_queries(2):  # the lines, and all that is known of channels
        after = lifecycle.verdict(order, Verb.SHIP)

    assert before.since is None
    assert after.since == shop.day_of(Prediction.objects.get().first_at)


def test_what_was_learned_is_known_since_the_shops_day(account):
    order = make.order(channel=ELSEWHERE)
    with time_machine.travel(datetime(2026, 11, 26, 23, 30, tzinfo=UTC), tick=False):  # 00:30 in Paris
        lifecycle.learn(account, ELSEWHERE, Ability.SINGLE_LINES, False, "Only complete orders.")
        lifecycle.outcome(account, Verb.SHIP, ELSEWHERE, lifecycle.verdict(order, Verb.SHIP), True, number=order.number)

    known = lifecycle.abilities(account.pk, ELSEWHERE)

    assert known[Ability.SINGLE_LINES].since == date(2026, 11, 27)
    assert set(known.confirmed.values()) == {date(2026, 11, 27)}


def test_an_answer_teaches_what_was_in_doubt(account):
    order = make.order(channel=ELSEWHERE, lines=(make.line("A"), make.line("B")))
    doubt = lifecycle.shipment(order, [["A"]])

    lifecycle.outcome(account, Verb.SHIP, ELSEWHERE, doubt, True, number=order.number)

    assert lifecycle.abilities(account.pk, ELSEWHERE)[Ability.SINGLE_LINES].value is True


def test_what_is_known_already_keeps_its_day(account):
    lifecycle.learn(account, ELSEWHERE, Ability.GESTURES, True, "first")
    before = ChannelAbility.objects.get()

    lifecycle.learn(account, ELSEWHERE, Ability.GESTURES, True, "again")

    after = ChannelAbility.objects.get()
    assert (after.source, after.learned_at) == ("first", before.learned_at)


@pytest.mark.parametrize(
    ("verb", "words", "ability"),
    [
        (Verb.SHIP, "This sales channel accepts one parcel for the complete order.", Ability.SEVERAL_PARCELS),
        (Verb.SHIP, "Only one parcel is allowed.", Ability.SEVERAL_PARCELS),
        (Verb.SHIP, "On this sales channel only a complete order is shipped.", Ability.SINGLE_LINES),
        (Verb.SHIP, "On this sales channel a line goes into one parcel.", Ability.LINE_IN_PARCELS),
        (Verb.CANCEL, "This sales channel cancels complete orders only.", Ability.LINE_CANCELLATION),
        (Verb.GESTURE, "This sales channel does not allow commercial gestures.", Ability.GESTURES),
        (Verb.INVOICE, "This sales channel takes no invoices.", Ability.INVOICES),
        (Verb.ACCEPT, "Orders of this sales channel are not approved by the seller.", Ability.APPROVAL),
        (Verb.SHIP, "The carrier is missing.", None),
        (Verb.SHIP, "The parcel number is missing.", None),
        (Verb.SHIP, "Cannot switch to shipped status from Cancelled.", None),
        (Verb.SHIP, "The tracking URL does not carry the parcel number.", None),
        (Verb.CANCEL, "This reason is not available for this order.", None),
        (Verb.CANCEL, "A cancellation request already exists for this line.", None),
        (Verb.GESTURE, "The amount exceeds the allowable amount of the order.", None),
        (Verb.ACCEPT, "The order does not wait for acceptance.", None),
    ],
)
def test_a_refusal_is_read_for_the_ability_it_denies(account, verb, words, ability):
    assert lifecycle.taught(verb, words) == [ability] * bool(ability)


def test_a_refusal_teaches_only_when_it_speaks_of_the_ability(account):
    order = make.order(channel=ELSEWHERE, lines=(make.line("A"), make.line("B")))
    doubt = lifecycle.shipment(order, [["A"]])

    lifecycle.outcome(account, Verb.SHIP, ELSEWHERE, doubt, False, "The tracking URL is not valid.")
    untaught = ChannelAbility.objects.count()
    lifecycle.outcome(account, Verb.SHIP, ELSEWHERE, doubt, False, "On this channel only a complete order is shipped.")

    assert untaught == 0
    assert lifecycle.abilities(account.pk, ELSEWHERE)[Ability.SINGLE_LINES].value is False
