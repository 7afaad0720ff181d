"""Barcodes: the bars of one text as another program draws them, and what cannot be drawn."""

import pytest

from fulfilment import barcodes
from fulfilment.station.cards import cards

DRAWN = (  # by python-barcode, without the white around it
    "1101001000011001101100100010001101110111011010100011000110001011101000100011010001101000100011011101010001100010001"
    "011000101110111101100011101011"
)


def modules(barcode: barcodes.Barcode) -> str:
    row = ["0"] * barcode.width
    for at, width in barcode.bars:
        row[at : at + width] = "1" * width
    return "".join(row)


def test_the_bars_are_those_of_the_standard():
    drawn = modules(barcodes.code128("!CPARCELAB"))

    assert drawn.strip("0") == DRAWN
    assert drawn.startswith("0" * 10 + "1")
    assert drawn.endswith("1" + "0" * 10)


@pytest.mark.parametrize("text", ["", "é", "a\n"])
def test_other_signs_have_no_bars(text):
    with pytest.raises(ValueError, match="ASCII"):
        barcodes.code128(text)


def test_a_card_has_eight_signs_its_prefix_and_a_digit_that_shows_a_wrong_layout():
    codes = [card.barcode.text for card in cards()]

    assert all(len(code) >= 8 and code.startswith("!C") and code[-1].isdigit() for code in codes)
    assert len(set(codes)) == len(codes)
