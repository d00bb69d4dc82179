"""The filters of the catalogue: from the address to what the search asks, from its counts to links that add or take one
value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from babel import Locale, UnknownLocaleError
from flask import request

from hub.domain.catalogue_text import asked as words_of
from hub.services import catalogue, code_lists
from hub.services.catalogue import Filters, Page
from hub.texts import N_, gettext, ngettext
from hub.web.context import here
from hub.web.ui.words import MODALITY_WORDS, PHONE_WORDS
from hub.web.views._design import Unit
from hub.web.views._design_words import BRINGS_WORDS, KIND_WORDS

ORIGIN_WORDS: Final = {
    "own": N_("page web du lieu"),
    "package": N_("paquet de cours"),
    "file": N_("fichier"),
    "remote": N_("plateforme reliée"),
    "lti": N_("liaison de cours"),
    "harvest": N_("entrepôt lu"),
}
DURATION_WORDS: Final = {
    "15": N_("15 min ou moins"),
    "60": N_("de 15 min à 1 h"),
    "180": N_("de 1 à 3 h"),
    "420": N_("de 3 à 7 h"),
    "more": N_("plus de 7 h"),
}
LICENCE_WORDS: Final = {
    "cc0": N_("domaine public (CC0)"),
    "etalab": N_("Licence ouverte"),
    "reserved": N_("tous droits réservés"),
    "other": N_("autre licence"),
}
EQUIPMENT_WORDS: Final = {
    "computer": N_("un ordinateur"),
    "tablet": N_("une tablette"),
    "headset": N_("un casque avec micro"),
    "camera": N_("une caméra"),
    "printer": N_("une imprimante"),
    "machine": N_("une machine de l’atelier"),
    "protective": N_("un équipement de protection"),
}
#: Facet -> its title; the first ones stand open.
TITLES: Final = {
    "modality": N_("Comment"),
    "duration": N_("Durée"),
    "origin": N_("Provenance"),
    "skill": N_("Compétences"),
    "phone": N_("Avec un téléphone"),
    "equipment": N_("Matériel nécessaire"),
    "language": N_("Langue"),
    "brings": N_("Ce qui revient"),
    "licence": N_("Licence"),
    "platform": N_("Plateforme"),
    "rome": N_("Métiers (ROME)"),
    "formacode": N_("Domaines (Formacode)"),
    "rncp": N_("Certifications (RNCP)"),
    "rs": N_("Certifications (RS)"),
    "nsf": N_("Spécialités (NSF)"),
}
FACETS: Final = (*TITLES, "kind")
OPEN: Final = 3
SHOWN: Final = 6
#: Values of a facet on the page: rarer ones are found by the search, which reads skills and labels of codes too.
LISTED: Final = 30
MOST_CHOSEN: Final = 20


@dataclass(frozen=True, slots=True)
class Value:
    """A value as a link: what it is called, how many resources, whether it is chosen."""

    label: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter with its values; those beyond ``SHOWN`` are folded away."""

    name: str
    title: str
    values: tuple[Value, ...]
    open: bool

    @property
    def first(self) -> tuple[Value, ...]:
        """The values in sight."""
        return self.values[:SHOWN]

    @property
    def others(self) -> tuple[Value, ...]:
        """The values folded away."""
        return self.values[SHOWN:]


def asked() -> Filters:
    """What the address asks for. Values that mean nothing find nothing and can be taken away."""
    more = {name: tuple(dict.fromkeys(v[:120] for v in request.args.getlist(name) if v))[:MOST_CHOSEN]
            for name in FACETS}  # fmt: skip
    return Filters(
        text=request.args.get("text", "")[:200].strip(),
        withdrawn=request.args.get("withdrawn") == "1",
        more={name: values for name, values in more.items() if values},
    )


def address(filters: Filters, **changed: Any) -> str:
    """The present page with these filters; ``changed`` sets or (with None) takes a parameter of the address."""
    said: dict[str, Any] = {"text": filters.text or None, "withdrawn": "1" if filters.withdrawn else None}
    said |= {"collection": request.args.get("collection") or None, **filters.more, **changed}
    query = urlencode({name: value for name, value in said.items() if value}, doseq=True)
    # Hundreds a page: url_for would make the path anew for each.
    return f"{request.script_root}{request.path}?{query}" if query else f"{request.script_root}{request.path}"


