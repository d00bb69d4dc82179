"""« Besoin d'aide »: asking from any page, the conversation, and what awaits whoever answers."""

import re
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import help as help_service
from hub.services import help_read
from hub.services.errors import Invalid, NotFound
from hub.services.journey import journeys
from hub.services.my_paths import own
from hub.services.responsible import HELPERS
from hub.texts import N_
from hub.web.access import SIGNED_IN, access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.gate import local_path
from hub.web.render import go, page
from hub.web.views._learner_words import ROLE_NAMES

blueprint = Blueprint("help", __name__)

_HEX = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_OF_PATH = re.compile(rf"^/path/(?P<enrolment>{_HEX})(?:/step/(?P<step>{_HEX}))?")
FAULTS: dict[str, str] = {
    "required": N_("À remplir."),
    "too_long": N_("Trop long : 4 000 signes au plus."),
    "unknown": N_("Choisissez comment on vous répond."),
    "not_a_phone": N_("Écrivez un numéro, par exemple 06 12 34 56 78."),
}


@blueprint.get("/help")
@access(SIGNED_IN)
def index() -> Response:
    """What I asked; for those who help, what awaits them."""
    where = here()
    state = help_service.CLOSED if request.args.get("state") == "closed" else help_service.OPEN
    with where.tenant.read() as session:
        inbox = help_read.inbox(session, where.me, where.now, state=state)
        mine = help_read.mine(session, where.me.person_id, where.now)
    return page("help/index.html", inbox=inbox, mine=mine, state=state, helps=where.me.has(*HELPERS))


@blueprint.get("/help/new")
@access(SIGNED_IN)
def new() -> Response:
    """The form; it knows the page it was asked from, and says who answers and by when."""
    kind = help_service.CALL if request.args.get("kind") == "call" else help_service.MESSAGE
    return _form(Form(), local_path(request.args.get("page")), kind)


def _tied(from_page: str) -> tuple[UUID | None, UUID | None]:
    """(enrolment, step) that a page of a path speaks of."""
    match = _OF_PATH.match(from_page)
    if not match:
        return None, None
    return UUID(match["enrolment"]), UUID(match["step"]) if match["step"] else None


def _form(form: Form, from_page: str, kind: str) -> Response:
    where, me = here(), here().me.person_id
    enrolment_id, step_id = _tied(from_page)
    title = ""
    with where.tenant.read() as session:
        try:
            if enrolment_id:
                own(session, enrolment_id, me)
                view = journeys(session, [enrolment_id], where.now)[0].by_step.get(step_id) if step_id else None
                title = view.step.title if view else ""
        except NotFound:
            enrolment_id = None
        helper = help_service.helper(session, me, enrolment_id, where.now)
        phone = help_service.phone_of(session, me)
    return page(
        "help/new.html", form=form, errors=form.errors, from_page=from_page, kind=kind, step_title=title,
        helper=helper, phone=phone, role_names=ROLE_NAMES,
    )  # fmt: skip


@blueprint.post("/help")
@access(SIGNED_IN)
def ask() -> Response:
    """Send the question."""
    form, where = Form(), here()
    from_page = local_path(form.typed("page"))
    kind = form.typed("kind")
    enrolment_id, step_id = _tied(from_page)
    me = where.me.person_id
    try:
        with where.tenant.write() as session:
            if enrolment_id:
                try:
                    own(session, enrolment_id, me)
                except NotFound:  # the page of somebody else's path: the question itself still counts
                    enrolment_id = step_id = None
            row = help_service.ask(
                session, me, kind=kind, text=form.typed("text").replace("\x00", ""), phone=form.typed("phone"),
                page=from_page, enrolment_id=enrolment_id, step_id=step_id, now=where.now,
            )  # fmt: skip
    except Invalid as error:
        for name, code in error.fields.items():
            form.errors[name] = _(FAULTS.get(code, FAULTS["required"]))
        return _form(form, from_page, kind)
    when = where.translator.moment(row.due_at)
    message = _("Votre demande est envoyée.")
    return go(url_for("help.one", request_id=row.id), message, detail=_("Réponse %(when)s au plus tard.", when=when))


@blueprint.get("/help/<uuid:request_id>")
@access(SIGNED_IN)
def one(request_id: UUID) -> Response:
    """The conversation, on either side."""
    return _conversation(request_id, Form())


def _conversation(request_id: UUID, form: Form) -> Response:
    where = here()
    with where.tenant.read() as session:
        talk = help_read.conversation(session, request_id, where.me, where.now)
    return page("help/one.html", talk=talk, form=form, errors=form.errors)


@blueprint.post("/help/<uuid:request_id>/reply")
@access(SIGNED_IN)
def reply(request_id: UUID) -> Response:
    """Say something more."""
    form, where = Form(), here()
    try:
        with where.tenant.write() as session:
            help_service.reply(session, request_id, where.me, form.typed("text").replace("\x00", ""), where.now)
            if form.flag("close"):
                help_service.close(session, request_id, where.me, where.now)
    except Invalid as error:
        fault = FAULTS[error.fields["text"]]
        form.errors["text"] = _(fault)
        return _conversation(request_id, form)
    return go(url_for("help.one", request_id=request_id) + "#last", _("Votre message est envoyé."))


@blueprint.post("/help/<uuid:request_id>/close")
@access(SIGNED_IN)
def close(request_id: UUID) -> Response:
    """The question is settled."""
    where = here()
    with where.tenant.write() as session:
        help_service.close(session, request_id, where.me, where.now)
    return go(url_for("help.index"), _("La demande est fermée."), detail=_("Elle reste ici et peut être rouverte."))


@blueprint.post("/help/<uuid:request_id>/reopen")
@access(SIGNED_IN)
def reopen(request_id: UUID) -> Response:
    """The question is not settled after all."""
    where = here()
    with where.tenant.write() as session:
        help_service.reopen(session, request_id, where.me, where.now)
    return go(url_for("help.one", request_id=request_id), _("La demande est rouverte."))


@blueprint.post("/help/<uuid:request_id>/take")
@access(*HELPERS)
def take(request_id: UUID) -> Response:
    """Become the one who answers."""
    where = here()
    with where.tenant.write() as session:
        help_service.take(session, request_id, where.me, where.now)
    return go(url_for("help.one", request_id=request_id), _("C’est vous qui répondez."))
