"""What the platforms that people really have do differently when a tool registers itself, as data.

Sources: recorded exchanges of a Moodle 4.5, and the public documentation of Canvas, D2L Brightspace and Blackboard.
Open edX has no dynamic registration: fields are exchanged by hand there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """How one product registers tools.

    ``domain_with_port``: ``domain`` of a registration must carry the port where the addresses do (Moodle).
    ``placements``: where a message shows up, by message type; a product that knows none takes none.
    ``issuers``: issuers that do not lie on the host of the configuration, by the endings of the hosts that may name
    them. ``token_audience``: audience of client assertions where it is not the token endpoint. ``pending``: the
    registration waits for an act of the platform's administrator. ``deployment_later``: the deployment's id is known
    only once that administrator has deployed the tool.
    """

    code: str
    domain_with_port: bool = False
    placements: Mapping[str, tuple[str, ...]] | None = None
    issuers: Mapping[str, tuple[str, ...]] | None = None
    token_audience: str | None = None
    pending: bool = False
    deployment_later: bool = False


_CANVAS_HOSTS: Final = (".canvaslms.com", ".instructure.com")
OTHER: Final = Profile("")
PROFILES: Final[Mapping[str, Profile]] = {
    "moodle": Profile(
        "moodle", domain_with_port=True, placements={"LtiDeepLinkingRequest": ("ContentArea",)}, pending=True
    ),
    "canvas": Profile(
        "canvas",
        placements={
            "LtiResourceLinkRequest": ("course_navigation",),
            "LtiDeepLinkingRequest": ("link_selection", "assignment_selection"),
        },
        issuers={
            "https://canvas.instructure.com": _CANVAS_HOSTS,
            "https://canvas.beta.instructure.com": _CANVAS_HOSTS,
            "https://canvas.test.instructure.com": _CANVAS_HOSTS,
        },
        pending=True,
        deployment_later=True,
    ),
    "desire2learn": Profile(
        "desire2learn",
        token_audience="https://api.brightspace.com/auth/token",  # noqa: S106 an address, no password
        pending=True,
        deployment_later=True,
    ),
    "blackboardlearn": Profile("blackboardlearn", pending=True, deployment_later=True),
}
_ALIASES: Final = {"brightspace": "desire2learn", "d2l": "desire2learn", "blackboard": "blackboardlearn"}


def profile_of(product_family_code: str | None) -> Profile:
    """The profile of a product; an empty one for those that do as the standard says, or that nobody knows."""
    code = (product_family_code or "").strip().lower()
    return PROFILES.get(_ALIASES.get(code, code), OTHER)
