"""What happens in the weeks of the play, when and to whom: a pure function of the seed and of the day.

Each act names a kind that ``hub.demo.acts`` performs through a protocol, a page or a service. Nothing here touches the
hub.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.demo.mooc import COURSES as MOOC_COURSES
from hub.demo.sample_moodle import QUIZ_BASES, QUIZ_COMPUTER, REPORT
from hub.demo.sample_offer import MEETINGS, TRAINERS, Meeting, starts_at
from hub.demo.sample_people import CANAL, GARONNE, GROUPS, LATE_LINKED, TARN, Learner
from hub.demo.sample_place import entered_on
from hub.demo.tool_content import COURSES as CAMPUS_COURSES

ZONE = ZoneInfo("Europe/Paris")
ABSENT, LATE, LATE_BY = 0.1, 0.08, timedelta(minutes=15)
FIRST_STEPS = frozenset({"accueil", "securite", "debut", "lieu"})
"""Steps whose séances nobody misses but Tom, who was ill on the day of the safety training."""
QUIET = {"yanis": 12, "mehdi": 9}
"""Who is no longer heard of after so many days of their path."""
TOLD_APART = frozenset({"ines", "tom", "yanis"})
"""Whose quiz is written by hand below."""


@dataclass(frozen=True)
class Act:
    """Something that happens at ``at`` (aware, UTC). ``who``: key of the person who does it."""

    at: datetime
    kind: str
    who: str
    details: dict[str, Any] = field(default_factory=dict)


class Script:
    """The acts of one seed on one day."""

    def __init__(self, seed: int, today: date) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._today = today
        self._acts: list[Act] = []

    def write(self) -> list[Act]:
        """Everything before ``today``, in order; then what ends the play."""
        self._meetings()
        self._garonne()
        self._tarn()
        self._canal()
        self._by_hand()
        self._readings()
        past = [act for act in self._acts if act.at < self._instant(self._today, time(0))]
        past.sort(key=lambda act: (act.at, act.kind, act.who))
        return [*past, *self._endings(past)]

    # Meetings: the roll of each that is over, and what the trainer says afterwards.

    def _meetings(self) -> None:
        for meeting in MEETINGS:
            day = starts_at(meeting, self._today)
            if day >= self._today:
                continue
            expected = [x for x in GROUPS[meeting.group] if not meeting.only or x.key in meeting.only]
            absent = {x.key for x in expected if self._misses(x, meeting)}
            late = {x.key for x in expected if x.key not in absent and self._chance(LATE)}
            end = self._instant(day, meeting.ends)
            trainer = TRAINERS[meeting.group]
            told = {
                "meeting": meeting.seance_key,
                "absent": sorted(absent),
                "late": sorted(late),
                "arrived": (datetime.combine(day, meeting.starts) + LATE_BY).strftime("%H:%M"),
                "halves": meeting.halves,
            }
            self._acts.append(Act(end, "roll", trainer, told))
            if meeting.step == "securite":
                for key in sorted({x.key for x in expected} - absent):
                    self._add(end + timedelta(minutes=20), "validate", trainer, learner=key, group=meeting.group,
                              step="securite", why="Les gestes sont acquis, vus à l’atelier.")  # fmt: skip

    def _misses(self, learner: Learner, meeting: Meeting) -> bool:
        quiet = QUIET.get(learner.key)
        if quiet is not None and meeting.day > quiet:
            return True
        if meeting.step in FIRST_STEPS:
            return learner.key == "tom" and meeting.step == "securite"
        return learner.key != "ines" and not meeting.only and self._chance(ABSENT)

    # Own-pace work, by group: days are those of the path, slower for a slower pace.

    def _garonne(self) -> None:
        for learner in GARONNE:
            if learner.key != "ines":
                self._mooc(learner, "garonne", "plan", "lire-un-plan", 3)
            if learner.key in TOLD_APART or learner.key == "mehdi":
                continue
            self._moodle(learner, "garonne", "bases", 11, [101, 102], (QUIZ_BASES, 100, 0.62))
            self._tool(learner, "garonne", "quiz", "vocabulaire-3d", 13)
            self._piece(learner)
        for key in ("sofia", "rayan", LATE_LINKED):
            learner = next(x for x in GARONNE if x.key == key)
            self._mooc(learner, "garonne", "regler", "regler-une-imprimante", 16)

    def _piece(self, learner: Learner) -> None:
        """Modelling a piece: the course, a file handed in, the trainer's answer."""
        self._moodle(learner, "garonne", "modeliser", 15, [111, 112], None)
        at = self._day(learner, "garonne", 16.5)
        if learner.pace < 0.8 or at is None:
            return
        self._add(at, "hand_in", learner.key, group="garonne", step="modeliser", name="piece.stl")
        accepts = learner.key != "fatou"
        word = "Belle pièce, les mesures sont justes." if accepts else "Il manque une mesure : reprenez la largeur."
        self._add(at + timedelta(hours=20), "answer", "claire", learner=learner.key, group="garonne",
                  step="modeliser", accept=accepts, word=word)  # fmt: skip
        if not accepts:
            self._add(at + timedelta(hours=44), "hand_in", learner.key, group="garonne", step="modeliser",
                      name="piece-2.stl")  # fmt: skip

    def _tarn(self) -> None:
        for learner in TARN:
            on_site = learner.means["device"] in ("none", "shared") and learner.key != "hassan"
            if not on_site:
                self._tool(learner, "tarn", "comptes", "mots-de-passe", 5)
                self._moodle(learner, "tarn", "ordinateur", 12, [121, 122], (QUIZ_COMPUTER, 20, 0.55))
                self._mooc(learner, "tarn", "demarches", "demarches-en-ligne", 19)
            at = self._day(learner, "tarn", 31)
            if at is not None and not on_site:
                self._add(at, "hand_in", learner.key, group="tarn", step="dossier", name="recepisse.txt")
                self._add(at + timedelta(hours=22), "answer", "mathieu", learner=learner.key, group="tarn",
                          step="dossier", accept=True, word="C’est bien le récépissé. Bravo.")  # fmt: skip

    def _canal(self) -> None:
        for learner in CANAL:
            self._mooc(learner, "canal", "region", "industrie-en-occitanie", 3)
            self._tool(learner, "canal", "metier", "metiers-industrie", 9)
            self._moodle(learner, "canal", "visite", 18, [131], (REPORT, 20, 0.5))

    def _mooc(self, learner: Learner, group: str, step: str, course: str, day: float) -> None:
        at = self._day(learner, group, day)
        if at is None:
            return
        through = learner.pace >= 0.6
        units = len(MOOC_COURSES[course].units)
        self._add(at, "mooc", learner.key, group=group, step=step, course=course,
                  units=units if through else 1, finish=through)  # fmt: skip

    def _moodle(
        self, learner: Learner, group: str, step: str, day: float, modules: list[int],
        graded: tuple[int, int, float] | None,
    ) -> None:  # fmt: skip
        at = self._day(learner, group, day)
        if at is None:
            return
        self._add(at, "moodle", learner.key, group=group, step=step, modules=modules)
        if graded is not None and learner.pace >= 0.6:
            module, top, low = graded
            points = round(top * self._random.uniform(low, 1.0))
            self._add(at + timedelta(minutes=40), "grade", learner.key, module=module, points=points)

    def _tool(self, learner: Learner, group: str, step: str, course: str, day: float) -> None:
        """A try; a second one some days later where the first failed."""
        at = self._day(learner, group, day)
        if at is None:
            return
        questions = len(CAMPUS_COURSES[course].questions)
        right = questions - self._random.choice((0, 0, 1, 1, 2))
        self._quiz(at, learner.key, group, step, right)
        if right < 0.7 * questions and learner.pace >= 0.8:
            self._quiz(at + timedelta(days=2), learner.key, group, step, questions - 1)

    def _quiz(self, at: datetime, who: str, group: str, step: str, right: int) -> None:
        self._add(at, "tool", who, group=group, step=step, right=right)

    # What is told by hand, as in the mocks.

    def _by_hand(self) -> None:
        def on(group: str, day: int, hour: int, minute: int = 0) -> datetime:
            return self._instant(entered_on(group, self._today) + timedelta(days=day), time(hour, minute))

        here = {"group": "garonne"}
        self._add(on("tarn", 1, 8, 30), "cards", "karim")
        self._add(
            on("garonne", 3, 11), "waive", "claire", **here, learner="ines", step="plan", why="Votre CAP le couvre."
        )
        self._add(on("garonne", 7, 18), "switch", "jeanne", **here, step="bases", way="moodle")
        self._add(on("garonne", 8, 10), "switch", "lucas", **here, step="bases", way="site")
        self._add(on("garonne", 11, 19), "moodle", "ines", **here, step="bases", modules=[101, 102])
        self._add(on("garonne", 11, 20), "grade", "ines", module=QUIZ_BASES, points=82)
        self._add(on("garonne", 19, 16), "grade", "ines", module=QUIZ_BASES, points=58)
        yesterday = self._today - timedelta(days=1)
        self._add(self._instant(yesterday, time(18, 12)), "tool_open", "ines", **here, step="quiz")
        self._add(self._instant(yesterday, time(18, 40)), "claim", "ines", **here, step="quiz")
        self._quiz(on("garonne", 12, 17), "tom", "garonne", "quiz", 2)
        self._quiz(on("garonne", 15, 17), "tom", "garonne", "quiz", 3)
        self._add(on("garonne", 12, 20, 41), "tool_open", "yanis", **here, step="quiz")
        self._add(
            on("garonne", 12, 20, 50),
            "help",
            "yanis",
            **here,
            step="quiz",
            ask="message",
            text="Le quiz ne s’affiche pas bien sur mon téléphone. Que faire ?",
        )
        self._add(
            on("garonne", 14, 9, 30),
            "reply",
            "claire",
            learner="yanis",
            text="Passez à l’atelier mardi, un ordinateur vous attend. Bon courage.",
        )
        self._add(on("garonne", 16, 18), "switch", "thuy", **here, step="modeliser", way="live")
        self._add(
            on("tarn", 9, 15),
            "help",
            "josiane",
            group="tarn",
            step="comptes",
            ask="call",
            text="Je préfère qu’on m’explique au téléphone.",
        )
        self._add(on("tarn", 10, 10), "reply", "mathieu", learner="josiane", text="Appelée ce matin, c’est réglé.")
        self._add(on("tarn", 6, 9), "switch", "samira", group="tarn", step="comptes", way="site")
        # The MOOC is too heavy for their phones: the place's own package does as well. One goes to its end.
        for key, day, right in (("dylan", 12, 3), ("rose", 6, None)):
            self._add(on("canal", day, 10), "switch", key, group="canal", step="region", way="paquet")
            self._add(on("canal", day, 11), "package", key, group="canal", step="region", right=right)
        self._add(on("canal", 20, 14), "switch", "enzo", group="canal", step="geste", way="afest")

    def _readings(self) -> None:
        """The Moodle is read each week, on Sunday evening, and yesterday."""
        days = {self._today - timedelta(days=self._today.weekday() + 1 + 7 * week) for week in range(5)}
        for day in sorted(days | {self._today - timedelta(days=1)}):
            self._add(self._instant(day, time(22)), "sync", "karim")

    def _endings(self, past: list[Act]) -> Iterator[Act]:
        """What happens as the play meets the present."""
        last = past[-1].at if past else self._instant(self._today, time(0))
        mehdi = {"group": "garonne", "step": "plan", "ask": "message"}
        text = "Je voudrais reprendre. Quand puis-je venir ?"
        yield Act(last + timedelta(minutes=5), "claim", "lucas", {"group": "garonne", "step": "modeliser"})
        yield Act(last + timedelta(minutes=9), "help", "mehdi", {**mehdi, "text": text})
        yield Act(last + timedelta(minutes=30), "link", "karim", {"learner": LATE_LINKED})

    # Small helps.

    def _day(self, learner: Learner, group: str, day: float) -> datetime | None:
        """An instant about ``day`` of the path, later for a slower pace; None when that learner is not heard of."""
        shifted = day / max(learner.pace, 0.4) + self._random.uniform(0, 2)
        if shifted > QUIET.get(learner.key, 1000):
            return None
        hour = 19 if learner.means.get("hours") == "evening" else 10
        at = time(hour + self._random.randrange(3), self._random.randrange(60))
        return self._instant(entered_on(group, self._today) + timedelta(days=int(shifted)), at)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZONE).astimezone(UTC)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _add(self, at: datetime, kind: str, who: str, **details: Any) -> None:
        self._acts.append(Act(at, kind, who, details))


def write(seed: int, today: date) -> list[Act]:
    """The acts of ``seed``, ended by ``today`` (the place's own day)."""
    return Script(seed, today).write()
