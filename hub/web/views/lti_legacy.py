"""LTI 1.1, the hub as tool: launches and content item requests signed with a consumer key and its secret."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request

from hub.services import lti_in_launch
from hub.services.lti_in import Target, Visitor, target_of
from hub.services.lti_in_scores import Place
from hub.services.lti_legacy import TenantLegacyKeys, inward_key
from hub.services.lti_ports import SqlOneTime
from hub.services.projection import project_dirty
from hub.urls.addresses import legacy_launch
from hub.web.access import PUBLIC, access
from hub.web.context import here
from hub.web.views import _lti_in as shared
from hub.web.views._lti_in_arrival import arrived, begin
from hub.web.views._lti_in_picker import legacy_picker
from lti import LtiError
from lti.errors import Code, LaunchRefused
from lti.legacy.launch import SELECTION, LegacyMessage, LegacyTool

blueprint = Blueprint("lti_legacy", __name__)


@blueprint.post("/lti/legacy")
@access(PUBLIC, csrf=False)
def launch() -> Response:
    """A launch of LTI 1.1 (section 3). The signature is over the address that partners were given."""
    where = here()
    now = where.now
    address = legacy_launch(shared.base()) + (f"?{request.query_string.decode()}" if request.query_string else "")
    tool = LegacyTool(TenantLegacyKeys(where.tenant), clock=lambda: now)
    try:
        message = tool.check(address, list(request.form.items(multi=True)))
        with where.tenant.write() as session:
            tool.accept(message, SqlOneTime(session))
            row = inward_key(session, message.consumer_key)
            if row is None:
                raise LaunchRefused(Code.CLIENT_UNKNOWN)
            way = f"k:{row.id}"
            found = None
            if message.message_type != SELECTION and message.user_id is not None:
                visitor = _visitor(way, row.platform_id, message)
                target = target_of(None, message.custom)
                place, back = _place(message), message.return_url
                found = lti_in_launch.land(session, visitor, message.roles, target, place, back, now)
            origins = _origins(message)
            token = begin(session, found, origins)
    except LtiError as error:
        return shared.refuse(error)
    project_dirty(where.tenant, at_most=5)
    if message.message_type == SELECTION:
        shared.may_frame(*origins)
        return legacy_picker(way, message)
    if isinstance(found, Code):
        shared.may_frame(*origins)
        return shared.refuse(LaunchRefused(found), way, back=message.return_url, status=403)
    if found is None:
        found = lti_in_launch.Landing(None, None, False, False, True, Target(), return_url=message.return_url)
    return arrived(found, origins, token)


def _origins(message: LegacyMessage) -> tuple[str, ...]:
    return tuple(url for url in (message.return_url, message.parameters.get("content_item_return_url")) if url)


def _visitor(way: str, platform_id: UUID, message: LegacyMessage) -> Visitor:
    told = message.parameters
    home = told.get("tool_consumer_instance_guid") or f"urn:lti:consumer:{message.consumer_key}"
    home = home if "://" in home or home.startswith("urn:") else f"urn:lti:instance:{home}"
    return Visitor(
        way,
        platform_id,
        home,
        message.user_id or "",
        told.get("lis_person_name_given") or told.get("lis_person_name_full") or "",
        told.get("lis_person_name_family") or "",
        {
            "home": home,
            "name": told.get("lis_person_name_full"),
            "email": told.get("lis_person_contact_email_primary"),
            "locale": told.get("launch_presentation_locale"),
        },
    )


def _place(message: LegacyMessage) -> Place | None:
    told = message.parameters
    service, sourcedid = told.get("lis_outcome_service_url"), told.get("lis_result_sourcedid")
    if not service or not sourcedid:
        return None
    return Place(told["resource_link_id"], "outcome", service, sourcedid)
