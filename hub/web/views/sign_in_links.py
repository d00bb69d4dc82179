"""Single-use links and printed cards: ways in without remembering a password."""

from flask import Blueprint, Response, url_for

from hub.services import accounts, cards
from hub.services.accounts import normal_login
from hub.services.cards import CardNotValid, WrongPin
from hub.services.errors import Conflict, Invalid
from hub.services.lockouts import LockedOut
from hub.services.my_data import given_name
from hub.web.access import PUBLIC, access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views.sign_in import browser, waiting_words, welcome

blueprint = Blueprint("sign_in_links", __name__)


@blueprint.get("/s/<token>")
@access(PUBLIC, passive=True)
def link(token: str) -> Response:
    """Show what the link does. Looking uses nothing up: mail scanners and previews open links too."""
    return _link_page(token, Form())


@blueprint.post("/s/<token>")
@access(PUBLIC)
def link_post(token: str) -> Response:
    """Use the link: sign in, or set the password and sign in."""
    form, where = Form(), here()
    came = browser(form)
    if not form.flag("sets_password"):
        with where.tenant.write() as unit:
            new = accounts.sign_in_by_link(unit, where.vault, token, came, where.now)
        return welcome(new, shared=came.shared)
    login, password = form.text("login", longest=120), form.secret("password")
    if form.errors:
        return _link_page(token, form)
    try:
        new = accounts.set_password_by_link(where.tenant, where.vault, token, login, password, came, where.now)
    except Invalid as error:
        form.errors.add_invalid(error)
        return _link_page(token, form)
    except Conflict:
        form.errors.fault("login", "taken")
        return _link_page(token, form)
    return welcome(new, shared=came.shared)


def _link_page(token: str, form: Form) -> Response:
    where = here()
    with where.tenant.read() as unit:
        found = accounts.look_at_link(unit, where.vault, token, where.now)
        account = accounts.account_of(unit, found.person_id)
        name = given_name(unit, found.person_id)
    return page(
        "sign_in/link.html",
        form=form,
        errors=form.errors,
        name=name,
        purpose=found.purpose,
        login=account.login if account else None,
    )


@blueprint.get("/reset")
@access(PUBLIC)
def reset() -> Response:
    """Ask for a new password."""
    return page("sign_in/reset.html", form=Form(), errors={}, asked=False)


@blueprint.post("/reset")
@access(PUBLIC)
def reset_post() -> Response:
    """The same answer whether the login exists or not."""
    form, where = Form(), here()
    name = form.text("login", required=True, longest=200)
    if not form.errors and normal_login(name):
        with where.tenant.write() as unit:
            accounts.ask_reset(unit, where.vault, name, browser(form).address, where.now)
    return page("sign_in/reset.html", form=form, errors=form.errors, asked=not form.errors)


@blueprint.get("/card")
@access(PUBLIC)
def card_code() -> Response:
    """Type the code of a card whose QR cannot be read."""
    return page("sign_in/card_code.html", form=Form(), errors={})


@blueprint.post("/card")
@access(PUBLIC)
def card_code_post() -> Response:
    """On to the PIN. Whether the card exists is not said yet."""
    form = Form()
    code = cards.normal_code(form.text("code", required=True, longest=60))
    if code and len(code) != cards.CODE_LENGTH:
        form.errors["code"] = _("Ce code a 20 lettres et chiffres.")
    if form.errors or not code:
        form.errors.fault("code", "required")
        return page("sign_in/card_code.html", form=form, errors=form.errors)
    return go(url_for("sign_in_links.card", code=code))


@blueprint.get("/c/<code>")
@access(PUBLIC)
def card(code: str) -> Response:
    """Ask the PIN; the same page for every code."""
    return page("sign_in/card.html", form=Form(), errors={}, code=code)


@blueprint.post("/c/<code>")
@access(PUBLIC)
def card_post(code: str) -> Response:
    """Check card and PIN."""
    form, where, status = Form(), here(), 422
    pin = form.secret("pin")
    if not form.errors:
        came = browser(form)
        try:
            token = cards.sign_in(where.tenant, where.vault, code, pin.strip(), came, where.now)
            return welcome(token, shared=came.shared)
        except WrongPin:
            form.errors["pin"] = _("Ce n’est pas le bon code. Essayez encore.")
        except CardNotValid:
            form.errors["pin"] = _("Cette carte ou ce code ne marche pas. Demandez de l’aide à l’accueil.")
        except LockedOut as error:
            form.errors["pin"] = waiting_words(error)
            status = 429
    return page("sign_in/card.html", status, form=form, errors=form.errors, code=code)
