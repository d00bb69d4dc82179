"""My tokens: a person makes, names, looks at and revokes the tokens of programs that act for them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.models.person import ApiToken
from hub.services import api_tokens
from hub.services.api_tokens import AREAS, SCOPES, VALID_DAYS
from hub.services.errors import Conflict, Forbidden, Invalid
from hub.texts import gettext
from hub.urls.addresses import base_address
from hub.web.access import SIGNED_IN, access
from hub.web.api import areas
from hub.web.api.words import AREA_WORDS
from hub.web.context import _, here, ngettext
from hub.web.forms import Form
from hub.web.render import go, page

blueprint = Blueprint("api_tokens", __name__, url_prefix="/account/tokens")
PROVEN = ("password", "link")
"""Ways in that prove the account itself. What came through another platform or with a card makes no token: it would
carry the person's every role, for months."""


@blueprint.get("")
@access(SIGNED_IN)
def listing() -> Response:
    """My tokens, when each was last used, and the form of a new one."""
    return _page(Form())


@blueprint.post("")
@access(SIGNED_IN)
def create() -> Response:
    """Make a token and show it, this once: the hub keeps only a keyed hash of it."""
    where, form = here(), Form()
    if not _may_make():
        raise Forbidden
    name = form.text("name", required=True, longest=api_tokens.LONGEST_NAME)
    scopes = form.choices("scopes", SCOPES)
    days = form.choice("valid_days", [str(n) for n in VALID_DAYS], required=True)
    if not scopes:
        form.errors.fault("scopes", "required")
    if form.errors:
        return _page(form, name=name, scopes=scopes)
    try:
        with where.tenant.write() as session:
            row, text = api_tokens.create(
                session, where.vault, where.me.person_id, name, scopes, where.now, valid_days=int(days)
            )
    except Invalid as error:
        form.errors.add_invalid(error)
        return _page(form, name=name, scopes=scopes)
    except Conflict:
        return go(url_for("api_tokens.listing"), _("Vous avez déjà beaucoup de jetons. Révoquez-en un."), "warning")
    return page("api_tokens/secret.html", token=row, secret=text, address=f"{_base()}/api/v1")


@blueprint.post("/<uuid:token_id>/revoke")
@access(SIGNED_IN)
def revoke(token_id: UUID) -> Response:
    """Close a token for good."""
    where = here()
    with where.tenant.write() as session:
        api_tokens.revoke(session, where.me.person_id, token_id, where.now)
    return go(
        url_for("api_tokens.listing"), _("Le jeton est révoqué."), detail=_("Le programme qui l’avait n’entre plus.")
    )


def _may_make() -> bool:
    signed_in = here().signed_in
    return signed_in is not None and signed_in.how in PROVEN


def _page(form: Form, *, name: str = "", scopes: list[str] | None = None) -> Response:
    where = here()
    with where.tenant.read() as session:
        rows = api_tokens.listed(session, where.me.person_id, where.now)
    return page(
        "api_tokens/list.html",
        form=form,
        errors=form.errors,
        tokens=[(row, _rights(row), _ended(row)) for row in rows],
        may_make=_may_make(),
        name=name,
        scopes=scopes or [],
        scope_choices=[(scope, _scope_words(scope)) for scope in _useful()],
        days=form.typed("valid_days", "90"),
        day_choices=[(str(n), ngettext("%(num)s jour", "%(num)s jours", n)) for n in VALID_DAYS],
        address=f"{_base()}/api/v1",
    )


def _useful() -> list[str]:
    """The scopes that open something to somebody with my roles: the others would only be in the way."""
    mine = {one.scope for one in areas.ALL if not one.roles or here().me.has(*one.roles)}
    return [scope for scope in SCOPES if scope in mine]


def _ended(row: ApiToken) -> bool:
    return row.expires_at is not None and here().now >= row.expires_at


def _scope_words(scope: str) -> str:
    area, _colon, act = scope.partition(":")
    words = gettext(AREA_WORDS[area])
    return _("Lire : %(area)s", area=words) if act == "read" else _("Changer : %(area)s", area=words)


def _rights(row: ApiToken) -> str:
    """What a token may do, in one line: areas it may change (and read), then those it may only read."""
    if set(row.scopes) == set(SCOPES):
        return _("tout lire et tout changer")
    changes = [gettext(AREA_WORDS[area]) for area in AREAS if f"{area}:write" in row.scopes]
    reads = [gettext(AREA_WORDS[area]) for area in AREAS if f"{area}:read" in row.scopes]
    parts = [_("lire %(areas)s", areas=", ".join(reads))] if reads else []
    parts += [_("changer %(areas)s", areas=", ".join(changes))] if changes else []
    return " ; ".join(parts)


def _base() -> str:
    return base_address(here().installation.config, here().record.hosts[0])
