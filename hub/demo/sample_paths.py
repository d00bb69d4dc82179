"""The three paths of the sample place. « Fabriquer une pièce en 3D » is the one of the mocks."""

from collections.abc import Mapping
from uuid import UUID

from hub.demo.sample_parts import SAFE, SAFETY, Ways, after, module, rule, step, term
from hub.domain.path import Afest, Instructions, Modality, PathDocument, Step
from hub.services.catalogue import Entry

LIVE, COMODAL = Modality.REMOTE_LIVE, Modality.COMODAL
ATTENDED = rule(term("attended", 0.8), term("validated"))
PRINT_AT_WORK = Afest(
    work_analysis="Relevé des gestes du poste d’impression, fait avec le tuteur.",
    trainer="Claire Fabre, avec le tuteur de l’entreprise",
    reflective_phases="Une heure de retour sur l’action, hors du poste, après chaque demi-journée.",
    assessments="Grille de douze gestes, remplie avant et après.",
)


class Writer:
    """Writes the paths with the entries of the catalogue, by name, and the organisations that give the hours."""

    def __init__(self, entries: Mapping[str, Entry], trainer_org: UUID, employer: UUID) -> None:
        self._entries, self._orgs = entries, (trainer_org, employer)

    def documents(self) -> dict[str, PathDocument]:
        """The paths, by the key of the group that follows each."""
        return {"garonne": self._piece(), "tarn": self._digital(), "canal": self._trades()}

    def _ways(self, path: str, key: str) -> Ways:
        return Ways(path, key, *self._orgs)

    def _piece(self) -> PathDocument:
        path = "garonne"
        return PathDocument(
            title="Fabriquer une pièce en 3D",
            objectives="Dessiner une pièce, régler une imprimante 3D et fabriquer la pièce en sécurité.",
            modules=(
                module(path, "Prendre pied", self._welcome(path), self._safety(path, 310)),
                module(path, "Dessiner", self._plan(path), self._bases(path), self._quiz(path), self._model(path)),
                module(path, "Fabriquer", self._settings(path), self._print(path)),
                module(path, "Montrer", self._show(path)),
            ),
        )

    def _welcome(self, path: str) -> Step:
        ways = self._ways(path, "accueil")
        return step(
            path, "accueil", "Accueil et projet", "Vous découvrez le lieu et vous choisissez votre pièce.", ATTENDED,
            ways.way("site", "Sur place", ways.seances("site", "Accueil du groupe", 210)),
            ways.way("live", "À distance en direct", ways.seances("live", "Accueil en classe vidéo", 120, LIVE)),
            closes=5,
        )  # fmt: skip

    def _safety(self, path: str, days: int) -> Step:
        ways = self._ways(path, "securite")
        return step(
            path, "securite", "Sécurité à l’atelier", "Vous apprenez les gestes qui protègent.",
            rule(term("attended", 0.8), term("validated"), mode="all"),
            ways.way("site", "Sur place", ways.seances("site", "Gestes de sécurité", 180)),
            ways.way("comodal", "Comodal", ways.seances("comodal", "Gestes de sécurité, en salle et à l’écran", 180,
                                                        COMODAL)),
            grants=(SAFETY,), valid_for=days, closes=9,
        )  # fmt: skip

    def _plan(self, path: str) -> Step:
        ways = self._ways(path, "plan")
        return step(
            path, "plan", "Lire un plan", "Vous apprenez à lire les vues et les mesures.",
            rule(term("completed"), term("attended", 0.8), term("validated")),
            ways.way("mooc", "À distance à mon rythme", ways.entry("mooc", self._entries["lire-un-plan"])),
            ways.way("site", "Sur place", ways.seances("site", "Lire un plan, en atelier", 120)),
            before=after(path, "accueil"), closes=14,
        )  # fmt: skip

    def _bases(self, path: str) -> Step:
        ways = self._ways(path, "bases")
        quiz = self._entries["moodle-103"]
        return step(
            path, "bases", "Dessin 3D : les bases", "Vous prenez le logiciel en main.", rule(term("score", 0.6)),
            ways.way("live", "À distance en direct", ways.seances("live", "Classe vidéo : les bases", 240, LIVE),
                     ways.entry("live-quiz", quiz)),
            ways.way("moodle", "À distance à mon rythme", ways.entry("moodle", self._entries["moodle-10"]),
                     ways.entry("moodle-quiz", quiz)),
            ways.way("site", "Sur place", ways.seances("site", "Atelier dessin 3D", 210),
                     ways.entry("site-quiz", quiz)),
            before=after(path, "accueil"), closes=19, weight=2,
        )  # fmt: skip

    def _quiz(self, path: str) -> Step:
        ways = self._ways(path, "quiz")
        return step(
            path, "quiz", "Quiz : le vocabulaire", "Vous vérifiez que vous connaissez les mots de la 3D.",
            rule(term("score", 0.7), term("validated")),
            ways.way("campus", "À distance à mon rythme", ways.entry("campus", self._entries["vocabulaire-3d"])),
            before=after(path, "plan"), closes=27,
        )  # fmt: skip

    def _model(self, path: str) -> Step:
        ways = self._ways(path, "modeliser")
        return step(
            path, "modeliser", "Modéliser une pièce",
            "Vous dessinez votre première pièce en 3D. Un modèle vous guide, clic après clic.", rule(term("accepted")),
            ways.way("moodle", "À distance à mon rythme", ways.entry("moodle", self._entries["moodle-11"]),
                     ways.deposit("moodle-file", "Mon fichier")),
            ways.way("live", "À distance en direct", ways.seances("live", "Questions sur le dessin", 90, LIVE),
                     ways.deposit("live-file", "Mon fichier")),
            ways.way("site", "Sur place", ways.seances("site", "Atelier du vendredi", 210),
                     ways.deposit("site-file", "Mon fichier")),
            before=(*SAFE, *after(path, "plan")), closes=27, weight=2,
            instructions=Instructions(
                do="Suivre le modèle du support de téléphone, puis changer ses mesures.",
                bring="Les mesures de votre téléphone, en millimètres.",
                hand_in="Un fichier de votre pièce.",
                who_answers="Claire Fabre, sous un jour ouvré.",
            ),
        )  # fmt: skip

    def _settings(self, path: str) -> Step:
        ways = self._ways(path, "regler")
        return step(
            path, "regler", "Régler l’imprimante", "Vous préparez la machine avec la formatrice.",
            rule(term("attended", 0.8), term("completed"), term("validated")),
            ways.way("comodal", "Comodal", ways.seances("comodal", "Réglage, en salle et à l’écran", 210, COMODAL)),
            ways.way("mooc", "À distance à mon rythme", ways.entry("mooc", self._entries["regler-une-imprimante"])),
            before=SAFE, opens=29, closes=36,
        )  # fmt: skip

    def _print(self, path: str) -> Step:
        ways = self._ways(path, "imprimer")
        return step(
            path, "imprimer", "Imprimer ma pièce", "Vous fabriquez votre pièce.", ATTENDED,
            ways.way("site", "Sur place", ways.seances("site", "Atelier impression", 420)),
            ways.way("afest", "Au travail", ways.afest("afest", "Impression au poste de travail", 420, PRINT_AT_WORK)),
            before=(*SAFE, *after(path, "modeliser")), closes=41, weight=2,
        )  # fmt: skip

    def _show(self, path: str) -> Step:
        ways = self._ways(path, "presenter")
        return step(
            path, "presenter", "Présenter son travail", "Vous montrez votre pièce au groupe.", rule(term("validated")),
            ways.way("comodal", "Comodal", ways.seances("comodal", "Présentations", 120, COMODAL)),
            ways.way("site", "Sur place", ways.seances("site", "Présentations à l’atelier", 120)),
            before=after(path, "imprimer"), closes=46,
        )  # fmt: skip

    def _digital(self) -> PathDocument:
        path = "tarn"
        start, accounts, computer, forms, live, folder = (
            self._ways(path, key) for key in ("debut", "comptes", "ordinateur", "demarches", "questions", "dossier")
        )
        either = rule(term("score", 0.7), term("attended", 0.8), term("validated"))
        return PathDocument(
            title="Reprendre confiance avec le numérique",
            objectives="Se servir d’un ordinateur, protéger ses comptes et faire ses démarches.",
            modules=(
                module(
                    path, "Prendre ses repères",
                    step(path, "debut", "Accueil et mon matériel", "Vous venez avec votre téléphone ou votre PC.",
                         ATTENDED, start.way("site", "Sur place", start.seances("site", "Accueil et matériel", 180))),
                    step(path, "comptes", "Protéger mes comptes", "Vous choisissez un mot de passe solide.", either,
                         accounts.way("campus", "À distance à mon rythme",
                                      accounts.entry("campus", self._entries["mots-de-passe"])),
                         accounts.way("site", "Sur place", accounts.seances("site", "Atelier mots de passe", 120)),
                         before=after(path, "debut")),
                ),
                module(
                    path, "Pratiquer",
                    step(path, "ordinateur", "Mon ordinateur et moi", "Vous rangez vos fichiers.",
                         rule(term("completed"), term("attended", 0.8), term("validated")),
                         computer.way("moodle", "À distance à mon rythme",
                                      computer.entry("moodle", self._entries["moodle-12"])),
                         computer.way("site", "Sur place", computer.seances("site", "Atelier ordinateur", 180))),
                    step(path, "demarches", "Faire ses démarches en ligne", "Vous faites une vraie démarche.",
                         rule(term("completed"), term("attended", 0.8), term("validated")),
                         forms.way("mooc", "À distance à mon rythme",
                                   forms.entry("mooc", self._entries["demarches-en-ligne"])),
                         forms.way("site", "Sur place", forms.seances("site", "Démarches, avec le médiateur", 120)),
                         before=after(path, "comptes")),
                ),
                module(
                    path, "En autonomie",
                    step(path, "questions", "Poser ses questions", "Une classe vidéo pour répondre à tout.", ATTENDED,
                         live.way("live", "À distance en direct", live.seances("live", "Classe des questions", 90,
                                                                               LIVE)),
                         live.way("site", "Sur place", live.seances("site", "Permanence", 90))),
                    step(path, "dossier", "Mon dossier", "Vous montrez une démarche faite seul ou seule.",
                         rule(term("accepted"), term("validated")),
                         folder.way("depot", "À distance à mon rythme", folder.deposit("depot", "Mon récépissé"))),
                ),
            ),
        )  # fmt: skip

    def _trades(self) -> PathDocument:
        path = "canal"
        place, region, trade, gesture, visit, end = (
            self._ways(path, key) for key in ("lieu", "region", "metier", "geste", "visite", "bilan")
        )
        return PathDocument(
            title="Découvrir les métiers de l’industrie",
            objectives="Connaître les métiers, essayer un geste, choisir une suite.",
            modules=(
                module(
                    path, "S’informer",
                    step(path, "lieu", "Visite du lieu", "Vous voyez les machines en marche.", ATTENDED,
                         place.way("site", "Sur place", place.seances("site", "Visite guidée", 210))),
                    step(path, "region", "L’industrie en Occitanie", "Vous découvrez qui recrute près de chez vous.",
                         rule(term("completed"), term("validated")),
                         region.way("mooc", "À distance à mon rythme",
                                    region.entry("mooc", self._entries["industrie-en-occitanie"])),
                         region.way("paquet", "En trois questions, ici",
                                    region.entry("paquet", self._entries["paquet"]))),
                    step(path, "metier", "Quel métier pour moi ?", "Un questionnaire, puis un entretien.",
                         rule(term("score", 0.5), term("attended", 0.8), term("validated")),
                         trade.way("campus", "À distance à mon rythme",
                                   trade.entry("campus", self._entries["metiers-industrie"])),
                         trade.way("site", "Sur place", trade.appointment("site", "Entretien avec un conseiller", 60)),
                         before=after(path, "lieu")),
                ),
                module(
                    path, "Essayer",
                    self._safety(path, 365),
                    step(path, "geste", "Essayer un geste", "Vous tenez la machine, accompagné ou accompagnée.",
                         rule(term("attended", 0.8), term("validated")),
                         gesture.way("site", "Sur place", gesture.seances("site", "Plateau usinage", 210)),
                         gesture.way("afest", "Au travail", gesture.afest("afest", "Une journée au poste", 420,
                                                                          PRINT_AT_WORK)),
                         before=SAFE),
                    step(path, "visite", "Visiter une entreprise", "Vous visitez, puis vous racontez.",
                         rule(term("score", 0.5), term("validated")),
                         visit.way("moodle", "À distance à mon rythme",
                                   visit.entry("moodle", self._entries["moodle-132"]))),
                ),
                module(
                    path, "Choisir",
                    step(path, "bilan", "Bilan et suite", "Vous choisissez la suite avec la formatrice.",
                         rule(term("validated")),
                         end.way("comodal", "Comodal", end.seances("comodal", "Bilan", 90, COMODAL)),
                         end.way("site", "Sur place", end.seances("site", "Bilan sur place", 90))),
                ),
            ),
        )  # fmt: skip
