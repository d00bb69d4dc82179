"""Occitanie Mooc, a partner of the demo: what its members do there leaves as xAPI statements, through tincan.

Members are named by their account on the MOOC, as most platforms do: the hub knows them once the account is linked.
Statements wait in an outbox until the hub took them, so a hub that restarts loses none.
"""

import hmac
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, abort, redirect, render_template, request, url_for
from tincan import RemoteLRS, Statement, StatementList
from werkzeug.wrappers import Response

Clock = Callable[[], datetime]
ADL = "http://adlnet.gov/expapi/verbs"
PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
COURSE_TYPE = "http://adlnet.gov/expapi/activities/course"
UNIT_TYPE = "http://adlnet.gov/expapi/activities/module"
WORDS = {"experienced": "a suivi", "progressed": "a avancé dans", "completed": "a terminé", "failed": "a échoué à"}
BATCH = 50
PASS = 0.6


@dataclass(frozen=True)
class MoocCourse:
    """A course: units in order, and a closing question whose right answer is ``right``."""

    slug: str
    title: str
    units: tuple[tuple[str, str], ...]
    question: str
    choices: tuple[str, ...]
    right: int


COURSES = {
    course.slug: course
    for course in (
        MoocCourse(
            "lire-un-plan",
            "Lire un plan",
            (
                ("Les vues", "Une pièce se dessine de face, de dessus et de côté. Ensemble, ces vues disent sa forme."),
                ("Les cotes", "Une cote est une mesure écrite sur le plan. Elle se lit en millimètres."),
                ("Les traits", "Le trait fort montre ce qu’on voit. Le trait interrompu montre ce qui est caché."),
            ),
            "Un trait interrompu montre :",
            ("Ce qu’on voit", "Ce qui est caché", "Une erreur"),
            1,
        ),
        MoocCourse(
            "regler-une-imprimante",
            "Régler une imprimante 3D",
            (
                ("Le plateau", "Un plateau bien à plat, et la première couche tient."),
                ("La température", "Chaque matière a la sienne : 200 °C environ pour le PLA."),
            ),
            "La première couche ne tient pas. Je vérifie d’abord :",
            ("Le plateau", "La couleur du fil", "Le nom du fichier"),
            0,
        ),
        MoocCourse(
            "demarches-en-ligne",
            "Faire ses démarches en ligne",
            (
                ("Un compte officiel", "Les sites de l’État finissent presque tous par .gouv.fr."),
                ("Garder une preuve", "Après chaque démarche, enregistrez le récépissé."),
            ),
            "Après une démarche en ligne, je garde :",
            ("Mon mot de passe sur un papier", "Rien", "Le récépissé"),
            2,
        ),
        MoocCourse(
            "industrie-en-occitanie",
            "L’industrie en Occitanie",
            (
                ("Qui recrute", "L’aéronautique, l’agroalimentaire, la santé et l’énergie recrutent dans la région."),
                ("Comment entrer", "Apprentissage, formation courte, visite d’entreprise : plusieurs portes existent."),
            ),
            "Pour découvrir un métier, on peut :",
            ("Visiter une entreprise", "Attendre une annonce", "Passer le permis"),
            0,
        ),
    )
}


