"""Tracking numbers by their forms and check signs. The numbers are the carriers' own examples, or made to the rule."""

from time import perf_counter

import pytest

from fulfilment import carriers
from fulfilment.carriers import Fit
from fulfilment.tracking import trouble

LISTED = ["Colissimo", "La Poste", "Chronopost", "DPD", "GLS", "UPS", "FedEx", "DHL", "Mondial Relay", "Colis Privé"]


@pytest.mark.parametrize(
    ("number", "likely"),
    [
        ("6A12345678901", "Colissimo"),
        ("CB123456785FR", "Colissimo"),
        ("XY123456785FR", "Chronopost"),
        ("RA123456785FR", "La Poste"),
        ("1Z999AA10123456784", "UPS"),
        ("1Z5R89390357567127", "UPS"),
        ("986578788855", "FedEx"),
        ("568283610012734", "FedEx"),
        ("008182709980000020033350276C", "DPD"),
        ("250012345678901", "DPD"),
        ("12345678", "Mondial Relay"),
        ("00AB12CD", "GLS"),
        ("3318810025", "DHL"),
        ("AB473124829GB", "Royal Mail"),
        ("LP00123456789012", "Cainiao"),
    ],
)
def test_a_number_is_recognised_by_its_form(number, likely):
    assert carriers.recognise(number)[0] == likely
    assert carriers.check(number, likely).fit is Fit.FITS


@pytest.mark.parametrize(
    ("number", "carrier"),
    [
        ("XY123456786FR", "Chronopost"),
        ("CB123456784FR", "Colissimo"),
        ("1Z999AA10123456785", "UPS"),
        ("996578788855", "FedEx"),
        ("568283610012732", "FedEx"),
        ("008182709980000020033350276A", "DPD"),
        ("3318810026", "DHL"),
        ("AB473124828GB", "Royal Mail"),
    ],
)
def test_one_mistyped_digit_is_noticed(number, carrier):
    checked = carriers.check(number, carrier)

    assert checked.fit is Fit.UNSOUND
    assert checked.warns
    assert checked.words


@pytest.mark.parametrize(
    ("number", "carrier", "fit"),
    [
        ("6A12345678901", "UPS", Fit.OTHER),
        ("XH000123FR", "DPD", Fit.UNLIKE),  # the documentation's own example of DPD is no number of DPD
        ("ANYTHING", "CUBYN", Fit.UNTOLD),
        ("6a 1234567890 1", "colissimo ", Fit.FITS),
    ],
)
def test_what_does_not_fit_is_a_warning_in_words(number, carrier, fit):
    checked = carriers.check(number, carrier)

    assert checked.fit is fit
    assert checked.warns is (fit in (Fit.OTHER, Fit.UNLIKE))
    assert bool(checked.words) is (fit is not Fit.UNTOLD)


def test_a_number_picks_its_carrier_only_when_it_speaks_for_one():
    assert carriers.picked(" 6a12345678901", LISTED) == "Colissimo"
    assert carriers.picked("6A12345678901", ["La Poste", "DPD"]) == "La Poste"  # the same numbers, the next label
    assert carriers.picked("6A12345678901", ["DPD"]) == ""
    assert carriers.picked("477179081230", LISTED) == ""  # FedEx, GLS or Colis Privé: a person decides
    assert carriers.picked("", LISTED) == ""


def test_the_page_of_a_carrier_carries_the_number_and_may_be_sent():
    for carrier in carriers.PAGES:
        url = carriers.tracking_page(carrier + " ", "ab 12/3")
        assert trouble(url, "AB12/3") == "", carrier

    assert carriers.tracking_page("Heppner", "1") == ""
    assert carriers.tracking_page("Colissimo", "") == ""


def test_long_and_odd_numbers_take_no_time():
    hostile = ["1Z" + "A" * 200_000, "0" * 200_000 + "!", "٣" * 13, "6A" + "1" * 199_999, "9" * 40, "\u0000" * 40]
    began = perf_counter()
    for number in hostile:
        carriers.recognise(number)
        for carrier in LISTED:
            carriers.check(number, carrier)
        trouble("https://" + "a" * 1_900 + "!/" + number[:60], number)
        trouble("https://" + "a-." * 600 + "\u0000", number)

    assert perf_counter() - began < 0.5
    assert carriers.recognise("٣" * 8) == ()  # digits of another script are no digits of a label
