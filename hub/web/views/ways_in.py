"""Handing ways in over: printed cards by group, a link with its QR for one person."""

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import cards, hand_over
from hub.services.accounts import VALID_FOR, Purpose
from hub.services.my_data import holdings
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.qr import absolute, qr
from hub.web.render import go, page

blueprint = Blueprint("ways_in", __name__)
PURPOSES: tuple[Purpose, ...] = ("sign_in", "invitation", "reset")


@blueprint.get("/cards")
@access("administrator", "mediator", "trainer")
def choose() -> Response:
    """Choose a group, then its learners."""
    return _choose(Form())


def _choose(form: Form) -> Response:
    where = here()
    wanted = request.values.get("group", "")
    with where.tenant.read() as unit:
        groups = hand_over.groups_for(unit, where.me)
        chosen = next((group for group in groups if str(group.id) == wanted), None)
        people = hand_over.candidates(unit, where.me, chosen.id) if chosen else []
    group_choices = [(str(group.id), group.name) for group in groups]
    return page(
        "account/cards.html",
        groups=groups,
        group_choices=group_choices,
        chosen=chosen,
        people=people,
        form=form,
        errors=form.errors,
    )


@blueprint.post("/cards")
@access("administrator", "mediator", "trainer")
def print_sheet() -> Response:
    """Issue the cards and show the sheet to print, this once: the hub keeps neither codes nor PINs."""
    form, where = Form(), here()
    people = form.ids("person")
    if not people:
        form.errors["person"] = _("Choisissez au moins une personne.")
        return _choose(form)
    with where.tenant.read() as unit:
        hand_over.require(unit, where.me, people)
    issued = cards.issue(where.tenant, where.vault, people, where.now, by=where.me.person_id)
    sheet = [(card, _qr_of(url_for("sign_in_links.card", code=card.code))) for card in issued]
    return page("account/card_sheet.html", sheet=sheet, address=absolute("/card"))


@blueprint.post("/cards/<uuid:person_id>/revoke")
@access("administrator", "mediator", "trainer")
def revoke(person_id: UUID) -> Response:
    """A lost card opens nothing any more."""
    where = here()
    with where.tenant.write() as unit:
        hand_over.require(unit, where.me, [person_id])
        cards.revoke(unit, person_id, where.now, by=where.me.person_id)
    return go(url_for("ways_in.hand_over_page", person_id=person_id), _("La carte ne marche plus."))


@blueprint.get("/hand-over/<uuid:person_id>")
@access("administrator", "mediator", "trainer")
def hand_over_page(person_id: UUID) -> Response:
    """What can be handed to one person."""
    where = here()
    with where.tenant.read() as unit:
        held = holdings(unit, person_id)
        hand_over.require(unit, where.me, [person_id])
    learner_only = not set(held.roles) - {"learner"}
    return page("account/hand_over.html", held=held, person_id=person_id, learner_only=learner_only)


@blueprint.post("/hand-over/<uuid:person_id>")
@access("administrator", "mediator", "trainer")
def hand_over_link(person_id: UUID) -> Response:
    """Make a link and show it with its QR, this once."""
    form, where = Form(), here()
    purpose: Purpose = next((p for p in PURPOSES if p == form.typed("purpose")), "sign_in")
    with where.tenant.write() as unit:
        token = hand_over.hand_over_link(unit, where.vault, where.me, person_id, purpose, where.now)
        name = holdings(unit, person_id).person["given_name"]
    path = url_for("sign_in_links.link", token=token)
    return page(
        "account/handed_over.html",
        name=name,
        purpose=purpose,
        address=absolute(path),
        code=_qr_of(path),
        until=where.now + VALID_FOR[purpose],
        person_id=person_id,
    )


def _qr_of(path: str) -> str:
    return qr(absolute(path), _("Code à viser avec un téléphone"))
