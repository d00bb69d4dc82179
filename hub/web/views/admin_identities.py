"""Identities to link: who may be whom, and why; linking, setting aside, undoing."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from hub.services import identities, identities_read, people_search
from hub.services.identities_read import RULES
from hub.services.people_search import Wanted
from hub.services.projection import project_dirty
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import crumbs, one_id, whole_place_only

blueprint = whole_place_only(Blueprint("admin_identities", __name__))

#: Rules of links, those of ``services.sync.people`` too.
RULE_WORDS = {
    "external_id": N_("même identifiant"),
    "email": N_("même e-mail"),
    "authoritative_email": N_("même e-mail, sur une plateforme sûre"),
    "same_name": N_("même nom"),
    "similar_name": N_("nom proche"),
    "by_hand": N_("choisi à la main"),
    "administrator": N_("choisi à la main"),
    "launch": N_("ouvert depuis le hub"),
    "lti": N_("ouvert depuis le hub"),
}


@blueprint.get("/admin/identities")
@access("administrator")
def listed() -> Response:
    """Those that wait, or those set aside."""
    where = here()
    ignored = request.args.get("ignored") == "1"
    before = request.args.get("before", None, int)
    with where.tenant.read() as unit:
        found = identities_read.unknown(unit, ignored=ignored, before=before)
        waiting = identities_read.count_unknown(unit)
        history = identities_read.history(unit, limit=10) if before is None else []
    return page(
        "admin/identities.html",
        found=found,
        ignored=ignored,
        waiting=_("%(num)s et plus", num=waiting) if waiting >= identities_read.MOST_COUNTED else waiting,
        history=history,
        rules=_rules(),
        begun=before is None,
        crumbs=crumbs((_("Comptes à relier"), None)),
    )


def _rules() -> dict[str, str]:
    return {rule: gettext(text) for rule, text in RULE_WORDS.items()}


@blueprint.get("/admin/identities/<int(max=9223372036854775807):agent_id>")
@access("administrator")
def show(agent_id: int) -> Response:
    """One identity: what it did, whom it may be, its history."""
    where, text = here(), request.args.get("q", "").strip()[:100]
    with where.tenant.read() as unit:
        found = identities_read.describe(unit, agent_id)
        agent = identities_read.find(unit, agent_id)
        samples = identities_read.samples(unit, agent_id)
        history = identities_read.history(unit, agent_id=agent_id)
        people = people_search.search(unit, where.me, Wanted(text), limit=20).lines if text else ()
        ignored = identities_read.is_ignored(unit, agent_id)
    return page(
        "admin/identity.html",
        found=found,
        linked=agent.person_id,
        samples=samples,
        history=history,
        people=people,
        text=text,
        ignored=ignored,
        rules=_rules(),
        crumbs=crumbs((_("Comptes à relier"), url_for("admin_identities.listed")), (found.name or found.label, None)),
    )


@blueprint.post("/admin/identities/<int(max=9223372036854775807):agent_id>/link")
@access("administrator")
def link(agent_id: int) -> Response:
    """Say whose it is."""
    where, form = here(), Form()
    person, rule = one_id(form, "person"), form.typed("rule")
    if person is None:
        return go(url_for("admin_identities.show", agent_id=agent_id), _("Choisissez une personne."), "warning")
    with where.tenant.write() as unit:
        identities_read.find(unit, agent_id)
        made = identities.link(
            unit, agent_id, person, rule=rule if rule in RULES else "by_hand", by=where.me.person_id, now=where.now
        )
    project_dirty(where.tenant, at_most=5)
    detail = _("Ce que ce compte a fait compte maintenant. Une erreur ? Ouvrez le compte et déliez-le.")
    return go(
        url_for("admin_identities.listed"), _("Le compte est relié.") if made else _("Il l’était déjà."), detail=detail
    )


@blueprint.post("/admin/identities/<int(max=9223372036854775807):agent_id>/unlink")
@access("administrator")
def unlink(agent_id: int) -> Response:
    """Undo a link."""
    where = here()
    with where.tenant.write() as unit:
        identities_read.find(unit, agent_id)
        identities.unlink(unit, agent_id, by=where.me.person_id, now=where.now)
    project_dirty(where.tenant, at_most=5)
    detail = _("Ses traces attendent de nouveau. Rien n’est perdu.")
    return go(url_for("admin_identities.show", agent_id=agent_id), _("Le compte est délié."), detail=detail)


@blueprint.post("/admin/identities/<int(max=9223372036854775807):agent_id>/ignore")
@access("administrator")
def ignore(agent_id: int) -> Response:
    """Set it aside."""
    where = here()
    with where.tenant.write() as unit:
        identities_read.ignore(unit, agent_id, by=where.me.person_id, now=where.now)
    return go(url_for("admin_identities.listed"), _("Le compte est mis de côté. Ses traces sont gardées."))


@blueprint.post("/admin/identities/<int(max=9223372036854775807):agent_id>/restore")
@access("administrator")
def restore(agent_id: int) -> Response:
    """Ask about it again."""
    where = here()
    with where.tenant.write() as unit:
        identities_read.restore(unit, agent_id, by=where.me.person_id, now=where.now)
    return go(url_for("admin_identities.show", agent_id=agent_id), _("Le compte est de nouveau à relier."))
