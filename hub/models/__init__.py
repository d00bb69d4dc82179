"""The tables of one tenant, one aggregate a file. Importing this package fills ``Base.metadata``."""

from hub.db.base import Base
from hub.models import learning, neighbours, person, place, platforms, river, sign_in

metadata = Base.metadata

__all__ = ["learning", "metadata", "neighbours", "person", "place", "platforms", "river", "sign_in"]
