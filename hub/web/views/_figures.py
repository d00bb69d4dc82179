"""The people of a group in figures: columns, what a cell says, and which columns somebody chose to see."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from hub.services.grid import GridRow
from hub.services.groups import GroupView
from hub.texts import N_, ngettext, tidy, translator
from hub.texts import gettext as _

#: Column (a name that rows can be put in order by) -> its title.
TITLES: Mapping[str, str] = {
    "done": N_("Étapes terminées"),
    "share": N_("Parcours"),
    "expected": N_("Prévu"),
    "minutes": N_("Heures réalisées"),
    "trace": N_("Dernière trace"),
    "checks": N_("À vérifier"),
    "waits": N_("En attente"),
    "late": N_("En retard"),
}
#: Columns of which the greatest is what to look at first.
_GREATEST_FIRST = ("trace", "checks", "waits", "late")
PROGRESS, ACTIVITY = "progress", "activity"
MOST_OFFERED = 200


def text(row: GridRow, column: str) -> str:
    """What a cell says."""
    say = translator()
    match column:
        case "done":
            return f"{row.done}/{len(row.displays)}"
        case "share":
            return say.percent(row.share)
        case "expected":
            return say.percent(row.expected) if row.expected is not None else "–"
        case "minutes":
            return say.duration(row.minutes)
        case "trace":
            days = row.silent_days
            return ngettext("il y a %(num)s jour", "il y a %(num)s jours", days) if days else _("aujourd’hui")
        case "checks":
            return str(row.checks)
        case "waits":
            return str(row.waits)
        case _:
            return str(sum(row.late))


def heads(
    shown: Iterable[str], sort: str, href: Callable[..., str], base: str
) -> list[tuple[str, str, str, str | None]]:
    """Of each column its name, title, the address that sorts by it, and how it is sorted now (for ``aria-sort``). Asked
    for again, a column is sorted the other way round."""
    found = []
    for name in shown:
        usual = f"-{name}" if name in _GREATEST_FIRST else name
        other = usual.removeprefix("-") if usual.startswith("-") else f"-{usual}"
        order = {name: "ascending", f"-{name}": "descending"}.get(sort)
        found.append((name, _(TITLES[name]), href(base, sort=other if sort == usual else usual) + "#people", order))
    return found


def offered(view: GroupView, *, figures: bool) -> list[tuple[str, str]]:
    """The columns that can be chosen from, with their titles."""
    if figures:
        return [(name, _(title)) for name, title in TITLES.items()]
    modules = [(str(m.id), tidy(m.title)) for m in view.document.modules] if view.document else []
    return [*modules, (PROGRESS, _("Progression")), (ACTIVITY, _("Activité"))]


def hidden(kept: Mapping[str, Any], *, figures: bool) -> frozenset[str]:
    """The columns that somebody does not want to see, from what was kept."""
    names = kept.get("figures" if figures else "grid", [])
    return frozenset(str(n) for n in names) if isinstance(names, list) else frozenset()


def chosen(kept: Mapping[str, Any], offered: Sequence[str], shown: Sequence[str], *, figures: bool) -> dict[str, Any]:
    """What to keep of a choice: what is hidden, so that a column that comes later is seen."""
    left_out = [name[:64] for name in offered[:MOST_OFFERED] if name not in set(shown)]
    return {**kept, "figures" if figures else "grid": left_out}


def address(base: str, arguments: Mapping[str, str]) -> str:
    """The page of the group with these of its arguments that say something."""
    pairs = {name: value for name, value in arguments.items() if value}
    return f"{base}?{urlencode(pairs)}#people" if pairs else f"{base}#people"
