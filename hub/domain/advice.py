"""Advice on variants: ranked by the learner's own means, with the reasons; nothing is hidden, nothing is imposed
(DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from hub.domain.path import Modality, Phone, Step, Variant


class Reason(StrEnum):
    """Why a variant suits or not; the texts are the caller's."""

    HAS_COMPUTER = "has_computer"
    NEEDS_COMPUTER = "needs_computer"
    PHONE_SUFFICES = "phone_suffices"
    PHONE_DIFFICULT = "phone_difficult"
    LINE_TOO_SLOW = "line_too_slow"
    LIGHT = "light"
    NO_CAMERA = "no_camera"
    HELP_ON_SITE = "help_on_site"
    EQUIPMENT_ON_SITE = "equipment_on_site"
    TRAVEL_HARD = "travel_hard"
    OWN_HOURS = "own_hours"
    FIXED_HOURS = "fixed_hours"
    SOMEONE_ANSWERS = "someone_answers"
    ADAPTATION_MET = "adaptation_met"
    OVER_PLAN = "over_plan"


@dataclass(frozen=True)
class Advice:
    """One variant with what speaks for it and against it; ``rank`` 0 is the best. ``limits``: modalities whose agreed
    minutes it breaks."""

    variant_id: UUID
    pro: tuple[Reason, ...]
    con: tuple[Reason, ...]
    limits: tuple[Modality, ...]
    rank: int


#: Weight of each reason; a reason against counts negative. What makes a way impossible weighs more than comfort.
_WEIGHT = {
    Reason.HAS_COMPUTER: 2,
    Reason.NEEDS_COMPUTER: -6,
    Reason.PHONE_SUFFICES: 2,
    Reason.PHONE_DIFFICULT: -2,
    Reason.LINE_TOO_SLOW: -4,
    Reason.LIGHT: 1,
    Reason.NO_CAMERA: -4,
    Reason.HELP_ON_SITE: 2,
    Reason.EQUIPMENT_ON_SITE: 2,
    Reason.TRAVEL_HARD: -4,
    Reason.OWN_HOURS: 2,
    Reason.FIXED_HOURS: -2,
    Reason.SOMEONE_ANSWERS: 1,
    Reason.ADAPTATION_MET: 3,
    Reason.OVER_PLAN: -3,
}

#: Megabytes above which a poor line makes an activity a burden.
HEAVY_MEGABYTES = 50
_AT_PLACE = frozenset({Modality.ON_SITE, Modality.COMODAL})


def advise(
    step: Step, means: Mapping[str, Any], adaptations: list[str], left: Mapping[Modality, int] | None = None
) -> list[Advice]:
    """Every variant of the step, best first; equal ones keep the designer's order.

    ``means`` (all optional): ``device`` computer|shared|phone|none, ``line`` good|poor|none, ``camera`` bool,
    ``travel`` easy|hard,
    ``hours`` day|evening|irregular. ``left``: minutes the agreed plan still has by modality, None without a plan.
    """
    weighed = []
    for position, variant in enumerate(step.variants):
        pro, con = _weigh(variant, means, adaptations)
        limits = _over_plan(variant, left)
        if limits:
            con.append(Reason.OVER_PLAN)
        weighed.append((-sum(_WEIGHT[r] for r in (*pro, *con)), position, variant.id, tuple(pro), tuple(con), limits))
    weighed.sort(key=lambda w: (w[0], w[1]))
    return [Advice(vid, pro, con, limits, rank) for rank, (_, _, vid, pro, con, limits) in enumerate(weighed)]


def _weigh(variant: Variant, means: Mapping[str, Any], adaptations: list[str]) -> tuple[list[Reason], list[Reason]]:
    pro: list[Reason] = []
    con: list[Reason] = []
    modalities = {a.modality for a in variant.activities}
    remote = bool(modalities - _AT_PLACE - {Modality.AFEST})
    device, line = means.get("device"), means.get("line")
    computer = any(a.needs.computer or a.needs.phone is Phone.NO for a in variant.activities)
    megabytes = sum(a.needs.megabytes for a in variant.activities)
    if remote and computer and device:
        (pro if device == "computer" else con).append(
            Reason.HAS_COMPUTER if device == "computer" else Reason.NEEDS_COMPUTER
        )
    elif remote and device == "phone":
        difficult = any(a.needs.phone is Phone.DIFFICULT for a in variant.activities)
        (con if difficult else pro).append(Reason.PHONE_DIFFICULT if difficult else Reason.PHONE_SUFFICES)
    if remote and line in ("poor", "none"):
        heavy = megabytes > HEAVY_MEGABYTES or Modality.REMOTE_LIVE in modalities or line == "none"
        (con if heavy else pro).append(Reason.LINE_TOO_SLOW if heavy else Reason.LIGHT)
    if remote and means.get("camera") is False and any(a.needs.camera for a in variant.activities):
        con.append(Reason.NO_CAMERA)
    if modalities & _AT_PLACE:
        pro.append(Reason.HELP_ON_SITE)
        if device in ("phone", "none", "shared"):
            pro.append(Reason.EQUIPMENT_ON_SITE)
        if means.get("travel") == "hard":
            con.append(Reason.TRAVEL_HARD)
    if Modality.REMOTE_LIVE in modalities:
        pro.append(Reason.SOMEONE_ANSWERS)
    if means.get("hours") in ("evening", "irregular"):
        own_pace = modalities == {Modality.OWN_PACE}
        (pro if own_pace else con).append(Reason.OWN_HOURS if own_pace else Reason.FIXED_HOURS)
    if {m.value for m in modalities} & set(adaptations):
        pro.append(Reason.ADAPTATION_MET)
    return pro, con


def _over_plan(variant: Variant, left: Mapping[Modality, int] | None) -> tuple[Modality, ...]:
    if left is None:
        return ()
    wanted: dict[Modality, int] = {}
    for activity in variant.activities:
        wanted[activity.modality] = wanted.get(activity.modality, 0) + activity.minutes
    return tuple(sorted(m for m, minutes in wanted.items() if minutes > left.get(m, 0)))
