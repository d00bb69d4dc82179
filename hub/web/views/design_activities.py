"""Activities of a step's way: chosen from the catalogue or given by the place itself, then described."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import ValidationError

from hub.domain.path import Activity, Afest, Binding, BindingKind, Modality, Needs, Phone
from hub.services import catalogue, lti_selection, paths_draft, paths_edit
from hub.services.errors import NotFound
from hub.services.paths import Draft
from hub.services.paths_choices import organisations, places
from hub.services.paths_draft import DraftChanged
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.ui.words import MODALITIES, MODALITY_WORDS, PHONE_WORDS
from hub.web.views import _catalogue_facets as facets
from hub.web.views._design import Said, asked_revision, editor_href, open_version, step_of, typed_texts
from hub.web.views._design_edits import one_id
from hub.web.views._design_words import CHANGE_WORDS, KIND_WORDS, OWN_BINDINGS, brings_line

blueprint = Blueprint("design_activities", __name__)


@blueprint.get("/design/versions/<uuid:version_id>/steps/<uuid:step_id>/ways/<uuid:variant_id>/add")
@access("designer", "administrator")
def choose(version_id: UUID, step_id: UUID, variant_id: UUID) -> Response:
    """What can be added to a way: séances, a deposit, an appointment, or an entry of the catalogue."""
    filters, after = facets.asked(), request.args.get("after", "")
    with here().tenant.read() as session:
        draft = open_version(session, version_id, edit=True)
        step = step_of(draft, step_id)
        if all(v.id != variant_id for v in step.variants):
            raise NotFound(kind="variant", id=variant_id)
        found = catalogue.search(session, filters, _uuid(after), limit=12, count=facets.FACETS)
        listed = facets.facets(session, filters, found)
        pickers = lti_selection.tools(session)
    meant = facets.meant(filters, found)
    return page(
        "design/choose.html",
        draft=draft,
        step=step,
        variant_id=variant_id,
        found=found,
        filters=filters,
        facets=listed,
        chips=facets.chosen_chips(filters, listed),
        meant=meant,
        meant_href=facets.address(filters, text=meant) if meant else "",
        next_href=facets.address(filters, after=found.after),
        pickers=pickers,
        own=[(kind, _(KIND_WORDS[kind])) for kind in OWN_BINDINGS],
        kind_words=KIND_WORDS,
        brings_line=brings_line,
    )


@blueprint.post("/design/versions/<uuid:version_id>/steps/<uuid:step_id>/ways/<uuid:variant_id>/add")
@access("designer", "administrator")
def add(version_id: UUID, step_id: UUID, variant_id: UUID) -> Response:
    """Add the chosen thing and go on to describe it."""
    form, where = Form(), here()
    with where.tenant.write() as session:
        draft = open_version(session, version_id, edit=True)
        kind = form.choice("kind", OWN_BINDINGS)
        entry_id = None if kind else one_id(form, "entry")
        if form.errors:
            raise NotFound(kind="resource", id=form.typed("entry"))
        made = _own(kind) if kind else catalogue.activity_from(catalogue.get(session, entry_id or UUID(int=0)))
        paths_draft.edit(
            session,
            version_id,
            draft.revision,
            lambda d: paths_edit.add_activity(d, step_id, variant_id, made),
            label="activity_added",
            by=where.me.person_id,
            now=where.now,
        )
    if made.minutes and not kind:
        return go(editor_href(draft, step_id, f"activity-{made.id}"), _("« %(title)s » est ajouté.", title=made.title))
    return go(_href(draft, step_id, made.id), _("Ajouté. Dites maintenant combien de temps cela prend."))


@blueprint.get("/design/versions/<uuid:version_id>/steps/<uuid:step_id>/activities/<uuid:activity_id>")
@access("designer", "administrator")
def activity(version_id: UUID, step_id: UUID, activity_id: UUID) -> Response:
    """The form of one activity."""
    return _activity_page(version_id, step_id, activity_id, Said())


@blueprint.post("/design/versions/<uuid:version_id>/steps/<uuid:step_id>/activities/<uuid:activity_id>")
@access("designer", "administrator")
def change(version_id: UUID, step_id: UUID, activity_id: UUID) -> Response:
    """Save one activity."""
    form, where = Form(), here()
    with where.tenant.read() as session:
        draft = open_version(session, version_id, edit=True)
        held = paths_edit.find_activity(step_of(draft, step_id), activity_id)
        known = {str(key) for key, _name in (*organisations(session), *places(session))}
    fields = _parse(form, held, known)
    if form.errors:
        return _activity_page(version_id, step_id, activity_id, Said("activity", form), 422)
    try:
        with where.tenant.write() as session:
            paths_draft.edit(
                session,
                version_id,
                asked_revision(form),
                lambda d: paths_edit.update_activity(d, step_id, activity_id, **fields),
                label="activity_changed",
                by=where.me.person_id,
                now=where.now,
            )
    except DraftChanged as conflict:
        return _activity_page(version_id, step_id, activity_id, Said("activity", form), 409, conflict)
    return go(editor_href(draft, step_id, f"activity-{activity_id}"), _("L’activité est enregistrée."))


def _own(kind: str) -> Activity:
    title, brings = OWN_BINDINGS[kind]
    modality = Modality.OWN_PACE if kind == "deposit" else Modality.ON_SITE
    return Activity(title=_(title), modality=modality, binding=Binding(kind=BindingKind(kind), brings=brings))


def _parse(form: Form, held: Activity, known: set[str]) -> dict[str, Any]:
    """The fields of an activity; faults are left in the form."""
    modality = Modality(form.choice("modality", MODALITIES, required=True) or held.modality)
    organisation, place = form.choice("organisation_id", known), form.choice("place_id", known)
    also = tuple(line.strip() for line in form.text("also", longest=4000).splitlines() if line.strip())
    afest = Afest(**{name: form.text(name, longest=2000) for name in Afest.model_fields})
    fields: dict[str, Any] = {
        "title": form.text("title", required=True, longest=200),
        "modality": modality,
        "minutes": form.number("minutes", low=0, high=100_000) or 0,
        "calendar_only": form.flag("calendar_only"),
        "organisation_id": UUID(organisation) if organisation else None,
        "afest": afest if modality is Modality.AFEST else held.afest,
    }
    try:
        fields["needs"] = Needs(
            phone=Phone(form.choice("phone", PHONE_WORDS) or "yes"),
            computer=form.flag("computer"),
            camera=form.flag("camera"),
            megabytes=form.number("megabytes", low=0, high=1_000_000) or 0,
            place_id=UUID(place) if place else None,
        )
        fields["binding"] = paths_edit.changed(held.binding, also=also)
    except ValidationError as error:
        form.errors.add_pydantic(error)
    return fields


def _activity_page(
    version_id: UUID,
    step_id: UUID,
    activity_id: UUID,
    said: Said,
    status: int = 200,
    conflict: DraftChanged | None = None,
) -> Response:
    with here().tenant.read() as session:
        draft = open_version(session, version_id, edit=True)
        step = step_of(draft, step_id)
        held = paths_edit.find_activity(step, activity_id)
        entry = catalogue.get(session, held.binding.resource_id) if held.binding.resource_id else None
        choices = {"organisations": organisations(session), "places": places(session)}
    return page(
        "design/activity.html",
        status,
        draft=draft,
        selected=step,
        activity=held,
        entry=entry,
        said=said,
        conflict=conflict,
        typed=typed_texts() if conflict else [],
        change_words=CHANGE_WORDS,
        kind_words=KIND_WORDS,
        brings_line=brings_line,
        modality_choices=[(m, _(MODALITY_WORDS[m])) for m in MODALITIES],
        phone_choices=[(p, _(words)) for p, words in PHONE_WORDS.items()],
        **choices,
    )


def _href(draft: Draft, step_id: UUID, activity_id: UUID) -> str:
    return f"/design/versions/{draft.version_id}/steps/{step_id}/activities/{activity_id}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
