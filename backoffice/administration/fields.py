"""The form field of each kind of choice, and how its value is told in words. Fields fetch nothing."""

from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import alerts, shop, typography
from backoffice.declarations import Amount, Choice, Clocks, Flag, Kind, RolesByName, Whole, Windows, Zone
from backoffice.roles import Role

BLANKS = 3  # empty rows for new names

# What may be named in a choice, offered while one types: apps fill it in ready().
NAMES: dict[str, Callable[[], Iterable[str]]] = {}


class NamedRows(forms.Widget):
    """A line for each name: the name, its value, and for `told` how the shop knows of it."""

    template_name = "settings/_named_rows.html"
    use_fieldset = True

    def __init__(
        self, *, clock: bool, name_label: str | Promise, value_label: str | Promise, first: str | Promise = ""
    ):
        super().__init__()
        self.clock, self.name_label, self.value_label, self.first = clock, name_label, value_label, first
        self.names: Iterable[str] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        rows = [*(value or []), *([("", "", "")] * BLANKS)]
        context = super().get_context(name, None, attrs)
        context["widget"] |= {
            "rows": rows, "clock": self.clock, "name_label": self.name_label, "value_label": self.value_label,
            "first": self.first, "names": sorted(set(self.names)),
        }  # fmt: skip
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str, str]]:
        parts = [_list(data, f"{name}_{part}") for part in ("name", "value", "told")]
        most = max(map(len, parts))
        whole = zip(*(part + [""] * (most - len(part)) for part in parts), strict=True)
        at_least = 1 if self.first else 0  # the first row stands for every other name: kept, even when it is empty
        return [row for at, row in enumerate(whole) if any(row) or at < at_least]

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}_0" if id_ else ""


class ClocksField(forms.Field):
    """A time of day by carrier; the first line is that of every other one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = NamedRows(
            clock=True,
            name_label=gettext_lazy("Carrier"),
            value_label=gettext_lazy("Time"),
            first=gettext_lazy("Every other carrier"),
        )
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return [("", value[""], ""), *((name, at, "") for name, at in sorted(value.items()) if name)]

    def clean(self, value: list[tuple[str, str, str]]) -> Any:
        found = {"": value[0][1][:5] if value else ""}
        found |= _unique((name.strip(), at[:5]) for name, at, _told in value[1:])
        return _kept(Clocks(), found, _("Give each carrier a time such as 16:00, also the line of every other one."))


class WindowsField(forms.Field):
    """Hours by channel, with how the shop knows of them."""

    def __init__(self, **kwargs: Any) -> None:
        widget = NamedRows(clock=False, name_label=gettext_lazy("Channel"), value_label=gettext_lazy("Hours"))
        super().__init__(widget=widget, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return [(name, str(known["hours"]), known["origin"]) for name, known in sorted(value.items())]

    def clean(self, value: list[tuple[str, str, str]]) -> Any:
        said = _("Give each channel a whole number of hours from 1 to %(most)s.") % {"most": Windows().most}
        if any(not hours.strip().isdecimal() for _name, hours, _told in value):
            raise ValidationError(said)
        rows = ((name.strip(), {"hours": int(hours), "origin": told.strip()}) for name, hours, told in value)
        return _kept(Windows(), _unique(rows), said)


class RolesGrid(forms.Widget):
    """A box for each role in a line for each name."""

    template_name = "settings/_roles_grid.html"
    use_fieldset = True

    def __init__(self) -> None:
        super().__init__()
        self.lines: Iterable[tuple[str, str | Promise]] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        rows = [
            (key, words, [(role, role in (value or {}).get(key, ())) for role in Role]) for key, words in self.lines
        ]
        context["widget"] |= {"rows": rows, "roles": list(Role)}
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, list[str]]:
        return {key: _list(data, f"{name}_{key}") for key, _words in self.lines}


class RolesField(forms.Field):
    """Some roles by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=RolesGrid(), required=False, **kwargs)

    def clean(self, value: dict[str, list[str]]) -> Any:
        return _kept(RolesByName(), value, _("Choose among the roles shown."))


