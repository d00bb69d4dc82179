"""The courses of Campus numérique, the tool of the demo: short lessons in French, and a quiz each."""

from dataclasses import dataclass

PASS = 0.7
"""Share of right answers from which a course is done."""


@dataclass(frozen=True)
class Section:
    """A piece of a lesson."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A question with one right answer: ``right`` is its place among ``choices``. ``why`` is shown afterwards."""

    text: str
    choices: tuple[str, ...]
    right: int
    why: str


@dataclass(frozen=True)
class Course:
    """A course page."""

    slug: str
    title: str
    minutes: int
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]

    def right_answers(self, answers: dict[int, int]) -> int:
        """How many answers (number of the question -> place of the choice) are right."""
        return sum(answers.get(number) == question.right for number, question in enumerate(self.questions))


VOCABULARY = Course(
    "vocabulaire-3d",
    "Le vocabulaire de la 3D",
    20,
    (
        Section(
            "De l’idée à la pièce",
            (
                "Une pièce commence par un croquis : un dessin à main levée, avec les mesures.",
                "On la dessine ensuite à l’ordinateur. Ce dessin en trois dimensions s’appelle un modèle.",
            ),
        ),
        Section(
            "Le modèle et le fichier",
            (
                "Le modèle se garde dans un fichier. Le format STL décrit la surface par de petits triangles.",
                "Plus il y a de triangles, plus la surface est lisse, et plus le fichier est lourd.",
            ),
        ),
        Section(
            "Trancher",
            (
                "L’imprimante dépose la matière couche par couche. Le trancheur coupe le modèle en couches.",
                "Il calcule aussi les supports, qui tiennent les parties en surplomb pendant l’impression.",
            ),
        ),
        Section(
            "Imprimer",
            (
                "Le fil de plastique s’appelle le filament. La buse le chauffe et le pose sur le plateau.",
                "Le remplissage est la part de matière à l’intérieur de la pièce : 20 % suffisent souvent.",
            ),
        ),
    ),
    (
        Question(
            "Comment appelle-t-on le dessin en trois dimensions fait à l’ordinateur ?",
            ("Un croquis", "Un modèle", "Un filament"),
            1,
            "Le croquis est fait à la main ; le modèle est fait à l’ordinateur.",
        ),
        Question(
            "Que décrit un fichier STL ?",
            ("La couleur de la pièce", "La température de la buse", "La surface de la pièce, en petits triangles"),
            2,
            "Le format STL ne garde que la surface, découpée en triangles.",
        ),
        Question(
            "À quoi sert le trancheur ?",
            ("À couper le modèle en couches", "À poncer la pièce", "À scanner un objet"),
            0,
            "L’imprimante travaille couche par couche : le trancheur les prépare.",
        ),
        Question(
            "Pourquoi faut-il parfois des supports ?",
            ("Pour aller plus vite", "Pour tenir les parties en surplomb", "Pour changer la couleur"),
            1,
            "Sans support, une partie en surplomb tomberait avant de durcir.",
        ),
        Question(
            "Un remplissage de 20 %, cela veut dire :",
            ("Que l’intérieur est en partie vide", "Que la pièce est ratée", "Que l’impression dure 20 minutes"),
            0,
            "L’intérieur est une grille : moins de matière, moins de temps.",
        ),
    ),
)

PASSWORDS = Course(
    "mots-de-passe",
    "Protéger mes comptes",
    25,
    (
        Section(
            "Un mot de passe long",
            (
                "La longueur protège plus que les signes compliqués. Trois mots à la suite font un bon mot de passe.",
                "Un mot de passe par compte : si l’un est volé, les autres tiennent.",
            ),
        ),
        Section(
            "Le retenir sans l’écrire",
            (
                "Un gestionnaire de mots de passe les garde dans un coffre. Vous n’en retenez plus qu’un.",
                "Sur un ordinateur partagé, dites toujours non quand le navigateur propose de le retenir.",
            ),
        ),
        Section(
            "Les messages trompeurs",
            (
                "Un message presse, menace ou promet ? Ne cliquez pas. Passez par le site que vous connaissez.",
                "Aucune administration ne demande un mot de passe par message.",
            ),
        ),
    ),
    (
        Question(
            "Quel mot de passe est le plus sûr ?",
            ("Toulouse31", "cheval-tuile-orage-lune", "P@ss1"),
            1,
            "Quatre mots sans lien sont longs, et faciles à retenir.",
        ),
        Question(
            "Combien de comptes pour un même mot de passe ?",
            ("Un seul", "Trois", "Autant qu’on veut"),
            0,
            "Un mot de passe volé ne doit ouvrir qu’une porte.",
        ),
        Question(
            "Sur l’ordinateur de la médiathèque, le navigateur propose de retenir votre mot de passe :",
            ("Oui, c’est pratique", "Non, jamais", "Oui, mais une fois"),
            1,
            "La personne suivante serait connectée à votre place.",
        ),
        Question(
            "Un message de « votre banque » demande votre code aujourd’hui :",
            ("Je réponds vite", "Je clique pour vérifier", "Je ne clique pas, j’appelle ma banque"),
            2,
            "Une banque ne demande jamais un code par message.",
        ),
    ),
)

TRADES = Course(
    "metiers-industrie",
    "Quel métier de l’industrie ?",
    30,
    (
        Section(
            "Concevoir",
            ("Au bureau d’études, on dessine les pièces et on prépare leur fabrication.",),
        ),
        Section(
            "Fabriquer",
            (
                "L’usinage enlève de la matière : tournage, fraisage. La fabrication additive en ajoute.",
                "La chaudronnerie plie et soude la tôle.",
            ),
        ),
        Section(
            "Contrôler et entretenir",
            (
                "Le contrôle vérifie que la pièce est conforme au plan.",
                "La maintenance répare les machines, et surtout les empêche de tomber en panne.",
            ),
        ),
    ),
    (
        Question(
            "Qui dessine les pièces ?",
            ("Le bureau d’études", "Le magasin", "La maintenance"),
            0,
            "Le bureau d’études conçoit, l’atelier fabrique.",
        ),
        Question(
            "L’impression 3D est une fabrication :",
            ("par enlèvement", "additive", "par pliage"),
            1,
            "Elle ajoute la matière couche par couche.",
        ),
        Question(
            "Que fait la chaudronnière ?",
            ("Elle plie et soude la tôle", "Elle vend des chaudières", "Elle dessine des plans"),
            0,
            "La chaudronnerie met le métal en feuille en forme.",
        ),
        Question(
            "La maintenance préventive sert à :",
            ("changer de machine", "éviter les pannes", "contrôler les pièces"),
            1,
            "On entretient avant que la panne arrive.",
        ),
    ),
)

COURSES = {course.slug: course for course in (VOCABULARY, PASSWORDS, TRADES)}
