"""The designer's pages: list, editor and its forms, conflicts, activities. As a browser without JavaScript posts."""

import io
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from hub.db.uow import TenantDatabase
from hub.domain.path import Condition, EvidenceKind, PathDocument, Rule, Step
from hub.models.person import Organisation
from hub.services import paths, paths_draft, paths_edit, paths_versions
from hub.services.paths import Draft
from hub.services.roles import grant_role
from tests.services.builders import NOW, activity, document, rule, step
from tests.web.conftest import Browser

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])


@pytest.fixture
def nadia(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    """A designer, signed in."""
    return enter(add_person("Nadia", "Roux", "designer"))


@pytest.fixture
def draft(tenant: TenantDatabase) -> Draft:
    content = document(
        step("Lire un plan", activity("https://mooc.example/a", "completed"), rule=rule(("completed", None))),
        step("Quiz", activity("https://mooc.example/q", "score", title="Le quiz"), rule=rule(("score", 0.7))),
    )
    with tenant.write() as session:
        return paths.create_path(session, content, by=None, now=NOW)


@pytest.fixture
def read(tenant: TenantDatabase, draft: Draft) -> Callable[[], Draft]:
    def again() -> Draft:
        with tenant.read() as session:
            return paths.load(session, draft.version_id)

    return again


def editor(draft: Draft, rank: int | None = None) -> str:
    base = f"/design/versions/{draft.version_id}"
    return base if rank is None else f"{base}?step={steps(draft)[rank].id}"


def steps(draft: Draft) -> list[Step]:
    return list(draft.document.steps())


def send(browser: Browser, draft: Draft, what: str, data: dict[str, object], **options: Any) -> TestResponse:
    filled = {"revision": str(draft.revision), **data}
    return browser.post(f"/design/versions/{draft.version_id}/edit/{what}", filled, **options)


def words(page: TestResponse) -> str:
    """The text of a page with plain spaces."""
    return page.text.replace("\u00a0", " ").replace("\u202f", " ")


def test_an_empty_list_teaches(nadia: Browser) -> None:
    page = nadia.get("/design")
    assert page.status_code == 200
    assert "Pas encore de parcours" in page.text


def test_a_path_is_created_and_its_editor_opens(nadia: Browser) -> None:
    made = nadia.post("/design/new", {"title": "Bois"})
    assert made.status_code == 303
    page = nadia.get(made.headers["Location"])
    assert "Ajouter une étape" in page.text
    assert "Version 1, brouillon" in page.text
    assert "Bois" in nadia.get("/design").text


def test_a_path_without_title_is_told_beside_the_field(nadia: Browser) -> None:
    page = nadia.post("/design/new", {"title": " "})
    assert page.status_code == 422
    assert 'id="title-error"' in page.text


@pytest.mark.parametrize("rank", [None, 0, 1])
def test_the_editor_shows_the_map_and_the_step(nadia: Browser, draft: Draft, rank: int | None) -> None:
    page = nadia.get(editor(draft, rank))
    assert page.status_code == 200
    assert 'class="line-map"' in page.text
    assert ("Étape 2 : Quiz" in words(page)) is (rank == 1)


def test_the_rule_reads_as_a_sentence(nadia: Browser, draft: Draft) -> None:
    assert "Terminée quand : la note atteint 70 %." in words(nadia.get(editor(draft, 1)))


def test_every_small_form_edits_the_draft(nadia: Browser, draft: Draft, read: Callable[[], Draft]) -> None:
    def do(what: str, **data: object) -> Draft:
        now = read()
        answer = send(nadia, now, what, data)
        assert answer.status_code == 303, (what, answer.text)
        after = read()
        assert after.revision == now.revision + 1, what
        return after

    module, first = draft.document.modules[0].id, steps(draft)[0].id
    after = do("header", title="3D", objectives="Savoir", earlier_evidence="1")
    assert (after.document.title, after.document.earlier_evidence) == ("3D", True)
    after = do("module-add", title="Fabriquer")
    second = after.document.modules[1].id
    do("module", module=second, title="Faire", need="count", amount="1")
    do("module-move", module=second, by="-1")
    after = do("step-add", module=second, title="Imprimer")
    printed = after.document.modules[0].steps[0].id
    assert [m.title for m in after.document.modules] == ["Faire", "Dessiner"]
    do("step-move", step=printed, by="1")
    do("step-move", step=printed, module=second, rank="0")
    do("step-copy", step=printed)
    after = do(
        "step",
        step=first,
        title="Lire",
        plain="Vous lisez.",
        do="Lire",
        weight="1,5",
        required="1",
        opens_on="2026-12-01",
    )
    held = paths_edit.find_step(after.document, first)
    assert (held.title, held.weight, held.instructions.do, str(held.window.opens_on)) == (
        "Lire",
        1.5,
        "Lire",
        "2026-12-01",
    )
    do("skills", step=first, **{"code-0": "K2402", "label-0": "Lire un plan", "reference-0": "rome"})
    do("prerequisite-add", step=printed, wanted=first, skill="SECU")
    after = do("prerequisite-remove", step=printed, rank="1")
    assert [p.kind for p in paths_edit.find_step(after.document, printed).prerequisites] == ["step"]
    after = do("variant-add", step=printed)
    way = paths_edit.find_step(after.document, printed).variants[0].id
    do("variant", step=printed, variant=way, title="À l’atelier")
    do("variant-add", step=printed)
    do("variant-move", step=printed, variant=way, by="1")
    do("variant-remove", step=printed, variant=way)
    read_activity = steps(draft)[0].variants[0].activities[0].id
    after = do("activity-minutes", step=first, activity=read_activity, minutes="25")
    assert paths_edit.find_activity(paths_edit.find_step(after.document, first), read_activity).minutes == 25
    do("remedy", step=first, remedy="deposit_and_validation")
    do("activity-move", step=first, activity=read_activity, by="1")
    do("activity-remove", step=first, activity=read_activity)
    do("step-remove", step=printed)
    after = do("module-remove", module=second)
    assert [m.id for m in after.document.modules] == [module]


def test_the_rule_editor_writes_what_was_chosen(nadia: Browser, draft: Draft, read: Callable[[], Draft]) -> None:
    quiz = steps(draft)[1]
    named = quiz.variants[0].activities[0].id
    typed = {
        "step": quiz.id,
        "mode": "any",
        "phrase-0": "score",
        "amount-0": "80",
        "activity-0": named,
        "phrase-1": "attended_minutes",
        "amount-1": "90",
        "phrase-2": "validated",
        "phrase-3": "",
    }
    assert send(nadia, draft, "rule", typed).status_code == 303
    held = steps(read())[1].rule
    assert held.mode == "any"
    assert [(c.kind, c.at_least, c.unit, c.activity_id) for c in held.conditions()] == [
        ("score", 0.8, "share", named),
        ("attended", 90, "minutes", None),
        ("validated", None, "share", None),
    ]


def test_a_rule_without_its_number_comes_back_as_typed(nadia: Browser, draft: Draft, read: Callable[[], Draft]) -> None:
    typed = {"step": steps(draft)[1].id, "mode": "any", "phrase-0": "score", "amount-0": "beaucoup", "phrase-1": ""}
    page = send(nadia, draft, "rule", typed)
    assert page.status_code == 422
    assert 'value="beaucoup"' in page.text
    assert 'id="rule-amount-0-error"' in page.text
    assert read() == draft


def test_a_form_with_errors_keeps_what_was_typed(nadia: Browser, draft: Draft, read: Callable[[], Draft]) -> None:
    typed = {"step": steps(draft)[0].id, "title": "", "plain": "Une phrase à garder", "weight": "lourd"}
    page = send(nadia, draft, "step", typed)
    assert page.status_code == 422
    for kept in ("Une phrase à garder", 'value="lourd"', 'id="step-title-error"', 'id="step-weight-error"'):
        assert kept in page.text
    assert read() == draft


def test_a_conflict_shows_the_other_s_change_and_loses_nothing(
    nadia: Browser,
    draft: Draft,
    read: Callable[[], Draft],
    add_person: Callable[..., UUID],
    enter: Callable[..., Browser],
) -> None:
    paul = enter(add_person("Paul", "Petit", "administrator"))
    first = steps(draft)[0].id
    send(paul, draft, "step", {"step": first, "title": "Lire un plan coté", "required": "1"})
    mine = {"step": first, "title": "Lire", "plain": "Ma phrase à moi", "required": "1"}
    page = send(nadia, draft, "step", mine)
    assert page.status_code == 409
    for shown in ("Paul Petit", "« Lire un plan » est devenu « Lire un plan coté »", "Ma phrase à moi"):
        assert shown in words(page)
    revision = re.search(r'name="revision" value="(\d+)"', page.text)
    assert revision
    again = nadia.post(f"/design/versions/{draft.version_id}/edit/step", {**mine, "revision": revision[1]})
    assert again.status_code == 303
    assert steps(read())[0].plain == "Ma phrase à moi"


def test_htmx_gets_the_editor_back_and_the_new_address(nadia: Browser, draft: Draft) -> None:
    typed = {"module": draft.document.modules[0].id, "title": "Imprimer"}
    page = send(nadia, draft, "step-add", typed, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "Étape 3 : Imprimer" in words(page)
    assert "Enregistré : étape ajoutée." in words(page)
    assert "?step=" in page.headers["HX-Push-Url"]


def test_a_removal_is_undone_by_the_button(nadia: Browser, draft: Draft, read: Callable[[], Draft]) -> None:
    send(nadia, draft, "step-remove", {"step": steps(draft)[0].id})
    page = nadia.get(editor(draft))
    target = re.search(r'action="(/design/versions/[^"]+/undo/[^"]+)"', page.text)
    assert target
    assert "Annuler : étape retirée" in words(page)
    assert nadia.post(target[1]).status_code == 303
    assert read().document == draft.document


def test_an_older_removal_can_still_be_brought_back(nadia: Browser, draft: Draft, read: Callable[[], Draft]) -> None:
    send(nadia, draft, "step-remove", {"step": steps(draft)[0].id})
    assert "Ramener" not in nadia.get(editor(draft)).text
    send(nadia, read(), "header", {"title": "Bois"})
    offered = nadia.get(editor(draft)).text.partition('id="returnable"')[2]
    target = re.search(r'action="(/design/versions/[^"]+/undo/[^"]+)"', offered)
    assert target
    assert nadia.post(target[1]).status_code == 303
    assert [s.title for s in steps(read())] == ["Lire un plan", "Quiz"]
    assert read().document.title == "Bois"
    assert "Ramener" not in nadia.get(editor(draft)).text


def test_a_group_of_conditions_is_kept_or_dropped_whole(
    nadia: Browser, draft: Draft, tenant: TenantDatabase, read: Callable[[], Draft]
) -> None:
    quiz = steps(draft)[1].id
    group = rule(("score", 0.7), ("completed", None))
    nested = Rule(mode="any", terms=(group, Condition(kind=EvidenceKind.VALIDATED)))
    with tenant.write() as session:
        paths_draft.edit(
            session,
            draft.version_id,
            1,
            lambda d: paths_edit.update_step(d, quiz, rule=nested),
            label="rule_changed",
            by=None,
            now=NOW,
        )
    assert "la note atteint 70 % et le contenu est terminé" in words(nadia.get(editor(draft, 1)))
    kept = {"step": quiz, "mode": "any", "group-0": "1", "phrase-1": "passed", "phrase-2": ""}
    send(nadia, read(), "rule", kept)
    assert steps(read())[1].rule.terms == (group, Condition(kind=EvidenceKind.PASSED))
    send(nadia, read(), "rule", {**kept, "drop-0": "1"})
    assert steps(read())[1].rule.terms == (Condition(kind=EvidenceKind.PASSED),)


def test_an_edit_that_does_not_exist_is_not_found(nadia: Browser, draft: Draft) -> None:
    assert send(nadia, draft, "explode", {}).status_code == 404


@pytest.mark.parametrize("what", ["step", "rule", "skills", "variant-add", "module", "activity-remove", "remedy"])
def test_a_form_that_names_nothing_is_refused(nadia: Browser, draft: Draft, what: str) -> None:
    assert send(nadia, draft, what, {}).status_code == 422


def test_a_part_that_is_gone_is_told(nadia: Browser, draft: Draft) -> None:
    answer = send(nadia, draft, "step-remove", {"step": UUID(int=7)})
    assert answer.status_code == 303
    assert "n’est plus dans le parcours" in nadia.get(editor(draft)).text


def test_an_activity_is_added_then_described(nadia: Browser, draft: Draft, read: Callable[[], Draft]) -> None:
    held = steps(draft)[0]
    base = f"{editor(draft)}/steps/{held.id}/ways/{held.variants[0].id}/add"
    assert "série de séances" in nadia.get(base).text
    added = nadia.post(base, {"kind": "seances"})
    assert added.status_code == 303
    form = nadia.get(added.headers["Location"])
    assert form.status_code == 200
    now = read()
    typed = {
        "revision": str(now.revision),
        "title": "Atelier",
        "modality": "afest",
        "minutes": "210",
        "phone": "no",
        "megabytes": "3",
        "work_analysis": "Poste",
        "trainer": "Luc",
        "reflective_phases": "Bilan",
        "assessments": "Grille",
        "also": "https://lms.example/7",
    }
    assert nadia.post(added.headers["Location"], typed).status_code == 303
    made = steps(read())[0].variants[0].activities[1]
    assert (made.title, made.minutes, made.binding.also) == ("Atelier", 210, ("https://lms.example/7",))
    assert made.afest is not None
    assert made.afest.complete()
    bad = nadia.post(added.headers["Location"], {**typed, "minutes": "long", "title": ""})
    assert bad.status_code == 422
    assert 'value="long"' in bad.text
    assert nadia.post(added.headers["Location"], {**typed, "minutes": "9"}).status_code == 409


def test_a_file_goes_out_and_comes_in(nadia: Browser, draft: Draft) -> None:
    file = nadia.get(f"{editor(draft)}/export.json")
    assert file.headers["Content-Disposition"] == 'attachment; filename="fabriquer-une-piece-en-3d-v1.json"'
    assert paths_versions.parse_document(file.data) == draft.document
    made = nadia.post("/design/import", {"file": (io.BytesIO(file.data), "p.json")})
    assert made.status_code == 303
    assert "Quiz" in nadia.get(made.headers["Location"]).text
    back = nadia.post(f"{editor(draft)}/import", {"file": (io.BytesIO(file.data), "p.json")})
    assert back.status_code == 303


@pytest.mark.parametrize("content", [b"", b"pas du json", b'{"format": "hub-path", "version": 1, "path": {"x": 1}}'])
def test_a_file_that_is_no_path_is_refused(nadia: Browser, content: bytes) -> None:
    page = nadia.post("/design/import", {"file": (io.BytesIO(content), "p.json")})
    assert page.status_code == 422
    assert 'id="file-error"' in page.text


def test_others_stay_out(add_person: Callable[..., UUID], enter: Callable[..., Browser], draft: Draft) -> None:
    for role in ("learner", "trainer", "mediator"):
        assert enter(add_person("X", role, role)).get(editor(draft)).status_code == 403


def test_a_designer_edits_only_the_paths_of_their_organisation(
    tenant: TenantDatabase, add_person: Callable[..., UUID], enter: Callable[..., Browser], draft: Draft
) -> None:
    ours = add_person("Léa", "Vidal")
    with tenant.write() as session:
        organisation = Organisation(name="CFA", kind="training")
        session.add(organisation)
        session.flush()
        grant_role(session, ours, "designer", NOW, organisation_id=organisation.id)
    lea = enter(ours)
    assert "pas le changer" in lea.get(editor(draft)).text
    assert send(lea, draft, "module-add", {"title": "x"}).status_code == 403
    made = lea.post("/design/new", {"title": "À nous"})
    assert "Ajouter une étape" in lea.get(made.headers["Location"]).text


def test_a_path_without_step_says_what_to_do(nadia: Browser, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        empty = paths.create_path(session, PathDocument(title="Vide"), by=None, now=NOW)
    page = nadia.get(editor(empty))
    assert "Le parcours commence ici" in page.text
    assert "Ajouter un module" in page.text
