"""Ways in that are handed over (cards, single-use links), and the erasure of a person."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.domain.roles import Role
from hub.services import admin_scope, cards, erasure, hand_over
from hub.services.accounts import VALID_FOR
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record
from hub.services.roles import viewer_of
from hub.web.api.areas.people import ADMINISTRATOR, ErasurePreview
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Line

api = Api("people", "people")
HANDING_OVER: tuple[Role, ...] = ("administrator", "mediator", "trainer")


class CardAnswer(Answer):
    """A new card, which nothing gives a second time. ``path``: what its QR opens, below the address of the place."""

    person_id: UUID
    name: str
    code: str = Field(repr=False)
    pin: str = Field(repr=False)
    path: str = Field(repr=False)


class NewLink(Body):
    """What the link is for."""

    purpose: Literal["sign_in", "invitation", "reset"] = "sign_in"


class LinkAnswer(Answer):
    """A link that works once, which nothing gives a second time. ``path`` is below the address of the place."""

    path: str = Field(repr=False)
    purpose: str
    expires_at: Instant


class Erasing(Body):
    """The confirmation: given and family name of the person, exactly as the hub has them."""

    name: Line


@api.post("/persons/{person_id}/card", "Issue a card", roles=HANDING_OVER, statuses=(409,), own_units=True)
def issue_card(call: Call, person_id: UUID) -> CardAnswer:
    """A new card with its PIN, given this once; earlier cards open nothing any more. For learners only."""
    with call.tenant.read() as session:
        hand_over.require(session, call.viewer, [person_id])
    [card] = cards.issue(call.tenant, call.vault, [person_id], call.now, by=call.me)
    return CardAnswer(person_id=person_id, name=card.name, code=card.code, pin=card.pin, path=f"/c/{card.code}")


@api.delete("/persons/{person_id}/card", "Revoke a card", roles=HANDING_OVER)
def revoke_card(call: Call, person_id: UUID) -> None:
    """A lost card opens nothing any more, and what it opened is closed. 404 when there is none."""
    hand_over.require(call.session, call.viewer, [person_id])
    if not cards.revoke(call.session, person_id, call.now, by=call.me):
        raise NotFound


@api.post("/persons/{person_id}/sign-in-links", "Make a sign-in link", roles=HANDING_OVER, statuses=(409,))
def create_link(call: Call, person_id: UUID, body: NewLink) -> LinkAnswer:
    """A link that signs in once, for learners only: one for somebody with more roles would open more than the token
    may, and is handed over on the page."""
    hand_over.require(call.session, call.viewer, [person_id])
    target = viewer_of(call.session, person_id)
    if target is not None and target.is_staff:
        raise Conflict("link_for_learners_only")
    token = hand_over.hand_over_link(call.session, call.vault, call.viewer, person_id, body.purpose, call.now)
    return LinkAnswer(path=f"/s/{token}", purpose=body.purpose, expires_at=call.now + VALID_FOR[body.purpose])


@api.post("/persons/{person_id}/erasure", "Erase a person", roles=ADMINISTRATOR, status=200)
def erase_person(call: Call, person_id: UUID, body: Erasing) -> ErasurePreview:
    """Erase a person for good, the name written as a confirmation; for whoever administers the whole place."""
    admin_scope.require_place(call.viewer)
    person = admin_scope.person_of(call.session, call.viewer, person_id)
    if person_id == call.me:
        raise Invalid({"name": "own_person"})
    if body.name != person.name:
        raise Invalid({"name": "not_the_name"})
    report = erasure.erase(call.session, person_id, call.me, call.now)
    figures = {"statements": report.statements, "identities": report.identities}
    record(call.session, call.now, call.me, "person.erased", "person", person_id, **figures)
    return ErasurePreview.model_validate(report)
