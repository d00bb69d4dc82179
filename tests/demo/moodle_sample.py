"""A state that repeats what the recordings show of course 2 and learner 7, and a little more."""

from datetime import UTC, datetime, timedelta

from hub.demo.moodle import Course, Module, MoodleState, Person

DONE_AT = datetime(2026, 11, 23, 10, 6, 14, tzinfo=UTC)
URL = "https://moodle.example.org"
TOKEN = "0123456789abcdef0123456789abcdef"


def modules() -> list[Module]:
    return [
        Module(1, "label", "Bienvenue au tiers-lieu.", "Accueil", completion=0),
        Module(8, "attendance", "Présence aux ateliers", "Accueil", completion=0, grademax=100),
        Module(2, "page", "Présentation du parcours", "Découvrir"),
        Module(3, "url", "Ressource externe", "Découvrir", completion=1, criterion=False),
        Module(4, "forum", "Entraide", "Découvrir", completion=0),
        Module(5, "scorm", "Module SCORM : choisir un mot de passe", "Pratiquer", grademax=100),
        Module(6, "assign", "Rendre son carnet de bord", "Pratiquer", grademax=100),
        Module(7, "quiz", "Évaluation finale", "Évaluer", grademax=20, gradepass=10),
        Module(9, "book", "Livret du numérique", "Aller plus loin", criterion=False),
    ]


def sample(url: str = URL, **options: object) -> MoodleState:
    state = MoodleState(url, TOKEN, name="Tiers-lieu de test", **options)
    state.add_person(Person(3, "apprenant01", "Aïcha", "Durand", "apprenant01@example.org", "TL-2026-01"))
    state.add_person(Person(7, "apprenant05", "Émilie", "Lefèvre", "apprenant05@example.org", "TL-2026-05"))
    state.add_person(
        Person(28, "formateur1", "Sophie", "Marchand", "formateur1@example.org", "TL-F-1", "editingteacher")
    )
    sections = ["Accueil", "Découvrir", "Pratiquer", "Évaluer", "Aller plus loin", "Bilan"]
    state.add_course(
        Course(2, "CNB-2026", "Compétences numériques de base", "CNB-2026", modules=modules(), sections=sections)
    )
    state.add_course(Course(3, "HAB-2026", "Préparer l'habilitation électrique B0-H0", "HAB-2026"))
    for user in (3, 7, 28):
        state.enrol(user, 2)
    state.enrol(7, 3)
    for cmid in (2, 3, 6, 9):
        state.complete(7, cmid, DONE_AT)
    state.complete(7, 7, DONE_AT, state=2)
    state.grade(7, 5, 64, DONE_AT)
    state.grade(7, 7, 10, DONE_AT)
    state.grade(7, 8, 75, DONE_AT - timedelta(seconds=3))
    return state
