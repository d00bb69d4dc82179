"""A designer goes to a partner's tool, picks content there and comes back with it (Deep Linking 2.0)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for

from hub.models.platforms import LtiSelection, LtiTool
from hub.services import catalogue, lti_legacy_launch, lti_ports, lti_selection, paths_draft, paths_edit
from hub.services.errors import NotFound
from hub.web.access import PUBLIC, access
from hub.web.context import N_, _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._design import editor_href, open_version
from hub.web.views._design_edits import one_id
from hub.web.views._lti import Unit, base, browser, development, endpoint, key_sets, send
from hub.web.views._lti_refusals import journal
from lti import Browser, KeySetUnavailable, SelectionEndpoint, SelectionRefused
from lti.claims import DEEP_LINKING_REQUEST
from lti.errors import LaunchRefused
from lti.platform.forms import FormPost

blueprint = Blueprint("lti_selection", __name__)
ITEM_WORDS = {
    "ltiResourceLink": N_("activité de l’outil"),
    "link": N_("page web"),
    "file": N_("fichier"),
    "html": N_("texte mis en page"),
    "image": N_("image"),
}


@blueprint.post("/design/pick")
@access("designer", "administrator")
def begin() -> Response:
    """Go to a tool. ``version``, ``step`` and ``way`` say for which way of a step, none for the catalogue alone."""
    where, form = here(), Form()
    viewer = browser()
    if viewer is None:
        raise NotFound
    with where.tenant.write() as session:
        row = lti_selection.begin(
            session, one_id(form, "tool") or UUID(int=0), where.me.person_id, _place(form), where.now
        )
        tool = session.get_one(LtiTool, row.tool_id)
        sent = _legacy_request(session, row) if tool.legacy_key_id else _request(session, tool, row, viewer)
    return send(sent)


def _request(session: Unit, tool: LtiTool, row: LtiSelection, viewer: Browser) -> FormPost:
    return endpoint(session).initiate(
        lti_ports.registration_of(tool, development=development()),
        viewer,
        deployment_id=tool.deployment_id,
        message_type=DEEP_LINKING_REQUEST,
        target_link_uri=tool.registration["selection_uri"],
        reference=str(row.id),
    )


def _legacy_request(session: Unit, row: LtiSelection) -> FormPost:
    where = here()
    place, language = where.record.name, where.translator.lang
    return lti_legacy_launch.ask(session, row, base=base(), place=place, language=language, now=where.now)


def _place(form: Form) -> dict[str, Any]:
    keys = {name: one_id(form, name) for name in ("version", "step", "way")}
    return {name: str(key) for name, key in keys.items()} if all(keys.values()) else {}


@blueprint.post("/lti/selections/<uuid:selection_id>")
@access(PUBLIC, csrf=False)
def answered(selection_id: UUID) -> Response:
    """Where the browser brings the tool's signed response. Whose browser it is does not matter here: the signature and
    ``data`` prove which visit it answers, and only that visit's designer sees what came."""
    where = here()
    with where.tenant.read() as session:
        row = lti_selection.find(session, selection_id, where.now)
        tool = session.get_one(LtiTool, row.tool_id)
        offer = lti_selection.offer_of(session, row, base())
    if tool.legacy_key_id is not None:
        return _legacy_answered(selection_id)
    judge = SelectionEndpoint(base(), key_sets(current_app), clock=lambda: where.now)
    registration = lti_ports.registration_of(tool, development=development())
    try:
        picked = judge.verify(request.form.get("JWT", ""), registration, tool.deployment_id, offer)
        with where.tenant.write() as session:
            judge.accept(picked, lti_ports.SqlOneTime(session))
            lti_selection.put(session, lti_selection.find(session, selection_id, where.now), picked)
    except (SelectionRefused, KeySetUnavailable) as error:
        return page("lti/selection_refused.html", 400, code=str(error))
    return go(url_for("lti_selection.picked", selection_id=selection_id))


def _legacy_answered(selection_id: UUID) -> Response:
    """The signed answer of a tool of LTI 1.1 (Content-Item Message 1.0)."""
    where, pairs = here(), list(request.form.items(multi=True))
    try:
        with where.tenant.write() as session:
            row = lti_selection.find(session, selection_id, where.now)
            items = lti_legacy_launch.read_answer(session, row, pairs, base=base(), now=where.now)
            lti_legacy_launch.put(row, items, request.form.get("lti_errormsg") or request.form.get("lti_msg") or "")
    except LaunchRefused as error:
        journal(error, "lti_selection.refused", "lti_selection", str(selection_id))
        return page("lti/selection_refused.html", 400, code=str(error))
    return go(url_for("lti_selection.picked", selection_id=selection_id))


@blueprint.get("/design/picked/<uuid:selection_id>")
@access("designer", "administrator")
def picked(selection_id: UUID) -> Response:
    """What came back, to be taken into the catalogue or left."""
    where = here()
    with where.tenant.read() as session:
        row = lti_selection.own(session, selection_id, where.me.person_id, where.now)
    return page("design/picked.html", row=row, words=ITEM_WORDS, back=_back(row))


@blueprint.post("/design/picked/<uuid:selection_id>")
@access("designer", "administrator")
def take(selection_id: UUID) -> Response:
    """Take the ticked items into the catalogue, and bind them where the designer came from."""
    where, form = here(), Form()
    with where.tenant.write() as session:
        row = lti_selection.own(session, selection_id, where.me.person_id, where.now)
        ticked = form.choices("item", [str(n) for n in range(len(row.items))])
        made = lti_selection.take(
            session, row, [int(n) for n in ticked], base=base(), by=where.me.person_id, now=where.now
        )
        place = {name: UUID(key) for name, key in row.place.items()}
        if made and place:
            draft = open_version(session, place["version"], edit=True)
            for key in made:
                activity = catalogue.activity_from(catalogue.get(session, key))
                draft = paths_draft.edit(
                    session,
                    place["version"],
                    draft.revision,
                    lambda d, a=activity: paths_edit.add_activity(d, place["step"], place["way"], a),  # type: ignore[misc]  # bound now, by its default
                    label="activity_added",
                    by=where.me.person_id,
                    now=where.now,
                )
    if not made:
        return go(_back(row), _("Rien n’a été pris."))
    if place:
        return go(editor_href(draft, place["step"]), _("C’est ajouté à l’étape et au catalogue."))
    href = url_for("catalogue.entry", entry_id=made[0]) if len(made) == 1 else url_for("catalogue.entries")
    return go(href, _("C’est au catalogue."))


def _back(row: LtiSelection) -> str:
    if not row.place:
        return url_for("catalogue.entries")
    return url_for(
        "design_activities.choose",
        version_id=row.place["version"],
        step_id=row.place["step"],
        variant_id=row.place["way"],
    )
