"""Pages of administration as a browser sees them: every page opens, forms say what is wrong beside the field."""

import io
import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.worker import Worker
from hub.models.learning import Enrolment, Resource
from hub.models.person import Group, IdentityLink, JournalEntry, Organisation, Person, RoleGrant
from hub.models.place import Place, Room
from hub.models.platforms import Delivery, Job, LtiKey, LtiTool, Platform, SyncRun
from hub.models.river import Agent
from hub.services import deliveries, ledger, organisations
from hub.services.journal import record
from hub.services.organisations import OrganisationData
from hub.services.roles import grant_role
from hub.services.source import Source
from tests.services.builders import NOW, activity, document, publish, rule, statement, step
from tests.services.sync_place import TOKEN, moodle
from tests.web.conftest import Browser, Clock

SIRET = "73282932000074"


@pytest.fixture
def boss(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    """A browser of somebody who administers the whole place."""
    return enter(add_person("Karim", "Azoulay", "administrator"))


@pytest.fixture
def version(tenant: TenantDatabase) -> UUID:
    """A published version of one step."""
    with tenant.write() as session:
        return publish(
            session, document(step("Un", activity("https://a.example", "completed"), rule=rule(("completed", None))))
        )


def text_of(answer: object) -> str:
    return BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)


def beside(answer: object, name: str) -> str:
    """The message beside a field."""
    found = BeautifulSoup(answer.text, "html.parser").find(id=f"{name}-error")
    return found.get_text(" ", strip=True) if found else ""


PAGES = [
    "/admin", "/admin/people", "/admin/people/new", "/admin/import", "/admin/groups", "/admin/groups?archived=1",
    "/admin/groups/new", "/admin/organisations", "/admin/organisations/new", "/admin/places", "/admin/places/new",
    "/admin/settings", "/admin/platforms", "/admin/platforms/new", "/admin/platforms/new?connector=moodle",
    "/admin/platforms/new?connector=", "/admin/keys", "/admin/identities", "/admin/identities?ignored=1",
    "/admin/deliveries", "/admin/jobs", "/admin/jobs?state=done", "/admin/journal", "/admin/people?q=x&after=broken",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_on_an_empty_place(boss: Browser, path: str) -> None:
    answer = boss.get(path)
    assert answer.status_code == 200
    assert len(BeautifulSoup(answer.text, "html.parser").find_all("h1")) == 1


@pytest.mark.parametrize("path", ["/admin", "/admin/people", "/admin/groups"])
def test_english_pages_have_no_french_left(tenant: TenantDatabase, boss: Browser, path: str) -> None:
    with tenant.write() as session:
        session.scalars(select(Person)).one().language = "en"
    answer = boss.get(path)
    assert 'lang="en"' in answer.text
    assert "Personnes" not in text_of(answer)


def test_a_person_is_added_found_without_accents_and_changed(tenant: TenantDatabase, boss: Browser) -> None:
    answer = boss.post("/admin/people/new", {"given_name": "Léa", "family_name": "", "email": "pas une adresse"})
    assert answer.status_code == 422
    assert beside(answer, "family_name") == "À remplir."
    answer = boss.post("/admin/people/new", {"given_name": "Léa", "family_name": "Noël", "email": "pas une adresse"})
    assert "prenom@exemple.fr" in beside(answer, "email")
    assert 'value="pas une adresse"' in answer.text
    right = {"given_name": "Léa", "family_name": "Noël", "email": "lea@exemple.fr", "role": "learner", "language": "fr"}
    made = boss.post("/admin/people/new", right)
    assert made.status_code == 303
    assert "Léa Noël" in text_of(boss.get("/admin/people?q=noel+LEA"))
    assert "Personne ne correspond" in text_of(boss.get("/admin/people?q=noele"))
    shared = boss.post("/admin/people/new", {**right, "given_name": "Tom"})
    assert "Une autre personne" in beside(shared, "email")
    assert boss.post("/admin/people/new", {**right, "given_name": "Tom", "same_email": "1"}).status_code == 303
    changed = boss.post(f"{made.location}/edit", {**right, "phone": "06 12 34 56 78"})
    assert changed.status_code == 303
    assert "0612345678" in text_of(boss.get(made.location))
    with tenant.read() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.act == "person.changed")).one()
        assert entry.details == {"fields": ["phone"]}


