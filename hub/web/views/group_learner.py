"""The journey of one learner of a group, as their trainer sees it: map, evidence, hours, help, acts."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.domain.access import Display
from hub.services import evidence, groups, hand_over, help_read, outside, scope, validation
from hub.services.files import proofs
from hub.services.grid import activity_days
from hub.services.journey import Journey, StepView, journey
from hub.web.access import access
from hub.web.context import _, here
from hub.web.render import page
from hub.web.ui import charts
from hub.web.ui.map_model import MapModule, MapStep, MapVariant
from hub.web.views import _trainer_words as words
from hub.web.views._learner_words import reading_words
from hub.web.views._over_time import over_time
from hub.web.views._sheets import sheet_file
from hub.web.views._why_words import fact_words

blueprint = Blueprint("group_learner", __name__)


@blueprint.get("/groups/<uuid:group_id>/learner/<uuid:enrolment_id>")
@access(*scope.ROLES)
def learner(group_id: UUID, enrolment_id: UUID) -> Response:
    """The journey of one learner, as their trainer sees it."""
    where = here()
    with where.tenant.read() as session:
        group_row = scope.group_of(session, where.me, group_id)
        scope.in_group(session, where.me, group_id, enrolment_id)
        own = journey(session, enrolment_id, where.now)
        pieces = evidence.pieces_by_step(session, own.enrolment)
        readings = outside.readings(session, [s.step for s in own.steps if s.display is Display.AWAITING])
        acts = validation.acts_on(session, enrolment_id)
        asked = help_read.tutoring(session, own.person.id)
        may_hand_over = hand_over.may_hand_over(session, where.me, own.person.id)
        days = groups.working_days(where.now.astimezone(where.translator.zone).date(), groups.HEAT_DAYS)
        counts = activity_days(session, [own.person.id], days).get(own.person.id, [])
    titles = {s.step.id: s.step.title for s in own.steps}
    hours = evidence.hours_by_modality(own)
    return page(
        "groups/learner.html",
        group=group_row,
        journey=own,
        modules=_learner_map(own, group_id, {k: reading_words(v) for k, v in readings.items()}),
        steps=[(s, pieces.get(s.step.id, [])) for s in own.steps],
        hours=charts.modality_bars([charts.ModalityHours(h.modality.value, h.done, h.planned) for h in hours])
        if hours
        else None,
        curve=over_time(own, curve=True),
        heat=charts.heat_strip([charts.HeatDay(d, 30 * n) for d, n in zip(days, counts, strict=True)])
        if counts
        else None,
        acts=[(a, words.act_word(a), titles.get(a.step_id, "") if a.step_id else "") for a in acts],
        asked=asked,
        may_hand_over=may_hand_over,
        words=words,
        fact_words=fact_words,
    )


@blueprint.get("/groups/<uuid:group_id>/learner/<uuid:enrolment_id>/sheets/<uuid:sheet_id>")
@access(*scope.ROLES)
def sheet(group_id: UUID, enrolment_id: UUID, sheet_id: UUID) -> Response:
    """A signed sheet that proves a presence of a learner of the group."""
    where = here()
    with where.tenant.read() as session:
        person = scope.in_group(session, where.me, group_id, enrolment_id).person_id
        found = proofs.find(session, person, sheet_id, others=True)
    return sheet_file(found)


def _learner_map(own: Journey, group_id: UUID, reads: Mapping[UUID, str]) -> list[MapModule]:
    found = []
    for module in own.document.modules:
        views = [own.by_step[s.id] for s in module.steps]
        text = _("%(done)s sur %(total)s", done=sum(v.done for v in views), total=len(views))
        steps = tuple(
            MapStep(
                number=v.number,
                title=v.step.title,
                href=url_for("group_step.why", group_id=group_id, enrolment_id=own.enrolment.id, step_id=v.step.id),
                state=words.display_state(v.display),
                state_text=words.display_word(v.display),
                modality=v.variant.modality.value if v.variant else None,
                minutes=v.variant.minutes if v.variant else None,
                reason=_reason(v, own, reads),
                others=tuple(MapVariant(w.modality.value) for w in v.step.variants if w is not v.variant),
            )
            for v in views
        )
        found.append(MapModule(module.title, text, steps))
    return found


def _reason(view: StepView, own: Journey, reads: Mapping[UUID, str]) -> str:
    if view.display is Display.WAIVED:
        return str((view.waiver or {}).get("why") or "")
    if view.display is Display.AWAITING:
        return reads.get(view.step.id, "")
    return "" if view.done else words.access_words(view, own)