class ZoneField(forms.ChoiceField):
    """One of the time zones there are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=lambda: [(name, name) for name in sorted(available_timezones())], **kwargs)
        self.widget.attrs["translate"] = "no"


class Choosing(forms.Form):
    """A section's choices."""

    def __init__(self, *args: Any, choices: Iterable[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        former = None
        for choice in choices:
            self.fields[choice.key] = field(choice)
            if choice.effect == former:  # it stands above, and is true of this one too
                self.fields[choice.key].help_text = ""
            former = choice.effect


def field(choice: Choice) -> forms.Field:
    """The field of a choice, labelled with its unit; the effect is its help."""
    words: dict[str, Any] = {"label": choice.label, "help_text": choice.effect}
    match choice.kind:
        case Zone():
            return ZoneField(**words)
        case Whole(unit, least, most):
            words["label"] = f"{choice.label} ({unit})"
            return forms.IntegerField(min_value=least, max_value=most, **words)
        case Amount(unit, most):
            words["label"] = f"{choice.label} ({unit})"
            return forms.DecimalField(min_value=0, max_value=most, decimal_places=2, **words)
        case Flag():
            return forms.BooleanField(required=False, **words)
        case Clocks():
            return _offering(choice, ClocksField(**words))
        case Windows():
            return _offering(choice, WindowsField(**words))
        case RolesByName():
            roles = RolesField(**words)
            assert isinstance(roles.widget, RolesGrid)
            roles.widget.lines = list(alerts.NAMES.items())
            return roles
    raise TypeError(f"{choice.key} has a kind without a field.")


def current(choice: Choice) -> Any:
    """The choice's value as it is now; the roles of every kind of alert, also of those never chosen for."""
    value = shop.choice(choice.key)
    if isinstance(choice.kind, RolesByName):
        return {
            kind: value.get(kind, [role for role in Role if role in alerts.concerned(kind)]) for kind in alerts.NAMES
        }
    return value


def told(choice: Choice, value: Any) -> list[str]:
    """The value in words, a line each."""
    match choice.kind:
        case Whole(unit):
            return [f"{number_format(value, use_l10n=True)}{typography.NO_BREAK}{unit}"]
        case Amount("EUR"):
            return [typography.amount(value)]
        case Amount(unit):
            return [f"{typography.figure(value)}{typography.NO_BREAK}{unit}"]
        case Flag():
            return [_("yes") if value else _("no")]
        case Clocks():
            return [f"{name or _('Every other carrier')}{typography.colon()}{at}" for name, at in sorted(value.items())]
        case Windows():
            hours = [
                (name, _("%(hours)s hours") % {"hours": known["hours"]}, known["origin"])
                for name, known in sorted(value.items())
            ]
            lines = [
                f"{name}{typography.colon()}{span}{f' ({origin})' if origin else ''}" for name, span, origin in hours
            ]
            return lines or [_("unknown for every channel")]
        case RolesByName():
            return [f"{words}{typography.colon()}{_roles(value.get(key, ()))}" for key, words in alerts.NAMES.items()]
    return [str(value)]


def _roles(chosen: Iterable[str]) -> str:
    return ", ".join(str(Role(role).label) for role in chosen) or _("nobody")


def _offering(choice: Choice, made: forms.Field) -> forms.Field:
    assert isinstance(made.widget, NamedRows)
    if choice.key in NAMES:
        made.widget.names = NAMES[choice.key]()
    return made


def _list(data: Any, key: str) -> list[str]:
    return list(data.getlist(key)) if isinstance(data, QueryDict) else list(data.get(key, ()))


def _unique(rows: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValidationError for a line without a name, or a name twice."""
    found: dict[str, Any] = {}
    for name, value in rows:
        if not name:
            raise ValidationError(_("A line has no name."))
        if name in found:
            raise ValidationError(_("%(name)s stands here twice.") % {"name": name})
        found[name] = value
    return found


def _kept(kind: Kind, value: Any, otherwise: str) -> Any:
    try:
        return kind.read(value)
    except ValueError:
        raise ValidationError(otherwise) from None
