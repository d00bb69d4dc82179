"""Cells as people and programs write them: days, hours, durations, numbers, yes and no, presence. Pure.

Each gives None for an empty cell and raises ``ValueError`` for one that it cannot read: nothing is guessed.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from connectors.files.columns import plain
from connectors.records import Presence
from connectors.tables import EPOCH_1900

_DAY: Final = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME: Final = re.compile(r"(\d{1,2})\s*[h:]\s*(\d{2})?(?::\d{2}(?:\.\d+)?)?")
_DURATION: Final = re.compile(r"(?:(\d+)\s*h(?:eures?|ours?)?)?\s*(?:(\d+)\s*(?:m|min|mn|minutes?)?)?")
_CLOCK: Final = re.compile(r"(\d{1,4}):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?")
_SERIAL: Final = re.compile(r"(\d{4,5})(?:[.,](\d+))?")

_YES: Final = frozenset(
    {"oui", "o", "yes", "y", "true", "vrai", "1", "x", "ok", "v", "fait", "termine", "terminee", "acheve",
     "achevee", "reussi", "reussie", "admis", "admise", "valide", "validee", "acquis", "complete", "completed",
     "passed", "realise", "realisee", "done", "fini", "finie"}
)  # fmt: skip
_NO: Final = frozenset(
    {"non", "n", "no", "false", "faux", "0", "-", "en cours", "non termine", "non commence", "pas commence",
     "incomplete", "non acquis", "non valide", "failed", "echec", "echoue", "ajourne", "in progress", "not started",
     "a faire"}
)  # fmt: skip
_PRESENCE: Final = {
    Presence.PRESENT: {"present", "presente", "p", "oui", "o", "1", "x", "true", "vrai", "yes", "signe", "signee",
                       "emarge", "signed", "present(e)", "a signe", "v"},
    Presence.ABSENT: {"absent", "absente", "a", "non", "n", "0", "false", "faux", "no", "non signe", "abs",
                      "absent(e)", "absence", "absence injustifiee", "absent injustifie", "not signed"},
    Presence.LATE: {"retard", "en retard", "r", "late", "retardataire", "present en retard"},
    Presence.EXCUSED: {"excuse", "excusee", "absence justifiee", "absent justifie", "absent excuse", "absence excusee",
                       "justifie", "justifiee", "e", "excused"},
}  # fmt: skip
_LONGEST_MINUTES: Final = 24 * 60


def day(text: str, epoch: date = EPOCH_1900) -> date | None:
    """``17/05/2026``, ``17.5.26``, ``2026-05-17``, with an hour behind it or not; a number counts days from
    ``epoch``. A day of two figures comes first, as in French."""
    said = text.strip()
    if not said:
        return None
    first = said.replace("T", " ").split(" ")[0]
    if found := _ISO.fullmatch(first):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY.fullmatch(first):
        year = int(found[3])
        return date(year + 2000 if year < 100 else year, int(found[2]), int(found[1]))
    if found := _SERIAL.fullmatch(said):
        return epoch + timedelta(days=int(found[1]))
    raise ValueError("no day")


def hour(text: str) -> time | None:
    """``9h``, ``9h30``, ``09:30``, ``09:30:00``, also behind a day; None where there is only a day."""
    said = text.strip().lower().replace("t", " ")
    if not said:
        return None
    last = said.split(" ")[-1] if " " in said and ":" in said.split(" ")[-1] else said
    if found := _TIME.fullmatch(last):
        return time(int(found[1]), int(found[2] or 0))
    if re.fullmatch(r"0[.,]\d+", said):  # a part of a day, as Excel has it
        minutes = round(float(said.replace(",", ".")) * 24 * 60)
        return time(minutes // 60 % 24, minutes % 60)
    if _DAY.fullmatch(said) or _ISO.fullmatch(said):
        return None
    raise ValueError("no hour")


def moment(text: str, epoch: date = EPOCH_1900) -> tuple[datetime, bool] | None:
    """(local wall time, whether an hour was said): a day with an hour, else its noon."""
    which = day(text, epoch)
    if which is None:
        return None
    serial = _SERIAL.fullmatch(text.strip())
    if serial:
        part = float(f"0.{serial[2]}") if serial[2] else None
        if part is None:
            return datetime.combine(which, time(12)), False
        return datetime.combine(which, time()) + timedelta(minutes=round(part * 1440)), True
    at = hour(text)
    return datetime.combine(which, time(12) if at is None else at), at is not None


def minutes(text: str, *, header: str = "") -> float | None:
    """A duration: ``3h30``, ``3:30``, ``210 min``; a bare number is minutes, or hours where the ``header`` says
    hours or it has decimals. More than a day is no duration for a line of presence, yet may be one of a course."""
    said = text.strip().lower().replace(",", ".")
    if not said:
        return None
    if found := _CLOCK.fullmatch(said):
        return int(found[1]) * 60.0 + int(found[2])
    if re.fullmatch(r"\d+(\.\d+)?", said):
        value, words = float(said), plain(header)
        return value * 60 if "heure" in words or "hour" in words or "." in said else value
    if re.fullmatch(r"\d+(\.\d+)?\s*h(eures?|ours?)?", said):
        return float(re.split(r"\s*h", said)[0]) * 60
    found = _DURATION.fullmatch(said)
    if found is None or not any(found.groups()):
        raise ValueError("no duration")
    return int(found[1] or 0) * 60.0 + int(found[2] or 0)


def number(text: str) -> float | None:
    """``12``, ``12,5``, ``1 250.75``, ``80 %`` (as 80)."""
    said = re.sub(r"[\s\u00a0\u202f]", "", text).rstrip("%").replace(",", ".")
    if not said:
        return None
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", said):
        raise ValueError("no number")
    return float(said)


def score(text: str) -> tuple[float, float | None] | None:
    """(points, their maximum where the cell says it): ``15``, ``15/20``, ``75 %``."""
    said = text.strip()
    if not said:
        return None
    first, slash, second = said.partition("/")
    points, most = number(first), number(second) if slash else None
    if points is None or (slash and most is None):
        raise ValueError("no score")
    return points, 100.0 if most is None and said.endswith("%") else most


def share(text: str) -> float | None:
    """A progress, 0..1: ``80 %``, ``80``, ``0.8``, ``1`` (which is all of it)."""
    value = number(text)
    if value is None:
        return None
    found = value / 100 if "%" in text or value > 1 else value
    if not 0 <= found <= 1:
        raise ValueError("no share")
    return found


def yes(text: str) -> bool | None:
    """Whether something is so, in words of either language; a percentage is so when it is whole."""
    said = plain(text)
    if not said:
        return None
    if said in _YES or said in _NO:
        return said in _YES
    if "%" in said:
        return share(text) == 1.0
    raise ValueError("neither yes nor no")


def presence(text: str) -> Presence | None:
    """What a roll says."""
    said = plain(text)
    if not said:
        return None
    for word, names in _PRESENCE.items():
        if said in names:
            return word
    raise ValueError("no presence")


def afternoon(text: str) -> bool | None:
    """Which half-day: False the morning, True the afternoon."""
    said = plain(text)
    if not said:
        return None
    if said.startswith(("matin", "am", "morning")):
        return False
    if said.startswith(("apres", "pm", "afternoon", "aprem")):
        return True
    raise ValueError("no half-day")
