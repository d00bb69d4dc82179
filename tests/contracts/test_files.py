"""A partner's files under contract: three exports, in cp1252 and UTF-8, with the traps of such exports."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.files import Given, Kind
from connectors.records import ModuleRef
from connectors.registry import declaration
from tests.contracts.contract import contract
from tests.contracts.stage import OPTIONS, Known, Stage

COURSE, EMPTY = "num-1", "vide-1"
LEARNER = "p-7"
KNOWN = Known(
    course=COURSE,
    empty_course=EMPTY,
    gone_course="nulle-part",
    learner=LEARNER,
    learner_name="Émilie Lefèvre",
    outsider="p-40",
    done_at=datetime(2026, 11, 3, 8, 30, tzinfo=UTC),
    done_module=ModuleRef(f"{COURSE}/m1", COURSE, "activity"),
    open_module=ModuleRef(f"{COURSE}/m2", COURSE, "activity"),
    graded_module=ModuleRef(f"{COURSE}/m3", COURSE, "activity"),
    points=14.5,
    roll_module=ModuleRef(f"{COURSE}/m1", COURSE, "activity"),
)
ROSTER = """Identifiant;Prénom;Nom;Courriel;Code formation;Formation;Dernière connexion
p-7;Émilie;Lefèvre;emilie@exemple.fr;num-1;Compétences numériques;03/11/2026 09:30
p-8;Zoé;Øst;zoe@exemple.fr;num-1;Compétences numériques;
;;;;vide-1;Une formation vide, l’été;
"""
RESULTS = """Identifiant;Nom;Code formation;Code module;Module;Terminé;Terminé le;Note;Sur;Dernière connexion
p-7;Lefèvre;num-1;m1;Lire;oui;03/11/2026 09:30;;;
p-7;Lefèvre;num-1;m2;Écrire;non;;;;
p-7;Lefèvre;num-1;m3;Évaluer;;03/11/2026;14,5;20;
p-7;Lefèvre;num-1;;;en cours;;;;03/11/2026 09:30
;;vide-1;;;;;;;
"""
ROLL = """Identifiant;Nom;Code formation;Séance;Date;Début;Fin;Présence
p-7;Lefèvre;num-1;Atelier;03/11/2026;9h;12h30;présent
p-8;Øst;num-1;Atelier;03/11/2026;9h;12h30;absente
;;vide-1;;;;;
"""


@dataclass
class FilesStage(Stage):
    """The stage of files: a connector is made and given them."""

    extra: int = 0

    def connect(self, options: Any = OPTIONS, url: str | None = None) -> Any:
        roster, results = ROSTER, RESULTS
        for n in range(self.extra):
            roster += f"x-{n};Prénom;Nom {n};;num-1;Compétences numériques;\n"
            results += f"x-{n};Nom;num-1;;;oui;;;;04/11/2026 10:00\n"
        made: Any = declaration(self.key).open(self.settings(self.url), None)
        return made.give(
            Given(Kind.ROSTER, roster.encode("cp1252"), "inscriptions.csv"),
            Given(Kind.RESULTS, results.encode("utf-16"), "resultats.csv"),
            Given(Kind.ATTENDANCE, ROLL.replace(";", "\t").encode("utf-8"), "presences.tsv"),
        )


@pytest.fixture
def stage() -> Stage:
    def settings(url: str) -> Mapping[str, str]:
        return {"url": url, "profile": "any", "zone": "Europe/Paris"}

    def crowd(size: int) -> None:
        made.extra = size

    made = FilesStage("files", lambda environ, start: [], settings, KNOWN, "no secret here", crowd)
    made.url = "https://partenaire.example.org"
    return made


class TestFiles(contract("files")):
    """Every suite of what it declares."""
