"""Cards and links handed over: who may, for whom; the card's PIN, lock-out and revocation."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.uow import TenantDatabase
from hub.models.person import Card, Group, GroupMember, JournalEntry
from hub.services.roles import grant_role
from tests.web.conftest import Browser, Clock


@dataclass
class Place:
    """A group with a learner and its trainer, another group with a learner, and an administrator."""

    group: UUID
    lina: UUID
    other_group: UUID
    sami: UUID
    trainer: UUID
    mediator: UUID
    administrator: UUID


@pytest.fixture
def place(tenant: TenantDatabase, add_person: Callable[..., UUID], clock: Clock) -> Place:
    lina, sami = add_person("Lina", "Martin", "learner"), add_person("Sami", "Ali", "learner")
    trainer, mediator = add_person("Claire", "Fabre"), add_person("Moussa", "Diop", "mediator")
    administrator = add_person("Odile", "Roy", "administrator")
    with tenant.write() as session:
        groups = [Group(name="Promo A"), Group(name="Promo B")]
        session.add_all(groups)
        session.flush()
        session.add(GroupMember(group_id=groups[0].id, person_id=lina))
        session.add(GroupMember(group_id=groups[0].id, person_id=trainer))
        session.add(GroupMember(group_id=groups[1].id, person_id=sami))
        grant_role(session, trainer, "trainer", clock.now, group_id=groups[0].id)
    return Place(groups[0].id, lina, groups[1].id, sami, trainer, mediator, administrator)


def make_card(browser: Browser, person_id: UUID) -> tuple[str, str]:
    """Gives (path of the card, PIN) as the printed sheet shows them."""
    sheet = browser.post("/cards", {"person": str(person_id)})
    assert sheet.status_code == 200, sheet.text
    spelled = re.search(r'class="mono">([a-z0-9]{5}(?:-[a-z0-9]{5}){3})<', sheet.text)
    pin = re.search(r'<b class="mono">(\d{4})</b>', sheet.text)
    assert spelled
    assert pin
    return "/c/" + spelled[1].replace("-", ""), pin[1]


def test_cards_and_links_are_found_from_the_pages_of_whoever_may_make_them(
    place: Place, enter: Callable[..., Browser]
) -> None:
    mediator, trainer = enter(place.mediator), enter(place.trainer)
    assert 'href="/cards"' in mediator.get("/help").text
    assert f"/cards?group={place.group}" in trainer.get(f"/groups/{place.group}").text
    for browser in (mediator, trainer):
        listed = browser.get(f"/cards?group={place.group}").text
        assert f'href="/hand-over/{place.lina}"' in listed
        assert browser.get(f"/hand-over/{place.lina}").status_code == 200


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10000:04d}"


def test_a_card_signs_its_learner_in(
    place: Place, enter: Callable[..., Browser], browser: Browser, tenant: TenantDatabase
) -> None:
    path, pin = make_card(enter(place.trainer), place.lina)
    assert "Lina" not in browser.get(path).text
    assert browser.post(path, {"pin": pin}).location == "/"
    assert "avec une carte" in browser.get("/account").text
    with tenant.read() as session:
        card = session.scalars(select(Card)).one()
    assert pin not in card.pin_hash
    assert path.removeprefix("/c/").encode() not in card.code_hash


def test_the_sheet_is_not_kept_and_draws_without_inline_styles(place: Place, enter: Callable[..., Browser]) -> None:
    sheet = enter(place.trainer).post("/cards", {"person": str(place.lina)})
    assert sheet.headers["Cache-Control"] == "no-store"
    assert "<svg" in sheet.text
    assert "style=" not in sheet.text


def test_wrong_pins_lock_the_card_and_time_opens_it(
    place: Place, enter: Callable[..., Browser], browser: Browser, clock: Clock
) -> None:
    path, pin = make_card(enter(place.trainer), place.lina)
    assert [browser.post(path, {"pin": wrong(pin)}).status_code for _ in range(5)] == [422] * 5
    assert browser.post(path, {"pin": pin}).status_code == 429
    clock.advance(seconds=61)
    assert browser.post(path, {"pin": pin}).status_code == 303


def test_a_new_card_replaces_the_old_one(place: Place, enter: Callable[..., Browser], browser: Browser) -> None:
    staff = enter(place.trainer)
    old, old_pin = make_card(staff, place.lina)
    new, new_pin = make_card(staff, place.lina)
    assert browser.post(old, {"pin": old_pin}).status_code == 422
    assert browser.post(new, {"pin": new_pin}).status_code == 303


def test_revoking_closes_the_card_and_the_sessions_it_opened(
    place: Place, enter: Callable[..., Browser], browser: Browser, tenant: TenantDatabase
) -> None:
    staff = enter(place.trainer)
    path, pin = make_card(staff, place.lina)
    browser.post(path, {"pin": pin})
    by_password = enter(place.lina)
    assert staff.post(f"/cards/{place.lina}/revoke").location == f"/hand-over/{place.lina}"
    assert browser.get("/account").status_code == 303
    assert by_password.get("/account").status_code == 200
    assert browser.post(path, {"pin": pin}).status_code == 422
    with tenant.read() as session:
        acts = session.scalars(select(JournalEntry.act).order_by(JournalEntry.id)).all()
    assert acts[-2:] == ["card.issued", "card.revoked"]


def test_a_card_stops_when_its_learner_gets_another_role(
    place: Place, enter: Callable[..., Browser], browser: Browser, tenant: TenantDatabase, clock: Clock
) -> None:
    path, pin = make_card(enter(place.trainer), place.lina)
    with tenant.write() as session:
        grant_role(session, place.lina, "designer", clock.now)
    assert browser.post(path, {"pin": pin}).status_code == 422
    assert browser.cookie("hub") is None


def test_staff_get_no_card(place: Place, enter: Callable[..., Browser]) -> None:
    answer = enter(place.administrator).post("/cards", {"person": str(place.trainer)})
    assert answer.status_code == 409
    assert "Une carte ouvre seulement" in answer.text


def test_a_typed_code_leads_to_the_pin(place: Place, enter: Callable[..., Browser], browser: Browser) -> None:
    path, _ = make_card(enter(place.trainer), place.lina)
    code = path.removeprefix("/c/")
    typed = " ".join(code[i : i + 5] for i in range(0, 20, 5)).upper()
    assert browser.post("/card", {"code": typed}).location == path
    short = browser.post("/card", {"code": "abc"})
    assert short.status_code == 422
    assert 'value="abc"' in short.text


def test_a_trainer_makes_cards_for_the_own_group_only(place: Place, enter: Callable[..., Browser]) -> None:
    staff = enter(place.trainer)
    assert "Promo A" in staff.get("/cards").text
    assert "Promo B" not in staff.get("/cards").text
    page = staff.get(f"/cards?group={place.group}").text
    assert "Lina Martin" in page
    assert 'value="' + str(place.trainer) not in page
    assert staff.post("/cards", {"person": str(place.sami)}).status_code == 403
    assert staff.post(f"/cards/{place.sami}/revoke").status_code == 403
    assert staff.get(f"/hand-over/{place.sami}").status_code == 403


@pytest.mark.parametrize("who", ["trainer", "mediator"])
def test_nobody_below_the_administrator_hands_over_the_way_of_staff(
    place: Place, enter: Callable[..., Browser], who: str
) -> None:
    staff = enter(getattr(place, who))
    for target in (place.administrator, place.trainer, place.mediator):
        assert staff.post(f"/hand-over/{target}", {"purpose": "sign_in"}).status_code == 403


def test_a_link_is_shown_once_and_works(
    place: Place, enter: Callable[..., Browser], browser: Browser, tenant: TenantDatabase
) -> None:
    staff = enter(place.administrator)
    assert "Invitation à en choisir un" in staff.get(f"/hand-over/{place.trainer}").text
    shown = staff.post(f"/hand-over/{place.trainer}", {"purpose": "sign_in"})
    address = re.search(r'id="address">([^<]+)<', shown.text)
    assert address
    assert address[1].startswith("http://hub.localhost:8080/s/")
    assert shown.headers["Cache-Control"] == "no-store"
    path = address[1].removeprefix("http://hub.localhost:8080")
    assert browser.post(path).status_code == 303
    with tenant.read() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.act == "sign_in_link.handed_over")).one()
    assert (entry.actor_id, entry.subject_id) == (place.administrator, str(place.trainer))
    assert path.removeprefix("/s/") not in str(entry.details)


def test_nobody_chosen_says_so(place: Place, enter: Callable[..., Browser]) -> None:
    answer = enter(place.trainer).post("/cards", {"group": str(place.group)})
    assert answer.status_code == 422
    assert "Choisissez au moins une personne" in answer.text


def test_an_unknown_person_is_not_found(place: Place, enter: Callable[..., Browser]) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    assert enter(place.administrator).get(f"/hand-over/{nobody}").status_code == 404
    assert enter(place.administrator).post(f"/hand-over/{nobody}").status_code == 404
