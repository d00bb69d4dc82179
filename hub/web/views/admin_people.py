"""A person: add, change, roles, ways in, enrolments, erasure."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.roles import ROLES
from hub.services import admin_scope, enrol_admin, erasure, groups_admin, people, second_factor, second_factor_rule
from hub.services.errors import Forbidden, Invalid
from hub.services.journal import record
from hub.services.people import PersonData
from hub.texts import gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import LANGUAGE_NAMES, go, page
from hub.web.views._admin import FAULTS, Field, add_faults, crumbs, form_page, one_id
from hub.web.views._admin_words import ROLE_TITLES, error_text
from hub.web.words import ENROLMENT_WORDS, choices, word

blueprint = Blueprint("admin_people", __name__)


@blueprint.route("/admin/people/new", methods=["GET", "POST"])
@access("administrator")
def new() -> Response:
    """Add a person, with a first role and a group."""
    where, form = here(), Form()
    if request.method == "POST":
        data, group = _typed(form), one_id(form, "group")
        role = form.choice("role", ROLES)
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    made = people.create(
                        unit, where.me, data, now=where.now, role=role, group_id=group,
                        same_email=form.flag("same_email"),
                    )  # fmt: skip
                detail = _("Donnez-lui maintenant une façon de se connecter.")
                return go(url_for("admin_people.show", person_id=made.id), _("La personne est ajoutée."), detail=detail)
            except Invalid as error:
                add_faults(form, error)
            except Forbidden:
                form.errors["group"] = _("Vous n’administrez pas ce groupe.")
    with where.tenant.read() as unit:
        groups = [(line.id, line.name) for line in groups_admin.listed(unit, where.me)]
    fields = [
        *_fields(PersonData("", "")),
        Field("role", _("Premier rôle"), "select", "learner", choices(ROLE_TITLES), empty=_("Aucun rôle")),
        Field("group", _("Groupe"), "select", request.args.get("group", ""), groups, empty=_("Aucun groupe")),
        *_same_email(form),
    ]
    way = crumbs((_("Personnes"), url_for("admin_people_list.listed")), (_("Ajouter une personne"), None))
    return form_page(_("Ajouter une personne"), fields, form, crumbs=way, submit=_("Ajouter"))


@blueprint.route("/admin/people/<uuid:person_id>/edit", methods=["GET", "POST"])
@access("administrator")
def edit(person_id: UUID) -> Response:
    """Change what is known of a person."""
    where, form = here(), Form()
    with where.tenant.read() as unit:
        person = admin_scope.changeable(unit, where.me, person_id)
    address = url_for("admin_people.show", person_id=person_id)
    if request.method == "POST":
        data = _typed(form)
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    ok = form.flag("same_email")
                    people.change(unit, where.me, person_id, data, now=where.now, same_email=ok)
                return go(address, _("C’est enregistré."))
            except Invalid as error:
                add_faults(form, error)
    known = PersonData(
        person.given_name, person.family_name, person.email or "", person.phone or "", person.birth_date,
        person.language, person.status, person.external_id or "",
    )  # fmt: skip
    way = crumbs((_("Personnes"), url_for("admin_people_list.listed")), (person.name, address), (_("Modifier"), None))
    fields = [*_fields(known), *_same_email(form)]
    return form_page(_("Modifier %(name)s", name=person.name), fields, form, crumbs=way)


def _fields(known: PersonData) -> list[Field]:
    languages = [(code, LANGUAGE_NAMES[code]) for code in people.LANGUAGES]
    born = known.birth_date.isoformat() if known.birth_date else ""
    off = {"autocomplete": "off"}
    return [
        Field("given_name", _("Prénom"), value=known.given_name, required=True, attrs=off),
        Field("family_name", _("Nom"), value=known.family_name, required=True, attrs=off),
        Field("email", _("E-mail"), "email", known.email, attrs=off),
        Field("phone", _("Téléphone"), "tel", known.phone, attrs=off),
        Field("birth_date", _("Date de naissance"), "date", born, attrs={**off, "class": "short"}),
        Field("external_id", _("Identifiant du lieu"), value=known.external_id, attrs=off,
              help=_("Votre propre numéro pour cette personne. Il sert à la reconnaître dans un import.")),
        Field("status", _("Statut"), "select", known.status, [(one, gettext(one)) for one in people.STATUSES]),
        Field("language", _("Langue"), "radios", known.language, languages),
    ]  # fmt: skip


def _same_email(form: Form) -> list[Field]:
    """The box that lets two people share an address: shown only once it was asked about."""
    shared = FAULTS["shared_email"]
    asked = form.errors.get("email") == gettext(shared) or form.typed("same_email")
    return [Field("same_email", _("Oui, ce sont bien deux personnes avec le même e-mail"), "checkbox")] if asked else []


def _typed(form: Form) -> PersonData:
    return PersonData(
        form.text("given_name", required=True, longest=people.LONGEST),
        form.text("family_name", required=True, longest=people.LONGEST),
        form.text("email", longest=people.LONGEST),
        form.text("phone", longest=40),
        form.day("birth_date"),
        form.choice("language", people.LANGUAGES),
        form.choice("status", people.STATUSES),
        form.text("external_id", longest=people.LONGEST),
    )


@blueprint.get("/admin/people/<uuid:person_id>")
@access("administrator")
def show(person_id: UUID) -> Response:
    """A person: roles, ways in, enrolments, groups, identities."""
    return _show(person_id, Form())


def _show(person_id: UUID, form: Form) -> Response:
    where = here()
    with where.tenant.read() as unit:
        found = enrol_admin.person_page(unit, where.me, person_id)
        options = enrol_admin.choices(unit, where.me)
        second = bool(second_factor.of(unit, person_id))
    return page(
        "admin/person.html",
        found=found,
        unsent=list(dict.fromkeys(error_text(line.last_error) for line in found.unsent)),
        second=second,
        form=form,
        errors=form.errors,
        whole=admin_scope.whole_place(where.me),
        roles=choices(ROLE_TITLES),
        role_words={name: gettext(title) for name, title in ROLE_TITLES.items()},
        states={line.id: word(ENROLMENT_STATES, line.state) for line in found.enrolments},
        standing=gettext(found.person.status),
        options=options,
        crumbs=crumbs((_("Personnes"), url_for("admin_people_list.listed")), (found.person.name, None)),
    )


ENROLMENT_STATES = {**ENROLMENT_WORDS, "finished": ENROLMENT_WORDS["completed"], "left": ENROLMENT_WORDS["abandoned"]}


@blueprint.post("/admin/people/<uuid:person_id>/roles")
@access("administrator")
def give_role(person_id: UUID) -> Response:
    """Give a role over the place, an organisation or a group."""
    where, form = here(), Form()
    with where.tenant.read() as unit:
        admin_scope.changeable(unit, where.me, person_id)
    role = form.choice("role", ROLES, required=True)
    organisation, group = one_id(form, "organisation"), one_id(form, "group")
    if not form.errors:
        try:
            with where.tenant.write() as unit:
                people.give_role(
                    unit, where.me, person_id, role, now=where.now, organisation_id=organisation, group_id=group
                )
            return go(url_for("admin_people.show", person_id=person_id) + "#roles", _("Le rôle est donné."))
        except Invalid as error:
            add_faults(form, error)
        except Forbidden:
            form.errors["role"] = _("Vous ne pouvez donner ce rôle que sur les groupes que vous administrez.")
    return _show(person_id, form)


@blueprint.post("/admin/people/<uuid:person_id>/roles/<uuid:grant_id>/revoke")
@access("administrator")
def take_role(person_id: UUID, grant_id: UUID) -> Response:
    """Take a role back."""
    where, form = here(), Form()
    try:
        with where.tenant.write() as unit:
            admin_scope.changeable(unit, where.me, person_id)
            people.take_role(unit, where.me, person_id, grant_id, now=where.now)
    except Invalid as error:
        add_faults(form, error)
        return _show(person_id, form)
    return go(url_for("admin_people.show", person_id=person_id) + "#roles", _("Le rôle est retiré."))


@blueprint.post("/admin/people/<uuid:person_id>/second-factor/take-away")
@access("administrator")
def take_second_factor(person_id: UUID) -> Response:
    """Take away the second factor of somebody who lost it."""
    where = here()
    with where.tenant.write() as unit:
        second_factor_rule.take_away(unit, where.me, person_id, where.now)
    return go(url_for("admin_people.show", person_id=person_id), _("Sa seconde preuve est retirée."))


@blueprint.route("/admin/people/<uuid:person_id>/erase", methods=["GET", "POST"])
@access("administrator")
def erase(person_id: UUID) -> Response:
    """What erasing takes, then the name typed, then the erasure."""
    where, form = here(), Form()
    admin_scope.require_place(where.me)
    with where.tenant.read() as unit:
        found = enrol_admin.person_page(unit, where.me, person_id)
        preview = erasure.preview(unit, person_id)
    name = found.person.name
    if request.method == "POST":
        if person_id == where.me.person_id:
            form.errors["name"] = _("Vous ne pouvez pas vous effacer vous-même.")
        elif form.text("name", required=True) != name and not form.errors:
            form.errors["name"] = _("Écrivez exactement : %(name)s", name=name)
        if not form.errors:
            with where.tenant.write() as unit:
                report = erasure.erase(unit, person_id, where.me.person_id, where.now)
                figures = {"statements": report.statements, "identities": report.identities}
                record(unit, where.now, where.me.person_id, "person.erased", "person", person_id, **figures)
            return go(url_for("admin_people_list.listed"), _("La personne est effacée."))
    way = crumbs(
        (_("Personnes"), url_for("admin_people_list.listed")),
        (name, url_for("admin_people.show", person_id=person_id)),
        (_("Effacer"), None),
    )
    return page("admin/erase.html", found=found, preview=preview, form=form, errors=form.errors, crumbs=way)


@blueprint.post("/admin/enrolments/<uuid:enrolment_id>/end")
@access("administrator")
def end_enrolment(enrolment_id: UUID) -> Response:
    """Close an enrolment; what was done stays."""
    where, form = here(), Form()
    state = form.choice("state", ("finished", "left", "cancelled"), required=True) or "left"
    why = form.text("why", longest=500)
    with where.tenant.write() as unit:
        person_id = enrol_admin.end(unit, where.me, enrolment_id, state, why, now=where.now)
    return go(url_for("admin_people.show", person_id=person_id) + "#paths", _("L’inscription est close."))
