"""Handing work in: a form with files, resumable uploads, and the files themselves for those who may see them.

The upload protocol is a small relative of tus 1.0: ``POST /uploads`` (Upload-Length, Upload-Name,
Upload-Purpose ``package`` for the larger budget of the catalogue) gives a Location;
``PATCH`` sends bytes from Upload-Offset; ``HEAD`` says how many arrived; ``DELETE`` gives up.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import BadRequest

from hub.db.blobs import BlobStore
from hub.domain.roles import Role
from hub.models.learning import Upload
from hub.services import deposits, packages, uploads
from hub.services.errors import Conflict, Invalid
from hub.services.projection import project_dirty
from hub.texts import N_
from hub.web.access import SIGNED_IN, access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, problem
from hub.web.security import sandbox
from hub.web.views.step import show

blueprint = Blueprint("deposits", __name__)

LARGEST_WITHOUT_SCRIPT = 1_000_000_000
"""Bytes of one form, so that files may come whole where there is no script; the setting ``uploads`` bounds each."""
PIECE = 16 * 1024
SENDERS: tuple[Role, ...] = ("learner", "designer", "administrator")
"""Who sends files piece by piece: learners their work, designers and administrators packages for the catalogue."""
FAULTS: dict[str, str] = {
    "empty_file": N_("Ce fichier est vide."),
    "file_too_large": N_("Ce fichier est trop lourd : réduisez-le, ou donnez un lien."),
    "too_many_files": N_("Il y a trop de fichiers : 10 au plus à la fois."),
    "no_deposit_here": N_("Cette étape n’attend pas de travail."),
    "upload_unfinished": N_("Un fichier n’est pas arrivé en entier. Choisissez-le de nouveau."),
    "nothing_handed_in": N_("Choisissez un fichier, ou donnez un lien."),
    "not_a_link": N_("Écrivez une adresse qui commence par https://"),
}


@blueprint.url_value_preprocessor
def _allow_large_forms(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the body is read (the CSRF check reads it): the form of this blueprint may be large."""
    if endpoint == f"{blueprint.name}.hand_in":
        request.max_content_length = LARGEST_WITHOUT_SCRIPT


@blueprint.post("/path/<uuid:enrolment_id>/step/<uuid:step_id>/deposit")
@access("learner")
def hand_in(enrolment_id: UUID, step_id: UUID) -> Response:
    """Hand in files (sent before, or with this form), a link, a note."""
    form, where = Form(), here()
    ids = form.ids("upload")
    link, note = form.text("link", longest=2000), form.text("note", longest=4000)
    if link and "://" not in link:
        link = f"https://{link}"
    if not form.errors:
        try:
            ids += [row.id for row in _whole_files()]
            with where.tenant.write() as session:
                deposits.hand_in(
                    session, enrolment_id, step_id, by=where.me.person_id, upload_ids=ids, link=link, note=note,
                    now=where.now,
                )  # fmt: skip
        except Invalid as error:
            for name, code in error.fields.items():
                form.errors.setdefault(name, _(FAULTS.get(code, code)))
    if form.errors:
        return show(enrolment_id, step_id, form, 422)
    project_dirty(where.tenant, at_most=5)
    back = url_for("step.step_page", enrolment_id=enrolment_id, step_id=step_id)
    return go(f"{back}#work", _("Votre travail est rendu."), detail=_("La réponse s’affichera ici."))


def _whole_files() -> list[Upload]:
    where = here()
    files = [file for file in request.files.getlist("files") if file.filename]
    if len(files) > deposits.MOST_FILES:
        raise Invalid({"files": "too_many_files"})
    return [
        uploads.store_whole(where.tenant, _blobs(), where.me.person_id, file.filename or "", file.stream, where.now)  # type: ignore[arg-type]  # werkzeug's stream is IO[bytes]
        for file in files
    ]


def _blobs() -> BlobStore:
    return here().installation.blobs(here().record.key)


@blueprint.post("/uploads")
@access(*SENDERS)
def begin() -> Response:
    """Announce a file."""
    where = here()
    size = request.headers.get("Upload-Length", "")
    name = unquote(request.headers.get("Upload-Name", ""))
    if not size.isdecimal() or len(size) > 15:
        raise BadRequest("Upload-Length")
    package = request.headers.get("Upload-Purpose") == "package" and where.me.has("designer", "administrator")
    try:
        with where.tenant.write() as session:
            most = packages.budget(session) if package else None
            row = uploads.begin(session, where.me.person_id, name, int(size), where.now, most)
    except Invalid as error:
        code = error.fields["files"]
        return problem(413 if code == "file_too_large" else 422, code, _(FAULTS[code]))
    answer = _state(row, 201)
    answer.headers["Location"] = url_for("deposits.upload", upload_id=row.id)
    return answer


@blueprint.route("/uploads/<uuid:upload_id>", methods=["HEAD"])
@access(*SENDERS, passive=True)
def upload(upload_id: UUID) -> Response:
    """How much has arrived."""
    where = here()
    with where.tenant.read() as session:
        return _state(uploads.find(session, upload_id, where.me.person_id), 200)


@blueprint.patch("/uploads/<uuid:upload_id>")
@access(*SENDERS)
def append(upload_id: UUID) -> Response:
    """More bytes, from Upload-Offset on."""
    where = here()
    offset = request.headers.get("Upload-Offset", "")
    if not offset.isdecimal():
        raise BadRequest("Upload-Offset")
    room = uploads.waiting_room(where.installation.config.data, where.record.key)
    try:
        row = uploads.append(
            where.tenant, room, _blobs(), upload_id, where.me.person_id, int(offset), _pieces()
        )  # fmt: skip
    except Conflict as error:
        return problem(409, error.code, _("L’envoi reprend d’un autre endroit."))
    return _state(row, 204)


def _pieces() -> Iterator[bytes]:
    while piece := request.stream.read(PIECE):
        yield piece


@blueprint.delete("/uploads/<uuid:upload_id>")
@access(*SENDERS)
def drop(upload_id: UUID) -> Response:
    """Give an upload up."""
    where = here()
    room = uploads.waiting_room(where.installation.config.data, where.record.key)
    uploads.drop(where.tenant, room, upload_id, where.me.person_id)
    return Response(status=204)


def _state(row: Upload, status: int) -> Response:
    return Response(status=status, headers={"Upload-Offset": str(row.received), "Upload-Length": str(row.size)})


@blueprint.get("/deposits/<uuid:deposit_id>/files/<uuid:file_id>")
@access(SIGNED_IN)
def file(deposit_id: UUID, file_id: UUID) -> Response:
    """A file of a deposit: always saved, never shown inside the hub's own origin."""
    where = here()
    with where.tenant.read() as session:
        found = deposits.file_of(session, deposit_id, file_id, where.me)
    content = _blobs().open(found.sha256)
    sandbox()
    response = Response(_read(content), content_type=found.content_type, direct_passthrough=True)
    response.call_on_close(content.close)
    response.headers["Content-Length"] = str(found.size)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    return response


def _read(content: Any) -> Iterator[bytes]:
    while piece := content.read(PIECE * 4):
        yield piece
