"""The catalogue's LTI links as a Thin Common Cartridge, for another platform to import."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.packages.thin_writer import LtiLink, write
from hub.models.learning import Resource
from hub.services.settings import get_setting


def lti_links(session: Session) -> list[LtiLink]:
    """The LTI links of the catalogue that are not withdrawn, by title."""
    query = (
        select(Resource).where(Resource.kind == "lti_link", Resource.withdrawn_at.is_(None)).order_by(Resource.title)
    )
    return [
        LtiLink(
            row.id.hex, row.title, row.url, row.summary, {str(key): str(value) for key, value in row.custom.items()}
        )
        for row in session.scalars(query.order_by(Resource.title))
    ]


def cartridge(session: Session, language: str) -> bytes:
    """The cartridge of all links, titled with the name of the place."""
    title = str(get_setting(session, "place").get("name") or "Hub")
    return write(title, lti_links(session), language)
