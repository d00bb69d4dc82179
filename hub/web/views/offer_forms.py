"""Writing the training offer: a course, its actions, their sessions, what is still missing, publishing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.offer import Lack, OfferAction, OfferData, OfferSession, for_publishing, for_qualiopi
from hub.services import offer_forms, offers
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.offer_forms import FormView
from hub.web.access import access
from hub.web.context import N_, _, gettext, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views import _offer_fields as fields
from hub.web.views import _offer_pages as offer_pages

blueprint = Blueprint("offer_forms", __name__)

#: What is lacking, in words of every day.
LACK_WORDS = {
    "objective": N_("les objectifs"), "assessment": N_("comment on évalue"), "results": N_("les résultats attendus"),
    "contact": N_("un téléphone ou une adresse e-mail"), "disability": N_("comment joindre le référent handicap"),
    "certification": N_("le code RNCP ou RS de la certification"), "action": N_("au moins une façon de la suivre"),
    "prerequisites": N_("les prérequis, même « Aucun »"), "access": N_("les modalités et délais d’accès"),
    "methods": N_("les méthodes"), "price": N_("le tarif"), "duration": N_("les heures"),
    "accessibility": N_("l’accessibilité aux personnes handicapées"), "title": N_("l’intitulé"),
    "syllabus": N_("le contenu"), "contact_name": N_("qui renseigne"), "rhythm": N_("le rythme"),
    "organisation_id": N_("l’organisme, avec son SIRET et son numéro d’activité"), "session": N_("une session"),
    "street": N_("la rue"), "postcode": N_("le code postal"), "town": N_("la ville"),
}  # fmt: skip


@blueprint.get("/catalogue/offers")
@access("designer", "administrator")
def listing() -> Response:
    """The courses that are written here, and those that a file brought."""
    return _list(Form())


def _list(form: Form, status: int = 200) -> Response:
    with here().tenant.read() as session:
        found, (others, whole) = offer_forms.listed(session), offer_forms.imported(session, offer_pages.asked())
        opened = offers.published(session)["offers"]
    lines = [(one, len(for_qualiopi(one.data))) for one in found]
    pages = offer_pages.around(url_for("offer_forms.listing"), whole)
    return page("catalogue/offers.html", status, found=lines, others=others, pages=pages, form=form, opened=opened)


@blueprint.post("/catalogue/offers")
@access("designer", "administrator")
def create() -> Response:
    """A draft."""
    form, where = Form(), here()
    title = form.text("title", required=True, longest=255)
    if form.errors:
        return _list(form, 422)
    with where.tenant.write() as session:
        made = offer_forms.create(session, title, by=where.me.person_id, now=where.now)
    return go(url_for("offer_forms.course", offer_id=made), _("Le brouillon est prêt."))


@blueprint.post("/catalogue/offers/<uuid:offer_id>/take")
@access("designer", "administrator")
def take(offer_id: UUID) -> Response:
    """Write on in the hub what a file brought."""
    where = here()
    with where.tenant.write() as session:
        offer_forms.take_over(session, offer_id, by=where.me.person_id, now=where.now)
    return go(url_for("offer_forms.course", offer_id=offer_id), _("Vous pouvez maintenant l’écrire ici."))


@blueprint.get("/catalogue/offers/<uuid:offer_id>")
@access("designer", "administrator")
def course(offer_id: UUID) -> Response:
    """The course: its form, its actions and sessions, what is missing."""
    return _course(offer_id, None)


def _course(offer_id: UUID, form: Form | None, status: int = 200) -> Response:
    with here().tenant.read() as session:
        held = offer_forms.get(session, offer_id)
        bodies, paths = offer_forms.organisations(session), offer_forms.paths(session)
        opened = offers.published(session)["offers"]
    data = held.data
    shown = {**fields.values(fields.COURSE, data), **fields.code_values(data.codes)}
    shown |= {"organisation_id": data.organisation_id or "", "path_id": data.path_id or ""}
    known = data.organisation_id in {key for key, _name in bodies}
    return page(
        "catalogue/offer.html",
        status,
        held=held,
        data=data,
        form=form or Form(),
        values=request.form if form else shown,
        sections=fields.COURSE,
        codes=fields.CODE_FIELDS,
        bodies=bodies,
        paths=paths,
        path_title=next((title for key, title in paths if key == data.path_id), ""),
        opened=opened,
        lacking=_links(held, for_qualiopi(data)),
        blocking=_links(held, for_publishing(data, with_organisation=known)),
    )


def _links(held: FormView, lacks: Sequence[Lack]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What lacks, each with the address of its field, by where: the course, an action, a session of it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for lack in lacks:
        words = gettext(LACK_WORDS[lack.word])
        if lack.session:
            href = url_for("offer_forms.session", offer_id=held.id, session_id=lack.session, _anchor=lack.field)
        elif lack.action and lack.field != "sessions":
            href = url_for("offer_forms.action", offer_id=held.id, action_id=lack.action, _anchor=lack.field)
        else:
            href = url_for("offer_forms.course", offer_id=held.id, _anchor=lack.field)
        found.setdefault(_where(held, lack), []).append((words, href))
    return list(found.items())


def _where(held: FormView, lack: Lack) -> str:
    """The course, its action, the session where the action has several."""
    for number, action in enumerate(held.data.actions, 1):
        if action.id == lack.action:
            sessions = [one.id for one in action.sessions]
            if lack.session and len(sessions) > 1:
                place = sessions.index(lack.session) + 1
                return _("Action %(number)s, session %(session)s", number=number, session=place)
            return _("Action %(number)s", number=number)
    return _("La formation")


@blueprint.post("/catalogue/offers/<uuid:offer_id>")
@access("designer", "administrator")
def save(offer_id: UUID) -> Response:
    """Keep the course as a draft."""
    form = Form()
    with here().tenant.read() as session:
        bodies, paths = offer_forms.organisations(session), offer_forms.paths(session)
    said = fields.parse(form, fields.COURSE)
    said["codes"] = fields.parse_codes(form)
    said["organisation_id"] = fields.one_of(form, "organisation_id", bodies)
    said["path_id"] = fields.one_of(form, "path_id", paths)
    if not said["title"]:
        form.errors.fault("title", "required")
    back = url_for("offer_forms.course", offer_id=offer_id)
    return _saved(offer_id, form, lambda data: data.model_copy(update=said), back, _course)


def _saved(
    offer_id: UUID, form: Form, change: Callable[[OfferData], OfferData], back: str, again: Callable[..., Response],
    **keys: UUID,
) -> Response:  # fmt: skip
    """Keep a change of the draft, or show its form again with what was typed."""
    where = here()
    revision = form.number("revision", low=1) or 0
    if not form.errors:
        try:
            with where.tenant.write() as session:
                data = change(offer_forms.get(session, offer_id).data)
                offer_forms.save(session, offer_id, revision, data, by=where.me.person_id, now=where.now)
            return go(back, _("Le brouillon est enregistré."))
        except Conflict:
            form.errors["form"] = _(
                "Quelqu’un d’autre a enregistré cette formation entre-temps. Ce que vous avez écrit est encore là :"
                " enregistrez de nouveau pour le garder."
            )
            return again(offer_id, form=form, status=409, **keys)
        except Invalid as error:
            form.errors.add_invalid(error)
    return again(offer_id, form=form, status=422, **keys)


@blueprint.post("/catalogue/offers/<uuid:offer_id>/publish")
@access("designer", "administrator")
def publish(offer_id: UUID) -> Response:
    """Put the course into the offer."""
    where = here()
    try:
        with where.tenant.write() as session:
            offer_forms.publish(session, offer_id, by=where.me.person_id, now=where.now)
    except Invalid as error:
        words = _("La formation n’est pas publiée : il manque ce que la liste dit.")
        code = error.fields["form"]
        detail = "" if code == "offer_incomplete" else _("Règle de LHEO : %(code)s", code=code)
        return go(url_for("offer_forms.course", offer_id=offer_id), words, "error", detail)
    return go(url_for("offer_forms.course", offer_id=offer_id), _("La formation est dans l’offre."))


@blueprint.post("/catalogue/offers/<uuid:offer_id>/delete")
@access("designer", "administrator")
def delete(offer_id: UUID) -> Response:
    """Throw the draft away."""
    where = here()
    with where.tenant.write() as session:
        offer_forms.delete(session, offer_id, by=where.me.person_id, now=where.now)
    return go(url_for("offer_forms.listing"), _("Le brouillon est jeté."))


@blueprint.post("/catalogue/offers/<uuid:offer_id>/actions")
@access("designer", "administrator")
def add_action(offer_id: UUID) -> Response:
    """One more way of giving the course."""
    made = OfferAction()
    form = Form()
    back = url_for("offer_forms.action", offer_id=offer_id, action_id=made.id)
    return _saved(offer_id, form, lambda d: d.model_copy(update={"actions": (*d.actions, made)}), back, _course)


@blueprint.get("/catalogue/offers/<uuid:offer_id>/actions/<uuid:action_id>")
@access("designer", "administrator")
def action(offer_id: UUID, action_id: UUID) -> Response:
    """The form of an action."""
    return _action_page(offer_id, action_id)


def _action_page(offer_id: UUID, action_id: UUID, form: Form | None = None, status: int = 200) -> Response:
    with here().tenant.read() as session:
        held = offer_forms.get(session, offer_id)
    found = held.data.action(action_id)
    if found is None:
        raise NotFound(kind="action", id=str(action_id))
    number = held.data.actions.index(found) + 1
    title = _("Action %(number)s", number=number)
    return _part(held, form, status, fields.ACTION, found, title, url_for(
        "offer_forms.remove_action", offer_id=offer_id, action_id=action_id))  # fmt: skip


def _part(
    held: FormView, form: Form | None, status: int, sections: Any, found: Any, title: str, remove: str
) -> Response:  # fmt: skip
    return page(
        "catalogue/offer_part.html", status, held=held, data=held.data, form=form or Form(), sections=sections,
        values=request.form if form else fields.values(sections, found), title=title, remove=remove,
    )  # fmt: skip


@blueprint.post("/catalogue/offers/<uuid:offer_id>/actions/<uuid:action_id>")
@access("designer", "administrator")
def save_action(offer_id: UUID, action_id: UUID) -> Response:
    """Keep an action."""
    form = Form()
    said = fields.parse(form, fields.ACTION)
    back = url_for("offer_forms.course", offer_id=offer_id, _anchor="actions")
    return _saved(
        offer_id, form, lambda d: _with_action(d, action_id, said), back, _action_page, action_id=action_id
    )  # fmt: skip


def _with_action(data: OfferData, action_id: UUID, said: dict[str, Any] | None) -> OfferData:
    """The course with an action changed, or (None) without it."""
    if data.action(action_id) is None:
        raise NotFound(kind="action", id=str(action_id))
    kept = [a if a.id != action_id else a.model_copy(update=said) for a in data.actions if said or a.id != action_id]
    return data.model_copy(update={"actions": tuple(kept)})


@blueprint.post("/catalogue/offers/<uuid:offer_id>/actions/<uuid:action_id>/remove")
@access("designer", "administrator")
def remove_action(offer_id: UUID, action_id: UUID) -> Response:
    """Take an action out of the draft."""
    back = url_for("offer_forms.course", offer_id=offer_id, _anchor="actions")
    return _saved(offer_id, Form(), lambda d: _with_action(d, action_id, None), back, _course)


@blueprint.post("/catalogue/offers/<uuid:offer_id>/actions/<uuid:action_id>/sessions")
@access("designer", "administrator")
def add_session(offer_id: UUID, action_id: UUID) -> Response:
    """One more session; it begins with the address of the last one."""
    made = OfferSession()

    def change(data: OfferData) -> OfferData:
        found = data.action(action_id)
        if found is None:
            raise NotFound(kind="action", id=str(action_id))
        like = found.sessions[-1] if found.sessions else OfferSession()
        kept = {name: getattr(like, name) for name in ("place", "street", "postcode", "town", "commune")}
        return _with_action(data, action_id, {"sessions": (*found.sessions, made.model_copy(update=kept))})

    back = url_for("offer_forms.session", offer_id=offer_id, session_id=made.id)
    return _saved(offer_id, Form(), change, back, _course)


@blueprint.get("/catalogue/offers/<uuid:offer_id>/sessions/<uuid:session_id>")
@access("designer", "administrator")
def session(offer_id: UUID, session_id: UUID) -> Response:
    """The form of a session."""
    return _session_page(offer_id, session_id)


def _session_page(offer_id: UUID, session_id: UUID, form: Form | None = None, status: int = 200) -> Response:
    with here().tenant.read() as unit:
        held = offer_forms.get(unit, offer_id)
    _action, found = _session_of(held.data, session_id)
    return _part(held, form, status, fields.SESSION, found, _("Session"), url_for(
        "offer_forms.remove_session", offer_id=offer_id, session_id=session_id))  # fmt: skip


def _session_of(data: OfferData, session_id: UUID) -> tuple[OfferAction, OfferSession]:
    found = data.session(session_id)
    if found is None:
        raise NotFound(kind="session", id=str(session_id))
    return found


@blueprint.post("/catalogue/offers/<uuid:offer_id>/sessions/<uuid:session_id>")
@access("designer", "administrator")
def save_session(offer_id: UUID, session_id: UUID) -> Response:
    """Keep a session."""
    form = Form()
    said = fields.parse(form, fields.SESSION)
    if said["start"] and said["end"] and said["end"] < said["start"]:
        form.errors.fault("end", "ends_before")

    def change(data: OfferData) -> OfferData:
        _owner, before = _session_of(data, session_id)
        same = (before.postcode, before.town) == (said["postcode"], said["town"])
        return _with_session(data, session_id, {**said, "commune": before.commune if same else ""})

    back = url_for("offer_forms.course", offer_id=offer_id, _anchor="actions")
    return _saved(offer_id, form, change, back, _session_page, session_id=session_id)


def _with_session(data: OfferData, session_id: UUID, said: dict[str, Any] | None) -> OfferData:
    owner, _found = _session_of(data, session_id)
    kept = [
        one if one.id != session_id else one.model_copy(update=said)
        for one in owner.sessions
        if said or one.id != session_id
    ]
    return _with_action(data, owner.id, {"sessions": tuple(kept)})


@blueprint.post("/catalogue/offers/<uuid:offer_id>/sessions/<uuid:session_id>/remove")
@access("designer", "administrator")
def remove_session(offer_id: UUID, session_id: UUID) -> Response:
    """Take a session out of the draft."""
    back = url_for("offer_forms.course", offer_id=offer_id, _anchor="actions")
    return _saved(offer_id, Form(), lambda d: _with_session(d, session_id, None), back, _course)
