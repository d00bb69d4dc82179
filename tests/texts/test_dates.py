"""Dates as people say them. Unbreakable spaces are written as ordinary ones here."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from hub.texts import Translator

from .conftest import MONDAY

Say = Callable[[str], Translator]
SEANCE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("lang", "day", "words"),
    [
        ("fr", date(2026, 11, 24), "mardi 24 novembre"),
        ("fr", date(2026, 12, 1), "mardi 1er décembre"),
        ("fr", date(2027, 9, 12), "dimanche 12 septembre 2027"),
        ("fr", date(2026, 12, 11), "vendredi 11 décembre"),
        ("fr", date(2026, 12, 21), "lundi 21 décembre"),
        ("en", date(2026, 11, 24), "Tuesday 24 November"),
        ("en", date(2027, 1, 1), "Friday 1 January 2027"),
    ],
)
def test_a_day_says_the_year_only_when_it_is_another(say: Say, lang: str, day: date, words: str) -> None:
    assert plain(say(lang).day(day)) == words


def test_a_short_day_fits_a_table(say: Say) -> None:
    assert plain(say("fr").day(date(2026, 11, 24), short=True)) == "mar. 24 nov."


def test_a_seance_says_its_day_and_hours(say: Say) -> None:
    end = SEANCE + timedelta(hours=3, minutes=30)
    assert plain(say("fr").span(SEANCE, end)) == "mardi 24 novembre, 9 h – 12 h 30"
    assert plain(say("en").span(SEANCE, end)) == "Tuesday 24 November, 9 am – 12:30 pm"


def test_the_hours_of_a_seance_do_not_break_over_two_lines(say: Say) -> None:
    hours = say("fr").span(SEANCE, SEANCE + timedelta(hours=3)).split(", ")[1]
    assert " " not in hours


def test_a_seance_over_two_days_says_both(say: Say) -> None:
    text = plain(say("fr").span(SEANCE, SEANCE + timedelta(days=1)))
    assert text == "mardi 24 novembre, 9 h – mercredi 25 novembre, 9 h"


def test_another_clock_is_named(say: Say) -> None:
    there = say("fr").span(SEANCE, SEANCE + timedelta(hours=3), zone="Indian/Reunion")
    assert plain(there) == "mardi 24 novembre, 12 h – 15 h (heure de La Réunion)"


def test_the_same_clock_under_another_name_is_not(say: Say) -> None:
    assert "heure" not in say("fr").span(SEANCE, SEANCE + timedelta(hours=1), zone="Europe/Brussels")


def test_the_hour_follows_summer_time(say: Say) -> None:
    assert plain(say("fr").clock(datetime(2026, 7, 1, 6, 0, tzinfo=UTC))) == "8 h"
    assert plain(say("fr").clock(datetime(2026, 12, 1, 6, 0, tzinfo=UTC))) == "7 h"


@pytest.mark.parametrize(
    ("instant", "french", "english"),
    [
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), "ce matin à 6 h", "this morning at 6 am"),
        (datetime(2026, 11, 23, 13, 5, tzinfo=UTC), "cet après-midi à 14 h 05", "this afternoon at 2:05 pm"),
        (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), "ce soir à 19 h", "this evening at 7 pm"),
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), "cette nuit à 2 h", "in the night at 2 am"),
        (datetime(2026, 11, 22, 17, 12, tzinfo=UTC), "hier à 18 h 12", "yesterday at 6:12 pm"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "demain à 9 h", "tomorrow at 9 am"),
        (datetime(2026, 11, 27, 8, 0, tzinfo=UTC), "vendredi 27 novembre à 9 h", "Friday 27 November at 9 am"),
    ],
)
def test_a_moment(say: Say, instant: datetime, french: str, english: str) -> None:
    assert plain(say("fr").moment(instant)) == french
    assert plain(say("en").moment(instant)) == english


def test_yesterday_is_the_readers_yesterday() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert plain(Translator("fr", "Europe/Paris", lambda: MONDAY).moment(late)) == "cette nuit à 0 h 30"
    assert plain(Translator("fr", "Europe/London", lambda: MONDAY).moment(late)) == "hier à 23 h 30"


@pytest.mark.parametrize(
    ("away", "french"),
    [
        (timedelta(seconds=20), "à l’instant"),
        (timedelta(minutes=5), "il y a 5 min"),
        (timedelta(hours=3), "il y a 3 h"),
        (timedelta(hours=12), "hier"),
        (timedelta(days=9), "il y a 9 jours"),
        (timedelta(days=120), "il y a 4 mois"),
        (-timedelta(hours=2), "dans 2 h"),
        (-timedelta(days=1), "demain"),
        (-timedelta(days=3), "dans 3 jours"),
    ],
)
def test_how_long_ago(say: Say, away: timedelta, french: str) -> None:
    assert plain(say("fr").ago(MONDAY - away)) == french


def test_a_period(say: Say) -> None:
    assert plain(say("fr").dates(date(2026, 11, 2), date(2026, 12, 18))) == "du 2 novembre au 18 décembre"
    assert plain(say("fr").dates(date(2026, 11, 2), date(2026, 11, 2))) == "2 novembre"


def test_the_parts_of_a_date_plate(say: Say) -> None:
    french = say("fr")
    assert (french.weekday(SEANCE), french.day_number(SEANCE), french.month(SEANCE)) == ("mar.", "24", "nov.")


def test_a_naive_instant_is_refused(say: Say) -> None:
    with pytest.raises(ValueError, match="naive"):
        say("fr").clock(datetime(2026, 11, 23, 9, 0))
