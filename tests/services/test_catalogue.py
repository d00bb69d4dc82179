"""The catalogue: search without accents, pages by key, own entries, what uses an entry."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.catalogue_text import fold
from hub.domain.path import BindingKind, Brings, EvidenceKind, Modality, PathDocument, Phone, Way
from hub.models.learning import Resource
from hub.models.platforms import LtiTool, Platform
from hub.services import catalogue, catalogue_edit, paths, paths_edit, paths_publish
from hub.services.catalogue import Entry, Filters
from hub.services.catalogue_edit import EntryData
from hub.services.errors import Conflict, Invalid, NotFound
from tests.services.builders import NOW, document, rule, step

WEB = EntryData(kind=BindingKind.WEB, title="Lire un plan coté", url="https://exemple.fr/plan", minutes=25)
SCORE = Brings(kind=EvidenceKind.SCORE, way=Way.XAPI, within_hours=1)


@pytest.fixture
def partner(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        platform = Platform(id=new_id(), name="Campus Fab", created_at=NOW)
        session.add(platform)
        session.flush()
        tool = LtiTool(platform_id=platform.id, client_id="c", deployment_id="1", registration={})
        session.add(tool)
        return platform.id


def add(tenant: TenantDatabase, data: EntryData) -> Entry:
    with tenant.write() as session:
        return catalogue_edit.create(session, data, by=None, now=NOW)


def remote(tenant: TenantDatabase, platform_id: UUID, title: str = "Cours Modéliser") -> UUID:
    with tenant.write() as session:
        row = Resource(
            kind="remote_course",
            title=title,
            iri="https://moodle.example/course/7",
            url="https://moodle.example/course/view.php?id=7",
            platform_id=platform_id,
            remote_id="7",
            created_at=NOW,
        )
        session.add(row)
        session.flush()
        return row.id


def titles(tenant: TenantDatabase, **filters: object) -> list[str]:
    with tenant.read() as session:
        page = catalogue.search(session, replace(Filters(), **filters))
    assert page.total == len(page.entries)
    return [e.title for e in page.entries]


def test_a_search_minds_neither_case_nor_accents(tenant: TenantDatabase) -> None:
    add(tenant, replace(WEB, title="Sécurité à l’atelier", summary="Cœur du métier", url="https://exemple.fr/1"))
    add(tenant, replace(WEB, title="ÉLECTRICITÉ", url="https://exemple.fr/2"))
    assert titles(tenant, text="securite ATELIER") == ["Sécurité à l’atelier"]
    assert titles(tenant, text="l'atelier coeur") == ["Sécurité à l’atelier"]
    assert titles(tenant, text="électricité") == titles(tenant, text="electri") == ["ÉLECTRICITÉ"]
    assert titles(tenant, text="100%_\\") == []


@given(st.text(alphabet="àÉœŒçÇ’aZ 9", max_size=20))
def test_folding_is_stable(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once.isascii()


def test_filters_narrow(tenant: TenantDatabase, partner: UUID) -> None:
    add(tenant, WEB)
    add(
        tenant,
        EntryData(
            kind=BindingKind.ACTIVITY,
            title="Quiz",
            iri="https://mooc.example/q",
            phone=Phone.NO,
            modality=Modality.REMOTE_LIVE,
            brings=(SCORE,),
        ),
    )
    remote(tenant, partner)
    assert titles(tenant, kind="web") == ["Lire un plan coté"]
    assert titles(tenant, phone="no") == titles(tenant, modality="remote_live") == ["Quiz"]
    assert titles(tenant, brings="score") == ["Quiz"]
    assert titles(tenant, brings="completed") == []
    assert titles(tenant, platform_id=partner) == ["Cours Modéliser"]
    assert titles(tenant, kind="web", phone="no") == []
    with tenant.read() as session:
        assert catalogue_edit.tools(session) == [(partner, "Campus Fab")]
        assert catalogue.platforms_named(session, [str(partner), "aucune"]) == {str(partner): "Campus Fab"}


def test_pages_follow_one_another_by_title_each_entry_once(tenant: TenantDatabase) -> None:
    names = ["Zinc", "éveil", "Etau", "bois", "Bois", "Âme", "cœur"]
    for number, name in enumerate(names):
        add(tenant, replace(WEB, title=name, url=f"https://exemple.fr/{number}"))
    seen: list[str] = []
    after: UUID | None = None
    with tenant.read() as session:
        while True:
            page = catalogue.search(session, Filters(), after, limit=2)
            seen += [e.title for e in page.entries]
            assert page.total == len(names)
            after = page.after
            if after is None:
                break
    assert [fold(t) for t in seen] == sorted(fold(n) for n in names)
    assert sorted(seen) == sorted(names)


def test_a_lost_cursor_gives_the_first_page(tenant: TenantDatabase) -> None:
    add(tenant, WEB)
    with tenant.read() as session:
        assert len(catalogue.search(session, Filters(), uuid4()).entries) == 1


def test_what_an_entry_is_named_by(tenant: TenantDatabase, partner: UUID) -> None:
    web = add(tenant, WEB)
    lti = add(
        tenant, EntryData(kind=BindingKind.LTI_LINK, title="Quiz", url="https://t.example/q", platform_id=partner)
    )
    bare = add(tenant, EntryData(kind=BindingKind.ACTIVITY, title="MOOC", iri="https://mooc.example/a"))
    assert (web.iri, web.site, web.own) == ("https://exemple.fr/plan", "exemple.fr", True)
    assert (lti.iri, lti.site) == (lti.id.urn, "Campus Fab")
    assert bare.iri == "https://mooc.example/a"


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (replace(WEB, title=" ", url=""), {"title": "missing", "url": "missing"}),
        (replace(WEB, url="javascript:alert(1)"), {"url": "not_a_link"}),
        (replace(WEB, url="https://"), {"url": "not_a_link"}),
        (replace(WEB, url="https://[bad"), {"url": "not_a_link"}),
        (EntryData(kind=BindingKind.ACTIVITY, title="x"), {"iri": "missing"}),
        (EntryData(kind=BindingKind.ACTIVITY, title="x", iri="no scheme"), {"iri": "not_an_iri"}),
        (
            EntryData(kind=BindingKind.LTI_LINK, title="x", url="https://t.example", platform_id=uuid4()),
            {"platform_id": "unknown"},
        ),
        (EntryData(kind=BindingKind.LTI_LINK, title="x", url="https://t.example"), {"platform_id": "missing"}),
    ],
)
def test_what_does_not_fit_is_told_by_field(tenant: TenantDatabase, data: EntryData, faults: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused, tenant.write() as session:
        catalogue_edit.create(session, data, by=None, now=NOW)
    assert refused.value.fields == faults
    assert titles(tenant) == []


def test_the_same_address_twice_is_told(tenant: TenantDatabase) -> None:
    add(tenant, WEB)
    with pytest.raises(Invalid) as refused:
        add(tenant, replace(WEB, title="Encore"))
    assert refused.value.fields == {"url": "taken"}


def test_an_own_entry_changes_and_keeps_its_name_in_the_evidence(tenant: TenantDatabase) -> None:
    entry = add(tenant, WEB)
    with tenant.write() as session:
        data = replace(WEB, title="Plan", url="https://ailleurs.fr", brings=(SCORE,), phone=Phone.DIFFICULT)
        after = catalogue_edit.update(session, entry.id, data, by=None, now=NOW)
    assert (after.title, after.url, after.phone, after.brings) == (
        "Plan",
        "https://ailleurs.fr",
        Phone.DIFFICULT,
        (SCORE,),
    )
    assert after.iri == entry.iri


def test_of_a_remote_entry_only_what_the_platform_does_not_say_changes(tenant: TenantDatabase, partner: UUID) -> None:
    course = remote(tenant, partner)
    data = EntryData(
        kind=BindingKind.WEB, title="Autre", url="https://x.fr", minutes=90, phone=Phone.NO, summary="Bien"
    )
    with tenant.write() as session:
        after = catalogue_edit.update(session, course, data, by=None, now=NOW)
    assert (after.title, after.kind, after.own) == ("Cours Modéliser", BindingKind.REMOTE_COURSE, False)
    assert (after.minutes, after.phone, after.summary) == (90, Phone.NO, "Bien")


def test_an_entry_is_withdrawn_and_put_back(tenant: TenantDatabase, partner: UUID) -> None:
    entry = add(tenant, WEB)

    def withdraw(entry_id: UUID, withdrawn: bool) -> None:
        with tenant.write() as session:
            catalogue_edit.withdraw(session, entry_id, withdrawn=withdrawn, by=None, now=NOW)

    withdraw(entry.id, True)
    assert (titles(tenant), titles(tenant, withdrawn=True)) == ([], ["Lire un plan coté"])
    withdraw(entry.id, False)
    assert titles(tenant) == ["Lire un plan coté"]
    with pytest.raises(Conflict) as refused:
        withdraw(remote(tenant, partner), True)
    assert refused.value.code == "resource_not_own"
    with pytest.raises(NotFound):
        withdraw(uuid4(), True)


def test_where_an_entry_is_used_in_drafts_and_published_versions(tenant: TenantDatabase) -> None:
    entry = add(tenant, replace(WEB, brings=(SCORE,), kind=BindingKind.ACTIVITY, iri="https://mooc.example/a"))
    made = catalogue.activity_from(entry)
    assert (made.title, made.minutes, made.binding.resource_id) == (entry.title, 25, entry.id)
    content = document(step("Lire", made, rule=rule(("score", 0.5))))
    with tenant.write() as session:
        draft = paths.create_path(session, content, by=None, now=NOW)
        paths_publish.publish(session, draft.version_id, 1, migrate=False, by=None, now=NOW)
        paths.create_path(session, paths_edit.set_header(content, title="Atelier"), by=None, now=NOW)
        paths.create_path(session, PathDocument(title="Sans"), by=None, now=NOW)
    with tenant.read() as session:
        found = catalogue.uses(session, entry.id)
        assert catalogue.uses(session, uuid4()) == []
    assert [(u.path, u.state, u.step) for u in found] == [
        ("Atelier", "draft", "Lire"),
        ("Fabriquer une pièce en 3D", "published", "Lire"),
    ]


def test_a_remote_module_names_its_course(tenant: TenantDatabase, partner: UUID) -> None:
    course = remote(tenant, partner)
    with tenant.write() as session:
        module = Resource(kind="remote_module", title="Quiz 1", iri="https://m.example/1", platform_id=partner)
        module.parent_id, module.created_at = course, NOW
        session.add(module)
    with tenant.read() as session:
        entry = catalogue.get(session, module.id)
    assert (entry.parent, entry.platform, entry.own) == ("Cours Modéliser", "Campus Fab", False)
