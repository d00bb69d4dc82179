"""The JSON API at ``/api/v1``: its operations, and the public OpenAPI document that describes them."""

from functools import cache

import orjson
from flask import Blueprint, Response

from hub.web.access import PUBLIC, access
from hub.web.api import areas, openapi, serving

blueprint = Blueprint("api", __name__, url_prefix=openapi.BASE)
for _operation in areas.ALL:
    serving.add(blueprint, _operation)


@blueprint.get("/openapi.json")
@access(PUBLIC)
def openapi_json() -> Response:
    """The OpenAPI 3.1 document of every operation."""
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return Response(_document(), headers=headers, content_type="application/json")


@cache
def _document() -> bytes:
    return orjson.dumps(openapi.document(areas.ALL))
