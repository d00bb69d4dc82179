"""The doors of the demo: a page that lets anybody in as one of its people. It exists in the demo only."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app, url_for

from hub.db.uow import TenantDatabase
from hub.db.vault import Vault
from hub.demo.sample_people import DOORS, LEARNERS, STAFF
from hub.demo.sample_place import DOORS_SETTING
from hub.services.accounts import create_sign_in_link
from hub.services.errors import NotFound
from hub.services.settings import get_setting
from hub.web.access import PUBLIC, access
from hub.web.app import HEALTH
from hub.web.context import N_, _, here
from hub.web.render import go, page

blueprint = Blueprint("demo", __name__, template_folder="templates")
VALID_FOR = timedelta(days=30)
ROLE_WORDS = {
    "learner": N_("Apprendre"),
    "trainer": N_("Former et suivre un groupe"),
    "designer": N_("Construire des parcours"),
    "mediator": N_("Accompagner"),
    "administrator": N_("Administrer le lieu"),
}


def names() -> dict[str, str]:
    """Names of the people behind the doors, by role."""
    staff = {member.key: f"{member.given} {member.family}" for member in STAFF}
    return {role: staff.get(key) or LEARNERS[key].name for role, key in DOORS.items()}


def mint(tenant: TenantDatabase, vault: Vault, role: str, now: datetime) -> str:
    """Path of a fresh single-use link for the person of a role. Raises NotFound."""
    if role not in DOORS:
        raise NotFound(role=role)
    with tenant.write() as session:
        person = UUID(get_setting(session, DOORS_SETTING)["people"][DOORS[role]])
        return f"/s/{create_sign_in_link(session, vault, person, 'sign_in', now, VALID_FOR)}"


@blueprint.get("/demo")
@access(PUBLIC)
def doors() -> Response:
    """Whom one may be."""
    people, health = names(), current_app.extensions[HEALTH]
    play = health() if health else {}
    instant = play.get("demo_instant")
    return page(
        "demo/doors.html",
        doors=[(role, people[role], _(word)) for role, word in ROLE_WORDS.items()],
        playing=not play.get("played", True) and instant is not None,
        instant=datetime.fromisoformat(instant) if instant else None,
        share=play.get("progress", 1.0),
    )


@blueprint.post("/demo/<role>")
@access(PUBLIC)
def enter(role: str) -> Response:
    """Mint a link and go there; it signs in once."""
    where = here()
    if role not in DOORS:
        raise NotFound(page=url_for("demo.doors"))
    return go(mint(where.tenant, where.installation.vault, role, where.now))
