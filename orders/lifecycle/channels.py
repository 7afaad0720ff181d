"""What each channel can do: the contract's word, and beside it what was learned here; one query for any number.

A person's correction goes before everything; what the marketplace taught goes before what nobody knew, and never
before the documentation: it is shown beside it, for a person to decide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from backoffice.models import SellerAccount, User
from octopia.contract.lifecycle import Ability, Certainty, Known, Say, ability
from orders.lifecycle.verdicts import Answer, Verdict
from orders.models import ChannelAbility, Origin

CERTAIN = {Known.DOCUMENTED: Certainty.DOCUMENTED, Known.OBSERVED: Certainty.MEASURED, Known.UNKNOWN: ""}


@dataclass(frozen=True, slots=True)
class Fact:
    """One ability of one channel of one account. `value` is what counts; `documented` what the contract says;
    `person` and `marketplace` what was learned here."""

    ability: Ability
    documented: Say
    person: ChannelAbility | None = None
    marketplace: ChannelAbility | None = None

    @property
    def _learned(self) -> ChannelAbility | None:
        return self.person or (self.marketplace if self.documented.value is None else None)

    @property
    def value(self) -> bool | None:
        return self._learned.value if self._learned else self.documented.value

    @property
    def known(self) -> Known:
        return Known.OBSERVED if self._learned else self.documented.known

    @property
    def source(self) -> str:
        return self._learned.origin if self._learned else self.documented.source

    @property
    def since(self) -> date | None:
        return self._learned.learned_at.date() if self._learned else None

    @property
    def contradicted(self) -> bool:
        """Whether what counts is not what the marketplace answered last, or not what it documents."""
        said = [row.value for row in (self.person, self.marketplace) if row]
        return len({*said, self.documented.value} - {None}) > 1

    @property
    def blocks(self) -> bool:
        """A documented no and a person's no block; one refusal that we read as a no only warns."""
        return self.value is False and (self._learned is None or self._learned.origin == Origin.PERSON)


@dataclass(frozen=True, slots=True)
class Abilities:
    """All abilities of one channel, for judging and for showing."""

    channel: str
    facts: Mapping[Ability, Fact]

    def __getitem__(self, name: Ability) -> Fact:
        return self.facts[name]

    def verdict(self, name: Ability, channel_name: str = "") -> Verdict:
        """Would the channel take what needs this ability?"""
        fact = self.facts[name]
        answer = Answer.ALLOWED if fact.value else Answer.REFUSED if fact.blocks else Answer.DOUBTFUL
        params = {
            "channel": self.channel,
            "name": channel_name or self.channel,
            "ability": str(name),
            "able": {True: "yes", False: "no", None: "untold"}[fact.value],
            "source": fact.source,
        }
        return Verdict(answer, fact.documented.rule, CERTAIN[fact.known], fact.since, params)


@dataclass(frozen=True)
class Book:
    """The abilities of every channel of some accounts."""

    rows: Mapping[tuple[int, str], list[ChannelAbility]] = field(default_factory=dict)

    def of(self, account_id: int, channel: str) -> Abilities:
        learned = {(row.ability, row.origin): row for row in self.rows.get((account_id, channel), ())}
        return Abilities(
            channel,
            {
                name: Fact(
                    name,
                    ability(channel, name),
                    person=learned.get((name, Origin.PERSON)),
                    marketplace=learned.get((name, Origin.MARKETPLACE)),
                )
                for name in Ability
            },
        )


def abilities_of(account_ids: Iterable[int]) -> Book:
    """One query, whatever the number of channels and orders judged by it."""
    rows: dict[tuple[int, str], list[ChannelAbility]] = {}
    for row in ChannelAbility.objects.filter(account__in=list(account_ids)).select_related("user"):
        rows.setdefault((row.account_id, row.channel), []).append(row)
    return Book(rows)


def abilities(account_id: int, channel: str) -> Abilities:
    return abilities_of([account_id]).of(account_id, channel)


def learn(account: SellerAccount, channel: str, name: Ability, value: bool, source: str) -> ChannelAbility:
    """Note what an answer of the marketplace taught; `source`: its words. A person's correction stays as it is."""
    return _note(account, channel, name, value, origin=Origin.MARKETPLACE, source=source)


def correct(
    account: SellerAccount, channel: str, name: Ability, value: bool | None, *, by: User, source: str, note: str = ""
) -> None:
    """A person's word: it counts from now on. None takes an earlier correction back."""
    if value is None:
        ChannelAbility.objects.filter(account=account, channel=channel, ability=name, origin=Origin.PERSON).delete()
        return
    _note(account, channel, name, value, origin=Origin.PERSON, source=source, note=note, user=by)


def _note(
    account: SellerAccount,
    channel: str,
    name: Ability,
    value: bool,
    *,
    origin: Origin,
    source: str,
    note: str = "",
    user: User | None = None,
) -> ChannelAbility:
    before = abilities(account.pk, channel)[name].value
    row, _ = ChannelAbility.objects.update_or_create(
        account=account,
        channel=channel,
        ability=str(name),
        origin=origin,
        defaults={
            "value": value,
            "was": before,
            "source": source[:500],
            "note": note[:500],
            "user": user,
            "learned_at": timezone.now(),
        },
    )
    return row
