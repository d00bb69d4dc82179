"""The demo from its start to the end of its play: what its partners sent stands on the pages, in known numbers."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from content.inspect import inspect
from content.report import Verdict
from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo import sample_package
from hub.demo.browser import Browser, BrowserFault
from hub.demo.sample_offer import MEETINGS
from hub.demo.sample_parts import made_id
from hub.demo.sample_people import GROUPS, LATE_LINKED
from hub.demo.script import Act, write
from hub.domain.access import Display
from hub.domain.progress import Result
from hub.models.river import Ledger
from hub.services.journey import Journey, StepView, journey
from tests.demo.running import Running, free_ports, running

#: One play for all of them, whatever process runs them.
pytestmark = pytest.mark.xdist_group("played")

SEED = 11
THIRD_WEEKEND = 27
"""Days from the entry of the group, a Monday three weeks ago, to the Sunday of this week."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("played") / "demo"


@pytest.fixture(scope="module")
def played(folder: Path) -> Iterator[Running]:
    with running(folder, free_ports(), "--seed", str(SEED)) as demo:
        assert demo.health()["status"] == "ok"
        told = demo.wait_until_played()
        assert (told["failed"], told["progress"]) == (0, 1.0)
        yield demo


@pytest.fixture(scope="module")
def acts(played: Running) -> list[Act]:
    return write(SEED, date.fromisoformat(played.note["day"]))


@contextmanager
def tenant(folder: Path) -> Iterator[TenantDatabase]:
    installation = Installation(Config(data=folder / "data", allow_loopback=True))
    try:
        yield installation.tenant("generateur")
    finally:
        installation.close()


def journey_of(demo: Running, key: str) -> Journey:
    with tenant(demo.folder) as data, data.read() as session:
        return journey(session, UUID(demo.note["ids"]["enrolments"][key]), datetime.now(UTC))


def step_of(demo: Running, key: str, step: str, group: str = "garonne") -> StepView:
    return journey_of(demo, key).by_step[made_id(group, step)]


def origins(folder: Path) -> Counter[str]:
    """How many statements each authority sent."""
    with tenant(folder) as data, data.read() as session:
        names = [json.loads(text)["authority"]["name"] for text in session.scalars(select(Ledger.text))]
    return Counter(name.partition(":")[0] for name in names)


def signed_in(demo: Running, role: str) -> Browser:
    """A browser that entered by the door of a role."""
    browser = Browser()
    page = browser.submit(browser.get(demo.told["doors"]).form(f"/demo/{role}"))
    browser.submit(page.form("/s/"), follow=False)
    return browser


def test_it_tells_where_everything_is(played: Running) -> None:
    roles = {"learner", "trainer", "designer", "mediator", "administrator"}
    assert set(played.told) == {"hub", "doors", "links", "partners"}
    assert set(played.told["links"]) == roles
    for number, name in enumerate(("moodle", "campus", "mooc"), 1):
        assert played.told["partners"][name] == f"http://{name}.localhost:{played.port + number}"
        assert Browser().get(played.told["partners"][name]).status == 200


def test_a_link_signs_in_once(played: Running) -> None:
    browser = Browser()
    form = browser.get(played.told["links"]["administrator"]).form("/s/")
    assert browser.submit(form, follow=False).status == 303
    assert "Karim Azoulay" in browser.get(played.told["doors"]).text
    with pytest.raises(BrowserFault):
        Browser().get(played.told["links"]["administrator"])


def test_the_ledger_holds_what_each_source_sent(played: Running, acts: list[Act]) -> None:
    found = origins(played.folder)
    told = Counter(act.kind for act in acts)
    seen = sum(_expected(act) for act in acts if act.kind == "roll")
    assert found["hub attendance"] == seen
    assert found["hub trainer"] == told["validate"]
    assert found["Occitanie Mooc"] == sum(
        2 * a.details["units"] + a.details["finish"] for a in acts if a.kind == "mooc"
    )
    completions = {(a.who, a.details["step"]) for a in acts if a.kind == "tool"}
    # Each score is a statement; the first of a learner also completes the course.
    assert found["lti"] >= told["tool"] + len(completions)
    assert found["Campus Fab"] > told["grade"]


def _expected(act: Act) -> int:
    meeting = next(m for m in MEETINGS if m.seance_key == act.details["meeting"])
    return len(meeting.only or GROUPS[meeting.group]) * len(meeting.halves)


def test_scores_of_the_tool_stand(played: Running, acts: list[Act]) -> None:
    best: dict[tuple[str, str, str], float] = {}
    questions = {"garonne": 5, "tarn": 4, "canal": 4}
    for act in acts:
        if act.kind == "tool":
            group = act.details["group"]
            key = (act.who, group, act.details["step"])
            best[key] = max(best.get(key, 0.0), act.details["right"] / questions[group])
    for key, group, step in (("maelle", "garonne", "quiz"), ("lin", "tarn", "comptes"), ("kenza", "canal", "metier")):
        assert step_of(played, key, step, group).best == pytest.approx(best[key, group, step])