def facets(session: Unit, filters: Filters, found: Page) -> list[Facet]:
    """The filters that have something to choose."""
    of_platforms = [*(value for value, _n in found.counts.get("platform", ())), *filters.more.get("platform", ())]
    platforms = catalogue.platforms_named(session, of_platforms)
    wanted = {f"{name}:{value}" for name in code_lists.SCHEMES for value, _n in found.counts.get(name, ())}
    wanted |= {f"{name}:{value}" for name in code_lists.SCHEMES for value in filters.more.get(name, ())}
    words = Words(platforms, code_lists.label(session, wanted))
    made = [_facet(name, filters, found.counts.get(name, ()), words) for name in TITLES]
    present = [one for one in made if one.values]
    return [Facet(f.name, f.title, f.values, f.open or number < OPEN) for number, f in enumerate(present)]


class Words:
    """What values are called."""

    def __init__(self, platforms: Mapping[str, str], codes: Mapping[str, str]) -> None:
        self._platforms, self._codes = platforms, codes
        self._locale = Locale.parse(here().translator.lang)

    def of(self, facet: str, value: str) -> str:
        """A value in the reader's language; an unknown one says itself."""
        table = _TABLES.get(facet)
        if table is not None and value in table:
            return gettext(table[value])
        if facet == "platform":
            return self._platforms.get(value, value)
        if facet == "language":
            return self._language(value)
        if facet == "licence":
            return value.upper().replace("CC-", "CC ", 1)
        name = self._codes.get(f"{facet}:{value}")
        return f"{value} {name}" if name else value

    def _language(self, code: str) -> str:
        try:
            return Locale.parse(code).get_display_name(self._locale) or code
        except (UnknownLocaleError, ValueError):
            return code


_TABLES: Final[dict[str, Mapping[str, str]]] = {
    "origin": ORIGIN_WORDS, "duration": DURATION_WORDS, "licence": LICENCE_WORDS, "equipment": EQUIPMENT_WORDS,
    "modality": MODALITY_WORDS, "phone": PHONE_WORDS, "brings": BRINGS_WORDS, "kind": KIND_WORDS,
}  # fmt: skip


def _facet(name: str, filters: Filters, counts: Sequence[tuple[str, int]], words: Words) -> Facet:
    chosen = filters.more.get(name, ())
    counted = dict(counts)
    order = [*chosen, *(value for value, _n in counts if value not in chosen)][: max(LISTED, len(chosen))]
    if name == "duration":
        order = [value for value in DURATION_WORDS if value in order]
    values = tuple(_value(name, value, counted.get(value, 0), filters, words) for value in order)
    return Facet(name, gettext(TITLES[name]), values, bool(chosen))


def _value(name: str, value: str, count: int, filters: Filters, words: Words) -> Value:
    chosen = filters.more.get(name, ())
    rest = tuple(one for one in chosen if one != value)
    changed = rest if value in chosen else (*chosen, value)
    return Value(words.of(name, value), count, address(filters, **{name: changed or None}), value in chosen)


def chosen_chips(filters: Filters, listed: Sequence[Facet]) -> list[tuple[str, str]]:
    """What is chosen, each with the address without it: (label, href)."""
    found = [(value.label, value.href) for facet in listed for value in facet.values if value.chosen]
    words = Words({}, {})
    for value in filters.more.get("kind", ()):
        rest = tuple(one for one in filters.more["kind"] if one != value)
        found.append((words.of("kind", value), address(filters, kind=rest or None)))
    if filters.withdrawn:
        found.append((gettext("ressources retirées"), address(filters, withdrawn=None)))
    return found


def ways_out(session: Unit, filters: Filters, search: Any) -> list[tuple[str, str]]:
    """Where nothing was found: what to leave out so that something is, with how much: (label, href)."""
    tries: list[tuple[str, Filters, dict[str, Any]]] = []
    if filters.more and filters.text:
        tries.append((gettext("sans les filtres"), Filters(filters.text), dict.fromkeys(filters.more)))
        tries.append((gettext("sans les mots cherchés"), Filters(more=filters.more), {"text": None}))
    for name in filters.more if len(filters.more) > 1 else ():
        rest = {other: values for other, values in filters.more.items() if other != name}
        title = gettext(TITLES[name]) if name in TITLES else gettext("Sorte")
        tries.append((gettext("sans le filtre « %(title)s »", title=title), Filters(filters.text, more=rest),
                      {name: None}))  # fmt: skip
    found = []
    for label, wider, changed in tries:
        total = search(session, wider, limit=1).total
        if total:
            number = ngettext("%(num)s ressource", "%(num)s ressources", total)
            found.append((f"{label} ({number})", address(filters, **changed)))
    return found


def meant(filters: Filters, found: Page) -> str:
    """The text that was probably meant, where nothing was found as it is written; else empty."""
    return " ".join(found.meant.get(word, word) for word in words_of(filters.text)) if found.meant else ""
