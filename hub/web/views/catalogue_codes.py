"""Finding a code of a public list by words, beside the forms of the catalogue and of the offer."""

from __future__ import annotations

from flask import Blueprint, Response, request

from hub.services import code_lists, code_search
from hub.web.access import access
from hub.web.context import here
from hub.web.render import page

blueprint = Blueprint("catalogue_codes", __name__)


@blueprint.get("/catalogue/codes")
@access("designer", "administrator")
def search() -> Response:
    """Codes whose label holds the words. The forms take the list out of this page."""
    text = request.args.get("text", "")[:120].strip()
    scheme = request.args.get("scheme", "")
    scheme = scheme if scheme in code_lists.SCHEMES else ""
    with here().tenant.read() as session:
        found = code_search.find(session, text, scheme)
        held = code_lists.facts(session)
    return page(
        "catalogue/codes.html",
        text=text,
        scheme=scheme,
        schemes=[(name, code_lists.NAMES[name]) for name in code_lists.SCHEMES],
        plain_date=here().translator.plain_date,
        found=[(code_lists.NAMES[one.partition(":")[0]], *one.split(":", 1), label) for one, label in found],
        held=[(code_lists.NAMES[one.scheme], one) for one in held],
    )
