"""A partner's teacher picks what their course links to (Deep Linking 2.0; Content-Item 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response

from hub.services import lti_in_teacher
from hub.services.lti_in_scores import MAXIMUM
from hub.services.lti_in_teacher import PathOffer
from hub.services.lti_legacy import legacy_key
from hub.urls.addresses import legacy_launch, lti_target
from hub.web import cookies
from hub.web.context import _, here
from hub.web.render import page
from hub.web.security import lead_away
from hub.web.views import _lti_in as shared
from lti.content_items import ItemLineItem, ResourceLinkItem
from lti.errors import Code, LaunchRefused
from lti.legacy.content_items import LegacyItem, answer_selection
from lti.legacy.launch import LegacyMessage
from lti.tool.deep_linking import answer_deep_linking
from lti.tool.messages import DeepLinkingSettings, LaunchMessage

NOTE: Final = "lti-pick"
MINUTES: Final = 60


def picker(key: str, message: LaunchMessage) -> Response:
    """The page of a deep linking request of LTI 1.3."""
    asked = message.deep_linking
    if asked is None or ResourceLinkItem().type not in asked.accept_types:
        return shared.refuse(LaunchRefused(Code.CONTENT_ITEM_REFUSED, "accept_types"), key)
    told = {"key": key, "deployment": message.deployment_id, "settings": asked.model_dump(mode="json")}
    return _page(told, asked.accept_multiple)


def legacy_picker(way: str, message: LegacyMessage) -> Response:
    """The page of a content item request of LTI 1.1."""
    several = message.parameters.get("accept_multiple", "").lower() == "true"
    told = {"way": way, "consumer_key": message.consumer_key, "parameters": dict(message.parameters)}
    return _page(told, several)


def _page(told: Mapping[str, Any], several: bool, fault: str = "") -> Response:
    with here().tenant.read() as unit:
        offers = lti_in_teacher.offers(unit)
    ticket = shared.seal(NOTE, {**told, "several": several}, MINUTES)
    status = 422 if fault else 200
    return page("lti_in/picker.html", status, offers=offers, several=several, ticket=ticket, fault=fault)


def picked(ticket: str, values: list[str]) -> Response:
    """The teacher's choice goes back to the platform, signed."""
    told = shared.unseal(NOTE, ticket)
    if told is None:
        return shared.refuse(LaunchRefused(Code.STATE_EXPIRED))
    if cookies.framed():
        shared.may_frame(*_addresses(told))
    if not values:
        return _page(told, bool(told["several"]), _("Choisissez un parcours ou une étape."))
    with here().tenant.read() as unit:
        found = [lti_in_teacher.offer_of(unit, value) for value in values]
    chosen = [one for one in found if one is not None]
    if len(chosen) != len(values) or (len(chosen) > 1 and not told["several"]):
        return _page(told, bool(told["several"]), _("Ce choix n’existe plus. Choisissez encore."))
    return _legacy_answer(told, chosen) if "way" in told else _answer(told, chosen)


def _addresses(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Addresses of the platform that a note is of."""
    if "way" in told:
        return tuple(filter(None, (told["parameters"].get("content_item_return_url"),)))
    registration = shared.platforms().of_key(str(told["key"]))
    return (registration.authorization_endpoint, registration.issuer) if registration else ()


_Choice = tuple[PathOffer, Any]


def _title(choice: _Choice) -> str:
    offer, step = choice
    return dict(offer.steps)[step] if step else offer.title


def _target(choice: _Choice) -> str:
    offer, step = choice
    return lti_target(shared.base(), str(offer.path_id), str(step) if step else "")


def _custom(choice: _Choice) -> dict[str, str]:
    offer, step = choice
    return {"hub": f"{offer.path_id}/{step}" if step else str(offer.path_id)}


def _answer(told: Mapping[str, Any], chosen: list[_Choice]) -> Response:
    registration = shared.platforms().of_key(str(told["key"]))
    if registration is None:
        return shared.refuse(LaunchRefused(Code.PLATFORM_UNKNOWN), str(told["key"]))
    items = [
        ResourceLinkItem(
            title=_title(one),
            text=one[0].objectives or None,
            url=_target(one),
            custom=_custom(one),
            lineItem=ItemLineItem(scoreMaximum=MAXIMUM, label=_title(one), resourceId=_custom(one)["hub"], tag="hub"),
        )
        for one in chosen
    ]
    settings = DeepLinkingSettings.model_validate(told["settings"])
    now = here().now
    form = answer_deep_linking(
        registration, str(told["deployment"]), settings, items, key=shared.signing_key(), clock=lambda: now
    )
    shared.may_frame(registration.authorization_endpoint, registration.issuer)
    return _send(form.action, form.parameters)


def _legacy_answer(told: Mapping[str, Any], chosen: list[_Choice]) -> Response:
    where = here()
    with where.tenant.read() as unit:
        secret = legacy_key(unit, str(told["way"])).secret.reveal()
    message = LegacyMessage(str(told["consumer_key"]), "", where.now, told["parameters"])
    launch = legacy_launch(shared.base())
    items = [LegacyItem(launch, _title(one), one[0].objectives, _custom(one), MAXIMUM) for one in chosen]
    action, parameters = answer_selection(message, items, secret, now=where.now)
    shared.may_frame(action)
    return _send(action, parameters)


def _send(action: str, parameters: Mapping[str, str]) -> Response:
    lead_away(action)
    return page("lti_in/send.html", action=action, parameters=parameters)
