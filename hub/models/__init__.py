"""The tables of one tenant, one aggregate a file. Importing this package fills ``Base.metadata``."""

from hub.db.base import Base
from hub.models import (
    files,
    learning,
    lti_in,
    neighbours,
    person,
    place,
    platforms,
    play,
    profiles,
    river,
    sign_in,
    transfers,
)

metadata = Base.metadata

__all__ = [
    "files",
    "learning",
    "lti_in",
    "metadata",
    "neighbours",
    "person",
    "place",
    "platforms",
    "play",
    "profiles",
    "river",
    "sign_in",
    "transfers",
]
