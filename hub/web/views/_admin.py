"""What the administrator's pages share: the reach of the whole place, a form drawn from its fields, words of faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import admin_scope
from hub.services.errors import Invalid
from hub.texts import N_, gettext
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import page

Crumbs = Sequence[tuple[str, str | None]]

#: Faults of fields that only these pages know; the others are in ``hub.web.error_words``.
FAULTS: Mapping[str, str] = {
    "formula": N_("Cela ne peut pas commencer par =, +, - ou @."),
    "not_a_phone": N_("Écrivez un numéro comme 06 12 34 56 78."),
    "not_a_birth_date": N_("Cette date de naissance n’est pas possible."),
    "shared_email": N_("Une autre personne a déjà cet e-mail. Si c’est normal, cochez la case plus bas."),
    "not_an_nda": N_("Un numéro de déclaration d’activité a 11 chiffres."),
    "not_a_siret": N_("Ce n’est pas un SIRET : 14 chiffres, dont le dernier vérifie les autres."),
    "ends_before": N_("La fin vient avant le début."),
    "plan_needs_end": N_("Un plan convenu a une date de fin."),
    "not_a_zone": N_("Ce fuseau horaire n’existe pas. Exemple : Europe/Paris."),
    "last_administrator": N_("Il faut garder au moins une personne qui administre tout le lieu."),
    "not_a_web_address": N_("Écrivez une adresse complète, qui commence par https://."),
    "setting_refused": N_("Ce réglage ne convient pas."),
    "unknown_name": N_("Un des mots à remplacer n’existe pas ici : prenez ceux de la liste."),
    "invalid": N_("Ce réglage ne convient pas."),
    "fixed": N_("Cela ne se change plus. Reliez plutôt une nouvelle plateforme."),
}


def whole_place_only(blueprint: Blueprint) -> Blueprint:
    """Keep the pages of ``blueprint`` for those who administer the whole place: the others get 403."""
    blueprint.before_request(_require_place)
    return blueprint


def _require_place() -> None:
    admin_scope.require_place(here().me)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. ``kind``: a type of input, or ``textarea``, ``select``, ``radios``, ``checkboxes``,
    ``checkbox``. ``value`` is what stands before anything is typed; ``heading`` begins a section."""

    name: str
    label: str
    kind: str = "text"
    value: Any = ""
    options: Sequence[tuple[Any, str]] = ()
    help: str = ""
    required: bool = False
    empty: str | None = None
    attrs: Mapping[str, str] = field(default_factory=dict)
    heading: str = ""


def form_page(
    title: str,
    fields: Iterable[Field],
    form: Form,
    *,
    crumbs: Crumbs,
    submit: str = "",
    lead: str = "",
    failed: str = "",
    cancel: str = "",
    status: int | None = None,
) -> Response:
    """A page with one form that posts to its own address; what was typed is kept."""
    return page(
        "admin/form.html",
        status,
        title=title,
        fields=[shown(one) for one in fields],
        form=form,
        errors=form.errors,
        crumbs=crumbs,
        submit=submit or _("Enregistrer"),
        lead=lead,
        failed=failed or _("Ce n’est pas enregistré."),
        cancel=cancel or next((href for _label, href in reversed(crumbs) if href), url_for("admin_home.home")),
    )


def shown(one: Field) -> dict[str, Any]:
    """A field with what is to stand in it now."""
    value = one.value
    if request.method == "POST":
        several = one.kind == "checkboxes"
        value = request.form.getlist(one.name) if several else request.form.get(one.name, "")
    if value is None:
        value = ""
    return {"spec": one, "value": value}


def add_faults(form: Form, error: Invalid, names: Mapping[str, str] | None = None) -> None:
    """Say the faults that a service found beside their fields. ``names``: its names -> those of the form."""
    for name, code in error.fields.items():
        shown_as = (names or {}).get(name, name)
        if code in FAULTS:
            form.errors.setdefault(shown_as, gettext(FAULTS[code]))
        else:
            form.errors.fault(shown_as, code)


def one_id(form: Form, name: str) -> UUID | None:
    """The id chosen in a list, None for none; a fault for what is no id."""
    text = form.typed(name)
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        form.errors.fault(name, "unknown")
        return None


def asked_id(name: str) -> UUID | None:
    """An id in the query of the address; None for none or a damaged one."""
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def crumbs(*steps: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """The way to a page, from the administrator's home."""
    return [(_("Administration"), url_for("admin_home.home")), *steps]


def of_the_whole_place() -> UUID:
    """The signed-in administrator of the whole place: credentials and links carry the traces of every organisation.
    Raises Forbidden for one of an organisation alone."""
    me = here().me
    admin_scope.require_place(me)
    return me.person_id
