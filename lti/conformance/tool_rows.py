"""Rows about the claims of a message: each is one message, and what is changed in it."""

from collections.abc import Callable
from typing import Any, Final

from lti import claims as names
from lti.conformance.platform_double import Attempt, PlatformDouble
from lti.conformance.rows import Expect, Finding, Row, accepted, compared

Change = Callable[[dict[str, Any]], object]
ToolRow = Row[PlatformDouble]

_MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_PERSONAL: Final = ("name", "given_name", "family_name", "email")


def _set(name: str, value: object) -> Change:
    return lambda claims: claims.__setitem__(name, value)


def _drop(*dropped: str) -> Change:
    return lambda claims: [claims.pop(name, None) for name in dropped]


def _both(*changes: Change) -> Change:
    return lambda claims: [change(claims) for change in changes]


def _shift(name: str, seconds: int) -> Change:
    return lambda claims: claims.__setitem__(name, claims["iat"] + seconds)


def _audience(value: Callable[[str], object], party: Callable[[str], str] | None = None) -> Change:
    def change(claims: dict[str, Any]) -> None:
        ours = claims["aud"]
        claims["aud"] = value(ours)
        if party is not None:
            claims["azp"] = party(ours)

    return change


def _setting(name: str, value: object = None) -> Change:
    def change(claims: dict[str, Any]) -> None:
        settings = claims[names.DEEP_LINKING_SETTINGS]
        settings.pop(name) if value is None else settings.__setitem__(name, value)

    return change


def _accepts(change: Change, sent: str) -> Callable[[PlatformDouble], Finding]:
    return lambda platform: accepted(Attempt(platform).send(change), sent)


def _refuses(change: Change, sent: str, message_type: str) -> Callable[[PlatformDouble], Finding]:
    def run(platform: PlatformDouble) -> Finding:
        control = Attempt(platform, message_type=message_type).send()
        return compared(control, Attempt(platform, message_type=message_type).send(change), sent)

    return run


def _accept(id_: str, clause: str, title: str, change: Change) -> ToolRow:
    return Row(id_, clause, title, Expect.ACCEPT, _accepts(change, title))


def _refuse(id_: str, clause: str, title: str, change: Change, *, policy: bool = False) -> ToolRow:
    run = _refuses(change, title, names.RESOURCE_LINK_REQUEST)
    return Row(id_, clause, title, Expect.REFUSE, run, policy)


def _refuse_linking(id_: str, clause: str, title: str, change: Change) -> ToolRow:
    return Row(id_, clause, title, Expect.REFUSE, _refuses(change, title, names.DEEP_LINKING_REQUEST))


def _only_oidc(claims: dict[str, Any]) -> None:
    for name in [name for name in claims if name.startswith("https://")]:
        del claims[name]


ACCEPTED: Final[list[ToolRow]] = [
    _accept("T1", "LTI Core 5.3.7", "a learner", lambda claims: None),
    _accept("T1", "LTI Core 5.3.7", "an instructor", _set(names.ROLES, [f"{_MEMBERSHIP}#Instructor"])),
    _accept(
        "T2",
        "LTI Core 5.3.7",
        "several roles",
        _set(
            names.ROLES,
            [
                f"{_MEMBERSHIP}#Instructor",
                f"{_MEMBERSHIP}#Learner",
                "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff",
            ],
        ),
    ),
    _accept("T3", "LTI Core A.2.3", "a short role name", _set(names.ROLES, ["Learner"])),
    _accept("T4", "LTI Core 5.3.7", "a role in no vocabulary", _set(names.ROLES, ["https://example.org/role#Guide"])),
    _accept("T5", "LTI Core 5.3.7", "no role at all, an empty list", _set(names.ROLES, [])),
    _accept(
        "T6",
        "LTI Core 5.3.6",
        "an e-mail and no name",
        _both(_drop("name", "given_name", "family_name"), _set("email", "ines@example.org")),
    ),
    _accept("T7", "LTI Core 5.3.6", "names and no e-mail", _drop("email")),
    _accept("T8", "LTI Core 5.3.6", "no personal data", _drop(*_PERSONAL)),
    _accept(
        "T9",
        "LTI Core 5.4.1",
        "an e-mail and no context",
        _both(_drop(names.CONTEXT), _set("email", "ines@example.org")),
    ),
    _accept("T10", "OpenID Connect Core 2", "aud is a list of us", _audience(lambda us: [us])),
    _accept(
        "T11",
        "OpenID Connect Core 2",
        "aud lists another and us, azp is us",
        _audience(lambda us: ["another-client", us], lambda us: us),
    ),
    _accept(
        "T12",
        "LTI Core 5.4.7",
        "claims of a vendor",
        _both(_set("https://vendor.example/claim", {"a": [1, None]}), _set("locale", "fr")),
    ),
    _accept("T13", "Security Framework 5.1.3", "iat 30 seconds ahead", _shift("iat", 30)),
    _accept(
        "T14",
        "Security Framework 5.1.3",
        "exp 20 seconds ago",
        _both(_shift("exp", -20), _shift("iat", -80)),
    ),
    _accept(
        "T18",
        "LTI Core A.2.3.1",
        "a sub-role",
        _set(names.ROLES, [f"{_MEMBERSHIP}/Instructor#TeachingAssistant"]),
    ),
    _accept(
        "R49",
        "LTI Core 5.4.8",
        "a migration from LTI 1.1 whose signature is wrong, to be ignored",
        _set(names.MIGRATION, {"oauth_consumer_key": "old", "oauth_consumer_key_sign": "AAAA", "user_id": "another"}),
    ),
]

