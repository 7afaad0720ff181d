"""What programs wrote in English about a failure, in the reader's language; foreign words stay as they came."""

import re
from functools import cache

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as N_

# The sentences of `octopia` and of the mirror, which know no language, and those kept by a worker that speaks English.
# `where` is a member or a column, the others are numbers or a lane. The special ones come first.
SENTENCES = (
    N_("The record is not an object."),
    N_("The record is not JSON."),
    N_("The record is nested too deeply."),
    N_("The record holds a number nobody could mean."),
    N_("The record holds a sign that is not Unicode text."),
    N_("The record holds a NUL."),
    N_("Two lines have the same code."),
    N_("A parcel's number or carrier is too long."),
    N_("It cannot be read."),
    N_("The count is not a whole number."),
    N_("The answer holds no usable access token."),
    N_("The answer was cut, or is not JSON."),
    N_("The answer is not a list."),
    N_("The answer is not an object."),
    N_("The answer has no list in it."),
    N_("The answer took too long."),
    N_("The answer cannot be read as a stream."),
    N_("The answer is packed in a way nobody asked for."),
    N_("The packed answer was cut."),
    N_("The exchange took too long."),
    N_("The marketplace answered with another order."),
    N_("The marketplace answered %(status)s."),
    N_("The marketplace refused the token; a new one was fetched."),
    N_("The marketplace refused the token."),
    N_("The marketplace does not let this client do this."),
    N_("The marketplace's answer is empty."),
    N_("The marketplace's answer is not JSON."),
    N_("The marketplace's answer was cut, or is not JSON."),
    N_("The marketplace's answer is too large."),
    N_("The marketplace's answer cannot be read."),
    N_("The marketplace cannot be reached."),
    N_("The marketplace did not answer."),
    N_("The marketplace asks for a pause."),
    N_("The marketplace refused this (%(status)s) and did not say why."),
    N_("The marketplace gives this period no end."),
    N_("The marketplace ignored the period that was asked for."),
    N_("The marketplace gives the same page whatever page is asked for."),
    N_("The volume of calls is spent."),
    N_("The token server's answer holds no token."),
    N_("The token was refused (%(status)s)."),
    N_("Too many tokens were asked for."),
    N_("Another process is asking for a token."),
    N_("The call budget is being counted anew."),
    N_("The marketplace asked for a pause."),
    N_("The marketplace does not answer; it is asked again every 30 seconds."),
    N_("The calls of this hour are spent for the lane %(lane)s."),
    N_("This is a practice account: its API address must be that of PRACTICE_URL."),
    N_("This is a practice account: its token address must be at the place of PRACTICE_URL."),
    N_("This API address is for practice: mark the account as practice, or change it."),
    N_("The mail server takes no letters."),
    N_("no answer"),  # causes of a pause; 429 and the like say the same in every language
    N_("quota"),
    N_("%(where)s is not an object."),
    N_("%(where)s is not a text."),
    N_("%(where)s is not a number."),
    N_("%(where)s is not a whole number."),
    N_("%(where)s is not a list."),
    N_("%(where)s is not between %(least)s and %(most)s."),
    N_("%(where)s is not a date between %(least)s and %(most)s."),
    N_("%(where)s is neither true nor false."),
    N_("%(where)s is missing."),
    N_("%(where)s is beyond what a sum can be."),
    N_("%(where)s is a number nobody could mean."),
    N_("%(where)s is longer than %(limit)s signs."),
    N_("%(where)s has more than %(limit)s entries."),
    N_("%(where)s is nested too deeply."),
    N_("%(where)s holds a NUL."),
)


def told(text: str) -> str:
    """The sentences of ours at the beginning of `text`, translated, and the rest as it came. The name of an exception
    before them is for the log."""
    if (get_language() or "en").startswith("en"):
        return text
    named = _named.match(text)
    if named and (said := told(rest := text[named.end() :])) != rest:
        return said
    for sentence, shape in _shapes():
        if found := shape.match(text):
            said = gettext(sentence) % found.groupdict() if found.groupdict() else gettext(sentence)
            return f"{said} {told(rest)}" if (rest := text[found.end() :].strip()) else said
    return text


_named = re.compile(r"[A-Z]\w+: ")


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((sentence, _shape(sentence)) for sentence in SENTENCES)


def _shape(sentence: str) -> re.Pattern[str]:
    """A pattern of the sentence's text, up to the end of a word. A member's path has no space, a column's name one."""
    source = re.escape(sentence)
    source = re.sub(r"%\\\((\w+)\\\)s", lambda name: rf"(?P<{name[1]}>{_filling(name[1])})", source)
    return re.compile(rf"{source}(?=\s|$)" if sentence.endswith(".") else rf"{source}$")


def _filling(name: str) -> str:
    return {"where": r"\S+(?: \S+)?", "lane": r"\w+"}.get(name, r"\d+")
