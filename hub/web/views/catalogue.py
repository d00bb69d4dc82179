"""The catalogue: what a path can be tied to. Cards, filters, one resource, its form."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.path import BindingKind, Brings, EvidenceKind, Modality, Phone
from hub.services import (
    catalogue,
    catalogue_edit,
    code_lists,
    collections,
    descriptions,
    lti_selection,
    packages,
    resource_paths,
)
from hub.services.catalogue import Entry
from hub.services.catalogue_edit import EntryData
from hub.services.collections import CollectionView
from hub.services.errors import Invalid, NotFound
from hub.services.play.attempts import played
from hub.texts.import_text import format_name
from hub.web.access import access
from hub.web.context import N_, _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.ui.words import MODALITIES, MODALITY_WORDS, PHONE_WORDS
from hub.web.views import _catalogue_facets as facets
from hub.web.views._catalogue_form import described, described_values, given_picture, keep_picture
from hub.web.views._design import Unit
from hub.web.views._design_words import (
    BRINGS_WORDS,
    DESCRIPTION_WORDS,
    KIND_WORDS,
    VERSION_WORDS,
    WAY_WORDS,
    brings_line,
    own_kinds,
)

blueprint = Blueprint("catalogue", __name__)

FAULTS: dict[str, str] = {
    "missing": N_("À remplir."),
    "not_a_link": N_("Écrivez une adresse complète, qui commence par https://."),
    "not_an_iri": N_("Écrivez l’identifiant complet de l’activité, par exemple https://mooc.exemple.fr/quiz/3."),
    "unknown": N_("Cette plateforme n’a pas de liaison enregistrée."),
    "code": N_("Ce code n’a pas la forme attendue."),
    "taken": N_("Une autre ressource du catalogue a déjà cette adresse."),
}
LANGUAGES = ("fr", "en", "es", "ar", "oc")
DELAYS = (1, 4, 24, 72, 168)


@blueprint.get("/catalogue")
@access("designer", "administrator", "trainer", "mediator")
def entries() -> Response:
    """Cards with filters and search, a page at a time."""
    filters, after = facets.asked(), _uuid(request.args.get("after", ""))
    with here().tenant.read() as session:
        collection = _collection(session)
        within = collection.items if collection else None
        found = catalogue.search(session, replace(filters, within=within), after, count=facets.FACETS)
        pickers = lti_selection.tools(session)
        listed = facets.facets(session, filters, found)
        stuck = not (found.total or collection or found.preparing)
        out = facets.ways_out(session, filters, catalogue.search) if stuck else []
    chips = facets.chosen_chips(filters, listed)
    meant = facets.meant(filters, found)
    return page(
        "catalogue/list.html",
        found=found,
        filters=filters,
        facets=listed,
        chips=chips,
        collection=collection,
        meant=meant,
        meant_href=facets.address(filters, text=meant) if meant else "",
        ways_out=out,
        withdrawn_href="" if filters.withdrawn else facets.address(filters, withdrawn="1"),
        next_href=facets.address(filters, after=found.after) if found.after else "",
        first_href=facets.address(filters) if after else "",
        narrowed=bool(chips or filters.text or filters.more or collection),
        may_edit=_may_edit(),
        pickers=pickers,
        **_words(),
    )


def _collection(session: Unit) -> CollectionView | None:
    """The collection to look in; one that is gone or not the reader's does not count."""
    key = _uuid(request.args.get("collection", ""))
    try:
        return collections.get(session, here().me, key) if key else None
    except NotFound:
        return None


