"""The address of a tracking page: what the marketplace takes, and what would not help the customer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfilment.tracking import trouble
from sandbox import rules
from sandbox.refusal import Refusal

NUMBER = "6A12345678901"
GOOD = [
    f"https://www.laposte.fr/outils/suivre-vos-envois?code={NUMBER}",
    f"http://suivi.example.com/{NUMBER}",
    f"HTTPS://suivi.example.com/a/b?x=1&y=2#{NUMBER}",
    f"https://suivi.example.com:8443/{NUMBER}",
    f"https://8.8.8.8/{NUMBER}",
    f"https://suivi.example.com/{NUMBER}?caf%C3%A9=1",
]
BAD = [
    "",
    f"ftp://suivi.example.com/{NUMBER}",
    f"//suivi.example.com/{NUMBER}",
    f"javascript:alert('{NUMBER}')",
    f"https://localhost/{NUMBER}",
    f"https://intranet/{NUMBER}",
    f"https://suivi.local/{NUMBER}",
    f"https://suivi.shop.lan/{NUMBER}",
    f"https://127.0.0.1/{NUMBER}",
    f"https://127.1/{NUMBER}",
    f"https://10.1.2.3/{NUMBER}",
    f"https://192.168.0.4/{NUMBER}",
    f"https://169.254.169.254/{NUMBER}",
    f"https://[::1]/{NUMBER}",
    f"https://me:secret@suivi.example.com/{NUMBER}",
    f"https://suivi.example.com\\@127.0.0.1/{NUMBER}x y",
    f"https://suivi.example.com:80a/{NUMBER}",
    f"https://-suivi.example.com/{NUMBER}",
    "https://suivi.example.com/",
    "https://suivi.example.com/6A1234567890",
    f"https://suivi.example.com/{NUMBER} ",
    f"https://suivi.example.com/(é)/{NUMBER}",
    f"https://suivi.example.com/{NUMBER}\n",
    f"https://suivi.example.com/{NUMBER}?x=%",
    f"https://suivi.example.com/{NUMBER}?x=%zz",
    f"https://suivi.example.com/{NUMBER}/" + "a" * 2_000,
]


@pytest.mark.parametrize("url", GOOD)
def test_what_we_take_the_marketplace_takes(url):
    assert trouble(url, NUMBER) == ""

    rules._tracking(url, NUMBER, "trackingUrl", strict=True)  # raises what it would refuse


@pytest.mark.parametrize("url", BAD)
def test_what_helps_no_customer_is_refused_with_its_reason(url):
    assert trouble(url, NUMBER)


def test_nothing_the_marketplace_refuses_is_taken():
    hosts = ["a.fr", "a-.fr", "a..fr", "a.b_c.fr", "xn--caf-dma.fr", "1.1.1.1", "224.0.0.1", "a.fr:", "a.fr:99999"]
    paths = ["", "/", "?", "#", "/~x/'\\+&%20$_=!,", "/;", "/@", "/a:b", "/(1)", "/é", "/a|b", "/[1]", "/*"]
    for url in (f"https://{host}{path}/{NUMBER}" for host in hosts for path in paths):
        if trouble(url, NUMBER):
            continue
        try:
            rules._tracking(url, NUMBER, "trackingUrl", strict=True)
        except Refusal as refusal:  # pragma: no cover - said here which one
            pytest.fail(f"{url}: {refusal}")


@settings(max_examples=400, deadline=None)
@given(
    host=st.text("ab1.-_:@[]%\\/é0", max_size=12),
    path=st.text("/?#&=%20~'\\;()@: aé\u0000\n", max_size=12),
)
def test_whatever_we_take_the_marketplace_takes(host, path):
    url = f"https://{host}{path}{NUMBER}"
    if trouble(url, NUMBER) == "":
        rules._tracking(url, NUMBER, "trackingUrl", strict=True)
