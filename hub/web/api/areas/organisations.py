"""The organisations of the place."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from hub.services import admin_scope, organisations
from hub.services.organisations import OrganisationData
from hub.web.api import paging
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Line, Page, Paged

api = Api("people", "people")


class OrganisationAnswer(Answer):
    """An organisation. ``nda``: number of the declaration of activity; ``siret``: 14 digits."""

    id: UUID
    name: str
    kind: str
    nda: str
    siret: str


class OrganisationBody(Body):
    """What is said of an organisation."""

    name: Line
    kind: Literal["training", "cfa", "employer", "prescriber", "funder", "partner"] = "training"
    nda: Line = ""
    siret: Line = ""


@api.get("/organisations", "Organisations", roles=("administrator", "trainer", "designer", "mediator"))
def list_organisations(call: Call, query: Paged) -> Page[OrganisationAnswer]:
    """Every organisation of the place, by name."""
    rows, following = paging.of_list(
        organisations.listed(call.session), query, lambda row: (row.name, row.id), str, UUID
    )
    return Page(items=[OrganisationAnswer.model_validate(row) for row in rows], next=following)


@api.post("/organisations", "Add an organisation", roles=ADMINISTRATOR)
def create_organisation(call: Call, body: OrganisationBody) -> OrganisationAnswer:
    """A new organisation; for whoever administers the whole place."""
    admin_scope.require_place(call.viewer)
    row = organisations.add(call.session, OrganisationData(**body.model_dump()), by=call.me, now=call.now)
    call.session.flush()
    call.location = f"/api/v1/organisations/{row.id}"
    return OrganisationAnswer.model_validate(row)


@api.get("/organisations/{organisation_id}", "One organisation", roles=ADMINISTRATOR)
def read_organisation(call: Call, organisation_id: UUID) -> OrganisationAnswer:
    """One organisation."""
    return OrganisationAnswer.model_validate(organisations.find(call.session, organisation_id))


@api.put("/organisations/{organisation_id}", "Set an organisation", roles=ADMINISTRATOR)
def put_organisation(call: Call, organisation_id: UUID, body: OrganisationBody) -> OrganisationAnswer:
    """Set what is known of an organisation, whole."""
    admin_scope.require_place(call.viewer)
    data = OrganisationData(**body.model_dump())
    row = organisations.change(call.session, organisation_id, data, by=call.me, now=call.now)
    return OrganisationAnswer.model_validate(row)
