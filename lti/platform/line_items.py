"""The line item service (Assignment and Grade Services 2.0, section on the line item service)."""

from dataclasses import replace
from typing import Final

from lti.errors import Code, ServiceRefused
from lti.platform.ags_bodies import LineItemBody, read_body, unknown_members
from lti.platform.ags_call import Call, number, zulu
from lti.platform.gradebook import LineItem, LineItemContent, LineItemFilter
from lti.platform.responses import ServiceResponse
from lti.platform.service import json_response, page_response, read_page_query

LINE_ITEM_TYPE: Final = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER_TYPE: Final = "application/vnd.ims.lis.v2.lineitemcontainer+json"


def list_line_items(call: Call) -> ServiceResponse:
    """GET on the container: the registration's own line items, filtered, a page at a time."""
    query = read_page_query(call.request.query, "resource_link_id", "resource_id", "tag")
    chosen = LineItemFilter(**query.filters)
    page = call.gradebook.line_items(call.client_id, chosen, query.after, query.limit)
    content = [_to_json(call, item) for item in page.items]
    return page_response(content, CONTAINER_TYPE, call.container_url, query, page.next)


def add_line_item(call: Call) -> ServiceResponse:
    """POST on the container. A resource link named must be the registration's own, in this context."""
    content = _read_content(call)
    link = content.resource_link_id
    if link is not None and not call.gradebook.has_resource_link(call.client_id, link):
        raise ServiceRefused(Code.RESOURCE_LINK_UNKNOWN, "resourceLinkId")
    item = call.gradebook.add_line_item(call.client_id, content)
    return json_response(201, _to_json(call, item), LINE_ITEM_TYPE, {"Location": call.item_url(item)})


def show_line_item(call: Call) -> ServiceResponse:
    """GET on a line item."""
    return json_response(200, _to_json(call, call.line_item()), LINE_ITEM_TYPE)


def replace_line_item(call: Call) -> ServiceResponse:
    """PUT on a line item. The resource link it is bound to stays: another one is refused, none means the same."""
    item, content = call.line_item(), _read_content(call)
    bound = item.content.resource_link_id
    if content.resource_link_id not in (None, bound):
        raise ServiceRefused(Code.RESOURCE_LINK_FIXED, "resourceLinkId")
    replaced = call.gradebook.replace_line_item(item, replace(content, resource_link_id=bound))
    return json_response(200, _to_json(call, replaced), LINE_ITEM_TYPE)


def remove_line_item(call: Call) -> ServiceResponse:
    """DELETE on a line item."""
    call.gradebook.remove_line_item(call.line_item())
    return ServiceResponse(204, {})


def _read_content(call: Call) -> LineItemContent:
    body = read_body(LineItemBody, call.request.body)
    return LineItemContent(
        label=body.label,
        score_maximum=body.scoreMaximum,
        resource_id=body.resourceId,
        resource_link_id=body.resourceLinkId,
        tag=body.tag,
        starts_at=body.startDateTime,
        ends_at=body.endDateTime,
        grades_released=body.gradesReleased,
        extra=unknown_members(body, "id"),
    )


def _to_json(call: Call, item: LineItem) -> dict[str, object]:
    content = item.content
    members = {
        "id": call.item_url(item),
        "label": content.label,
        "scoreMaximum": number(content.score_maximum),
        "resourceId": content.resource_id,
        "resourceLinkId": content.resource_link_id,
        "tag": content.tag,
        "startDateTime": zulu(content.starts_at),
        "endDateTime": zulu(content.ends_at),
        "gradesReleased": content.grades_released,
    }
    return {**content.extra, **{name: value for name, value in members.items() if value is not None}}