@dataclass
class MoocSite:
    """Members (account -> name shown), what they did, and where their statements go.

    ``endpoint`` ends with a slash. tincan opens the connection itself and has no time limit: it is given loopback only.
    """

    url: str
    endpoint: str
    key: str
    secret: str = field(repr=False)
    members: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._outbox: deque[Statement] = deque()
        self._done: dict[tuple[str, str], set[int]] = {}
        self._lock = threading.Lock()
        self._lrs = RemoteLRS(version="1.0.3", endpoint=self.endpoint, username=self.key, password=self.secret)

    def course_iri(self, slug: str) -> str:
        """The course as its statements name it: the address of its page."""
        return f"{self.url}/courses/{slug}"

    def follow(self, account: str, course: MoocCourse, unit: int, at: datetime) -> None:
        """A member went through a unit: that, and how far the course is now."""
        seen = self._done.setdefault((account, course.slug), set())
        seen.add(unit)
        share = round(100 * len(seen) / (len(course.units) + 1))
        self._say(account, course, "experienced", at, unit=unit)
        self._say(account, course, "progressed", at, {"extensions": {PROGRESS: share}})
        self.flush()

    def finish(self, account: str, course: MoocCourse, score: float, at: datetime) -> None:
        """A member answered the closing question; ``score`` 0..1."""
        passed = score >= PASS
        result = {"score": {"scaled": score}, "success": passed, "completion": passed}
        self._say(account, course, "completed" if passed else "failed", at, result)
        self.flush()

    def flush(self) -> bool:
        """Send what waits. False while the hub does not take it; it then goes with the next."""
        with self._lock:
            while self._outbox:
                batch = [self._outbox[n] for n in range(min(BATCH, len(self._outbox)))]
                try:
                    answer = self._lrs.save_statements(StatementList(batch))
                except OSError:
                    return False
                if not answer.success:
                    return False
                for _ in batch:
                    self._outbox.popleft()
            return True

    @property
    def waiting(self) -> int:
        """Statements that the hub has not taken yet."""
        return len(self._outbox)

    def _say(
        self,
        account: str,
        course: MoocCourse,
        verb: str,
        at: datetime,
        result: dict[str, Any] | None = None,
        unit: int | None = None,
    ) -> None:
        iri = self.course_iri(course.slug)
        name, kind = (course.title, COURSE_TYPE) if unit is None else (course.units[unit][0], UNIT_TYPE)
        about = iri if unit is None else f"{iri}/units/{unit + 1}"
        statement: dict[str, Any] = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{account} {verb} {about} {at.isoformat()}")),
            "actor": {"object_type": "Agent", "account": {"home_page": self.url, "name": account}},
            "verb": {"id": f"{ADL}/{verb}", "display": {"fr": WORDS[verb]}},
            "object": {"object_type": "Activity", "id": about, "definition": {"name": {"fr": name}, "type": kind}},
            "timestamp": at,
        }
        if result is not None:
            statement["result"] = result
        if unit is not None:
            statement["context"] = {"context_activities": {"parent": [{"id": iri}]}}
        with self._lock:
            self._outbox.append(Statement(statement))


def create_mooc(site: MoocSite, clock: Clock) -> Flask:
    """The WSGI application; ``clock`` dates what members do (aware)."""
    app = Flask(__name__, static_folder=None)

    @app.get("/")
    def home() -> str:
        return render_template("mooc/home.html", courses=COURSES.values())

    @app.get("/courses/<slug>")
    def course(slug: str) -> str:
        found = _course(slug)
        asked = request.args.get("member") or request.cookies.get("mooc-member", "")
        return render_template(
            "mooc/course.html",
            course=found,
            members=site.members,
            member=asked if asked in site.members else "",
            said=request.args.get("said", ""),
            waiting=site.waiting,
        )

    @app.post("/courses/<slug>/units/<int:unit>")
    def follow(slug: str, unit: int) -> Response:
        found, account = _course(slug), _member(site)
        if not 1 <= unit <= len(found.units):
            abort(404)
        site.follow(account, found, unit - 1, clock())
        return _back(slug, account, "unit")

    @app.post("/courses/<slug>/answer")
    def answer(slug: str) -> Response:
        found, account = _course(slug), _member(site)
        right = hmac.compare_digest(request.form.get("choice", "").encode(), str(found.right).encode())
        site.finish(account, found, 1.0 if right else 0.0, clock())
        return _back(slug, account, "right" if right else "wrong")

    return app


def _course(slug: str) -> MoocCourse:
    found = COURSES.get(slug)
    if found is None:
        abort(404)
    return found


def _member(site: MoocSite) -> str:
    account = request.form.get("member", "")
    if account not in site.members:
        abort(400)
    return account


def _back(slug: str, account: str, said: str) -> Response:
    response = redirect(url_for("course", slug=slug, said=said), 303)
    response.set_cookie("mooc-member", account, httponly=True, samesite="Lax")
    return response
