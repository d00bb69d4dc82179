"""Writing back to a platform, and taking from it what a reading leaves there: each act a small form, each a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.services import platform_acts, platform_done, platform_takes, platforms
from hub.services.errors import Conflict, NotFound
from hub.services.platform_acts import Choices
from hub.texts import N_, gettext, ngettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import crumbs, one_id, whole_place_only

blueprint = whole_place_only(Blueprint("admin_platform_acts", __name__))


@dataclass(frozen=True, slots=True)
class Act:
    """One act. ``fields``: (name, label, which of the choices); all are asked for, in the order that ``request`` takes
    them. ``lacks``: what to say where there is nothing to choose."""

    key: str
    title: str
    text: str
    button: str
    lacks: str
    fields: tuple[tuple[str, str, str], ...]
    request: Callable[..., UUID]


GROUP, COURSE = ("group", N_("Groupe"), "groups"), ("course", N_("Cours"), "courses")
NO_COURSE = N_("Il faut un groupe, et un cours déjà lu sur cette plateforme.")
WRITES = (
    Act(
        "enrolment",
        N_("Inscrire un groupe dans un cours"),
        N_("Les personnes du groupe qui ont un compte relié sont inscrites, et réunies là-bas dans un groupe du même "
           "nom."),
        N_("Inscrire le groupe"), NO_COURSE, (COURSE, GROUP), platform_acts.request_enrolment,
    ),
    Act(
        "unenrolment",
        N_("Désinscrire un groupe d’un cours"),
        N_("Seules les inscriptions faites par le hub, ou à la main là-bas, sont retirées. Ce qui y est fait reste."),
        N_("Désinscrire le groupe"), NO_COURSE, (COURSE, GROUP), platform_acts.request_unenrolment,
    ),
    Act(
        "roll",
        N_("Écrire la présence d’une séance"),
        N_("La feuille d’appel du hub est recopiée dans une activité « Présence » de la plateforme. Une correction "
           "s’envoie de la même façon."),
        N_("Écrire la présence"),
        N_("Il faut une séance, et une activité « Présence » déjà lue sur cette plateforme."),
        (("roll", N_("Activité « Présence »"), "rolls"), ("seance", N_("Séance"), "seances")),
        platform_acts.request_roll,
    ),
    Act(
        "done",
        N_("Marquer une activité comme faite"),
        N_("Pour les personnes du groupe qui ont fait l’étape ici, même par un autre chemin. La note part aussi quand "
           "il n’y en a pas là-bas. Rien de ce qui y est déjà n’est changé."),
        N_("Marquer comme faite"),
        N_("Il faut un groupe, et une activité de cette plateforme dans un parcours publié."),
        (("module", N_("Activité d’un parcours"), "modules"), GROUP),
        platform_done.request_done,
    ),
)  # fmt: skip
TAKES = (
    Act(
        "backup",
        N_("Reprendre la sauvegarde d’un cours"),
        N_("La plus récente entre au catalogue avec ce qu’elle contient. Les données des personnes n’y entrent pas."),
        N_("Reprendre la sauvegarde"), N_("Il faut un cours déjà lu sur cette plateforme."), (COURSE,),
        platform_takes.request_backup,
    ),
    Act(
        "cohorts",
        N_("Lire les cohortes de la plateforme"),
        N_("Vous choisissez ensuite celles à reprendre dans les groupes du lieu."),
        N_("Lire les cohortes"), "", (),
        lambda unit, platform, **said: platform_takes.request_groups(unit, platform, None, **said),
    ),
    Act(
        "groups",
        N_("Lire les groupes d’un cours"),
        N_("Vous choisissez ensuite ceux à reprendre dans les groupes du lieu."),
        N_("Lire les groupes"), N_("Il faut un cours déjà lu sur cette plateforme."), (COURSE,),
        platform_takes.request_groups,
    ),
)  # fmt: skip
ACTS = {act.key: act for act in (*WRITES, *TAKES)}


@blueprint.get("/admin/platforms/<uuid:platform_id>/write")
@access("administrator")
def show(platform_id: UUID) -> Response:
    """What can be written there or taken from there."""
    return _page(platform_id, Form())


@blueprint.post("/admin/platforms/<uuid:platform_id>/write/<key>")
@access("administrator")
def ask(platform_id: UUID, key: str) -> Response:
    """Have one of the acts done."""
    where, form, act = here(), Form(), ACTS.get(key)
    if act is None:
        raise NotFound(act=key)
    given = []
    for name, _label, _options in act.fields:
        value = one_id(form, name)
        if value is None and not form.errors.of(name):
            form.errors.fault(name, "required")
        given.append(value)
    if form.errors:
        return _page(platform_id, form, key)
    back = url_for("admin_platform_acts.show", platform_id=platform_id)
    try:
        with where.tenant.write() as unit:
            act.request(unit, platform_id, *given, by=where.me.person_id, now=where.now)
    except Conflict:
        return go(back, _("Cette plateforme est en pause, ou n’est pas lue."), "warning")
    detail = _("Suivez-le dans les travaux de fond. Qui n’a pas de compte relié là-bas est compté.")
    return go(back, _("C’est demandé."), "info", detail)


@blueprint.post("/admin/platforms/<uuid:platform_id>/write/take-group")
@access("administrator")
def take_group(platform_id: UUID) -> Response:
    """Put the people of a group over there into one of the place."""
    where, form = here(), Form()
    group = one_id(form, "group")
    back = url_for("admin_platform_acts.show", platform_id=platform_id)
    try:
        with where.tenant.write() as unit:
            joined = platform_takes.take_group(
                unit, platform_id, form.typed("key"), group, by=where.me.person_id, now=where.now
            )
    except NotFound:
        return go(back, _("Ce groupe n’est plus là. Lisez de nouveau les groupes."), "warning")
    return go(
        back, ngettext("%(num)s personne a rejoint le groupe.", "%(num)s personnes ont rejoint le groupe.", joined)
    )


def _page(platform_id: UUID, form: Form, key: str = "") -> Response:
    where = here()
    with where.tenant.read() as unit:
        row = platforms.find(unit, platform_id)
        offered = platform_acts.choices(unit, platform_id)
        bands = platform_takes.bands(unit, platform_id)
    way = crumbs(
        (_("Plateformes"), url_for("admin_platforms.listed")),
        (row.name, url_for("admin_platforms.show", platform_id=platform_id)),
        (_("Échanger avec la plateforme"), None),
    )
    return page(
        "admin/platform_write.html",
        422 if form.errors else 200,
        row=row,
        writes=_drawn(WRITES, offered),
        takes=_drawn(TAKES, offered),
        bands=bands,
        groups=offered.groups,
        form=form,
        asked=key,
        crumbs=way,
    )


def _drawn(acts: Sequence[Act], offered: Choices) -> list[dict[str, Any]]:
    return [
        {
            "key": act.key,
            "title": gettext(act.title),
            "text": gettext(act.text),
            "button": gettext(act.button),
            "lacks": gettext(act.lacks) if not all(getattr(offered, which) for *_, which in act.fields) else "",
            "fields": [(name, gettext(label), getattr(offered, which)) for name, label, which in act.fields],
        }
        for act in acts
    ]
