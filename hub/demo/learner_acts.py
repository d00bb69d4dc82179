"""What learners do: in the partners' sites through the hub's doors, and on their own pages."""

import json
import re
from datetime import timedelta
from urllib.parse import urlencode, urljoin

from hub.demo.browser import Body, Page
from hub.demo.mooc import COURSES as MOOC_COURSES
from hub.demo.sample_package import QUESTIONS, SCO
from hub.demo.sample_parts import made_id
from hub.demo.sample_people import mooc_account
from hub.demo.script import Act
from hub.demo.stage import PlayFault, Stage
from hub.demo.tool_content import COURSES as CAMPUS_COURSES

CAMPUS = {
    ("garonne", "quiz"): "vocabulaire-3d",
    ("tarn", "comptes"): "mots-de-passe",
    ("canal", "metier"): "metiers-industrie",
}
"""Which course of Campus numérique belongs to which step, by path and step."""


def _open(stage: Stage, act: Act, activity: str) -> Page:
    """Press « Ouvrir » of an activity of the path."""
    opening = made_id(act.details["group"], act.details["step"], activity)
    return stage.send(act.who, f"{stage.step_path(act.who, act)}/open/{opening}", {}, follow=True)


def tool_open(stage: Stage, act: Act) -> Page:
    """Through the LTI launch to the course page of the tool."""
    browser, campus = stage.browser(act.who), stage.world.at.campus
    opening = _open(stage, act, "campus")
    answer = browser.submit(opening.form(f"{campus}/login"))
    return browser.submit(answer.form(f"{campus}/launch"))


def tool(stage: Stage, act: Act) -> None:
    """The same, then the quiz; ``right``: how many answers are right."""
    page = tool_open(stage, act)
    course = CAMPUS_COURSES[CAMPUS[act.details["group"], act.details["step"]]]
    stage.now += timedelta(minutes=course.minutes)
    typed = {}
    for number, question in enumerate(course.questions):
        wrong = (question.right + 1) % len(question.choices)
        typed[f"q{number}"] = str(question.right if number < act.details["right"] else wrong)
    result = stage.browser(act.who).submit(page.form("/quiz"), typed)
    if "Votre note est envoyée" not in result.text:
        raise PlayFault("the tool could not send the score")


def mooc(stage: Stage, act: Act) -> None:
    """Some chapters of the MOOC, perhaps its closing question."""
    course = MOOC_COURSES[act.details["course"]]
    browser = stage.browser(act.who)
    page = browser.get(f"{_open(stage, act, 'mooc').url}?{urlencode({'member': mooc_account(act.who)})}")
    for unit in range(1, act.details["units"] + 1):
        stage.now += timedelta(minutes=12)
        page = browser.submit(page.form(f"/units/{unit}"))
    if act.details["finish"]:
        stage.now += timedelta(minutes=4)
        page = browser.submit(page.form("/answer"), {"choice": str(course.right)})
    if "Envois en attente" in page.text:
        raise PlayFault("the hub does not take the statements of the MOOC")


def package(stage: Stage, act: Act) -> None:
    """The place's own package on its content host; ``right``: how many answers are right, None: left half-way."""
    browser = stage.browser(act.who)
    wrapper = browser.submit(_open(stage, act, "paquet").form("/enter"))
    told = re.search(r'<script type="application/json" id="session">(.*?)</script>', wrapper.text)
    if told is None:
        raise PlayFault("the content host shows no package")
    right = act.details["right"]
    said = {"cmi.core.lesson_status": "incomplete", "cmi.suspend_data": '{"q0":"0"}'}
    if right is not None:
        score = round(100 * right / len(QUESTIONS))
        said = {"cmi.core.score.raw": str(score), "cmi.core.score.min": "0", "cmi.core.score.max": "100",
                "cmi.core.lesson_status": "passed" if score >= 60 else "failed"}  # fmt: skip
    stage.now += timedelta(minutes=8)
    message = {"token": json.loads(told[1])["token"], "seq": 1, "scos": [{"id": SCO, "run": 1, "cmi": said}]}
    browser.post(urljoin(wrapper.url, "/commit"), Body("text/plain", json.dumps(message).encode()))


def moodle(stage: Stage, act: Act) -> None:
    """The course is opened through the hub; what is done there the hub learns at its next reading."""
    live = act.details["step"] == "bases" and act.who != "jeanne"
    _open(stage, act, "live-quiz" if live else "moodle")
    for module in act.details["modules"]:
        stage.now += timedelta(minutes=15)
        stage.world.moodle.complete(act.who, module, stage.now)


def grade(stage: Stage, act: Act) -> None:
    """The Moodle marks a learner's work."""
    stage.world.moodle.grade(act.who, act.details["module"], act.details["points"], act.at)


def hand_in(stage: Stage, act: Act) -> None:
    """Hand a file in."""
    name = act.details["name"]
    content = f"solid {name}\nendsolid\n".encode()
    stage.send(act.who, f"{stage.step_path(act.who, act)}/deposit", {}, files={"files": (name, content)})


def switch(stage: Stage, act: Act) -> None:
    """Choose another way."""
    way = made_id(act.details["group"], act.details["step"], "way", act.details["way"])
    stage.send(act.who, f"{stage.step_path(act.who, act)}/way", {"variant": str(way)})


def claim(stage: Stage, act: Act) -> None:
    """« J’ai terminé »."""
    stage.send(act.who, f"{stage.step_path(act.who, act)}/done", {})


def ask_help(stage: Stage, act: Act) -> None:
    """« Besoin d’aide », from the page of a step."""
    typed = {"page": stage.step_path(act.who, act), "kind": act.details["ask"], "text": act.details["text"]}
    if act.details["ask"] == "call":
        typed["phone"] = "06 39 98 00 99"
    stage.send(act.who, "/help", typed)