@blueprint.get("/catalogue/<uuid:entry_id>")
@access("designer", "administrator", "trainer", "mediator")
def entry(entry_id: UUID) -> Response:
    """One resource: what it is, what it brings back, where it is used."""
    with here().tenant.read() as session:
        held = catalogue.get(session, entry_id)
        uses = catalogue.uses(session, entry_id)
        versions = packages.versions(session, entry_id)
        plays = bool(played(session, [entry_id]))
        offered = resource_paths.offered(session, entry_id)
        codes = code_lists.label(session, held.codes)
        said = descriptions.told(session, entry_id)
        mine = [one for one in collections.listed(session, here().me) if one.mine or str(entry_id) in one.items]
    return page(
        "catalogue/entry.html",
        entry=held,
        uses=uses,
        versions=versions,
        plays=plays,
        offered=offered,
        may_offer=held.kind in resource_paths.KINDS and held.withdrawn_at is None,
        codes=[(code_lists.NAMES[c.partition(":")[0]], c.partition(":")[2], codes.get(c, "")) for c in held.codes],
        said=[(_(DESCRIPTION_WORDS[key]), ", ".join(words)) for key, words in said.items()],
        equipment=[_(facets.EQUIPMENT_WORDS[one]) for one in held.equipment if one in facets.EQUIPMENT_WORDS],
        into=[(one.id, one.title) for one in mine if one.mine and str(entry_id) not in one.items],
        inside=[one for one in mine if str(entry_id) in one.items],
        format_name=format_name,
        may_edit=_may_edit(),
        way_words=WAY_WORDS,
        **_words(),
    )


@blueprint.get("/catalogue/new")
@access("designer", "administrator")
def new() -> Response:
    """The form of a new own resource."""
    return _form_page(None, Form())


@blueprint.post("/catalogue/new")
@access("designer", "administrator")
def create() -> Response:
    """Add a web link, an LTI link or an activity."""
    form, where = Form(), here()
    data, picture = _parse(form, None), given_picture(form)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                made = catalogue_edit.create(session, data, by=where.me.person_id, now=where.now)
                keep_picture(session, made.id, picture, form)
            return go(url_for("catalogue.entry", entry_id=made.id), _("La ressource est au catalogue."))
        except Invalid as error:
            _add_faults(form, error)
    return _form_page(None, form, 422)


@blueprint.get("/catalogue/<uuid:entry_id>/edit")
@access("designer", "administrator")
def edit(entry_id: UUID) -> Response:
    """The form of a resource."""
    return _form_page(entry_id, None)


@blueprint.post("/catalogue/<uuid:entry_id>/edit")
@access("designer", "administrator")
def update(entry_id: UUID) -> Response:
    """Save a resource."""
    form, where = Form(), here()
    with where.tenant.read() as session:
        held = catalogue.get(session, entry_id)
    data, picture = _parse(form, held), given_picture(form)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                catalogue_edit.update(session, entry_id, data, by=where.me.person_id, now=where.now)
                keep_picture(session, entry_id, picture, form)
            return go(url_for("catalogue.entry", entry_id=entry_id), _("La ressource est enregistrée."))
        except Invalid as error:
            _add_faults(form, error)
    return _form_page(entry_id, form, 422)


@blueprint.post("/catalogue/<uuid:entry_id>/withdraw")
@access("designer", "administrator")
def withdraw(entry_id: UUID) -> Response:
    """Take a resource out of the catalogue, or put it back."""
    form, where = Form(), here()
    withdrawn = not form.flag("back")
    with where.tenant.write() as session:
        catalogue_edit.withdraw(session, entry_id, withdrawn=withdrawn, by=where.me.person_id, now=where.now)
    words = _("La ressource est retirée du catalogue.") if withdrawn else _("La ressource est de nouveau au catalogue.")
    return go(url_for("catalogue.entry", entry_id=entry_id), words)


def _may_edit() -> bool:
    return here().me.has("designer", "administrator")


def _words() -> dict[str, Any]:
    return {
        "kind_words": KIND_WORDS,
        "brings_words": BRINGS_WORDS,
        "version_words": VERSION_WORDS,
        "brings_line": brings_line,
    }


