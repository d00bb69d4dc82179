"""The five types of content items of Deep Linking 2.0 section 3, as they are written into a response.

Strict: an item cannot be made with an address that a browser must not be sent to. Unknown members may be added.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from lti.urls import origin_of


def _web(url: str) -> str:
    if origin_of(url) is None:
        raise ValueError("must be an http or https address")
    return url


WebUrl = Annotated[str, AfterValidator(_web)]


class _Part(BaseModel):
    # Identifiers come as numbers too (Moodle's resourceId).
    model_config = ConfigDict(
        extra="allow", frozen=True, hide_input_in_errors=True, populate_by_name=True, coerce_numbers_to_str=True
    )

    def to_json(self) -> dict[str, Any]:
        """The members that have a value, under the standard's names."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)


class Picture(_Part):
    """An icon or thumbnail."""

    url: WebUrl
    width: int | None = Field(default=None, gt=0)
    height: int | None = Field(default=None, gt=0)


class ItemWindow(_Part):
    """Open in a window of its own; items of one ``targetName`` share it."""

    target_name: str | None = Field(default=None, alias="targetName")
    width: int | None = Field(default=None, gt=0)
    height: int | None = Field(default=None, gt=0)
    window_features: str | None = Field(default=None, alias="windowFeatures")


class ItemFrame(_Part):
    """Open in a frame. ``src`` is required of items that are no resource link."""

    width: int | None = Field(default=None, gt=0)
    height: int | None = Field(default=None, gt=0)
    src: WebUrl | None = None


class ItemLineItem(_Part):
    """The gradebook column that the platform makes with a resource link (AGS 2.0)."""

    score_maximum: float = Field(alias="scoreMaximum", gt=0)
    label: str | None = None
    resource_id: str | None = Field(default=None, alias="resourceId")
    tag: str | None = None
    grades_released: bool | None = Field(default=None, alias="gradesReleased")


class ItemDates(_Part):
    """A window of time, instants aware."""

    start: AwareDatetime | None = Field(default=None, alias="startDateTime")
    end: AwareDatetime | None = Field(default=None, alias="endDateTime")


class _Item(_Part):
    title: str | None = None
    text: str | None = None
    icon: Picture | None = None
    thumbnail: Picture | None = None


class ResourceLinkItem(_Item):
    """A launch of ours in the platform (section 3.1). Without ``url`` the tool's own launch address is used."""

    type: Literal["ltiResourceLink"] = "ltiResourceLink"
    url: WebUrl | None = None
    custom: dict[str, str] | None = None
    line_item: ItemLineItem | None = Field(default=None, alias="lineItem")
    window: ItemWindow | None = None
    iframe: ItemFrame | None = None
    available: ItemDates | None = None
    submission: ItemDates | None = None


class LinkItem(_Item):
    """A web address (section 3.2)."""

    type: Literal["link"] = "link"
    url: WebUrl
    embed: dict[str, str] | None = None
    window: ItemWindow | None = None
    iframe: ItemFrame | None = None


class FileItem(_Item):
    """A file to fetch at once: ``url`` is good until ``expires_at`` (section 3.3)."""

    type: Literal["file"] = "file"
    url: WebUrl
    media_type: str | None = Field(default=None, alias="mediaType")
    expires_at: datetime | None = Field(default=None, alias="expiresAt")


class HtmlItem(_Item):
    """A piece of HTML (section 3.4); the platform sanitises it."""

    type: Literal["html"] = "html"
    html: str


class ImageItem(_Item):
    """A picture (section 3.5)."""

    type: Literal["image"] = "image"
    url: WebUrl
    width: int | None = Field(default=None, gt=0)
    height: int | None = Field(default=None, gt=0)


ContentItem = ResourceLinkItem | LinkItem | FileItem | HtmlItem | ImageItem
