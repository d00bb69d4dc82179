"""Who we are on a Moodle and what we may do there (``core_webservice_get_site_info``)."""

from typing import Any

from connectors.capabilities import Negotiation
from connectors.errors import DataDrift
from connectors.moodle.functions import REQUIRED, lacking
from connectors.moodle.names import shown
from connectors.moodle.values import flag, identifier, text
from connectors.records import Notice, RemoteSite
from connectors.values import items, mapping


def parse_site(payload: Any) -> RemoteSite:
    """The site as it presents itself. Raises :class:`DataDrift` for an answer that is not a Moodle's."""
    info = mapping(payload, "site_info")
    if "siteurl" not in info:
        raise DataDrift("site_info: siteurl is due")
    return RemoteSite(
        name=shown(info, "sitename"),
        url=text(info, "siteurl").rstrip("/"),
        release=text(info, "release"),
        version=text(info, "version"),
        account_id=identifier(info, "userid"),
        account_name=text(info, "username"),
        functions=frozenset(text(function, "name") for function in items(info.get("functions", []), "functions")),
        features=frozenset(
            text(feature, "name")
            for feature in items(info.get("advancedfeatures", []), "advancedfeatures")
            if flag(feature, "value")
        ),
    )


def negotiation(
    payload: Any, configured_url: str, report: str, thorough: str = "", *, competencies: bool = True
) -> Negotiation:
    """Which capabilities are possible with this token, and for the others what to ask the partner's administrator
    for.
    """
    site = parse_site(payload)
    missing = {
        capability: gaps
        for capability in REQUIRED
        if (gaps := lacking(capability, site.functions, site.features, report, competencies))
    }
    notices = []
    if site.url != configured_url:
        notices.append(Notice("site", "siteurl", f"the site calls itself {site.url}"))
    if flag(mapping(payload, "site_info"), "userissiteadmin"):
        notices.append(
            Notice("site", "account", "the token belongs to a site administrator: far more than reading needs")
        )
    found = {"report": report, "thorough": thorough or report, "account": site.account_id}
    return Negotiation(site, frozenset(REQUIRED) - missing.keys(), missing, tuple(notices), found)
