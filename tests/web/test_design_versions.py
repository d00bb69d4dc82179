"""Publishing page, versions and differences, preview without trace."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from hub.db.base import Base
from hub.db.uow import TenantDatabase
from hub.domain.path import StepPrerequisite
from hub.services import paths, paths_draft, paths_publish
from hub.services import paths_edit as op
from hub.services.paths import Draft
from tests.services.builders import NOW, activity, document, enrol, person, rule, step
from tests.web.conftest import Browser

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])


@pytest.fixture
def nadia(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    """A designer, signed in."""
    return enter(add_person("Nadia", "Roux", "designer"))


@pytest.fixture
def draft(tenant: TenantDatabase) -> Draft:
    first = step("Lire un plan", activity("https://mooc.example/a", "completed"), rule=rule(("completed", None)))
    quiz = step("Quiz", activity("https://mooc.example/q", "score"), rule=rule(("score", 0.7)))
    after = op.changed(quiz, prerequisites=(StepPrerequisite(step_id=first.id),))
    with tenant.write() as session:
        return paths.create_path(session, document(first, after), by=None, now=NOW)


def words(page: TestResponse) -> str:
    """The text of a page with plain spaces."""
    return page.text.replace("\u00a0", " ").replace("\u202f", " ")


def href(draft: Draft, page: str) -> str:
    return f"/design/versions/{draft.version_id}/{page}"


def published(tenant: TenantDatabase, draft: Draft) -> Draft:
    with tenant.write() as session:
        return paths_publish.publish(session, draft.version_id, draft.revision, migrate=False, by=None, now=NOW)


def second(tenant: TenantDatabase, draft: Draft, operation: op.Operation) -> Draft:
    published(tenant, draft)
    with tenant.write() as session:
        made = paths_publish.new_draft(session, draft.path_id, by=None, now=NOW)
        later = NOW + timedelta(hours=1)
        return paths_draft.edit(session, made.version_id, 1, operation, label="step_changed", by=None, now=later)


def test_a_ready_draft_is_published_by_one_button(nadia: Browser, draft: Draft, tenant: TenantDatabase) -> None:
    page = nadia.get(href(draft, "publish"))
    assert "rien n’empêche de publier" in words(page)
    assert "Publier maintenant" in page.text
    done = nadia.post(href(draft, "publish"), {"revision": "1"})
    assert done.status_code == 303
    assert "La version 1 est publiée." in words(nadia.get(done.headers["Location"]))
    with tenant.read() as session:
        assert paths.load(session, draft.version_id).state == "published"
    assert "déjà publiée" in nadia.get(href(draft, "publish")).text


def test_what_blocks_is_said_with_remedies_and_no_button(nadia: Browser, tenant: TenantDatabase) -> None:
    content = document(step("Quiz", activity("https://a.example", "completed"), rule=rule(("score", 0.7))))
    with tenant.write() as session:
        draft = paths.create_path(session, content, by=None, now=NOW)
    page = words(nadia.get(href(draft, "publish")))
    assert "1 point à régler avant de publier" in page
    assert "la règle demande « note », et aucune activité ne le rapporte" in page
    assert "Ajouter un dépôt validé" in page
    assert "Publier maintenant" not in page
    assert nadia.post(href(draft, "publish"), {"revision": "1"}).status_code == 422


def test_publishing_what_changed_meanwhile_shows_the_change(
    nadia: Browser, draft: Draft, tenant: TenantDatabase
) -> None:
    with tenant.write() as session:
        paths_draft.edit(
            session, draft.version_id, 1, lambda d: op.set_header(d, title="Neuf"), label="header", by=None, now=NOW
        )
    page = nadia.post(href(draft, "publish"), {"revision": "1"})
    assert page.status_code == 409
    assert "« Neuf »" in words(page)


def test_the_publish_page_says_who_is_affected(nadia: Browser, draft: Draft, tenant: TenantDatabase) -> None:
    quiz = list(draft.document.steps())[1].id
    new = second(tenant, draft, lambda d: op.remove_step(d, quiz))
    with tenant.write() as session:
        for name in ("Inès", "Ali"):
            enrol(session, person(session, name), draft.version_id)
    page = words(nadia.get(href(new, "publish")))
    assert "2 personnes suivent la version 1." in page
    assert "« Quiz » disparaît" in page
    assert "Faire passer les 2 personnes inscrites" in page
    answer = nadia.post(href(new, "publish"), {"revision": str(new.revision), "migrate": "1"})
    assert answer.status_code == 303
    assert paths_publish.migrate_enrolments(tenant, new.version_id) == 2


def test_differences_are_told_in_plain_words(nadia: Browser, draft: Draft, tenant: TenantDatabase) -> None:
    quiz = list(draft.document.steps())[1].id
    second(tenant, draft, lambda d: op.update_step(d, quiz, rule=rule(("score", 0.8)), required=False))
    page = words(nadia.get(f"/design/{draft.path_id}/versions"))
    assert "terminée quand : la note atteint 80 % (avant : la note atteint 70 %)" in page
    assert "devient facultative" in page
    assert nadia.get(f"/design/{draft.path_id}/versions?old=9&new=x").status_code == 200


def test_a_new_version_is_opened_once_and_the_old_one_closed(
    nadia: Browser, draft: Draft, tenant: TenantDatabase
) -> None:
    published(tenant, draft)
    assert "Préparer une nouvelle version" in nadia.get(f"/design/{draft.path_id}/versions").text
    first = nadia.post(f"/design/{draft.path_id}/draft").headers["Location"]
    again = nadia.post(f"/design/{draft.path_id}/draft").headers["Location"]
    assert first.partition("?")[0] == again
    assert nadia.get(f"/design/{draft.path_id}").headers["Location"] == again
    assert nadia.post(href(draft, "retire")).status_code == 303
    assert "fermée aux nouvelles inscriptions" in words(nadia.get(f"/design/{draft.path_id}/versions"))


def test_a_path_goes_to_the_archives_and_back(nadia: Browser, draft: Draft) -> None:
    nadia.post(f"/design/{draft.path_id}/archive", {"archived": "1"})
    assert f"/design/{draft.path_id}" not in nadia.get("/design").text
    assert draft.document.title in nadia.get("/design?archived=1").text
    nadia.post(f"/design/{draft.path_id}/archive", {"archived": ""})
    assert draft.document.title in nadia.get("/design").text


def test_the_preview_follows_what_is_done_and_leaves_no_trace(
    nadia: Browser, draft: Draft, tenant: TenantDatabase
) -> None:
    first, quiz = draft.document.steps()
    before = _rows(tenant)
    page = words(nadia.get(href(draft, "preview")))
    assert "à faire maintenant" in page
    assert "Terminez d’abord : Lire un plan." in page
    page = words(nadia.get(href(draft, f"preview?done={first.id}&done=nonsense&done={UUID(int=5)}")))
    assert "Terminez d’abord" not in page
    assert "1 sur 2" in page
    locked = words(nadia.get(href(draft, f"preview/{quiz.id}")))
    assert "Cette étape est fermée pour l’instant." in locked
    assert "C’est terminé quand : la note atteint 70 %." in locked
    opened = words(nadia.get(href(draft, f"preview/{quiz.id}?done={first.id}")))
    assert "Cette étape est fermée" not in opened
    assert nadia.get(href(draft, f"preview/{UUID(int=5)}")).status_code == 404
    assert _rows(tenant) == before


def _rows(tenant: TenantDatabase) -> dict[str, int]:
    with tenant.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
            if name not in ("web_session",)
        }


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_answers_in_both_languages(
    draft: Draft,
    tenant: TenantDatabase,
    add_person: Callable[..., UUID],
    enter: Callable[..., Browser],
    language: str,
) -> None:
    reader = enter(add_person("Nadia", "Roux", "designer", language=language))
    first = next(draft.document.steps())
    way = first.variants[0]
    new = second(tenant, draft, lambda d: op.update_step(d, first.id, rule=rule(("score", 0.8)), weight=2.0))
    editor = f"/design/versions/{new.version_id}"
    pages = [
        "/design",
        "/design?archived=1",
        f"{editor}?step={first.id}",
        f"/design/versions/{draft.version_id}?step={first.id}",
        href(new, "publish"),
        href(new, "preview"),
        href(new, f"preview/{first.id}"),
        href(new, f"steps/{first.id}/ways/{way.id}/add"),
        href(new, f"steps/{first.id}/activities/{way.activities[0].id}"),
        f"/design/{draft.path_id}/versions",
        "/catalogue",
        "/catalogue/new",
    ]
    for path in pages:
        page = reader.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{language}"' in page.text
        if language == "en":
            assert not {"Enregistrer", "Ajouter", "étapes", "Retirer"} & set(words(page).split()), path
