"""A stop for lists that never end."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from connectors.errors import TooLarge

PageT = TypeVar("PageT")


def at_most(pages: Iterable[PageT], limit: int, *, where: str = "") -> Iterator[PageT]:
    """``pages`` one by one; raises :class:`TooLarge` when one more than ``limit`` arrives."""
    for number, page in enumerate(pages):
        if number >= limit:
            raise TooLarge(f"more than {limit} pages", where=where)
        yield page