REFUSED: Final[list[ToolRow]] = [
    _refuse("C3", "LTI Core 5.3.2", "version 11.3.0", _set(names.LTI_VERSION, "11.3.0")),
    _refuse("C4", "LTI Core 5.3.2", "no version", _drop(names.LTI_VERSION)),
    _refuse(
        "C5",
        "LTI Core 5.3",
        "a JWT that is no LTI message",
        lambda claims: [claims.pop(name) for name in list(claims) if name not in ("iss", "aud", "iat", "exp")],
    ),
    _refuse("C6", "LTI Core 5.3", "an id_token without LTI claims", _only_oidc),
    _refuse(
        "C7",
        "Security Framework 5.1.3",
        "iat and exp an hour in the past",
        _both(_shift("exp", -3600), _shift("iat", -3900)),
    ),
    _refuse("C8", "LTI Core 5.3.1", "no message_type", _drop(names.MESSAGE_TYPE)),
    _refuse("C9", "LTI Core 5.3.7", "no roles claim", _drop(names.ROLES)),
    _refuse("C10", "LTI Core 5.3.3", "no deployment_id", _drop(names.DEPLOYMENT_ID)),
    _refuse("C11", "LTI Core 5.3.5", "no resource_link", _drop(names.RESOURCE_LINK)),
    _refuse("C11", "LTI Core 5.3.5", "a resource_link without id", _set(names.RESOURCE_LINK, {"title": "Un lien"})),
    _refuse("C12", "LTI Core 5.3.6", "no sub", _drop("sub"), policy=True),
    _refuse("R8", "OpenID Connect Core 3.1.3.7", "no iss", _drop("iss")),
    _refuse("R7", "OpenID Connect Core 3.1.3.7", "an iss nobody knows", _set("iss", "https://unknown.example")),
    _refuse("R9", "OpenID Connect Core 3.1.3.7", "aud is another client", _set("aud", "another-client")),
    _refuse("R10", "OpenID Connect Core 3.1.3.7", "no aud", _drop("aud")),
    _refuse("R11", "OpenID Connect Core 3.1.3.7", "an aud list without us", _set("aud", ["another-client", "third"])),
    _refuse(
        "R12",
        "OpenID Connect Core 3.1.3.7",
        "an aud list with us, azp is another",
        _audience(lambda us: [us, "another-client"], lambda us: "another-client"),
    ),
    _refuse(
        "R13",
        "OpenID Connect Core 3.1.3.7",
        "aud is us, azp is another",
        _audience(lambda us: us, lambda us: "another-client"),
    ),
    _refuse("R14", "LTI Core 5.3.3", "a deployment_id nobody approved", _set(names.DEPLOYMENT_ID, "never-seen")),
    _refuse("R15", "LTI Core 5.3.3", "a deployment_id that is a number", _set(names.DEPLOYMENT_ID, 7)),
    _refuse("R16", "OpenID Connect Core 2", "no exp", _drop("exp")),
    _refuse("R17", "OpenID Connect Core 2", "no iat", _drop("iat")),
    _refuse(
        "R18",
        "Security Framework 5.1.3",
        "iat a day ahead",
        _both(_shift("exp", 90_000), _shift("iat", 86_400)),
    ),
    _refuse(
        "R19", "OpenID Connect Core 3.1.3.7", "iat 3 days old, exp still good", _shift("iat", -259_200), policy=True
    ),
    _refuse("R20", "OpenID Connect Core 3.1.3.7", "no nonce", _drop("nonce")),
    _refuse("R21", "OpenID Connect Core 3.1.3.7", "a nonce never issued", _set("nonce", "never-issued")),
    _refuse("R31", "LTI Core 5.3.4", "no target_link_uri", _drop(names.TARGET_LINK_URI)),
    _refuse("R32", "LTI Core 5.3.7", "roles is a text", _set(names.ROLES, f"{_MEMBERSHIP}#Learner")),
    _refuse("R33", "LTI Core 5.3.1", "an unknown message_type", _set(names.MESSAGE_TYPE, "LtiUnknownRequest")),
    _refuse("R34", "LTI Core 5.3.6", "a sub of 256 characters", _set("sub", "s" * 256)),
    _refuse_linking("R35", "Deep Linking 4.4.1", "no settings", _drop(names.DEEP_LINKING_SETTINGS)),
    _refuse_linking("R36", "Deep Linking 4.4.1", "no deep_link_return_url", _setting("deep_link_return_url")),
    _refuse_linking(
        "R37",
        "Deep Linking 4.4.1",
        "a deep_link_return_url that is a script",
        _setting("deep_link_return_url", "javascript:alert(1)"),
    ),
    _refuse_linking("R38", "Deep Linking 4.4.1", "no accept_types", _setting("accept_types")),
]
