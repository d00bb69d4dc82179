"""Pictures of the catalogue's cards."""

from uuid import UUID

from flask import Blueprint, Response

from hub.domain.picture import MOST_BYTES, media_type
from hub.services import catalogue_pictures
from hub.web.access import access
from hub.web.context import here
from hub.web.security import sandbox

blueprint = Blueprint("catalogue_pictures", __name__)


@blueprint.get("/catalogue/<uuid:entry_id>/picture")
@access("designer", "administrator", "trainer", "mediator", passive=True)
def show(entry_id: UUID) -> Response:
    """The picture; its address names its content, so browsers keep it."""
    where = here()
    with where.tenant.read() as session:
        sha256 = catalogue_pictures.of(session, entry_id)
    with where.installation.blobs(where.record.key).open(sha256) as file:
        data = file.read(MOST_BYTES)
    sandbox()
    response = Response(data, content_type=media_type(data[:12]))
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
