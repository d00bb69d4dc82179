"""The second factor: asked for after the password, set up and taken away on one's account."""

from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, Response, abort, request, url_for

from hub.db.directory import normal_host
from hub.services import second_factor, second_factor_rule, sessions
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.lockouts import LockedOut
from hub.services.second_factor import PASSKEY, Site
from hub.urls.addresses import base_address
from hub.web import cookies
from hub.web.access import PUBLIC, SIGNED_IN, access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.gate import local_path
from hub.web.qr import qr
from hub.web.render import go, page
from hub.web.views.sign_in import waiting_words, welcome

blueprint = Blueprint("second_factor", __name__)
LARGEST_ANSWER = 65_536


def _site() -> Site:
    where = here()
    host = normal_host(request.host)
    name = str(where.settings.get("place", {}).get("name") or where.record.name)
    return Site(host, base_address(where.installation.config, host), name)


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), content_type="application/json")


def _answer() -> dict[str, Any]:
    """What the browser's script sends of a passkey."""
    request.max_content_length = LARGEST_ANSWER
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        abort(400)
    return found


# Signing in


@blueprint.get("/sign-in/second")
@access(PUBLIC, passive=True)
def ask() -> Response:
    """Ask for the code; back to the beginning where nothing is pending."""
    return _ask_page(Form())


@blueprint.post("/sign-in/second")
@access(PUBLIC)
def ask_post() -> Response:
    """Check a code of the application or on paper."""
    form, where, token = Form(), here(), cookies.session_token() or ""
    code = form.secret("code")
    status = 422
    if not form.errors:
        try:
            new = second_factor.prove_code(where.tenant, where.vault, token, code, where.now)
            return welcome(new, shared=_shared(token), back=form.typed("next"))
        except NotFound:
            return go(url_for("sign_in.sign_in"))
        except Invalid as error:
            form.errors.add_invalid(error)
        except LockedOut as error:
            form.errors["code"] = waiting_words(error)
            status = 429
    return _ask_page(form, status)


def _shared(token: str) -> bool:
    where = here()
    with where.tenant.read() as unit:
        return sessions.is_shared(unit, where.vault, token)


def _ask_page(form: Form, status: int = 200) -> Response:
    where = here()
    back = local_path(request.values.get("next"))
    with where.tenant.read() as unit:
        row = sessions.pending(unit, where.vault, cookies.session_token(), where.now)
        kinds = {factor.kind for factor in second_factor.of(unit, row.person_id)} if row else set()
    if row is None:
        return go(url_for("sign_in.sign_in"))
    return page(
        "account/second.html", status, form=form, errors=form.errors, back=back, passkey=PASSKEY in kinds, kinds=kinds
    )


@blueprint.post("/sign-in/second/options")
@access(PUBLIC)
def ask_options() -> Response:
    """What the browser asks the passkey to sign."""
    where = here()
    with where.tenant.write() as unit:
        token = cookies.session_token() or ""
        return _json(second_factor.begin_proof(unit, where.vault, token, _site(), where.now))


@blueprint.post("/sign-in/second/passkey")
@access(PUBLIC)
def ask_passkey() -> Response:
    """Check what the passkey signed; the script goes on to ``next``."""
    where, token = here(), cookies.session_token() or ""
    shared = _shared(token)
    new = second_factor.prove_passkey(where.tenant, where.vault, token, _site(), _answer(), where.now)
    response = _json({"next": local_path(request.args.get("next"))})
    cookies.set_session(response, new, shared=shared)
    return response


# One's account


@blueprint.get("/account/second-factor")
@access(SIGNED_IN)
def show() -> Response:
    """What stands, and how to add."""
    return _show_page()


def _show_page(codes: list[str] | None = None) -> Response:
    where = here()
    asked = where.me.is_staff and second_factor_rule.asked_of_team(where.settings)
    with where.tenant.read() as unit:
        factors = second_factor.of(unit, where.me.person_id)
        left = second_factor.codes_left(unit, where.me.person_id)
    return page("account/second_factor.html", factors=factors, left=left, codes=codes, owed=not factors and asked)


@blueprint.post("/account/second-factor/totp")
@access(SIGNED_IN)
def totp() -> Response:
    """A new secret, shown as a QR code and to be typed."""
    where = here()
    with where.tenant.write() as unit:
        factor_id, _secret = second_factor.begin_totp(unit, where.me.person_id, where.now)
    return go(url_for("second_factor.totp_confirm", factor_id=factor_id))


@blueprint.route("/account/second-factor/totp/<uuid:factor_id>", methods=["GET", "POST"])
@access(SIGNED_IN)
def totp_confirm(factor_id: UUID) -> Response:
    """Show the QR code and try the first code."""
    form, where = Form(), here()
    if request.method == "POST":
        code, name = form.secret("code"), form.text("name", longest=80)
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    codes = second_factor.confirm_totp(
                        unit, where.vault, where.me.person_id, factor_id, code, name, where.now
                    )
                return _show_page(codes) if codes else go(url_for("second_factor.show"), _("C’est ajouté."))
            except Invalid as error:
                form.errors.add_invalid(error)
    with where.tenant.read() as unit:
        row = second_factor.unconfirmed(unit, where.me.person_id, factor_id)
        secret = row.secret.reveal() if row.secret else ""
    code = second_factor.address(secret, where.me.name, _site().name)
    groups = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    return page(
        "account/totp.html",
        form=form,
        errors=form.errors,
        qr=qr(code, _("Code à lire avec l’application")),
        secret=groups,
    )


@blueprint.post("/account/second-factor/passkey/options")
@access(SIGNED_IN)
def passkey_options() -> Response:
    """What the browser asks for when it makes a passkey."""
    where = here()
    with where.tenant.write() as unit:
        return _json(second_factor.begin_passkey(unit, _own_key(), _site()))


@blueprint.post("/account/second-factor/passkey")
@access(SIGNED_IN)
def passkey() -> Response:
    """Keep a passkey; codes on paper come with the first factor."""
    where, answer = here(), _answer()
    name = str(answer.pop("name", ""))[:80]
    with where.tenant.write() as unit:
        codes = second_factor.finish_passkey(unit, where.vault, _own_key(), _site(), answer, name, where.now)
    return _json({"codes": codes, "next": url_for("second_factor.show")})


def _own_key() -> str:
    signed_in = here().signed_in
    if signed_in is None:
        raise Conflict
    return signed_in.key


@blueprint.post("/account/second-factor/codes")
@access(SIGNED_IN)
def codes() -> Response:
    """New codes on paper; the earlier ones work no more."""
    where = here()
    with where.tenant.write() as unit:
        if not second_factor.of(unit, where.me.person_id):
            raise NotFound
        made = second_factor.new_codes(unit, where.vault, where.me.person_id)
    return _show_page(made)


@blueprint.post("/account/second-factor/<uuid:factor_id>/remove")
@access(SIGNED_IN)
def remove(factor_id: UUID) -> Response:
    """Take one away."""
    where = here()
    with where.tenant.write() as unit:
        second_factor.remove(unit, where.me.person_id, factor_id, where.now)
    return go(url_for("second_factor.show"), _("C’est retiré."))
