"""What the designer's pages have in common: who may edit, the map of a document, what the editor shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request, url_for

from hub.domain.path import PathDocument, Step, StepPrerequisite
from hub.domain.path_check import Problem
from hub.services import paths, paths_draft, paths_publish, paths_versions
from hub.services.errors import Forbidden, NotFound
from hub.services.paths import Draft
from hub.services.paths_choices import organisation_of, organisations
from hub.services.paths_remedies import applicable
from hub.services.paths_words import rule_sentence
from hub.texts import _, ngettext, translator
from hub.web.context import here
from hub.web.forms import Form
from hub.web.ui.line_map import MapModule, MapStep, MapVariant
from hub.web.views._design_rules import UNITS, Row, phrases, rows_of, typed_rows
from hub.web.views._design_words import (
    EDIT_WORDS,
    KIND_WORDS,
    OTHER_EDIT,
    REMEDY_WORDS,
    VERSION_WORDS,
    brings_line,
    problem_line,
)

#: The session of a unit of work: hub.web passes it on to the services and never names its library.
Unit = Any

#: How many earlier removals the editor offers to bring back.
RETURNABLE = 5

#: Edits after which the list of modules and steps stays open.
ARRANGING = frozenset({"module", "module-add", "module-move", "module-remove", "step-move"})


@dataclass(frozen=True, slots=True)
class Said:
    """The form that just came back, its fields as typed and their errors; other forms show the document's values."""

    name: str = ""
    form: Form | None = None

    def value(self, form: str, name: str, held: Any) -> Any:
        """What was typed, else what the document holds."""
        return self.form.typed(name) if self.form and form == self.name else held

    def flag(self, form: str, name: str, held: bool) -> bool:
        """Whether a box was ticked, else what the document holds."""
        return self.form.flag(name) if self.form and form == self.name else held

    def errors(self, form: str, name: str) -> list[str]:
        """The sentences of one field."""
        return self.form.errors.of(name) if self.form and form == self.name else []

    def summary(self, form: str) -> list[tuple[str, str]]:
        """(field id, sentence) of one form."""
        return (
            [(f"{form}-{n}", text) for n, text in self.form.errors.items()] if self.form and form == self.name else []
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One point to settle before publishing. ``remedies``: (code, words, applied at once)."""

    problem: Problem
    text: str
    remedies: list[tuple[str, str, bool]] = field(default_factory=list)


def may_edit(session: Unit, path_id: UUID) -> bool:
    """Administrators edit every path; designers those of their organisations."""
    me, organisation = here().me, organisation_of(session, path_id)
    return me.has("administrator") or me.covers("designer", organisation)


def open_version(session: Unit, version_id: UUID, *, edit: bool = False) -> Draft:
    """The version. Raises NotFound, and Forbidden when it is to be edited by somebody who may not."""
    draft = paths.load(session, version_id)
    if edit and not may_edit(session, draft.path_id):
        raise Forbidden()
    return draft


def scope_for_new() -> UUID | None:
    """The organisation of a path that the viewer creates: none when they may design for the whole place."""
    me = here().me
    if me.has("administrator") or me.covers("designer"):
        return None
    return next((g.organisation_id for g in me.scopes("designer") if g.organisation_id), None)


def numbers(document: PathDocument) -> dict[UUID, int]:
    """Number of each step on the line, from 1."""
    return {s.id: i for i, s in enumerate(document.steps(), 1)}


def designer_map(document: PathDocument, href: Callable[[Step], str], selected: UUID | None) -> list[MapModule]:
    """The line as the designer sees it: every way, and after which steps each one opens."""
    rank = numbers(document)

    def station(step: Step) -> MapStep:
        own = step.variant(None)
        return MapStep(
            number=rank[step.id],
            title=step.title,
            href=href(step),
            state="open",
            modality=own.modality.value if own and own.activities else None,
            minutes=own.minutes if own else None,
            reason=_after(step, rank),
            others=tuple(MapVariant(v.modality.value, v.title) for v in step.variants[1:] if v.activities),
            selected=step.id == selected,
        )

    return [MapModule(m.title, "", tuple(station(s) for s in m.steps)) for m in document.modules]


def _after(step: Step, rank: dict[UUID, int]) -> str:
    known = [rank[p.step_id] for p in step.prerequisites if isinstance(p, StepPrerequisite) and p.step_id in rank]
    if not known:
        return _("après : rien")
    names = translator().enumeration(str(n) for n in sorted(known))
    return ngettext("après : étape %(names)s", "après : étapes %(names)s", len(known), names=names)


def findings(document: PathDocument, problems: list[Problem]) -> list[Finding]:
    """The findings with their words and remedies; those that one click applies are told apart."""
    found = []
    for problem in problems:
        step = document.step(problem.step_id) if problem.step_id else None
        codes = problem.remedies if step else ()
        if problem.code in ("rule_cannot_be_met", "variant_cannot_meet_rule") and step:
            codes = (*codes, "seances", "deposit_and_validation", "trainer_validation")
        one_click = ("deposit_and_validation", "seances", "trainer_validation", "partner_file")
        able = [c for c in dict.fromkeys(codes) if step and (c not in one_click or applicable(step, c))]
        usable = sorted(able, key=lambda c: one_click.index(c) if c in one_click else len(one_click))
        remedies = [(c, _(REMEDY_WORDS[c]), c in one_click) for c in usable]
        found.append(Finding(problem, problem_line(problem), remedies))
    return found


def editor(session: Unit, draft: Draft, said: Said, step_id: UUID | None) -> dict[str, Any]:
    """What the editor's template needs to know of a draft."""
    document = draft.document
    step = document.step(step_id) if step_id else None
    last = paths_draft.last_edit(session, draft.version_id) if draft.editable else None
    followed = [v for v in paths_versions.list_versions(session, draft.path_id) if v.people]
    rank = numbers(document)
    return {
        "draft": draft,
        "document": document,
        "editable": draft.editable and may_edit(session, draft.path_id),
        "selected": step,
        "number": rank.get(step.id) if step else None,
        "rank": rank,
        "map": designer_map(document, lambda s: editor_href(draft, s.id, "step"), step.id if step else None),
        "findings": findings(document, paths_publish.check_draft(session, document)) if draft.editable else [],
        "last": last,
        "returnable": _returnable(session, draft) if draft.editable else [],
        "last_words": _(EDIT_WORDS.get(last.label, OTHER_EDIT)) if last else "",
        "followed": followed,
        "said": said,
        "rule_rows": _rule_rows(step, said),
        "phrases": phrases(),
        "units": {"": "", **{value: {"%": "percent", "min": "minutes"}.get(unit, "") for value, unit in UNITS.items()}},
        "rule_open": (request.view_args or {}).get("what") == "rule",
        "sentence": rule_sentence(step) if step else "",
        "figures": _figures(document),
        "typed": typed_texts() if said.form is not None else [],
        "module_choices": [(m.id, m.title) for m in document.modules],
        "prerequisite_choices": _prerequisite_choices(document, step),
        "kind_words": KIND_WORDS,
        "version_words": VERSION_WORDS,
        "brings_line": brings_line,
        "organisation_names": dict(organisations(session)),
        "arrange": said.name.startswith("module-") or (request.view_args or {}).get("what") in ARRANGING,
    }


def _returnable(session: Unit, draft: Draft) -> list[tuple[UUID, str]]:
    """Earlier removals whose steps are still missing, newest first: (edit, titles)."""
    present = {str(s.id) for s in draft.document.steps()}
    found = []
    for edit in reversed(paths_draft.edits_since(session, draft.version_id, 0)):
        gone = [c["title"] for c in edit.changes if c["what"] == "removed" and c["step"] not in present]
        if edit.removal and gone and edit.revision != draft.revision:
            found.append((edit.id, translator().enumeration(gone)))
    return found[:RETURNABLE]


def _prerequisite_choices(document: PathDocument, step: Step | None) -> list[tuple[UUID, str]]:
    """Every other step, by its number and title."""
    held = {p.step_id for p in step.prerequisites if isinstance(p, StepPrerequisite)} if step else set()
    rank = numbers(document)
    others = (s for s in document.steps() if step is None or s.id not in {step.id, *held})
    return [(s.id, f"{rank[s.id]}. {s.title}") for s in others]


def _rule_rows(step: Step | None, said: Said) -> list[Row]:
    if step is None:
        return []
    return typed_rows(said.form, step) if said.form and said.name == "rule" else rows_of(step)


def _figures(document: PathDocument) -> dict[str, Any]:
    """Minutes of the default ways, in all and on site, and the modalities met."""
    own = [v for v in (s.variant(None) for s in document.steps()) if v]
    return {
        "minutes": sum(v.minutes for v in own),
        "on_site": sum(a.minutes for v in own for a in v.activities if a.modality.value == "on_site"),
        "modalities": sorted(m.value for m in document.modalities()),
    }


def typed_texts() -> list[str]:
    """The longer texts of the present request's form, so that a conflict never loses what was written."""
    hidden = {"csrf_token", "revision", "step", "module", "variant", "activity"}
    return [value for name, value in request.form.items() if name not in hidden and len(value.strip()) > 2]


def editor_href(draft: Draft, step_id: UUID | None = None, anchor: str = "") -> str:
    """Address of the editor, showing a step."""
    return url_for("design.editor", version_id=draft.version_id, step=step_id, _anchor=anchor or None)


def asked_step(document: PathDocument) -> UUID | None:
    """The step that the address asks to show, if the document has it."""
    try:
        wanted = UUID(request.args.get("step", ""))
    except ValueError:
        return None
    return wanted if document.step(wanted) else None


def asked_revision(form: Form) -> int:
    """The revision of the draft that the form was made from; -1 when it is not told, which no draft has."""
    typed = form.typed("revision")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1


def step_of(draft: Draft, step_id: UUID) -> Step:
    """A step of the draft. Raises NotFound."""
    found = draft.document.step(step_id)
    if found is None:
        raise NotFound(kind="step", id=step_id)
    return found
