"""The catalogue with 100,000 resources: server time of the page with facets, for searches of every sort.

SQLite, and PostgreSQL where HUB_BENCH_DATABASE_URL names an empty database.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from hub.cli._process import leave_out_of_collections
from hub.config import Config
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.demo.bench.measure import once, repeated
from hub.demo.bench.visitor import Visitor
from hub.demo.bench.world import HOST, NOW
from hub.domain.catalogue_index import Index, Postings
from hub.models.exchange import CatalogueImage
from hub.models.learning import Resource
from hub.services import catalogue_image
from hub.services.catalogue_cache import index_of

ACTS = ("Préparer", "Régler", "Souder", "Découper", "Modéliser", "Imprimer", "Assembler", "Mesurer", "Câbler", "Vendre")
THINGS = (
    "pièce métallique", "carte électronique", "moteur électrique", "meuble en bois", "robe d’été", "stand de marché",
    "site internet", "tableau de bord", "chaîne de montage", "plan coté", "étagère", "boîte à outils",
    "circuit imprimé", "cuisine d’été",
)  # fmt: skip
LEVELS = ("pour débuter", "les bases", "en sécurité", "niveau avancé", "avec méthode", "pas à pas")
SYLLABLES = ("ba", "co", "di", "fu", "ga", "le", "mi", "no", "pa", "ra", "se", "ti", "vo", "zu", "bra", "dro", "gri")
LICENCES = ("CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC-SA 4.0", "Licence Ouverte 2.0", "Tous droits réservés", "")
SEARCHES = {
    "everything": "/catalogue",
    "a word of a third of the titles, two facets": "/catalogue?text=securite&language=fr&modality=own_pace",
    "a word mistyped": "/catalogue?text=electroniqe",
    "three words, one mistyped, four facets":
        "/catalogue?text=souder+piece+metalique&language=fr&modality=own_pace&duration=60&licence=cc-by",
    "five facets": "/catalogue?language=fr&modality=own_pace&phone=yes&origin=own&licence=etalab",
    "a word of few": "/catalogue?text=bacodi&phone=yes",
    "nothing found, ways out": "/catalogue?text=xyzzyqwkj&language=fr&phone=no&modality=own_pace",
}  # fmt: skip


def catalogue(*, quick: bool) -> dict[str, Any]:
    """100,000 resources (quick: 2,000); each search 40 times (quick: 5)."""
    size, times = (2000, 5) if quick else (100_000, 40)
    result: dict[str, Any] = {"resources": size, "wanted_p95_ms": 100}
    for name, url in (("SQLite", None), ("PostgreSQL", os.environ.get("HUB_BENCH_DATABASE_URL"))):
        if name == "SQLite" or url:
            result[name] = _measure(url, size, times)
    return result


class _Place:
    """What a visitor needs of a world."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.tenant = installation.create_tenant(f"cat{time.time_ns() % 10**9}", "Banc", [HOST])


@contextmanager
def _place(url: str | None) -> Iterator[_Place]:
    with TemporaryDirectory(prefix="hub-bench-") as folder:
        config = Config(data=Path(folder), database_url=url, base_url=f"http://{HOST}:8080", allow_loopback=True)
        installation = Installation(config)
        try:
            yield _Place(installation)
        finally:
            installation.close()


def _measure(url: str | None, size: int, times: int) -> dict[str, Any]:
    with _place(url) as place:
        _fill(place, size)
        visitor = Visitor(place)
        visitor.sign_in_as_new("designer")
        figures: dict[str, Any] = {"page_without_an_index_ms": repeated(lambda: visitor.get("/catalogue"), times)}
        figures["index_written_by_a_worker_s"] = once(lambda: catalogue_image.make(place.tenant, lambda *_told: None))
        figures["first_page_of_the_process_s"] = once(lambda: visitor.get("/catalogue"))
        with place.tenant.read() as session:
            index = _ready(session)
            figures["image_mb"] = round(sum(map(len, session.scalars(select(CatalogueImage.data)))) / 1e6, 1)
        figures["memory_of_the_index_mb"] = _weight(index) // 2**20
        leave_out_of_collections()
        figures["searches"] = {name: repeated(lambda path=path: visitor.get(path), times)  # type: ignore[misc]  # bound now, by its default
                               for name, path in SEARCHES.items()}  # fmt: skip
        figures["worst_p95_ms"] = max(one["p95_ms"] for one in figures["searches"].values())
        figures["after_a_change"] = repeated(lambda: _change(place, visitor), max(5, times // 4))
        figures["index_alone"] = repeated(
            lambda: index.search("securite", {"language": ("fr",)}, count=("modality", "skill", "licence")), times
        )
        return figures


def _ready(session: Session) -> Index:
    """The index, which has to be there now."""
    index = index_of(session)
    if index is None:
        raise RuntimeError("no index of the catalogue")
    return index


def _weight(index: Index) -> int:
    """Bytes of all objects of an index, each once."""
    seen: set[int] = set()
    waiting: list[Any] = list(vars(index).values())
    total = 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set):
            waiting += one
        elif isinstance(one, Postings):
            waiting += one.held()
    return total


def _change(place: _Place, visitor: Visitor) -> None:
    """Somebody changes a resource; the next search knows it."""
    with place.tenant.write() as session:
        row = session.scalars(select(Resource).limit(1)).one()
        row.title = f"{row.title[:60]} {random.randrange(10**6)}"  # noqa: S311 no secret
    visitor.get("/catalogue?text=souder&language=fr")


def _fill(place: _Place, size: int) -> None:
    chance = random.Random(7)  # noqa: S311 no secret
    skills = [f"{act} {thing}" for act in ACTS for thing in THINGS]
    for start in range(0, size, 1000):
        made = [_resource(chance, number, skills) for number in range(start, min(start + 1000, size))]
        with place.tenant.write() as session:
            session.execute(insert(Resource), made)


def _resource(chance: random.Random, number: int, skills: list[str]) -> dict[str, Any]:
    rare = "".join(chance.choices(SYLLABLES, k=3))
    title = f"{chance.choice(ACTS)} : {chance.choice(THINGS)}, {chance.choice(LEVELS)} {number}"
    summary = " ".join(
        [*chance.choices(skills, k=4), rare, chance.choice(("Atelier", "Vidéo", "Exercices", "Lecture"))]
    )
    return {
        "id": new_id(), "kind": "web", "title": title, "summary": summary, "iri": f"https://r.example/{number}",
        "url": f"https://r.example/{number}", "language": chance.choice(("fr", "fr", "fr", "en", "es", "ar")),
        "modality": chance.choice(("own_pace", "own_pace", "on_site", "remote_live", "comodal")),
        "minutes": chance.choice((0, 10, 25, 45, 60, 120, 240, 600)), "megabytes": 1.0,
        "phone": chance.choice(("yes", "yes", "difficult", "no")), "brings": [], "custom": {},
        "licence": chance.choice(LICENCES), "keywords": [rare], "skills": chance.choices(skills, k=2),
        "codes": [f"rome:H{chance.randrange(2901, 2960)}", f"formacode:{chance.randrange(22000, 22400)}"],
        "equipment": chance.choice(([], ["computer"], ["computer", "headset"], ["machine", "protective"])),
        "picture": "", "picture_text": "", "created_at": NOW, "stamp": 1,
    }  # fmt: skip