def test_roles_are_given_and_taken_and_one_administrator_stays(
    tenant: TenantDatabase, boss: Browser, add_person: Callable[..., UUID]
) -> None:
    lina = add_person("Lina", "Martin")
    with tenant.write() as session:
        group = Group(name="Menuiserie")
        session.add(group)
    assert boss.post(f"/admin/people/{lina}/roles", {"role": ""}).status_code == 422
    assert boss.post(f"/admin/people/{lina}/roles", {"role": "trainer", "group": str(group.id)}).status_code == 303
    page = text_of(boss.get(f"/admin/people/{lina}"))
    assert "Formateur Menuiserie" in page
    with tenant.read() as session:
        grant = session.scalars(select(RoleGrant).where(RoleGrant.person_id == lina)).one()
        own = session.scalars(select(RoleGrant).where(RoleGrant.role == "administrator")).one()
    assert boss.post(f"/admin/people/{lina}/roles/{grant.id}/revoke").status_code == 303
    kept = boss.post(f"/admin/people/{own.person_id}/roles/{own.id}/revoke")
    assert "au moins une personne" in text_of(kept)
    with tenant.read() as session:
        assert [row.role for row in session.scalars(select(RoleGrant))] == ["administrator"]


def test_who_administers_a_part_reaches_no_further(
    tenant: TenantDatabase, clock: Clock, add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    part, other, chief = (
        add_person("Paule", "Partie"),
        add_person("Otto", "Autre"),
        add_person("Ada", "Chef", "administrator"),
    )
    with tenant.write() as session:
        mine, theirs = Group(name="La mienne"), Group(name="La leur")
        session.add_all([mine, theirs])
        session.flush()
        grant_role(session, part, "administrator", clock.now, group_id=mine.id)
    paule = enter(part)
    assert "Otto" not in text_of(paule.get("/admin/people"))
    assert paule.get(f"/admin/people/{other}").status_code == 404
    assert paule.get(f"/admin/groups/{theirs.id}").status_code == 404
    assert paule.get("/admin/platforms").status_code == 403
    assert paule.get("/admin/journal").status_code == 403
    typed = {"given_name": "Zoé", "family_name": "Neuve", "role": "administrator", "language": "fr"}
    refused = paule.post("/admin/people/new", typed)
    assert refused.status_code == 422
    made = paule.post("/admin/people/new", {**typed, "role": "learner", "group": str(mine.id)})
    assert made.status_code == 303
    grab = paule.post(f"{made.location}/roles", {"role": "administrator"})
    assert grab.status_code == 422
    with tenant.write() as session:
        from hub.models.person import GroupMember

        session.add(GroupMember(group_id=mine.id, person_id=chief))
    assert paule.get(f"/admin/people/{chief}").status_code == 200
    assert paule.get(f"/admin/people/{chief}/edit").status_code == 403
    assert paule.post(f"/admin/people/{chief}/edit", {"email": "paule@exemple.fr"}).status_code == 403


def test_enrolling_with_an_agreed_plan(
    tenant: TenantDatabase, boss: Browser, add_person: Callable[..., UUID], version: UUID
) -> None:
    lina = add_person("Lina", "Martin", "learner")
    path = f"/admin/people/{lina}/enrol"
    assert "À quel parcours" in text_of(boss.get(path))
    assert "Le parcours en prévoit 60 (1 h)" in text_of(boss.get(f"{path}?version_id={version}")).replace("\u00a0", " ")
    assert beside(boss.post(path, {"entered_on": "2026-11-23"}), "version_id") == "À remplir."
    typed = {"version_id": str(version), "entered_on": "2026-11-23", "minutes-on_site": "600", "funding": "Région"}
    assert "date de fin" in beside(boss.post(path, typed), "ends_on")
    assert "avant" in beside(boss.post(path, {**typed, "ends_on": "2026-01-01"}), "ends_on")
    assert boss.post(path, {**typed, "ends_on": "2027-03-31"}).status_code == 303
    again = boss.post(path, {**typed, "ends_on": "2027-03-31"})
    assert "suit déjà" in beside(again, "version_id")
    with tenant.read() as session:
        row = session.scalars(select(Enrolment)).one()
    assert row.agreed_plan == {"minutes": {"on_site": 600}, "starts_on": "2026-11-23", "ends_on": "2027-03-31"}
    assert "sur place 10 h" in text_of(boss.get(f"/admin/people/{lina}")).replace("\u00a0", " ")
    ended = boss.post(f"/admin/enrolments/{row.id}/end", {"state": "left", "why": "déménage"})
    assert ended.status_code == 303
    with tenant.read() as session:
        assert session.get_one(Enrolment, row.id).state == "left"


def test_erasing_asks_for_the_name(tenant: TenantDatabase, boss: Browser, add_person: Callable[..., UUID]) -> None:
    lina = add_person("Lina", "Martin", "learner", email="lina@exemple.fr")
    assert "Ce qui disparaît" in text_of(boss.get(f"/admin/people/{lina}/erase"))
    assert "Lina Martin" in beside(boss.post(f"/admin/people/{lina}/erase", {"name": "lina"}), "name")
    assert boss.post(f"/admin/people/{lina}/erase", {"name": "Lina Martin"}).status_code == 303
    assert boss.get(f"/admin/people/{lina}").status_code == 404
    with tenant.read() as session:
        assert session.get_one(Person, lina).email is None


def test_a_list_is_checked_then_written(
    installation: Installation, boss: Browser, tenant: TenantDatabase, clock: Clock
) -> None:
    wrong = boss.post("/admin/import", {"file": (io.BytesIO(b"a;b\n1;2\n"), "liste.csv")})
    assert "première ligne" in beside(wrong, "file")
    assert "Choisissez" in beside(boss.post("/admin/import"), "file")
    data = "Nom;Prénom;Courriel\nBenali;Inès;ines@exemple.fr\nLopez;;x\n".encode("cp1252")
    answer = boss.post("/admin/import", {"file": (io.BytesIO(data), "liste.csv")})
    assert answer.status_code == 303
    report = text_of(boss.get(answer.location))
    assert "Écrire 1 personne" in report
    assert "prénom : À remplir." in report.replace("\u00a0", " ")
    assert boss.post(f"{answer.location}/confirm").status_code == 303
    assert boss.get(f"{answer.location}/progress").status_code == 200
    Worker(installation, threading.Event(), clock=clock).run_once()
    assert "ajoutée" in text_of(boss.get(answer.location))
    assert boss.post(f"{answer.location}/confirm").status_code == 409
    with tenant.read() as session:
        assert session.scalars(select(Person.given_name).where(Person.family_name == "Benali")).all() == ["Inès"]
    other = boss.post("/admin/import", {"file": (io.BytesIO(data), "liste.csv")})
    assert boss.post(f"{other.location}/give-up").status_code == 303


def test_organisations_check_their_numbers(tenant: TenantDatabase, boss: Browser) -> None:
    path = "/admin/organisations/new"
    wrong = boss.post(path, {"name": "CFA", "kind": "cfa", "nda": "123", "siret": "73282932000075"})
    assert "11 chiffres" in beside(wrong, "nda")
    assert "SIRET" in beside(wrong, "siret")
    right = {"name": "CFA", "kind": "cfa", "nda": "76 31 12345 67", "siret": "732 829 320 00074"}
    assert boss.post(path, {**right, "nda": "76311234567"}).status_code == 303
    assert "Déjà pris" in beside(boss.post(path, {**right, "name": "Autre"}), "siret")
    with tenant.read() as session:
        row = session.scalars(select(Organisation)).one()
    assert (row.nda, row.siret) == ("76311234567", SIRET)
    assert boss.post(f"/admin/organisations/{row.id}", {**right, "name": "Le CFA"}).status_code == 303


def test_groups_gain_and_lose_people(tenant: TenantDatabase, boss: Browser, add_person: Callable[..., UUID]) -> None:
    lina, tom = add_person("Lina", "Martin", "learner"), add_person("Tom", "Estève", "trainer")
    assert "avant" in beside(
        boss.post("/admin/groups/new", {"name": "A", "starts_on": "2026-02-01", "ends_on": "2026-01-01"}), "ends_on"
    )
    path = boss.post("/admin/groups/new", {"name": "Menuiserie"}).location
    assert "Ajouter Lina Martin" in text_of(boss.get(f"{path}?q=lina"))
    assert boss.post(f"{path}/members", {"person": str(lina)}).status_code == 303
    assert boss.post(f"{path}/trainers", {"person": str(tom)}).status_code == 303
    page = text_of(boss.get(path))
    assert "1 personne" in page
    assert "Tom Estève" in page
    with tenant.read() as session:
        grant = session.scalars(select(RoleGrant).where(RoleGrant.group_id.is_not(None))).one()
    assert boss.post(f"{path}/trainers/{grant.id}/stop").status_code == 303
    assert boss.post(f"{path}/members/{lina}/leave").status_code == 303
    assert "0 personne" in text_of(boss.get(path))
    assert boss.post(f"{path}/archive", {"archived": "1"}).status_code == 303
    assert "Menuiserie" in text_of(boss.get("/admin/groups?archived=1"))


def test_places_and_rooms(tenant: TenantDatabase, boss: Browser) -> None:
    assert "fuseau" in beside(boss.post("/admin/places/new", {"name": "Ici", "zone": "Mars/Base"}), "zone")
    assert boss.post("/admin/places/new", {"name": "Ici", "zone": "Europe/Paris"}).status_code == 303
    with tenant.read() as session:
        place = session.scalars(select(Place)).one().id
    rooms = f"/admin/places/{place}/rooms"
    room = {"name": "Atelier", "kind": "technical_platform", "needs_skill": "sécurité laser"}
    assert "trop petit" in beside(boss.post(f"{rooms}/new", {**room, "seats": "0"}), "seats")
    assert boss.post(f"{rooms}/new", {**room, "seats": "8"}).status_code == 303
    assert "sécurité laser" in text_of(boss.get("/admin/places"))
    with tenant.read() as session:
        made = session.scalars(select(Room)).one()
    assert boss.get(f"{rooms}/{made.id}").status_code == 200
    assert boss.post(f"{rooms}/{made.id}", {**room, "seats": "9"}).status_code == 303


def test_settings_refuse_a_colour_nobody_sees(boss: Browser) -> None:
    typed = {
        "name": "La Fabrique", "zone": "Europe/Paris", "lunch_starts": "12:00", "lunch_ends": "13:00", "help_days": "2",
        "upload_megabytes": "100", "light": "#ffee99", "dark": "#ffb199",
    }  # fmt: skip
    assert "il en faut 3" in beside(boss.post("/admin/settings", typed), "light")
    assert "#a83814" in beside(boss.post("/admin/settings", {**typed, "light": "rouge"}), "light")
    assert "début" in beside(
        boss.post("/admin/settings", {**typed, "light": "#a83814", "lunch_ends": "11:00"}), "lunch_ends"
    )
    assert boss.post("/admin/settings", {**typed, "light": "#a83814"}).status_code == 303
    answer = boss.get("/admin/settings")
    assert "La Fabrique" in text_of(answer)
    assert "/theme/a83814-ffb199.css" in answer.text


def test_a_platform_is_connected_tested_paused_and_read(tenant: TenantDatabase, boss: Browser) -> None:
    path = "/admin/platforms/new?connector=moodle"
    wrong = boss.post(path, {"name": "Campus", "set-url": "pas une adresse", "set-token": "secret-token"})
    assert beside(wrong, "set-url")
    assert "secret-token" not in wrong.text
    right = {"name": "Campus", "set-url": "http://127.0.0.1:9", "set-token": "secret-token", "every_minutes": "360"}
    shown = boss.post(path, right).location
    with tenant.read() as session:
        row = session.scalars(select(Platform)).one()
        assert row.credentials is not None
        assert "secret-token" in row.credentials.reveal()
    assert "secret-token" not in boss.get(f"{shown}/edit").text
    tested = boss.post(f"{shown}/test")
    assert tested.status_code == 200
    assert "La connexion ne marche pas" in text_of(tested)
    assert boss.post(f"{shown}/read").status_code == 303
    with tenant.read() as session:
        assert session.scalars(select(Job.kind)).one() == "sync_platform"
    assert boss.post(f"{shown}/state", {"active": "0"}).status_code == 303
    assert "en pause" in text_of(boss.get("/admin/platforms"))
    assert "en pause" in text_of(boss.get(boss.post(f"{shown}/read").location))
    assert boss.post(f"{shown}/state", {"active": "1"}).status_code == 303


def test_errors_and_falls_of_a_platform_are_said_in_plain_words(
    tenant: TenantDatabase, boss: Browser, clock: Clock
) -> None:
    with tenant.write() as session:
        error = {
            "code": "missing_right",
            "function": "core_grades",
            "rights": ["moodle/grade:viewall"],
            "transient": False,
        }
        row = Platform(
            name="Campus Fab", connector="moodle", base_url="https://c.example", created_at=clock.now, last_error=error
        )
        session.add(row)
        session.flush()
        fall = {
            "kind": "grade",
            "key": "1",
            "user": "ines",
            "course": "2",
            "module": "7",
            "before": {"completed": 1.0, "score": 0.8},
            "after": {"completed": 0.0, "score": None},
        }
        run = SyncRun(
            platform_id=row.id,
            started_at=clock.now,
            ended_at=clock.now,
            state="held",
            counts={"held": 1, "read": 40},
            held=[fall],
        )
        session.add(run)
    home = text_of(boss.get("/admin"))
    assert "droit manquant" in home
    assert "Vérifier les résultats en baisse" in home
    page = text_of(boss.get(f"/admin/platforms/{row.id}")).replace("\u00a0", " ")
    assert "moodle/grade:viewall" in page
    assert "terminé, note : 80 %" in page
    assert "pas terminé, pas de note" in page
    falls = f"/admin/platforms/{row.id}/falls/{run.id}"
    assert boss.post(falls, {"answer": "refuse"}).status_code == 303
    assert boss.post(falls, {"answer": "accept"}).status_code == 409
    with tenant.read() as session:
        assert session.get_one(SyncRun, run.id).state == "refused"


def test_a_tool_is_registered_by_hand(tenant: TenantDatabase, boss: Browser, clock: Clock) -> None:
    with tenant.write() as session:
        row = Platform(name="Outil", created_at=clock.now)
        session.add(row)
    path = f"/admin/platforms/{row.id}/tools/new"
    assert beside(boss.post(path), "login_initiation_url") == "À remplir."
    typed = {
        "login_initiation_url": "javascript:alert(1)", "target_link_uri": "https://t.example/launch",
        "redirect_uris": "https://t.example/launch", "jwks_uri": "https://t.example/jwks", "privacy": "name",
    }  # fmt: skip
    assert "https://" in beside(boss.post(path, typed), "login_initiation_url")
    made = boss.post(path, {**typed, "login_initiation_url": "https://t.example/login"})
    assert made.status_code == 303
    page = text_of(boss.get(made.location))
    with tenant.read() as session:
        tool = session.scalars(select(LtiTool)).one()
    assert tool.client_id in page
    assert "http://hub.localhost:8080/lti/token" in page
    assert tool.registration["privacy"] == {"name": True, "email": False}
    changed = {**typed, "login_initiation_url": "https://t.example/login2"}
    assert boss.get(f"{made.location}/edit").status_code == 200
    assert boss.post(f"{made.location}/edit", changed).status_code == 303
    assert boss.post(f"{made.location}/state", {"active": "0"}).status_code == 303
    assert "Rouvrir" in text_of(boss.get(made.location))
    assert boss.post("/admin/keys/rotate").status_code == 303
    with tenant.read() as session:
        assert session.scalars(select(LtiKey)).one().kid in boss.get("/admin/keys").text


def test_an_unknown_account_is_suggested_linked_undone_and_set_aside(
    tenant: TenantDatabase, boss: Browser, add_person: Callable[..., UUID]
) -> None:
    lina = add_person("Lina", "Martin", "learner", external_id="lina.m")
    with tenant.write() as session:
        ledger.ingest(session, [statement("lina.m", "completed", "https://a.example")], Source(name="lms"), NOW)
    page = text_of(boss.get("/admin/identities"))
    assert "1 trace" in page
    assert "C’est Lina Martin" in page
    assert "même identifiant" in page
    with tenant.read() as session:
        agent = session.scalars(select(Agent).where(Agent.ifi.contains("lina.m"))).one().id
    path = f"/admin/identities/{agent}"
    assert "completed" in text_of(boss.get(path))
    assert boss.post(f"{path}/link", {"person": str(lina), "rule": "external_id"}).status_code == 303
    assert "Tout est relié" in text_of(boss.get("/admin/identities"))
    assert boss.post(f"{path}/unlink").status_code == 303
    assert "Le hub ne reconnaît personne" in text_of(boss.get("/admin/identities"))
    assert boss.post(f"{path}/ignore").status_code == 303
    assert "Tout est relié" in text_of(boss.get("/admin/identities"))
    assert "lina.m" in text_of(boss.get("/admin/identities?ignored=1"))
    assert boss.post(f"{path}/restore").status_code == 303
    with tenant.read() as session:
        link = session.scalars(select(IdentityLink)).one()
    assert link.rule == "external_id"
    assert link.unlinked_at is not None


def test_deliveries_show_the_answer_and_can_be_sent_again(
    tenant: TenantDatabase, boss: Browser, add_person: Callable[..., UUID]
) -> None:
    lina = add_person("Lina", "Martin", "learner")
    with tenant.write() as session:
        key = deliveries.email(session, "lina@exemple.fr", "Bonjour", "Texte", person_id=lina)
        row = session.get_one(Delivery, key)
        row.state, row.attempts, row.last_error = "failed", 3, {"code": "smtp", "detail": "550 no such user"}
    page = text_of(boss.get("/admin/deliveries"))
    assert "à Lina Martin" in page
    assert "550 no such user" in page
    assert boss.post(f"/admin/deliveries/{key}/resend").status_code == 303
    with tenant.read() as session:
        assert session.get_one(Delivery, key).state == "due"
    assert boss.post(f"/admin/deliveries/{key}/cancel").status_code == 303
    assert "E-mail" in text_of(boss.get("/admin/deliveries?state=cancelled"))
    assert boss.post(f"/admin/deliveries/{key}/resend").status_code == 303
    assert boss.post(f"/admin/jobs/{key}/resend").status_code == 404
    with tenant.write() as session:
        session.get_one(Delivery, key).state = "waiting"
    assert boss.post(f"/admin/deliveries/{key}/sent").status_code == 303
    assert "E-mail" in text_of(boss.get("/admin/deliveries?state=done"))


def test_the_journal_is_searched_and_paged(tenant: TenantDatabase, boss: Browser, clock: Clock) -> None:
    with tenant.write() as session:
        for number in range(59):
            organisations.add(session, OrganisationData(f"Organisme {number}", "partner"), by=None, now=clock.now)
        zoe = Person(given_name="Zoé", family_name="Petit", created_at=clock.now)
        session.add(zoe)
        session.flush()
        record(session, clock.now, None, "person.changed", "person", zoe.id)
    boss.post("/admin/organisations/new", {"name": "Organisme 59", "kind": "partner"})
    first = boss.get("/admin/journal?act=organisation.created")
    assert first.text.count("organisme créé") >= 50
    soup = BeautifulSoup(first.text, "html.parser")
    following = soup.find("a", rel="next")
    assert following is not None
    second = text_of(boss.get(str(following["href"])))
    assert "Organisme 0" in second
    assert "Organisme 59" not in second
    assert "Rien à montrer" in text_of(boss.get("/admin/journal?who=personne-de-ce-nom"))
    assert "Karim Azoulay" in text_of(boss.get("/admin/journal?who=Azou"))
    today, yesterday = (clock.now - timedelta(days=back) for back in (0, 1))
    for asked, seen in (
        (f"since={today:%F}&until={today:%F}", True), (f"until={yesterday:%F}", False), ("since=nonsense", True),
        ("whom=petit+zoe", True), ("whom=personne-de-ce-nom", False),
    ):  # fmt: skip
        assert ("Rien à montrer" not in text_of(boss.get(f"/admin/journal?{asked}"))) is seen, asked
    assert "organisme créé" not in boss.get("/admin/journal?whom=zoe").text.partition("<tbody>")[2]


def test_a_moodle_is_tested_and_read_from_the_pages(
    installation: Installation, tenant: TenantDatabase, boss: Browser, clock: Clock
) -> None:
    with moodle() as site:
        typed = {"name": "Campus", "set-url": site.url, "set-token": TOKEN, "every_minutes": "360"}
        shown = boss.post("/admin/platforms/new?connector=moodle", typed).location
        tested = text_of(boss.post(f"{shown}/test"))
        assert "Connexion réussie" in tested
        assert "voir les notes" in tested
        boss.post(f"{shown}/read")
        worker = Worker(installation, threading.Event(), clock=clock)
        while worker.run_once():
            pass
    page = text_of(boss.get(shown))
    assert "réussie" in page
    assert "fiches lues" in page
    assert "va bien" in page
    waiting = text_of(boss.get("/admin/identities"))
    assert "Aucune trace" not in waiting
    assert "0 trace" in waiting


def test_a_platform_is_examined_and_the_letter_is_ready(tenant: TenantDatabase, boss: Browser) -> None:
    typed = {"name": "Campus", "set-url": "http://127.0.0.1:9", "set-token": "secret-token", "every_minutes": "360"}
    shown = boss.post("/admin/platforms/new?connector=moodle", typed).location
    assert "Examiner maintenant" in text_of(boss.get(f"{shown}/diagnosis"))
    found = text_of(boss.post(f"{shown}/diagnosis")).replace("\u00a0", " ")
    assert "La plateforme ne peut pas être lue" in found
    assert "Le site ne répond pas au hub." in found
    assert "Bonjour," in found
    assert "secret-token" not in found
    with tenant.write() as session:
        other = Platform(name="Outil", created_at=session.scalars(select(Platform)).one().created_at)
        session.add(other)
        session.flush()
        address = f"/admin/platforms/{other.id}/diagnosis"
    assert boss.post(address).status_code == 303


def test_a_shrunken_roster_is_asked_about(tenant: TenantDatabase, boss: Browser, clock: Clock) -> None:
    with tenant.write() as session:
        row = Platform(name="Campus", connector="moodle", base_url="https://c.example", created_at=clock.now)
        session.add(row)
        session.flush()
        asked = {"kind": "roster", "key": "2", "course": "2", "module": "", "user": "", "title": "Dessin",
                 "before": 40, "after": 3}  # fmt: skip
        notices = [{"code": "went_back", "about": "platform", "detail": ""}]
        run = SyncRun(platform_id=row.id, started_at=clock.now, ended_at=clock.now, state="held", held=[asked],
                      counts={"rosters": 1, "notices": notices, "calls": 12, "ms": 3400})  # fmt: skip
        session.add(run)
    page = text_of(boss.get(f"/admin/platforms/{row.id}")).replace("\u00a0", " ").replace("\u202f", " ")
    assert "Cours Dessin : 40 personnes avant, 3 maintenant" in page
    assert "La plateforme est revenue en arrière" in page
    assert "12 appels en 3,4 s" in page
    assert "inscrits à vérifier" in page
    answer = f"/admin/platforms/{row.id}/falls/{run.id}"
    assert boss.post(answer, {"answer": "accept"}).status_code == 303
    with tenant.read() as session:
        assert session.get_one(SyncRun, run.id).state == "confirmed"


def test_writing_back_asks_what_and_where(tenant: TenantDatabase, boss: Browser, clock: Clock) -> None:
    with tenant.write() as session:
        row = Platform(name="Campus", connector="moodle", base_url="https://c.example", created_at=clock.now)
        group = Group(name="Été 2026")
        session.add_all([row, group])
        session.flush()
        course = Resource(kind="remote_course", title="Dessin", iri="https://c.example/2", remote_id="2",
                          platform_id=row.id, created_at=clock.now)  # fmt: skip
        session.add(course)
    page = f"/admin/platforms/{row.id}/write"
    assert "Inscrire un groupe dans un cours" in text_of(boss.get(page))
    wrong = boss.post(f"{page}/enrolment", {"group": str(group.id), "course": ""})
    assert (wrong.status_code, bool(beside(wrong, "enrolment-course"))) == (422, True)
    assert boss.post(f"{page}/enrolment", {"group": str(group.id), "course": str(course.id)}).status_code == 303
    with tenant.read() as session:
        assert session.scalars(select(Job.kind)).all() == ["platform_enrol"]
    assert boss.post(f"{page}/roll", {"seance": str(group.id), "roll": str(course.id)}).status_code == 404
