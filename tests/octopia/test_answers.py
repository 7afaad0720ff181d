"""The answer table of a call: what each answer, or none, means for a read and for a write."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from octopia import (
    Busy,
    Conflict,
    Forbidden,
    Illegible,
    Missing,
    Odd,
    Rejected,
    Trouble,
    Unanswered,
    Unauthorized,
    Untouched,
)
from octopia.answers import Answer, is_quota, wait
from octopia.contract import example
from tests.octopia.making import SECRET, Network, answer, client, documented

HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
REQUEST = httpx.Request("GET", "http://market.test/")


def html(status):
    return httpx.Response(status, headers={"Content-Type": "text/html"}, content=HTML)


TABLE = [
    # what came, for a read, for a write
    ("no name or refused", httpx.ConnectError("refused", request=REQUEST), Untouched, Untouched),
    ("slow to connect", httpx.ConnectTimeout("slow", request=REQUEST), Untouched, Untouched),
    ("no free connection", httpx.PoolTimeout("full", request=REQUEST), Untouched, Untouched),
    ("read timeout", httpx.ReadTimeout("slow", request=REQUEST), Untouched, Unanswered),
    ("write timeout", httpx.WriteTimeout("slow", request=REQUEST), Untouched, Unanswered),
    ("reset", httpx.ReadError("reset", request=REQUEST), Untouched, Unanswered),
    ("broken pipe", httpx.WriteError("pipe", request=REQUEST), Untouched, Unanswered),
    ("cut", httpx.RemoteProtocolError("incomplete body", request=REQUEST), Untouched, Unanswered),
    ("operating system", OSError("too many open files"), Untouched, Unanswered),
    ("cut JSON", answer(200, b'{"orderId": "SCI'), Untouched, Unanswered),
    ("HTML for a yes", html(200), Untouched, Unanswered),
    (
        "JSON called HTML",
        httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"{}"),
        Untouched,
        Unanswered,
    ),
    ("packed oddly", answer(200, b"{}", Content_Encoding="br"), Untouched, Unanswered),
    ("JSON", answer(201, {}), Illegible, None),
    ("nothing, 204", answer(204), Untouched, None),
    ("nothing, 200", answer(200), Untouched, None),
    ("moved", answer(302, Location="http://elsewhere.test/"), Untouched, Unanswered),
    ("moved for good", answer(308, Location="http://elsewhere.test/"), Untouched, Unanswered),
    ("not modified", answer(304), Untouched, Unanswered),
    ("request timeout", answer(408), Untouched, Unanswered),
    ("500", answer(500, {"title": "Oops"}), Untouched, Unanswered),
    ("502 with HTML", html(502), Untouched, Unanswered),
    ("503", answer(503, Retry_After="7"), Untouched, Unanswered),
    ("504", answer(504), Untouched, Unanswered),
    ("599", answer(599), Untouched, Unanswered),
    ("401 twice", documented("error_unauthorized", 401), Unauthorized, Unauthorized),
    ("quota", documented("error_quota", 403), Busy, Busy),
    ("not this seller", documented("error_forbidden", 403), Forbidden, Forbidden),
    ("403 with HTML", html(403), Forbidden, Forbidden),
    ("rate", documented("error_rate", 429), Busy, Busy),
    ("400", documented("error_bad_request", 400), Rejected, Rejected),
    ("404", documented("error_missing", 404), Missing, Missing),
    ("405", answer(405), Rejected, Rejected),
    ("406", answer(406), Rejected, Rejected),
    ("409", documented("error_conflict", 409), Conflict, Conflict),
    ("415", answer(415), Rejected, Rejected),
    ("422", documented("error_unprocessable", 422), Rejected, Rejected),
    ("402", answer(402), Odd, Odd),
    ("410", answer(410), Odd, Odd),
    ("451", html(451), Odd, Odd),
]


def outcome(call):
    try:
        call()
    except Trouble as trouble:
        return trouble
    return None


@pytest.mark.parametrize(("reply", "expected"), [row[1:3] for row in TABLE], ids=[row[0] for row in TABLE])
def test_an_answer_to_a_read_tells_what_to_do_next(reply, expected):
    trouble = outcome(lambda: client(Network(reply)).order("SCID1"))

    assert type(trouble) is expected


@pytest.mark.parametrize(("reply", "expected"), [(row[1], row[3]) for row in TABLE], ids=[row[0] for row in TABLE])
def test_an_answer_to_a_write_tells_what_to_do_next(reply, expected):
    network = Network(reply)

    trouble = outcome(lambda: client(network).cancel("SCID1", reason="seller-refusal", refund_shipping=True))

    assert (None if trouble is None else type(trouble)) is expected
    assert len(network.calls) == 1  # nothing is sent twice


@pytest.mark.parametrize("kind", [Busy, Unauthorized, Forbidden, Illegible])
def test_what_may_be_asked_again_is_untouched(kind):
    assert issubclass(kind, Untouched)
    assert not issubclass(kind, Rejected | Unanswered)


@pytest.mark.parametrize(
    ("status", "headers", "text", "seconds"),
    [
        (429, {}, "", 30),
        (429, {"retry-after": "12"}, "Try again in 17 seconds.", 12),
        (429, {"retry-after": " 0 "}, "", 1),
        (429, {"retry-after": "99999999999999"}, "", 3900),
        (429, {"retry-after": "soon"}, "Rate limit is exceeded. Try again in 17 seconds.", 17),
        (429, {"retry-after": "-5"}, "", 30),
        (429, {"retry-after": "٣"}, "", 30),
        (429, {}, "Try again in 2 minutes.", 120),
        (429, {}, "Replenished in 00:00:20.", 25),
        (403, {}, "Out of call volume quota. Quota will be replenished in 00:11:35.", 700),
        (403, {"retry-after": "40"}, "Out of call volume quota. Quota will be replenished in 00:11:35.", 40),
        (403, {}, "Out of call volume quota. Quota will be replenished in 23:59:59.", 3900),
        (403, {}, "Out of call volume QUOTA.", 300),
    ],
)
def test_the_pause_is_read_from_the_header_or_the_text(status, headers, text, seconds):
    body = b'{"statusCode": %d, "message": "%s"}' % (status, text.encode())

    assert wait(Answer(status=status, headers=headers, body=body)) == seconds


def test_a_pause_until_a_date_is_counted_by_the_clock_that_wrote_it():
    theirs = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
    headers = {
        "date": format_datetime(theirs, usegmt=True),
        "retry-after": format_datetime(theirs + timedelta(minutes=4), usegmt=True),
    }

    assert wait(Answer(status=429, headers=headers)) == 240


def test_a_pause_until_a_date_without_their_clock_is_counted_by_ours():
    then = datetime.now(UTC) + timedelta(minutes=4)

    seconds = wait(Answer(status=429, headers={"retry-after": format_datetime(then, usegmt=True)}))

    assert seconds is not None
    assert 200 < seconds <= 240


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (403, example("error_quota"), True),
        (403, example("error_forbidden"), False),
        (403, b'{"statusCode": 403, "message": "Forbidden"}', False),
        (403, b'{"detail": "No quota for this seller"}', False),
        (403, b"<p>quota statusCode</p>", False),
        (429, example("error_quota"), False),
    ],
)
def test_a_spent_quota_is_recognised_by_its_body(status, body, expected):
    assert is_quota(Answer(status=status, body=body)) is expected


def test_a_spent_quota_says_so_and_for_how_long():
    with pytest.raises(Busy, match="replenished in 00:11:35") as caught:
        client(Network(documented("error_quota", 403))).seller()

    assert (caught.value.quota, caught.value.wait) == (True, 700)


def test_a_refusal_is_told_in_the_marketplaces_words():
    with pytest.raises(Conflict) as caught:
        client(Network(documented("error_conflict", 409))).decide("SCID1", True)

    refusal = caught.value
    assert str(refusal) == (
        "The order cannot be shipped in its current status. Cannot switch to shipped status from Cancelled."
    )
    assert (refusal.status, refusal.title) == (409, "Conflict")
    assert refusal.errors == {"status": ("Cannot switch to shipped status from Cancelled.",)}
    assert refusal.trace_id.startswith("00-7f1a2b3c")


def test_a_refusal_without_words_still_is_a_sentence():
    with pytest.raises(Rejected, match=r"refused this \(422\) and did not say why"):
        client(Network(answer(422, {}))).decide("SCID1", True)


@pytest.mark.parametrize(
    "body",
    [
        {"errors": {"a": "one text"}},
        {"errors": {"a": None, "b": [None, 1, "x"]}},
        {"errors": ["x"]},
        {"errors": {"a": [{"deep": 1}]}, "title": 5, "detail": ["x"]},
        [],
        "text",
        7,
        {"message": "m" * 100_000},
    ],
)
def test_an_error_body_of_any_shape_is_a_short_sentence(body):
    with pytest.raises(Rejected) as caught:
        client(Network(answer(400, body))).decide("SCID1", True)

    assert 0 < len(str(caught.value).encode()) <= 2_003


def test_what_a_person_reads_holds_no_secret_no_contact_and_no_markup():
    echo = f"<b>No</b> {SECRET} token-1 Bearer abc.def eyJhbGciOiJS.ZGVtbw.ZGVtbw a.b@example.org +33 6 12 34 56 78"

    with pytest.raises(Rejected) as caught:
        client(Network(answer(400, {"detail": echo, "errors": {SECRET: [echo]}}))).decide("SCID1", True)

    shown = f"{caught.value} {caught.value.detail} {caught.value.errors} {caught.value!r}"
    for hidden in (SECRET, "token-1", "abc.def", "eyJ", "example.org", "33 6", "<b>"):
        assert hidden not in shown
    assert "No" in shown


@pytest.mark.parametrize("reply", [httpx.ReadError("reset", request=REQUEST), answer(500), answer(200, b"{")])
def test_no_trouble_drags_the_request_and_its_token_along(reply):
    trouble = outcome(lambda: client(Network(reply)).cancel("SCID1", reason="x", refund_shipping=True))

    assert isinstance(trouble, Unanswered)
    assert trouble.__cause__ is None
    assert trouble.__context__ is None


def test_what_a_person_reads_cannot_be_turned_around_or_broken_into_lines():
    with pytest.raises(Rejected) as caught:
        client(Network(answer(400, {"detail": "one\u202etwo\r\n\x1b[31mthree"}))).decide("SCID1", True)

    assert str(caught.value) == "one two [31mthree"


def test_a_gateways_page_is_told_without_its_markup():
    page = b"<html><head><style>p {color: red}</style></head><body><p>Service <b>down</b></p></body></html>"

    with pytest.raises(Untouched) as caught:
        client(Network(httpx.Response(503, headers={"Content-Type": "text/html"}, content=page))).seller()

    assert str(caught.value) == "The marketplace answered 503. Service down"
