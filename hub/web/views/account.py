"""My account: password, sessions, language. My data: what is held on me, my means, the adaptations I ask for."""

from collections.abc import Mapping

from flask import Blueprint, Response, stream_with_context, url_for

from hub.services import accounts, my_data, oidc, second_factor, sessions
from hub.services.errors import Invalid
from hub.services.lockouts import LockedOut
from hub.texts import LANGUAGES
from hub.web.access import SIGNED_IN, access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import LANGUAGE_NAMES, go, page
from hub.web.views.sign_in import services_offered, waiting_words
from hub.web.words import (
    ADAPTATIONS,
    COUNT_WORDS,
    DEVICES,
    ENROLMENT_WORDS,
    HOURS,
    LINES,
    ROLE_WORDS,
    SESSION_WORDS,
    TRAVELS,
    choices,
    word,
)

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@access(SIGNED_IN)
def account() -> Response:
    """Sessions, password and language."""
    return _account_page(Form())


@blueprint.post("/account/password")
@access(SIGNED_IN)
def change_password() -> Response:
    """Change the password; the other sessions end."""
    form, where = Form(), here()
    old, new = form.secret("old"), form.secret("new")
    status = 422
    if not form.errors:
        try:
            accounts.change_password(where.tenant, where.me.person_id, old, new, where.now, keeping=_own_key())
            detail = _("Les autres appareils devront se connecter de nouveau.")
            return go(url_for("account.account"), _("Votre mot de passe est changé."), detail=detail)
        except Invalid as error:
            form.errors.add_invalid(error)
        except LockedOut as error:
            form.errors["old"] = waiting_words(error)
            status = 429
    return _account_page(form, status)


@blueprint.post("/account/sessions/<key>/end")
@access(SIGNED_IN)
def end_session(key: str) -> Response:
    """End one of my sessions."""
    where = here()
    with where.tenant.write() as unit:
        sessions.end_by_key(unit, where.me.person_id, key, where.now)
    return go(url_for("account.account"), _("Cet appareil est déconnecté."))


@blueprint.post("/account/sessions/end-others")
@access(SIGNED_IN)
def end_other_sessions() -> Response:
    """End all my sessions but this one."""
    where = here()
    with where.tenant.write() as unit:
        sessions.end_all(unit, where.me.person_id, where.now, but=_own_key())
    return go(url_for("account.account"), _("Vos autres appareils sont déconnectés."))


def _own_key() -> str:
    signed_in = here().signed_in
    return signed_in.key if signed_in else ""


def _account_page(form: Form, status: int = 200) -> Response:
    where = here()
    with where.tenant.read() as unit:
        lines = sessions.live_sessions(unit, where.me, where.now)
        own = accounts.account_of(unit, where.me.person_id)
        factors = len(second_factor.of(unit, where.me.person_id))
        services = services_offered(unit)
        linked = oidc.linked(unit, where.me.person_id)
    return page(
        "account/account.html",
        status,
        form=form,
        errors=form.errors,
        lines=lines,
        own_key=_own_key(),
        session_words={line.how: word(SESSION_WORDS, line.how) for line in lines},
        login=own.login if own and own.password_hash else None,
        languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        factors=factors,
        services=services,
        linked=linked,
    )


@blueprint.get("/my-data")
@access(SIGNED_IN)
def my_data_page() -> Response:
    """What the hub holds on me."""
    where = here()
    with where.tenant.read() as unit:
        held = my_data.holdings(unit, where.me.person_id)
    return _my_data(held, Form(), held.means, list(held.adaptations))


@blueprint.post("/my-data/means")
@access(SIGNED_IN)
def my_means() -> Response:
    """Change my means and the adaptations I ask for."""
    form, where = Form(), here()
    means = {
        "device": form.choice("device", my_data.DEVICES),
        "line": form.choice("line", my_data.LINES),
        "travel": form.choice("travel", my_data.TRAVELS),
        "hours": form.choice("hours", my_data.HOURS),
        "camera": {"yes": True, "no": False}.get(form.choice("camera", ("yes", "no"))),
    }
    adaptations = form.choices("adaptations", my_data.ADAPTATIONS)
    me = where.me.person_id
    if form.errors:
        with where.tenant.read() as unit:
            held = my_data.holdings(unit, me)
        return _my_data(held, form, means, adaptations)
    with where.tenant.write() as unit:
        my_data.set_means(unit, me, means, adaptations, where.now, by=me)
    detail = _("Les conseils de votre parcours en tiennent compte dès maintenant.")
    return go(url_for("account.my_data_page") + "#means", _("C’est enregistré."), detail=detail)


@blueprint.get("/my-data/export.json")
@access(SIGNED_IN)
def my_data_export() -> Response:
    """Everything as one JSON file."""
    where = here()
    blobs = where.installation.blobs(where.record.key)
    pieces = my_data.export(where.tenant, blobs, where.me.person_id, where.now)
    response = Response(stream_with_context(pieces), content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


def _my_data(held: my_data.Holdings, form: Form, means: Mapping[str, object], adaptations: list[str]) -> Response:
    return page(
        "account/my_data.html",
        held=held,
        form=form,
        errors=form.errors,
        roles=[word(ROLE_WORDS, role) for role in held.roles],
        enrolments=[(line.title, word(ENROLMENT_WORDS, line.state)) for line in held.enrolments],
        counts=[(word(COUNT_WORDS, name), here().translator.number(n)) for name, n in held.counts.items()],
        means={name: means.get(name) for name in ("device", "line", "travel", "hours")},
        camera={True: "yes", False: "no"}.get(bool(means["camera"])) if means.get("camera") is not None else "",
        adaptations=adaptations,
        devices=choices(DEVICES),
        lines=choices(LINES),
        travels=choices(TRAVELS),
        hours=choices(HOURS),
        adaptation_choices=choices(ADAPTATIONS),
    )
