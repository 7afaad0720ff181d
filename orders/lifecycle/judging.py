"""The LAW applied to one order: pure, from what it is handed. Nobody else compares a status.

A documented rule blocks; any other one warns, and the marketplace decides; a word we do not know offers nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from octopia.contract.lifecycle import LAW, LINE_STATUSES, ORDER_STATUSES, Ability, Certainty, Mode, Status, Verb
from orders.lifecycle.channels import Abilities
from orders.lifecycle.past import History
from orders.lifecycle.verdicts import Answer, Verdict
from orders.models import Line, Order

_NEEDS = {
    Verb.ACCEPT: Ability.APPROVAL,
    Verb.REFUSE: Ability.APPROVAL,
    Verb.GESTURE: Ability.GESTURES,
    Verb.INVOICE: Ability.INVOICES,
}
NOTHING = Verdict(Answer.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Case:
    """An order and all that is known about it. `lines` are all lines of the order."""

    order: Order
    lines: Sequence[Line]
    abilities: Abilities
    history: History

    def verdict(self, verb: Verb, chosen: Iterable[Line] | None = None) -> Verdict:
        """Would the marketplace take `verb` for those of these lines (all, when None) that it can be asked for?"""
        return self._dated(verb, self._verdict(verb, chosen))

    def _verdict(self, verb: Verb, chosen: Iterable[Line] | None) -> Verdict:
        if LAW[verb].whole_order:
            return self.of_order(verb)
        lines = list(self.lines if chosen is None else chosen)
        judged = [(line, self.judge(line, verb)) for line in lines]
        best = _best(verdict for _, verdict in judged)
        able = [line for line, verdict in judged if verdict.offered]
        if verb is Verb.SHIP:
            return _worst([best, self._complete(able)]) if able else best
        return self._cancellable(able, best)

    def judge(self, line: Line, verb: Verb) -> Verdict:
        """Would the marketplace take `verb` for this one line, whatever goes with it?"""
        verdict = self.of_order(verb)
        return self._dated(verb, verdict if LAW[verb].whole_order else _worst([verdict, self._of_line(line, verb)]))

    def shipment(self, parcels: Sequence[Collection[str]]) -> Verdict:
        """Would the marketplace take exactly these parcels, each given by the codes of its lines?"""
        by_code = {line.code: line for line in self.lines}
        carried = [code for parcel in parcels for code in set(parcel)]
        if not carried or not set(carried) <= set(by_code):
            return NOTHING
        lines = [by_code[code] for code in dict.fromkeys(carried)]
        verdicts = [self.judge(line, Verb.SHIP) for line in lines]
        if len(parcels) > 1:
            verdicts.append(self._channel(Ability.SEVERAL_PARCELS))
        if len(carried) > len(lines):
            verdicts.append(self._channel(Ability.LINE_IN_PARCELS))
        return self._dated(Verb.SHIP, _worst([*verdicts, self._complete(lines)]))

    def cancellation(self, chosen: Iterable[Line] | None = None) -> Verdict:
        """Would the marketplace take a cancellation of exactly these lines, or of the whole order when None?"""
        if chosen is not None:
            lines = list(chosen)
            verdicts = [self.judge(line, Verb.CANCEL) for line in lines]
            verdicts.append(self._channel(Ability.LINE_CANCELLATION))
            if not all(line.offer for line in lines):
                verdicts.append(_by("R36", Certainty.DOCUMENTED))
            return self._dated(Verb.CANCEL, _worst(verdicts)) if lines else NOTHING
        remaining = [line for line in self.lines if line.status != Status.CANCELLED] or list(self.lines)
        verdicts = [self.judge(line, Verb.CANCEL) for line in remaining]
        if self.history.partly:
            verdicts.append(_by("R35", Certainty.DOCUMENTED))
        elif len(remaining) < len(self.lines):  # cancelled by a request for lines, or in another way: not known
            verdicts.append(_by("R35", Certainty.INFERRED, text="cancelled"))
        return self._dated(Verb.CANCEL, _worst(verdicts)) if verdicts else NOTHING

    def of_order(self, verb: Verb) -> Verdict:
        """Would the marketplace take `verb` for this order, as far as its own status and channel tell?"""
        law, status = LAW[verb], self.order.status
        if status not in ORDER_STATUSES:
            return Verdict(Answer.UNKNOWN, params={"word": status})
        taken = Verdict(Answer.ALLOWED, law.by_status, Certainty.DOCUMENTED, params={"status": status})
        if status not in law.order_statuses:
            taken = _by(*law.why_not_order(status), status=status)
        elif law.whole_order:
            taken = Verdict(Answer.ALLOWED, law.grants[0].rule, law.grants[0].certainty, params={"status": status})
        if verb not in _NEEDS:
            return taken
        able = self._channel(_NEEDS[verb])  # said first: the channel's no outlasts every status
        return _worst([able, taken]) if able.answer is Answer.REFUSED else _worst([taken, able])

    def _of_line(self, line: Line, verb: Verb) -> Verdict:
        status, mode = line.status, line.supply_mode
        if status not in LINE_STATUSES or mode not in set(Mode):
            return Verdict(Answer.UNKNOWN, params={"word": status if status not in LINE_STATUSES else mode})
        if verb is Verb.SHIP and line.code in self.history.shipped:
            status = Status.SHIPPED
        grant = LAW[verb].grant(mode, status)
        if grant is None:
            verdict = _by(*LAW[verb].why_not(mode, status), status=status, mode=mode)
        else:
            documented = grant.certainty is Certainty.DOCUMENTED
            answer = Answer.ALLOWED if documented else Answer.DOUBTFUL
            verdict = Verdict(answer, grant.rule, grant.certainty, params={"status": status, "mode": mode})
        return self._asked_before(line, verdict) if verb is Verb.CANCEL else verdict

    def _asked_before(self, line: Line, verdict: Verdict) -> Verdict:
        """A cancellation asked for is not asked again (R38); one of the customer's the seller decides (R12)."""
        if line.status == Status.CANCELLED:
            return verdict
        if line.code in self.history.asked:
            return _by("R38", Certainty.DOCUMENTED)
        if line.status == Status.CANCEL_REQUEST:
            return _by("R13", Certainty.CLIENTS)
        if line.code in self.history.turned_down:  # whether a rejected one counts is not said
            return _worst([verdict, _by("R38", Certainty.INFERRED, text="turned down")])
        return verdict

    def _complete(self, lines: Collection[Line]) -> Verdict:
        """Whether what is left behind may be: where lines are not shipped one by one, all go."""
        codes = {line.code for line in lines}
        left = [line for line in self.lines if line.code not in codes]
        left = [line for line in left if self._of_line(line, Verb.SHIP).offered]
        if not left:
            return Verdict(Answer.ALLOWED, "R22", Certainty.DOCUMENTED)
        verdict = self._channel(Ability.SINGLE_LINES)
        if verdict.answer is Answer.REFUSED and all(line.status == Status.CANCEL_REQUEST for line in left):
            # whether a line whose cancellation is pending belongs to the complete order is not said
            return Verdict(Answer.DOUBTFUL, verdict.rule, Certainty.INFERRED, verdict.since, verdict.params)
        return verdict

    def _cancellable(self, able: list[Line], best: Verdict) -> Verdict:
        """By lines where the channel takes it, whole where these lines are all that is left."""
        by_line = _worst([best, self._channel(Ability.LINE_CANCELLATION)]) if able else best
        if able and not any(line.offer for line in able):
            by_line = _worst([by_line, _by("R36", Certainty.DOCUMENTED)])
        left = {line.code for line in self.lines if line.status != Status.CANCELLED}
        if able and left <= {line.code for line in able}:
            return _best([self.cancellation(), by_line])
        return by_line

    def _dated(self, verb: Verb, verdict: Verdict) -> Verdict:
        """With the day since when the marketplace has taken this by this rule from us, where it has."""
        since = verdict.since or self.abilities.confirmed.get((verb, verdict.rule))
        return replace(verdict, since=since) if since and verdict.offered else verdict

    def _channel(self, name: Ability) -> Verdict:
        return self.abilities.verdict(name, self.order.channel_name)


def _by(rule: str, certainty: Certainty, **params: str) -> Verdict:
    """A no by this rule: it blocks when it is documented."""
    answer = Answer.REFUSED if certainty is Certainty.DOCUMENTED else Answer.DOUBTFUL
    return Verdict(answer, rule, certainty, params=params)


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    """What binds: the first of the lowest answers."""
    return min(verdicts, key=lambda verdict: verdict.answer)


def _best(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: verdict.answer, default=NOTHING)
