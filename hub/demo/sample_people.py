"""The people of the sample place. Names of many origins, means of many kinds; nobody real."""

from dataclasses import dataclass
from typing import Any

COMPUTER = {"device": "computer", "line": "good", "camera": True, "travel": "easy", "hours": "day"}
EVENING = {"device": "computer", "line": "poor", "camera": True, "travel": "hard", "hours": "evening"}
PHONE = {"device": "phone", "line": "good", "camera": True, "travel": "easy", "hours": "day"}
PHONE_POOR = {"device": "phone", "line": "poor", "camera": True, "travel": "hard", "hours": "irregular"}
SHARED = {"device": "shared", "line": "good", "camera": False, "travel": "easy", "hours": "day"}
NOTHING = {"device": "none", "line": "none", "camera": False, "travel": "easy", "hours": "day"}


@dataclass(frozen=True)
class Learner:
    """A learner. ``mail`` False: no e-mail address, so a printed card. ``pace`` 0..1: how far along the plan."""

    key: str
    given: str
    family: str
    means: dict[str, Any]
    pace: float = 1.0
    mail: bool = True
    status: str = "stagiaire"
    adaptations: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Given name, then family name."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True)
class Staff:
    """Somebody of the staff. ``group``: the scope of a trainer's role, empty for the whole place."""

    key: str
    given: str
    family: str
    role: str
    group: str = ""


STAFF = (
    Staff("claire", "Claire", "Fabre", "trainer", "garonne"),
    Staff("mathieu", "Mathieu", "Lacoste", "trainer", "tarn"),
    Staff("sokhna", "Sokhna", "Ba", "trainer", "canal"),
    Staff("nadia", "Nadia", "Roux", "designer"),
    Staff("samir", "Samir", "Haddad", "mediator"),
    Staff("karim", "Karim", "Azoulay", "administrator"),
)

DOORS = {"learner": "ines", "trainer": "claire", "designer": "nadia", "mediator": "samir", "administrator": "karim"}
"""Whose page each role of the demo opens on."""

GARONNE = (
    Learner("ines", "Inès", "Benali", EVENING, 0.7),
    Learner("yanis", "Yanis", "Carrère", PHONE, 0.5),
    Learner("maelle", "Maëlle", "Dupuy", COMPUTER, 1.0),
    Learner("aicha", "Aïcha", "Diallo", COMPUTER, 1.0),
    Learner("tom", "Tom", "Estève", SHARED, 0.6, status="apprenti"),
    Learner("fatou", "Fatou", "Gueye", PHONE, 0.8),
    Learner("lucas", "Lucas", "Hébrard", COMPUTER, 0.7, status="apprenti"),
    Learner("sofia", "Sofia", "Lopez", COMPUTER, 1.3),
    Learner("mehdi", "Mehdi", "Naceri", NOTHING, 0.4, mail=False),
    Learner("jeanne", "Jeanne", "Pujol", EVENING, 0.8, adaptations=("own_pace",)),
    Learner("rayan", "Rayan", "Saïdi", COMPUTER, 1.2),
    Learner("thuy", "Thuy", "Tran", PHONE_POOR, 0.9),
)

TARN = (
    Learner("josiane", "Josiane", "Castel", NOTHING, 0.8, False, "bénéficiaire"),
    Learner("abdou", "Abdou", "Sow", PHONE, 1.0, False, "bénéficiaire"),
    Learner("natalia", "Natalia", "Kowalska", COMPUTER, 1.0),
    Learner("gerard", "Gérard", "Fournié", SHARED, 0.6, False, "bénéficiaire"),
    Learner("mariama", "Mariama", "Camara", PHONE_POOR, 0.9),
    Learner("victor", "Victor", "Da Silva", PHONE, 0.7),
    Learner("lin", "Lin", "Zhang", COMPUTER, 1.0),
    Learner("samira", "Samira", "Bouaziz", SHARED, 1.0, adaptations=("on_site",)),
    Learner("pierre", "Pierre", "Delmas", EVENING, 0.8),
    Learner("olena", "Olena", "Shevchenko", COMPUTER, 1.0),
    Learner("moussa", "Moussa", "Traoré", PHONE, 0.5, False, "bénéficiaire"),
    Learner("monique", "Monique", "Azéma", COMPUTER, 0.9),
    Learner("hassan", "Hassan", "Amrani", SHARED, 0.8),
    Learner("elodie", "Élodie", "Bastide", PHONE, 1.0),
)

CANAL = (
    Learner("enzo", "Enzo", "Martinez", PHONE, 0.8, status="apprenti"),
    Learner("awa", "Awa", "N’Diaye", COMPUTER, 1.0),
    Learner("chloe", "Chloé", "Roques", COMPUTER, 1.0, status="apprenti"),
    Learner("ibrahim", "Ibrahim", "Koné", PHONE_POOR, 0.7),
    Learner("lea", "Léa", "Sénac", COMPUTER, 1.0),
    Learner("amine", "Amine", "Belkacem", SHARED, 0.9),
    Learner("ana", "Ana", "Popescu", PHONE, 0.9),
    Learner("theo", "Théo", "Vidal", EVENING, 0.6, status="apprenti"),
    Learner("nour", "Nour", "Al Khatib", PHONE, 1.0),
    Learner("camille", "Camille", "Marty", COMPUTER, 1.0, adaptations=("own_pace",)),
    Learner("dylan", "Dylan", "Hoareau", PHONE_POOR, 0.5, False),
    Learner("kenza", "Kenza", "Ouali", COMPUTER, 1.0),
    Learner("joao", "João", "Pereira", SHARED, 0.8),
    Learner("rose", "Rose", "Mboma", PHONE, 1.0),
)

GROUPS = {"garonne": GARONNE, "tarn": TARN, "canal": CANAL}
LEARNERS = {learner.key: learner for group in GROUPS.values() for learner in group}
LATE_LINKED = "aicha"
"""Whose account on the MOOC is linked at the end of the play: what she did there counts at once."""


def number(key: str) -> int:
    """A number for a learner, from 1: by it the partners know them."""
    return list(LEARNERS).index(key) + 1


def external_id(key: str) -> str:
    """The place's own number of a learner, which it gave to the Moodle."""
    return f"TL-2026-{number(key):03d}"


def moodle_user(key: str) -> int:
    """Id of the learner's account on the Moodle."""
    return 100 + number(key)


def mooc_account(key: str) -> str:
    """Name of the learner's account on the MOOC."""
    return f"membre-{1000 + number(key)}"
