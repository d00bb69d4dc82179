"""Sample data of the style guide (`style.html`): every component in every state, also photographed by the tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from hub.texts import gettext as _
from hub.web.ui import charts
from hub.web.ui.line_map import MapModule, MapStep, MapVariant
from hub.web.ui.words import STATES

TOKENS = (
    "paper", "card", "sunken", "ink", "ink-soft", "link", "outline", "hairline", "action", "saffron",
    "m1", "m2", "m3", "m4", "m5", "done", "waiting", "check", "locked", "waived", "brand",
)  # fmt: skip

_STEPS = (
    ("Accueil et projet", "done", "on_site", 210, ("remote_live",)),
    ("Sécurité à l’atelier", "done", "on_site", 180, ("comodal",)),
    ("Lire un plan", "waived", "own_pace", 0, ("on_site",)),
    ("Dessin 3D : les bases", "check", "remote_live", 240, ("own_pace", "on_site")),
    ("Quiz : le vocabulaire", "awaiting", "own_pace", 20, ()),
    ("Modéliser une pièce", "todo", "own_pace", 45, ("remote_live", "on_site")),
    ("Régler l’imprimante", "not_open", "comodal", 210, ("own_pace",)),
    ("Imprimer ma pièce", "locked", "on_site", 420, ("afest",)),
    ("Présenter son travail", "locked", "comodal", 120, ("on_site",)),
)
_MODULES = (("Prendre pied", 0, 2), ("Dessiner", 2, 6), ("Fabriquer", 6, 8), ("Montrer", 8, 9))


def _reason(state: str) -> str:
    return {
        "check": _("Note passée de 82 à 58. Claire regarde."),
        "awaiting": _("Lu à 6 h, prochaine lecture à 12 h."),
        "not_open": _("Ouvre mardi 1er décembre."),
        "locked": _("Terminez d’abord l’étape d’avant."),
        "waived": _("Accordée par Claire Fabre : votre CAP le couvre."),
    }.get(state, "")


def learner_path() -> tuple[MapModule, ...]:
    """The path of the style guide as its learner sees it."""
    steps = [
        MapStep(number, title, "#map", state, modality, minutes=minutes, reason=_reason(state),
                others=tuple(MapVariant(other) for other in others))
        for number, (title, state, modality, minutes, others) in enumerate(_STEPS, start=1)
    ]  # fmt: skip
    return tuple(
        MapModule(
            title, _("%(done)s sur %(total)s", done=2 if not start else 0, total=end - start), tuple(steps[start:end])
        )
        for title, start, end in _MODULES
    )


def trainer_path() -> tuple[MapModule, ...]:
    """The same path with where a group of twelve stands."""
    here = (0, 0, 0, 2, 1, 5, 2, 1, 1)
    return _changed(lambda step: replace(
        step, here=here[step.number - 1], done=12 - step.number, total=12,
        others=tuple(replace(way, count=way_count + 2) for way_count, way in enumerate(step.others)),
    ))  # fmt: skip


def designer_path() -> tuple[MapModule, ...]:
    """The same path as its designer edits it, one step selected and one without a way."""
    return _changed(lambda step: replace(
        step, state="open", reason=_("après : étape %(number)s", number=step.number - 1) if step.number > 1 else "",
        selected=step.number == 6, modality=None if step.number == 9 else step.modality,
        others=() if step.number == 9 else step.others,
    ))  # fmt: skip


def _changed(change: Callable[[MapStep], MapStep]) -> tuple[MapModule, ...]:
    return tuple(
        replace(module, done_text="", steps=tuple(change(step) for step in module.steps)) for module in learner_path()
    )


def long_path() -> tuple[MapModule, ...]:
    """A module of more than eight steps, in every state."""
    modalities = ("on_site", "remote_live", "own_pace", "comodal", "afest")
    steps = tuple(
        MapStep(
            number,
            _("Étape de %(minutes)s minutes", minutes=number * 5),
            "#map",
            state,
            modalities[number % 5],
            minutes=number * 5,
        )
        for number, state in enumerate(STATES, start=1)
    )
    return (MapModule(_("Un module long"), "", steps),)


def sample() -> dict[str, object]:
    """Everything that `style.html` shows besides `site`."""
    monday = date(2026, 11, 2)
    days = [
        charts.HeatDay(monday + timedelta(days=week * 7 + day), (day * 37 + week * 53) % 130)
        for week in range(3)
        for day in range(5)
    ]
    done = [0, 0.06, 0.11, 0.15, 0.2, 0.24, 0.28, 0.31, 0.33]
    plan = [index * 0.46 / 8 for index in range(9)]
    weeks = [f"s{week}" for week in range(40, 49)]
    return {
        "tokens": TOKENS,
        "learner_path": learner_path(),
        "trainer_path": trainer_path(),
        "designer_path": designer_path(),
        "long_path": long_path(),
        "heat": charts.heat_strip(days),
        "spark": charts.sparkline(done, plan, weeks),
        "curve": charts.progress_curve(done, plan, weeks),
        "bars": charts.modality_bars((
            charts.ModalityHours("on_site", 900, 1560), charts.ModalityHours("remote_live", 240, 360),
            charts.ModalityHours("own_pace", 330, 300), charts.ModalityHours("comodal", 180, 210),
            charts.ModalityHours("afest", 0, 90),
        )),
        "rates": charts.rate_dots((
            charts.Rate("own_pace", 10, 14), charts.Rate("remote_live", 5, 6), charts.Rate("on_site", 2, 3),
        )),
        "grid_states": STATES,
    }  # fmt: skip
