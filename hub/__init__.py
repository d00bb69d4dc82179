"""The learning hub of a tiers-lieu.

``lti``, ``content`` and ``connectors`` are generic names: a foreign package of that name earlier on the path would be
loaded instead of ours. So the start of the hub checks that all four lie side by side.
"""

from importlib.util import find_spec
from pathlib import Path

COMPANIONS = ("lti", "content", "connectors")
"""The packages that the distribution ``tiers-lieu-hub`` brings beside ``hub``."""


class ForeignPackage(ImportError):
    """A package of another distribution hides one of ours, or ours is missing."""


HOME = Path(__file__).resolve().parents[1]
"""The folder that holds ``hub``."""


def check_companions(home: Path = HOME) -> None:
    """Raises ForeignPackage unless each of COMPANIONS would be imported from ``home``."""
    for name in COMPANIONS:
        spec = find_spec(name)
        origin = None if spec is None or spec.origin is None else Path(spec.origin).resolve()
        if origin != home / name / "__init__.py":
            raise ForeignPackage(
                f"the package {name!r} comes from {origin or 'nowhere'} instead of {home}: another distribution has "
                "the same name; install tiers-lieu-hub in a virtual environment of its own"
            )


check_companions()
