"""Signing in with a password, signing out, the language, and what ends an idle session."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, request, session, url_for

from hub.domain.lockout import origin
from hub.services import accounts, oidc, sessions
from hub.services.accounts import Browser, WrongCredentials
from hub.services.lockouts import LockedOut, wait_minutes
from hub.services.my_data import set_language
from hub.texts import LANGUAGES, Translator, speaking
from hub.web import cookies
from hub.web.access import PUBLIC, SIGNED_IN, access
from hub.web.context import _, here, ngettext
from hub.web.forms import Form
from hub.web.gate import local_path
from hub.web.render import LANGUAGE_NAMES, go, page
from hub.web.security import lead_away

blueprint = Blueprint("sign_in", __name__)


def browser(form: Form) -> Browser:
    """From where this request comes. The device is taken for a shared one unless « C’est mon appareil » is ticked."""
    return Browser(origin(request.remote_addr or ""), not form.flag("own_device"), cookies.session_token())


def welcome(token: str, *, shared: bool, back: str = "/") -> Response:
    """The answer to a sign-in that worked: a new session cookie, and nothing kept of what was before it."""
    session.clear()
    response = go(local_path(back))
    cookies.set_session(response, token, shared=shared)
    cookies.forget_language(response)
    return response


def waiting_words(error: LockedOut) -> str:
    """How long to wait after too many tries."""
    minutes = wait_minutes(error, here().now)
    return ngettext(
        "Trop d’essais à la suite. Attendez %(num)s minute, puis essayez encore.",
        "Trop d’essais à la suite. Attendez %(num)s minutes, puis essayez encore.",
        minutes,
    )


@blueprint.get("/sign-in")
@access(PUBLIC, passive=True)
def sign_in() -> Response:
    """The form; whoever is signed in already goes on."""
    back = local_path(request.args.get("next"))
    if here().viewer:
        return go(back)
    if _second_owed():
        return Response(status=303, headers={"Location": url_for("second_factor.ask", next=back)})
    return _sign_in_page(Form(), back, idle="idle" in request.args)


def _second_owed() -> bool:
    where = here()
    with where.tenant.read() as unit:
        return sessions.pending(unit, where.vault, cookies.session_token(), where.now) is not None


def services_offered(unit: Any) -> list[tuple[UUID, str]]:
    """Services whose accounts sign in here, for a page with a button for each: its forms may lead there."""
    offered = oidc.providers(unit)
    if offered:
        lead_away(*(row.issuer for row in offered))
    return [(row.id, row.name) for row in offered]


def _sign_in_page(form: Form, back: str, status: int | None = None, *, idle: bool = False) -> Response:
    with here().tenant.read() as unit:
        services = services_offered(unit)
    return page("sign_in/sign_in.html", status, form=form, back=back, errors=form.errors, idle=idle, services=services)


@blueprint.post("/sign-in")
@access(PUBLIC)
def sign_in_post() -> Response:
    """Check login and password."""
    form, where = Form(), here()
    login, password = form.text("login", required=True, longest=200), form.secret("password")
    back = local_path(form.typed("next"))
    status = 422
    if not form.errors:
        came = browser(form)
        try:
            token = accounts.sign_in(where.tenant, where.vault, login, password, came, where.now)
            return welcome(token, shared=came.shared, back=back)
        except WrongCredentials:
            form.errors["login"] = _("Identifiant ou mot de passe incorrect.")
        except LockedOut as error:
            form.errors["login"] = waiting_words(error)
            status = 429
    return _sign_in_page(form, back, status)


@blueprint.post("/sign-out")
@access(PUBLIC)
def sign_out() -> Response:
    """End the session, here and in the database."""
    where, token = here(), cookies.session_token()
    if token:
        with where.tenant.write() as unit:
            sessions.end(unit, where.vault, token, where.now)
    session.clear()
    response = go(url_for("sign_in.sign_in"), _("Vous n’êtes plus connecté."), "info")
    cookies.forget_session(response)
    cookies.forget_language(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.get("/idle")
@access(PUBLIC, passive=True)
def idle() -> Response:
    """Where an open page of a shared device turns to after ten minutes: back, if its person was active meanwhile."""
    back = local_path(request.args.get("back"))
    if here().viewer:
        return Response(status=303, headers={"Location": back})
    response = Response(status=303, headers={"Location": url_for("sign_in.sign_in", idle=1)})
    if cookies.session_token():
        cookies.forget_session(response)
    return response


@blueprint.get("/language/<code>")
@access(PUBLIC)
def language(code: str) -> Response:
    """Signed out: remember the choice in this browser. Signed in: offer it, in that language, as the person's own."""
    if code not in LANGUAGES:
        abort(404)
    where, back = here(), local_path(request.args.get("next"))
    if where.viewer:
        with speaking(Translator(code, str(where.translator.zone), where.translator.now)) as translator:
            where.translator = translator
            return page("sign_in/language.html", code=code, name=LANGUAGE_NAMES[code], back=back)
    response = Response(status=303, headers={"Location": back})
    cookies.set_language(response, code)
    return response


@blueprint.post("/language")
@access(SIGNED_IN)
def language_post() -> Response:
    """Make a language the person's own."""
    form, where = Form(), here()
    code = form.choice("language", LANGUAGES, required=True)
    if form.errors:
        abort(400)
    with where.tenant.write() as unit:
        set_language(unit, where.me.person_id, code)
    return go(local_path(form.typed("next")))