def _parse(form: Form, held: Entry | None) -> EntryData:
    """What the form says; of a remote entry the fields that the platform owns are not read."""
    own = held is None or held.own
    kind = BindingKind(form.choice("kind", catalogue.OWN_KINDS) or "web") if held is None else held.kind
    platform = form.typed("platform_id")
    return EntryData(
        kind=kind,
        title=form.text("title", required=True, longest=200) if own else held.title if held else "",
        summary=form.text("summary", longest=2000),
        url=form.text("url", longest=2000),
        iri=form.text("iri", longest=2000) if held is None else held.iri,
        platform_id=_uuid(platform),
        language=form.choice("language", LANGUAGES) or "fr",
        modality=Modality(form.choice("modality", MODALITIES) or "own_pace"),
        minutes=form.number("minutes", low=0, high=100_000) or 0,
        megabytes=form.number("megabytes", low=0, high=1_000_000) or 0,
        phone=Phone(form.choice("phone", PHONE_WORDS) or "yes"),
        brings=_brings(form, kind),
        custom=_custom(form),
        licence=form.text("licence", longest=200),
        **described(form),
    )


def _brings(form: Form, kind: BindingKind) -> tuple[Brings, ...]:
    within = form.choice("within", [str(d) for d in DELAYS])
    way = catalogue_edit.WAY_OF[kind]
    ticked = form.choices("brings", [k.value for k in EvidenceKind])
    return tuple(Brings(kind=EvidenceKind(k), way=way, within_hours=int(within or 24)) for k in ticked)


def _custom(form: Form) -> dict[str, str]:
    """LTI custom parameters, ``name=value`` a line."""
    lines = [line.partition("=") for line in form.text("custom", longest=4000).splitlines() if line.strip()]
    if any(not sep or not name.strip() for name, sep, _value in lines):
        form.errors["custom"] = _("Écrivez un réglage par ligne : nom=valeur.")
    return {name.strip(): value.strip() for name, _sep, value in lines}


def _add_faults(form: Form, error: Invalid) -> None:
    for name, fault in error.fields.items():
        form.errors[name] = _(FAULTS[fault])


def _form_page(entry_id: UUID | None, form: Form | None, status: int = 200) -> Response:
    with here().tenant.read() as session:
        held = catalogue.get(session, entry_id) if entry_id else None
        tools = catalogue_edit.tools(session)
    fresh = form is None or status == 200
    return page(
        "catalogue/form.html",
        status,
        entry=held,
        form=form or Form(),
        fresh=fresh,
        tools=tools,
        values=_values(held) if fresh else request.form,
        ticked=[b.kind.value for b in held.brings] if held and fresh else request.form.getlist("brings"),
        own_kinds=own_kinds(),
        modalities=[(m, _(MODALITY_WORDS[m])) for m in MODALITIES],
        phones=[(p, _(words)) for p, words in PHONE_WORDS.items()],
        brings=[(k, _(words)) for k, words in BRINGS_WORDS.items() if k not in ("accepted", "validated", "attended")],
        languages=LANGUAGES,
        delays=DELAYS,
        equipment=[(key, _(words)) for key, words in facets.EQUIPMENT_WORDS.items()],
        needed=held.equipment if held and fresh else request.form.getlist("equipment"),
        schemes=[(name, code_lists.NAMES[name]) for name in code_lists.SCHEMES],
        **_words(),
    )


def _values(held: Entry | None) -> dict[str, str]:
    if held is None:
        return {"kind": "web", "phone": "yes", "modality": "own_pace", "language": "fr", "within": "24"}
    return {
        **described_values(held),
        "kind": held.kind.value,
        "title": held.title,
        "summary": held.summary,
        "url": held.url,
        "iri": held.iri,
        "platform_id": str(held.platform_id or ""),
        "language": held.language,
        "modality": held.modality.value,
        "minutes": str(held.minutes),
        "megabytes": str(round(held.megabytes)),
        "phone": held.phone.value,
        "within": str(min(DELAYS, key=lambda d: abs(d - max((b.within_hours for b in held.brings), default=24)))),
        "custom": "\n".join(f"{k}={v}" for k, v in held.custom.items()),
        "licence": held.licence,
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
