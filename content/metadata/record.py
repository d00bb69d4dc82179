"""What all formats of description have in common: the record that the mappings go through. What a format cannot say
is lost; docs/metadata.md lists the losses."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Contributor:
    """Who made it: ``role`` as the format says it (``author``, ``publisher``…), the name, a date or year as written."""

    role: str
    name: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Taxon:
    """A class in a vocabulary: ``source`` names it (an address where it has one), ``id`` and label of the class."""

    purpose: str
    source: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Record:
    """A description. Texts are (language, text), languages as BCP 47 as far as the source is; ``duration`` ISO 8601;
    ``size`` in bytes; ``document`` the LOM that it was read from, as `lom_document` keeps it: what the fields do not
    say. Two records that say the same are equal, whatever they were read from."""

    identifiers: tuple[tuple[str, str], ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    languages: tuple[str, ...] = ()
    descriptions: tuple[tuple[str, str], ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    contributors: tuple[Contributor, ...] = ()
    formats: tuple[str, ...] = ()
    size: int | None = None
    locations: tuple[str, ...] = ()
    duration: str = ""
    types: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    difficulty: str = ""
    learning_time: str = ""
    cost: str = ""
    rights: tuple[tuple[str, str], ...] = ()
    taxons: tuple[Taxon, ...] = ()
    schemas: tuple[str, ...] = ()
    document: str = field(default="", compare=False, repr=False)

    @property
    def title(self) -> str:
        """The title, the first one."""
        return self.titles[0][1] if self.titles else ""

    @property
    def description(self) -> str:
        """The description, the first one."""
        return self.descriptions[0][1] if self.descriptions else ""


_THREE = {"fre": "fr", "fra": "fr", "eng": "en", "spa": "es", "ara": "ar", "ger": "de", "deu": "de", "ita": "it",
          "por": "pt", "oci": "oc", "cat": "ca", "eus": "eu", "baq": "eu", "bre": "br"}  # fmt: skip


def language(code: str) -> str:
    """A language as BCP 47: three letters become two, an address of the Library of Congress its last part."""
    last = code.strip().rstrip("/").rpartition("/")[2]
    head, dash, rest = last.partition("-")
    return _THREE.get(head.lower(), head.lower()) + dash + rest if last.lower() not in ("", "none", "x-none") else ""
