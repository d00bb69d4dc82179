"""What is made when it is first wanted, wanted by several units at once: it is made once, and nobody meets an error."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from content.xapi.profiles import own
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.attendance import Presence
from hub.domain.path import Activity, Binding, BindingKind, Modality
from hub.domain.roles import Grant, Viewer
from hub.models.exchange import OfferForm, TrainingOffer
from hub.models.learning import Enrolment, LearningPath, PathVersion, Resource
from hub.models.lti_in import LtiInUser
from hub.models.packages import Package, PackageImport
from hub.models.person import Account, Group, GroupMember, JournalEntry, Organisation, Person, RoleGrant
from hub.models.place import Attendance
from hub.models.platforms import LineItem, LtiDeployment, LtiKey, LtiPlatform, LtiTool, LtiUser, Platform
from hub.models.play import PlayAttempt
from hub.models.river import Ledger, StandingRow, XapiSource
from hub.models.second_factor import OidcAccount, OidcProvider
from hub.services import (
    accounts,
    attendance,
    collections,
    enrolments,
    groups_admin,
    lockouts,
    lti_in,
    lti_message,
    lti_platforms,
    lti_ports,
    offer_forms,
    offers,
    oidc,
    paths_publish,
    people,
    profiles,
    resource_paths,
    roles,
    settings,
    validation,
)
from hub.services.attendance import Entry
from hub.services.errors import Conflict, Invalid
from hub.services.play import attempts
from hub.services.play.cmi5 import sessions
from hub.services.preferences import keep_preference, preference
from tests.lti.world import key_pair
from tests.services import trainer_world
from tests.services.builders import NOW, brings, document, enrol, person, publish, rule, step
from tests.services.test_exchange import courses
from tests.services.trainer_world import make
from tests.web.lti_world import make_lti_world

UNITS = 3
Told = TypeVar("Told")


def at_once(tenant: TenantDatabase, ask: Callable[[Session], Told]) -> list[Told]:
    """What several units say of which none ends before each of the others has asked too, or waits for one that has; on
    SQLite, one after the other."""
    together = Barrier(UNITS, timeout=30)
    servers, asked = list[int](), list[int]()

    def unit(number: int) -> Told:
        if tenant.dialect == "sqlite":  # which opens one unit that writes after the other
            together.wait()
        with tenant.write() as session:
            if tenant.dialect == "sqlite":
                return ask(session)
            servers.append(session.scalars(select(func.pg_backend_pid())).one())
            together.wait()
            try:
                told = ask(session)
                session.flush()
            finally:
                asked.append(number)
            blocked = text("SELECT count(*) FROM unnest(:servers) s WHERE cardinality(pg_blocking_pids(s)) > 0")
            while len(asked) + session.scalars(blocked, {"servers": servers}).one() < UNITS:
                pass
            return told

    with ThreadPoolExecutor(UNITS) as pool:
        return list(pool.map(unit, range(UNITS)))


def count(tenant: TenantDatabase, model: Any) -> int:
    with tenant.read() as session:
        return session.scalars(select(func.count()).select_from(model)).one()


def test_first_launches_of_a_partners_user_reach_one_person(tenant: TenantDatabase) -> None:
    platform = new_id()
    with tenant.write() as session:
        session.add(Platform(id=platform, name="Moodle du partenaire", created_at=NOW))
    visitor = lti_in.Visitor(f"p:{new_id()}", platform, "https://moodle.example.org", "7", "Lina", "Martin")
    arrivals = at_once(tenant, lambda session: lti_in.receive(session, visitor, NOW))
    assert len({arrival.person_id for arrival in arrivals}) == 1
    assert sum(arrival.first for arrival in arrivals) == 1
    assert (count(tenant, LtiInUser), count(tenant, Person)) == (1, 1)


def test_first_launches_of_a_tool_say_one_name_and_make_one_column(tenant: TenantDatabase) -> None:
    world = make_lti_world(tenant, NOW)

    def launch(session: Session) -> str:
        tool = session.get_one(LtiTool, world.tool_id)
        lti_message.ensure_line_item(session, tool, session.get_one(Resource, world.resource_id), NOW)
        return lti_message.sub_of(session, tool, world.learners[0])

    assert len(set(at_once(tenant, launch))) == 1
    assert (count(tenant, LineItem), count(tenant, LtiUser)) == (1, 1)


def test_first_failures_from_one_address_all_count(tenant: TenantDatabase, installation: Installation) -> None:
    def fail(session: Session) -> None:
        lockouts.count_address(session, installation.vault, "192.0.2.1", NOW)

    at_once(tenant, fail)
    with tenant.read() as session:
        row = lockouts.of(session, installation.vault, "address", "192.0.2.1")
        assert row is not None
        assert row.failures == UNITS


def test_a_setting_that_several_set_first_is_set(tenant: TenantDatabase) -> None:
    at_once(tenant, lambda session: settings.set_setting(session, "colour", {"main": "green"}))
    with tenant.read() as session:
        assert settings.get_setting(session, "colour") == {"main": "green"}


def test_the_source_of_cmi5_units_is_made_once(tenant: TenantDatabase) -> None:
    assert len(set(at_once(tenant, lambda session: sessions.source(session).id))) == 1
    assert count(tenant, XapiSource) == 1


def test_an_attempt_opened_in_several_windows_is_one(tenant: TenantDatabase) -> None:
    resource, handed_in = new_id(), new_id()
    bound = Binding(kind=BindingKind.PACKAGE, resource_id=resource, iri=resource.urn, brings=brings("completed"))
    activity = Activity(title="Module", modality=Modality.OWN_PACE, minutes=30, binding=bound)
    only = step("Lire", activity, rule=rule(("completed", None)))
    with tenant.write() as session:
        session.add(Resource(id=resource, kind="package", iri=resource.urn, title="Module", created_at=NOW))
        owner = person(session)
        told = {"file_name": "m.zip", "sha256": "0" * 64, "size": 1, "created_at": NOW}
        session.add(PackageImport(id=handed_in, state="accepted", created_by=owner, **told))
        session.flush()
        session.add(
            Package(
                id=new_id(), resource_id=resource, number=1, format="scorm12", import_id=handed_in, **told
            )
        )  # fmt: skip
        enrolment = enrol(session, owner, publish(session, document(only)))

    def opened(session: Session) -> Any:
        return attempts.resume(session, session.get_one(Enrolment, enrolment), only, activity, NOW)

    assert len(set(at_once(tenant, opened))) == 1
    assert count(tenant, PlayAttempt) == 1


def test_a_person_is_enrolled_in_a_path_once(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
        version = publish(session, document(step("Lire", rule=rule(("completed", None)))))
        assert session.get_one(PathVersion, version).state == "published"

    def ask(session: Session) -> bool:
        try:
            enrolments.enrol(session, who, version, by=None, now=NOW, entered_on=NOW.date())
        except Conflict:
            return False
        return True

    assert sum(at_once(tenant, ask)) == 1
    assert count(tenant, Enrolment) == 1


def test_dispenses_of_two_steps_both_stay(tenant: TenantDatabase) -> None:
    done = rule(("completed", None))
    steps = [step(str(number), rule=done) for number in range(UNITS)]
    with tenant.write() as session:
        trainer = person(session)
        enrolment = enrol(session, person(session), publish(session, document(*steps)))
    left = [one.id for one in steps]

    def waive(session: Session) -> None:
        enrolments.waive(session, enrolment, left.pop(), why="déjà fait", by=trainer, now=NOW)

    at_once(tenant, waive)
    with tenant.read() as session:
        assert len(enrolments.get(session, enrolment).waivers) == UNITS


def test_a_roll_that_several_call_notes_each_presence_once(tenant: TenantDatabase) -> None:
    world = make(tenant)
    seance, entry = world.plan(), Entry(world.people[0], "am", Presence.PRESENT)

    def call(session: Session) -> int:
        return attendance.mark_roll(session, world.viewer, seance, [entry], trainer_world.NOW)

    assert sorted(at_once(tenant, call)) == [0] * (UNITS - 1) + [1]
    assert count(tenant, Attendance) == 1


def test_a_place_has_one_first_key(tenant: TenantDatabase) -> None:
    pairs = [key_pair(f"tool-{number}") for number in range(1, UNITS + 1)]

    def ask(session: Session) -> str:
        return lti_ports.signing_pair(session, pairs.pop(), NOW).kid

    told = at_once(tenant, ask)
    with tenant.read() as session:
        assert session.scalars(select(LtiKey.kid)).all() == [told[0]]
    assert told == told[:1] * UNITS


def refusal(ask: Callable[[], object]) -> str:
    """The code of the conflict that the page answers with; nothing where there is none."""
    try:
        ask()
    except Conflict as conflict:
        return conflict.code
    return ""


def test_a_role_given_several_times_is_one(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
    at_once(tenant, lambda session: roles.grant_role(session, who, "trainer", NOW))
    assert (count(tenant, RoleGrant), count(tenant, JournalEntry)) == (1, 1)


def test_a_person_joins_a_group_once_and_again_once(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who, group = person(session), Group(name="Garonne")
        session.add(group)
        session.flush()
    admin = Viewer(who, "Admin", "fr", (Grant("administrator"),))

    def join(session: Session) -> bool:
        return groups_admin.join(session, admin, group.id, who, now=NOW)

    assert sorted(at_once(tenant, join)) == [False, False, True]
    with tenant.write() as session:
        groups_admin.leave(session, admin, group.id, who, now=NOW + timedelta(days=1))
    assert sorted(at_once(tenant, join)) == [False, False, True]
    assert count(tenant, GroupMember) == 1


def test_a_login_that_several_choose_is_had_by_one(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        people = [person(session) for _ in range(UNITS)]

    def choose(session: Session) -> str:
        who = people.pop()
        return refusal(lambda: accounts.set_password(session, who, "ines", "hash", NOW))

    assert sorted(at_once(tenant, choose)) == ["", "login_taken", "login_taken"]
    assert count(tenant, Account) == 1


def test_a_person_who_uses_several_links_has_one_account(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
    made = at_once(tenant, lambda session: accounts.set_password(session, who, "ines", "hash", NOW).id)
    assert len(set(made)) == 1


def test_a_path_has_one_draft(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        version = publish(session, document(step("Lire", rule=rule(("completed", None)))))
        path = session.get_one(PathVersion, version).path_id

    def draft(session: Session) -> str:
        return refusal(lambda: paths_publish.new_draft(session, path, by=None, now=NOW))

    assert sorted(at_once(tenant, draft)) == ["", "path_draft_exists", "path_draft_exists"]
    assert count(tenant, PathVersion) == 2


def test_an_entry_that_several_offer_has_one_path_and_each_change_one_version(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        entry = Resource(
            kind="web", iri="https://a.example/", url="https://a.example/", title="A", minutes=30, created_at=NOW
        )
        entry.brings = [one.model_dump(mode="json") for one in brings("completed")]
        session.add(entry)
        session.flush()

    def offer(session: Session) -> Any:
        return resource_paths.offer(session, entry.id, by=None, now=NOW).id

    assert len(set(at_once(tenant, offer))) == 1
    with tenant.write() as session:
        session.get_one(Resource, entry.id).title = "B"
    assert len(set(at_once(tenant, offer))) == 1
    assert (count(tenant, LearningPath), count(tenant, PathVersion)) == (1, 2)


def test_each_trainer_who_gives_their_word_at_once_is_heard(tenant: TenantDatabase) -> None:
    world = make(tenant)
    enrolment, step_id = world.enrolments[0], world.steps[2]
    trainers = [replace(world.viewer, person_id=one) for one in world.people]

    def say(session: Session) -> None:
        validation.validate(session, trainers.pop(), enrolment, step_id, value=True, why="vu", now=trainer_world.NOW)

    at_once(tenant, say)
    assert count(tenant, Ledger) == UNITS
    with tenant.read() as session:
        assert session.scalars(select(StandingRow.revision)).all() == [UNITS]


def test_an_account_elsewhere_that_several_people_link_is_one_persons(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        people = [person(session) for _ in range(UNITS)]
        provider = OidcProvider(name="Région", issuer="https://id.example/", client_id="hub", created_at=NOW)
        session.add(provider)
        session.flush()

    def link(session: Session) -> str:
        who = people.pop()
        return refusal(lambda: oidc.link(session, provider.id, oidc.Told("ines", "Inès"), who, NOW))

    assert sorted(at_once(tenant, link)) == ["", "oidc_taken", "oidc_taken"]
    assert count(tenant, OidcAccount) == 1


def test_a_person_who_links_several_accounts_at_once_keeps_the_last(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
        provider = OidcProvider(name="Région", issuer="https://id.example/", client_id="hub", created_at=NOW)
        session.add(provider)
        session.flush()
    subjects = ["a", "b", "c"]
    at_once(tenant, lambda session: oidc.link(session, provider.id, oidc.Told(subjects.pop(), ""), who, NOW))
    assert count(tenant, OidcAccount) == 1


def test_a_deployment_that_several_approve_first_is_approved(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        session.add(Platform(id=(partner := new_id()), name="Moodle du partenaire", created_at=NOW))
        session.flush()
        row = LtiPlatform(
            platform_id=partner,
            issuer="https://moodle.example",
            client_id="hub",
            authorization_endpoint="https://moodle.example/auth",
            created_at=NOW,
        )
        session.add(row)
        session.flush()
    at_once(tenant, lambda session: lti_platforms.approve_deployment(session, row.id, "1", by=None, now=NOW))
    with tenant.read() as session:
        assert session.scalars(select(LtiDeployment.state)).all() == ["approved"]


def test_a_profile_that_several_load_is_one(tenant: TenantDatabase) -> None:
    profile = own.document() | {"id": "https://profiles.example/one"}
    data = orjson.dumps(profile)
    loaded = at_once(tenant, lambda session: profiles.add(session, data, "one.json", by=None, now=NOW).id)
    assert len(set(loaded)) == 1


def test_a_course_that_several_take_over_is_written_once(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
        offers.take(session, courses(), NOW)
        course = offers.listed(session)[0].id
    assert at_once(tenant, lambda session: offer_forms.take_over(session, course, by=who, now=NOW)) == [course] * UNITS
    assert count(tenant, OfferForm) == 1


def test_a_course_that_several_publish_first_is_offered_once(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
        body = Organisation(name="Le Générateur", kind="training", nda="76310000000", siret="12345678900011")
        session.add(body)
        offers.take(session, courses(), NOW)
        other = offer_forms.take_over(session, offers.listed(session)[0].id, by=who, now=NOW)
        said = offer_forms.get(session, other).data
        course = offer_forms.create(session, said.title, by=who, now=NOW)
        data = said.model_copy(update={"organisation_id": body.id, "number": "B1", "objective": "Apprendre"})
        offer_forms.save(session, course, 1, data, by=who, now=NOW)
    at_once(tenant, lambda session: offer_forms.publish(session, course, by=who, now=NOW))
    assert count(tenant, TrainingOffer) == len(courses()) + 1


def test_entries_put_into_a_collection_at_once_all_stay(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        entries = [Resource(kind="web", iri=f"urn:x:{n}", title="A", created_at=NOW) for n in range(UNITS)]
        session.add_all(entries)
        viewer = Viewer(person(session), "Nadia", "fr", (Grant("designer"),))
        chosen = collections.create(session, viewer, "Laser", "", shared=False, now=NOW)
    left = [one.id for one in entries]
    at_once(tenant, lambda session: collections.add(session, viewer, chosen, left.pop(), NOW))
    with tenant.read() as session:
        assert len(collections.get(session, viewer, chosen).items) == UNITS


def test_a_choice_that_a_person_makes_in_several_windows_is_kept(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
    at_once(tenant, lambda session: keep_preference(session, who, "columns", {"shown": ["name"]}))
    with tenant.read() as session:
        assert preference(session, who, "columns") == {"shown": ["name"]}


def test_a_person_whom_several_clicks_add_is_added_once(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        admin = Viewer(person(session), "Admin", "fr", (Grant("administrator"),))
    data = people.PersonData("Lina", "Martin", email="lina@example.fr", external_id="7")

    def add(session: Session) -> dict[str, str]:
        try:
            people.create(session, admin, data, now=NOW)
        except Invalid as error:
            return error.fields
        return {}

    again = {"external_id": "taken", "email": "shared_email"}
    assert sorted(at_once(tenant, add), key=len) == [{}, again, again]
