"""What we expect the marketplace to answer, and how it is said: the rule in words, its source, what would change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice import wording
from octopia.contract.lifecycle import CANNOT, RULES, UNTOLD, Ability
from octopia.contract.rules import SETTING
from octopia.contract.vocabulary import N_
from orders.words import MODES


class Answer(IntEnum):
    """What the marketplace would say, the better the higher. Only from DOUBTFUL on is anything offered."""

    REFUSED = 0  # documented: we block
    UNKNOWN = 1  # a word that we do not know: nothing is offered
    DOUBTFUL = 2  # inferred, or seen in other programs: we warn, the marketplace decides
    ALLOWED = 3


ALLOWED, NOTHING = N_("The marketplace takes this."), N_("There is nothing here to ask for.")
TEXTS = {
    "turned down": N_("A cancellation of this line was rejected; whether it may be asked again is not known."),
    "cancelled": N_("A line was cancelled, in a way not known here: the whole order may not be cancelled any more."),
    "refund now": N_(
        "It was shipped after this was asked for: it is a refund now, above what its author may give alone. "
        "Ask for it again, and a colleague confirms it."
    ),
    "file gone": N_("Its file is not kept here any more: choose it again."),
}
SOURCES = {
    "SEED": _("the marketplace's page on order management"),
    "D-INV": _("the marketplace's page on invoices"),
    "CDS-HELP": _("Cdiscount's help for its customers"),
    "LENGOW": _("the help pages of Lengow, which connects sellers"),
    "C-MASTER": _("the program of another seller"),
    "C-PL, C-MASTER": _("the programs of two other sellers"),
    "two clients": _("the programs of two other sellers"),
    "dossier": _("our conclusion from the documentation"),
    "marketplace": _("the marketplace's answer to us"),
    "person": _("corrected here"),
    "limits": _("this shop's limits"),
}
CERTAINTIES = {
    "documented": _("documented"),
    "measured": _("seen on the live service"),
    "clients": _("not documented: other programs do so"),
    "inferred": _("inferred, nobody saw it"),
    "simulator": _("an assumption of ours"),
    "decided": _("decided in this shop"),
    "": _("not known"),
}


@dataclass(frozen=True)
class Verdict:
    """One judgement. It keeps keys only; every sentence is made when it is shown, in the reader's language.

    `params`: status, mode and channel as the marketplace names them; `ability` when a channel's ability decides, then
    `able` is "no" or "untold" and `source` tells who says so; `word` when a word is not known; `text` when other words
    than the rule's fit the case, or no rule of the marketplace is behind it.
    """

    answer: Answer
    rule: str = ""
    certainty: str = ""
    since: date | None = None
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def offered(self) -> bool:
        """Whether a person may ask for it at all."""
        return self.answer >= Answer.DOUBTFUL

    @property
    def doubtful(self) -> bool:
        return self.answer is Answer.DOUBTFUL

    @property
    def ability(self) -> Ability | None:
        """The channel's ability that decides, when one does."""
        return Ability(self.params["ability"]) if "ability" in self.params else None

    @property
    def words(self) -> str:
        """The rule as a sentence about this case."""
        if "word" in self.params:
            return gettext(
                "The marketplace says “%(word)s”, which this program does not know: it offers nothing there."
            ) % {"word": self.params["word"]}
        if self.ability:
            told = (UNTOLD if self.params.get("able") == "untold" else CANNOT)[self.ability]
        elif self.answer is Answer.ALLOWED:
            told = ALLOWED
        elif self.params.get("text", "") in TEXTS:
            told = TEXTS[self.params["text"]]
        else:
            told = RULES[self.rule].words if self.rule else NOTHING
        return gettext(told) % self._said()

    @property
    def source(self) -> str:
        """Who says so, in words; empty when nobody does."""
        return source_words(self.params.get("source") or (RULES[self.rule].source if self.rule else ""))

    @property
    def sure(self) -> str:
        """How certain the rule is, in words."""
        return str(CERTAINTIES[self.certainty])

    @property
    def change(self) -> str:
        """What would have to happen for another answer; empty when it is yes already."""
        if self.answer is Answer.ALLOWED:
            return ""
        if "word" in self.params:
            return gettext("The next change of the order, or a newer version of this program that knows the word.")
        if self.ability:
            return gettext(SETTING)
        return gettext(RULES[self.rule].change) if self.rule else ""

    def as_json(self) -> dict[str, Any]:
        """What a row keeps of it, to be read by `from_json`."""
        return {
            "answer": self.answer.name,
            "rule": self.rule,
            "certainty": self.certainty,
            "since": self.since.isoformat() if self.since else None,
            "params": dict(self.params),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Verdict":
        since = date.fromisoformat(kept["since"]) if kept["since"] else None
        return cls(Answer[kept["answer"]], kept["rule"], kept["certainty"], since, dict(kept["params"]))

    def _said(self) -> dict[str, str]:
        status, mode = self.params.get("status", ""), self.params.get("mode", "")
        return {
            "status": _quoted(wording.word(status, "order").label) if status else "–",
            "mode": _quoted(MODES.get(mode, mode)),
            "channel": self.params.get("name") or self.params.get("channel", ""),
        }


def source_words(source: str) -> str:
    """Who says so, in words; a source of the contract may go on after a colon."""
    known = source.partition(":")[0]
    return str(SOURCES.get(known, known))


def _quoted(label: object) -> str:
    return gettext("“%(label)s”") % {"label": label}
