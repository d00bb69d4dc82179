"""Importing a list of people: the file, the report line by line, the confirmation, the progress."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import jobs, people_import
from hub.services.people_import import FATES, ImportReport
from hub.services.people_import_plan import Fate, Note
from hub.services.people_import_read import FIELDS, LARGEST, MOST_LINES, ImportRefused, read
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.error_words import FIELD_FAULTS
from hub.web.forms import Form
from hub.web.render import fragment, go, page
from hub.web.views._admin import FAULTS, crumbs, whole_place_only

blueprint = whole_place_only(Blueprint("admin_import", __name__))

REFUSALS: Mapping[str, str] = {
    "import_empty": N_("Ce fichier ne contient aucune personne."),
    "import_too_large": N_("Ce fichier est trop lourd : 5 Mo au plus."),
    "import_too_many_lines": N_("Il y a plus de 5 000 lignes : coupez le fichier en deux."),
    "import_old_excel": N_("C’est un ancien fichier Excel (.xls). Enregistrez-le en .xlsx ou en CSV."),
    "import_encrypted": N_("Ce fichier est protégé par un mot de passe. Retirez-le, puis enregistrez le fichier."),
    "import_macros": N_("Ce fichier contient des macros. Enregistrez-le en .xlsx ou en CSV."),
    "import_archive": N_("C’est une archive, pas un tableau. Donnez un fichier .xlsx ou CSV."),
    "import_not_excel": N_("Ce fichier Excel est abîmé ou protégé. Ouvrez-le, puis enregistrez-le de nouveau."),
    "import_not_text": N_("Ce fichier n’est ni un CSV ni un fichier Excel."),
    "import_no_header": N_("La première ligne doit nommer les colonnes, avec au moins « nom » et « prénom »."),
    "import_twice": N_("Deux colonnes disent la même chose : %(header)s. Gardez-en une."),
}
FATE_WORDS: Mapping[Fate, tuple[str, str, str]] = {
    "create": (N_("à ajouter"), N_("ajoutée"), "todo"),
    "change": (N_("à compléter"), N_("complétée"), "in_progress"),
    "same": (N_("rien à changer"), N_("rien à changer"), "open"),
    "refuse": (N_("refusée"), N_("refusée"), "check"),
}
COLUMN_WORDS: Mapping[str, str] = {
    "family_name": N_("nom"),
    "given_name": N_("prénom"),
    "email": N_("courriel"),
    "phone": N_("téléphone"),
    "birth_date": N_("date de naissance"),
    "external_id": N_("identifiant"),
    "group": N_("groupe"),
    "path": N_("parcours"),
    "status": N_("statut"),
    "language": N_("langue"),
}
NOTE_WORDS: Mapping[str, str] = {
    "same_external_id": N_("même identifiant que la ligne %(it)s"),
    "same_email": N_("même courriel que la ligne %(it)s"),
    "same_name": N_("même nom que la ligne %(it)s, et rien ne les distingue"),
    "email_of_another": N_("ce courriel est celui de %(it)s"),
    "email_of_several": N_("plusieurs personnes ont déjà le courriel %(it)s"),
    "email_other_number": N_("ce courriel est celui de %(it)s, qui a un autre identifiant"),
    "namesake": N_("%(it)s existe déjà : ajoutez un identifiant, un courriel ou une date de naissance"),
    "no_group": N_("le groupe « %(it)s » n’existe pas : créez-le, ou corrigez le nom"),
    "several_groups": N_("plusieurs groupes s’appellent « %(it)s »"),
    "no_path": N_("le parcours « %(it)s » n’existe pas, ou n’est pas publié"),
    "several_paths": N_("plusieurs parcours s’appellent « %(it)s »"),
    "group": N_("groupe : %(it)s"),
    "path": N_("parcours : %(it)s"),
}


@blueprint.route("/admin/import", methods=["GET", "POST"])
@access("administrator")
def upload() -> Response:
    """Give a file: it is checked, and nothing is written."""
    where, form = here(), Form()
    if request.method == "POST":
        given = request.files.get("file")
        data = given.stream.read(LARGEST + 1) if given else b""
        name = (given.filename if given else "") or ""
        if not name:
            form.errors["file"] = _("Choisissez un fichier.")
        else:
            try:
                sheet = read(data, name)
                today = where.now.astimezone(where.translator.zone).date()
                plans = people_import.check(where.tenant, sheet, today)
                with where.tenant.write() as unit:
                    job = people_import.keep(unit, name, sheet, plans, by=where.me.person_id, now=where.now)
                return go(url_for("admin_import.show", job_id=job))
            except ImportRefused as refused:
                form.errors["file"] = gettext(REFUSALS[refused.code], **refused.details)
    with where.tenant.read() as unit:
        earlier = people_import.recent(unit)
    return page(
        "admin/import.html",
        form=form,
        errors=form.errors,
        earlier=earlier,
        states={line.id: _state(line.state) for line in earlier},
        columns=[gettext(COLUMN_WORDS[name]) for name in FIELDS],
        most=MOST_LINES,
        crumbs=crumbs((_("Personnes"), url_for("admin_people_list.listed")), (_("Importer une liste"), None)),
    )


def _state(state: str) -> tuple[str, str]:
    return {
        jobs.WAITING: ("todo", _("à confirmer")),
        jobs.DUE: ("awaiting", _("va commencer")),
        jobs.RUNNING: ("in_progress", _("en cours")),
        jobs.DONE: ("done", _("fait")),
        jobs.CANCELLED: ("waived", _("abandonné")),
    }.get(state, ("check", _("échoué")))


@blueprint.get("/admin/import/<uuid:job_id>")
@access("administrator")
def show(job_id: UUID) -> Response:
    """The report, before and after."""
    where = here()
    only = request.args.get("only", "")
    number = max(0, request.args.get("page", 0, int))
    with where.tenant.read() as unit:
        found = people_import.report_of(unit, job_id, only if only in FATES.values() else "", number)
    working = found.state in (jobs.DUE, jobs.RUNNING)
    counts = found.written if found.done else found.planned
    after = int(bool(found.done))
    return page(
        "admin/import_report.html",
        found=found,
        state=_state(found.state),
        chips=_chips(found, only, counts, after),
        lines=[(line, gettext(FATE_WORDS[line.fate][after]), FATE_WORDS[line.fate][2], _notes(line.notes, line.fate))
               for line in found.lines],
        only=only,
        number=number,
        working=working,
        bar=_bar(found),
        refresh=5 if working else None,
        writable=found.planned["create"] + found.planned["change"],
        crumbs=crumbs((_("Importer une liste"), url_for("admin_import.upload")), (found.file, None)),
    )  # fmt: skip


def _chips(
    found: ImportReport, only: str, counts: Mapping[Fate, int], after: int
) -> list[tuple[str, str, int, bool, str]]:
    here_ = url_for("admin_import.show", job_id=found.id)
    every = [(_("Toutes"), here_, sum(counts.values()), not only, "")]
    return every + [
        (gettext(words[after]), f"{here_}?only={fate}", counts[fate], only == fate, words[2])
        for fate, words in FATE_WORDS.items()
        if counts.get(fate)
    ]


def _bar(found: ImportReport) -> dict[str, object]:
    working = found.state in (jobs.DUE, jobs.RUNNING)
    href = url_for("admin_import.progress", job_id=found.id) if working else ""
    detail = "" if found.state != jobs.DUE else _("Le travail va commencer. Vous pouvez quitter cette page.")
    return {"done": found.done, "total": found.total, "href": href, "detail": detail}


@blueprint.get("/admin/import/<uuid:job_id>/progress")
@access("administrator")
def progress(job_id: UUID) -> Response:
    """The progress bar alone, asked for while the work goes on; the whole page once it is over."""
    where = here()
    with where.tenant.read() as unit:
        found = people_import.report_of(unit, job_id)
    answer = fragment("admin/_import_bar.html", bar=_bar(found))
    if found.state not in (jobs.DUE, jobs.RUNNING):
        answer.headers["HX-Redirect"] = url_for("admin_import.show", job_id=job_id)
    return answer


@blueprint.post("/admin/import/<uuid:job_id>/confirm")
@access("administrator")
def confirm(job_id: UUID) -> Response:
    """Have it written."""
    where = here()
    with where.tenant.write() as unit:
        people_import.confirm(unit, job_id, by=where.me.person_id, now=where.now)
    detail = _("Vous pouvez quitter cette page et revenir : le rapport reste ici 30 jours.")
    return go(url_for("admin_import.show", job_id=job_id), _("L’import commence."), "info", detail)


@blueprint.post("/admin/import/<uuid:job_id>/give-up")
@access("administrator")
def give_up(job_id: UUID) -> Response:
    """Leave it unwritten."""
    where = here()
    with where.tenant.write() as unit:
        people_import.give_up(unit, job_id, now=where.now)
    return go(url_for("admin_import.upload"), _("L’import est abandonné. Rien n’a été écrit."), "info")


def _notes(notes: tuple[Note, ...], fate: str) -> str:
    """What is said of a line, as one text."""
    said = [_note(code, it, fate) for code, it in notes if code not in ("known_by", "field")]
    fields = [gettext(COLUMN_WORDS[it]) for code, it in notes if code == "field"]
    known = next((gettext(COLUMN_WORDS[it]) for code, it in notes if code == "known_by"), "")
    if fields:
        said.insert(0, _("change : %(fields)s", fields=here().translator.enumeration(fields)))
    if known:
        said.insert(0, _("déjà là, par son %(key)s", key=known))
    return " · ".join(said)


def _note(code: str, it: str, fate: str) -> str:
    if code in NOTE_WORDS and not (fate == "refuse" and code in ("group", "path")):
        return gettext(NOTE_WORDS[code], it=it)
    said = FAULTS.get(it) or FIELD_FAULTS.get(it) or FIELD_FAULTS["incorrect"]
    fault = gettext(said)
    return _("%(column)s : %(fault)s", column=gettext(COLUMN_WORDS.get(code, code)), fault=fault)