def presence(acts: list[Act], who: str, group: str) -> int:
    """Minutes that the rolls called give one learner: which were called depends on the day of the week."""
    total = 0
    for act in acts:
        meeting = next((m for m in MEETINGS if act.kind == "roll" and m.seance_key == act.details["meeting"]), None)
        if meeting is None or meeting.group != group or who in act.details["absent"]:
            continue
        if meeting.only and who not in meeting.only:
            continue
        starts = time.fromisoformat(act.details["arrived"]) if who in act.details["late"] else meeting.starts
        total += (meeting.ends.hour - starts.hour) * 60 + meeting.ends.minute - starts.minute
    return total


def test_evidence_of_the_mooc_the_moodle_and_the_roll_stands(played: Running, acts: list[Act]) -> None:
    assert step_of(played, "maelle", "plan").done
    assert (step_of(played, "maelle", "bases").best or 0) >= 0.6
    ines = journey_of(played, "ines")
    assert ines.minutes == presence(acts, "ines", "garonne") >= 630  # 3 h 30, 3 h and twice 2 h at least
    assert ines.by_step[made_id("garonne", "plan")].result is Result.WAIVED
    bases = ines.by_step[made_id("garonne", "bases")]
    assert (bases.display, bases.best) == (Display.CHECK, pytest.approx(0.58))
    quiz = ines.by_step[made_id("garonne", "quiz")]
    assert quiz.display is Display.AWAITING
    assert quiz.access.closes_on is not None
    # Open on whatever day of the week the demo is shown, so that she can take her word back and open it again.
    assert (quiz.access.closes_on - ines.enrolment.entered_on).days >= THIRD_WEEKEND
    assert ines.next is not None
    assert ines.next.step.title == "Modéliser une pièce"


def test_the_places_own_package_was_played_on_its_content_host(played: Running) -> None:
    region = step_of(played, "dylan", "region", "canal")
    assert (region.done, region.best) == (True, 1.0)
    assert region.variant is not None
    assert region.variant.title == "En trois questions, ici"
    assert step_of(played, "rose", "region", "canal").launched_at is not None
    packed = sample_package.packed()
    assert packed == sample_package.packed()
    assert inspect(io.BytesIO(packed), sample_package.FILE).report.verdict is Verdict.ACCEPT
    designer = signed_in(played, "designer")
    assert "L’industrie en trois questions" in designer.get(f"{played.told['hub']}/catalogue?origin=package").text


def test_the_past_of_a_late_linked_identity_counts(played: Running, acts: list[Act]) -> None:
    assert any(act.kind == "link" for act in acts)
    step = step_of(played, LATE_LINKED, "plan")
    first = next(act.at for act in acts if act.kind == "mooc" and act.who == LATE_LINKED)
    assert step.done
    assert step.done_at is not None
    assert 0 <= (step.done_at - first).total_seconds() < 3600 * 2


def test_a_switch_of_variant_keeps_what_is_done(played: Running) -> None:
    step = step_of(played, "jeanne", "bases")
    assert step.variant is not None
    assert step.variant.title == "À distance à mon rythme"
    assert (step.best or 0) > 0
    beyond_the_plan = step_of(played, "thuy", "modeliser")
    assert beyond_the_plan.switch_asked is not None


def test_the_pages_show_it(played: Running) -> None:
    learner = signed_in(played, "learner").get(f"{played.told['hub']}/")
    assert "Modéliser une pièce" in learner.text
    group = played.note["ids"]["groups"]["garonne"]
    trainer = signed_in(played, "trainer").get(f"{played.told['hub']}/groups/{group}")
    assert "Promotion Garonne" in trainer.text
    for name in ("Inès Benali", "Aïcha Diallo", "Thuy Tran"):
        assert name in trainer.text


def test_a_visitor_cannot_choose_the_time(played: Running) -> None:
    stranger = Browser(lambda: {"X-Demo-Instant": "2001-01-01T00:00:00+00:00", "X-Demo-Key": "guess"})
    page = stranger.get(played.told["links"]["designer"])
    assert "Nadia" in page.text  # in 2001 no such link was made; now it is there
    assert page.form("/s/").method == "POST"


def test_it_starts_again_where_it_ended(folder: Path, played: Running) -> None:
    before, port = origins(folder), played.port
    assert played.end() == 0
    with running(folder, port, "--keep") as again:
        assert again.health()["played"] is True
        assert step_of(again, "maelle", "plan").done
        browser = signed_in(again, "administrator")
        assert "Karim Azoulay" in browser.get(again.told["doors"]).text
        assert again.end() == 0
    assert origins(folder) == before
