"""How words are compared: without accents, case, and the ways of writing a telephone number."""

import pytest

from orders import folding


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Élodie", "elodie"),
        ("ŒUVRE", "oeuvre"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("ÇA VA", "ca va"),
        ("ﬁn", "fin"),
    ],
)
def test_accents_case_and_ligatures_are_folded(text, folded):
    assert folding.fold(text) == folded


def test_hyphens_and_apostrophes_part_words():
    assert folding.words("L'Haÿ-les-Roses") == ("l", "hay", "les", "roses")


def test_a_word_is_at_most_sixty_signs():
    assert [len(word) for word in folding.words("x" * 500)] == [60]


def test_words_of_every_street_are_left_out():
    assert folding.street_words("12 bis, rue de la République") == ("12", "republique")


@pytest.mark.parametrize("written", ["+33612345678", "0033 6 12 34 56 78", "06.12.34.56.78", "06 12 34 56 78"])
def test_a_telephone_number_is_its_last_nine_digits(written):
    assert folding.phone_word(written) == "612345678"


@pytest.mark.parametrize("written", ["", "none", "112"])
def test_a_few_digits_are_no_telephone_number(written):
    assert folding.phone_word(written) == ""
