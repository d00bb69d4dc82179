"""Connecting a partner by LTI, in both directions: by a registration URL, by fields exchanged by hand, by a key of LTI
1.1; deployments that wait; the self-test of a connection."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask import Blueprint, Response, url_for

from connectors.addresses import AddressPolicy
from connectors.errors import ConnectorError
from connectors.http import HttpClient
from hub.db.base import new_id
from hub.services import (
    lti_connect,
    lti_joining,
    lti_ports,
    lti_registering,
    lti_selftest,
    platform_admin,
)
from hub.services.errors import Invalid
from hub.urls.addresses import join, registration_endpoints
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import Crumbs, add_faults, crumbs, whole_place_only
from hub.web.views._lti import base, development
from hub.web.views._lti_words import Fault, join_fault, letter, step_words
from lti import RegistrationRefused

blueprint = whole_place_only(Blueprint("admin_lti", __name__))


@blueprint.get("/admin/platforms/<uuid:platform_id>/lti")
@access("administrator")
def connect(platform_id: UUID) -> Response:
    """Both directions, each with its three ways."""
    return connect_page(platform_id)


def connect_page(
    platform_id: UUID,
    *,
    link: str = "",
    opening: str = "",
    legacy: tuple[str, str] | None = None,
    fault: Fault | None = None,
    form: Form | None = None,
) -> Response:
    with here().tenant.read() as unit:
        found = lti_connect.connections(unit, platform_id)
    answer = page(
        "admin/lti.html",
        422 if fault or (form and form.errors) else 200,
        found=found,
        link=link,
        opening=opening,
        opening_host=urlsplit(opening).hostname or "",
        opening_origin="{0.scheme}://{0.netloc}".format(urlsplit(opening)) if opening else "",
        legacy=legacy,
        fault=fault,
        form=form or Form(),
        crumbs=way(found.platform.name, platform_id, _("Relier par LTI")),
    )
    # The tool's registration page tells this one that it is done: it needs to know who opened it.
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return answer


def way(name: str, platform_id: UUID, title: str) -> Crumbs:
    back = url_for("admin_platforms.show", platform_id=platform_id)
    return crumbs((_("Plateformes"), url_for("admin_platforms.listed")), (name, back), (title, None))


@blueprint.post("/admin/platforms/<uuid:platform_id>/lti/tool")
@access("administrator")
def open_registration(platform_id: UUID) -> Response:
    """Let the tool behind a registration URL register itself: a button opens its page."""
    where, form = here(), Form()
    url = form.text("url", required=True, longest=2000)
    try:
        if form.errors:
            return connect_page(platform_id, form=form)
        with where.tenant.write() as unit:
            given = lti_registering.offer(
                unit, platform_id, url, by=where.me.person_id, now=where.now, development=development()
            )
    except Invalid as error:
        add_faults(form, error)
        return connect_page(platform_id, form=form)
    configuration = registration_endpoints(base())["configuration"]
    return connect_page(platform_id, opening=lti_registering.address_to_open(url, configuration, given.token))


@blueprint.post("/admin/platforms/<uuid:platform_id>/lti/link")
@access("administrator")
def invite(platform_id: UUID) -> Response:
    """A link for the partner's administrator, shown once."""
    where = here()
    with where.tenant.write() as unit:
        given = lti_registering.invite(unit, platform_id, by=where.me.person_id, now=where.now)
    return connect_page(platform_id, link=join(base(), given.token))


@blueprint.post("/admin/platforms/<uuid:platform_id>/lti/join")
@access("administrator")
def join_now(platform_id: UUID) -> Response:
    """Register the hub with the platform whose configuration is pasted, with its token where there is one."""
    where, form = here(), Form()
    pasted = form.text("configuration", required=True, longest=8000)
    if form.errors:
        return connect_page(platform_id, form=form)
    query = parse_qs(urlsplit(pasted).query)
    document = query.get("openid_configuration", [pasted])[0]
    token = query.get("registration_token", [form.text("registration_token", longest=8000)])[0] or None
    key = new_id()
    tool = lti_joining.description(base(), key, where.record.name)
    try:
        with HttpClient(lti_joining.LIMITS, AddressPolicy(development=development())) as client:
            joined = lti_joining.exchange(client, document, token, tool, key, development=development())
        with where.tenant.write() as unit:
            row = lti_joining.keep(unit, platform_id, joined, by=where.me.person_id, now=where.now)
    except (ConnectorError, RegistrationRefused, Invalid) as error:
        return connect_page(platform_id, fault=join_fault(error), form=form)
    return go(url_for("admin_lti_in.registration", key=row.id), _("Le hub est inscrit sur cette plateforme."))


@blueprint.post("/admin/tools/<uuid:tool_id>/test")
@access("administrator")
def test_tool(tool_id: UUID) -> Response:
    """Try a tool step by step."""
    where = here()
    with where.tenant.read() as unit:
        found = platform_admin.tool_page(unit, tool_id)
    known = lti_ports.registration_of(found.tool, development=development())
    with HttpClient(lti_selftest.LIMITS, AddressPolicy(development=development())) as client:
        steps = lti_selftest.try_tool(client, known, base())
    mine = registration_endpoints(base())
    return page(
        "admin/lti_tested.html",
        200,
        found=found,
        steps=[(step, step_words(step)) for step in steps],
        letter=letter(steps, where.record.name, [("configuration", "openid-configuration", mine["configuration"])]),
        crumbs=way(found.platform.name, found.platform.id, _("Vérification de l’outil")),
    )
