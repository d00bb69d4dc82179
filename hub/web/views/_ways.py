"""The ways to a step as cards: facts before opening, advice with its reasons, what one may do with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.domain.advice import Advice, Reason
from hub.domain.path import PRESENCE, Activity, BindingKind, Modality, Phone, Variant
from hub.services.journey import StepView
from hub.services.outside import Door
from hub.services.seances_read import SeanceView
from hub.texts import _, translator
from hub.web.ui.words import PHONE_WORDS
from hub.web.views._learner_words import CON_WORDS, PRO_WORDS, over_plan_words

_PHONES = (Phone.YES, Phone.DIFFICULT, Phone.NO)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told before opening; None leaves a fact out. ``opens``: the other site."""

    minutes: int | None
    megabytes: float | None
    phone: str | None
    opens: str


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One activity of one's own way. ``opens``: the site it opens, empty for what has no address; ``package``: the
    entry whose file can be taken away."""

    id: UUID
    title: str
    modality: str
    facts: Facts
    openable: bool
    hand_in: bool
    when: str
    package: UUID | None


@dataclass(frozen=True, slots=True)
class WayCard:
    """One way. ``over``: it breaks a limit of the agreed plan (said in ``reasons``), so choosing it is a request."""

    id: UUID
    title: str
    modality: str
    mine: bool
    best: bool
    asked: bool
    details: list[tuple[str, str]]
    reasons: list[tuple[bool, str]]
    over: bool
    activities: list[ActivityLine]


def facts(variant: Variant, doors: Mapping[UUID, Door]) -> Facts:
    """Facts of a whole way."""
    return _facts(variant.activities, doors)


def facts_of(activity: Activity | None, doors: Mapping[UUID, Door]) -> Facts:
    """Facts of one activity."""
    return _facts([activity] if activity else [], doors)


def _facts(activities: Sequence[Activity], doors: Mapping[UUID, Door]) -> Facts:
    elsewhere = [a for a in activities if a.binding.kind is not BindingKind.DEPOSIT]
    remote = [a for a in elsewhere if a.id in doors or a.modality in (Modality.OWN_PACE, Modality.REMOTE_LIVE)]
    phone = max((a.needs.phone for a in remote), key=_PHONES.index, default=None)
    sites = dict.fromkeys(doors[a.id].site for a in activities if a.id in doors and doors[a.id].site)
    return Facts(
        minutes=sum(a.minutes for a in activities) or None,
        megabytes=sum(a.needs.megabytes for a in remote) if remote else None,
        phone=phone.value if phone else None,
        opens=translator().enumeration(list(sites)) if sites else "",
    )


def cards(
    view: StepView,
    advice: Sequence[Advice],
    doors: Mapping[UUID, Door],
    seances: Mapping[str, SeanceView],
    left: Mapping[Modality, int] | None,
) -> list[WayCard]:
    """The ways to a step: one's own first, then by the rank of the advice. ``seances``: the next one by IRI."""
    ranked = {a.variant_id: a for a in advice}
    mine = view.variant.id if view.variant else None
    order = sorted(view.step.variants, key=lambda v: (v.id != mine, ranked[v.id].rank if v.id in ranked else 99))
    best = next((a.variant_id for a in advice if a.rank == 0 and (a.pro or a.con)), None)
    over = {v.id: over_plan_words(view.step, v.id, left) for v in order if left is not None and v.id != mine}
    return [
        WayCard(
            id=variant.id,
            title=variant.title,
            modality=variant.modality.value,
            mine=variant.id == mine,
            best=variant.id == best and len(order) > 1,
            asked=variant.id == view.switch_asked,
            details=_details(variant, doors, seances),
            reasons=_reasons(ranked.get(variant.id)) + [(False, text) for text in over.get(variant.id, [])],
            over=bool(over.get(variant.id)),
            activities=[_line(a, doors, seances) for a in variant.activities],
        )
        for variant in order
    ]


def _reasons(advice: Advice | None) -> list[tuple[bool, str]]:
    if advice is None:
        return []
    say = translator().gettext
    pro = [(True, say(PRO_WORDS[r])) for r in advice.pro if r in PRO_WORDS]
    con = [(False, say(CON_WORDS[r])) for r in advice.con if r in CON_WORDS and r is not Reason.OVER_PLAN]
    return pro + con


def _details(variant: Variant, doors: Mapping[UUID, Door], seances: Mapping[str, SeanceView]) -> list[tuple[str, str]]:
    say, told = translator(), facts(variant, doors)
    found = []
    if variant.modality is Modality.COMODAL:
        found.append((_("Comment"), _("en salle ou par écran : vous choisissez")))
    if told.minutes:
        found.append((_("Durée"), say.duration(told.minutes)))
    if told.megabytes is not None:
        found.append((_("Poids"), say.megabytes(told.megabytes)))
    if told.phone:
        found.append((_("Téléphone"), say.gettext(PHONE_WORDS[told.phone]).partition(":")[2].strip()))
    if told.opens:
        found.append((_("Où"), told.opens))
    coming = next((s for a in variant.activities if (s := seances.get(_iri(a)))), None)
    if coming is not None:
        found.append((_("Quand"), say.span(coming.starts, coming.ends, short=True, zone=coming.zone)))
        if coming.room:
            found.append((_("Lieu"), ", ".join(filter(None, (coming.room, coming.place)))))
    elif any(a.modality in PRESENCE and a.binding.kind is BindingKind.SEANCES for a in variant.activities):
        found.append((_("Quand"), _("aucune date pour l’instant")))
    return found


def _iri(activity: Activity) -> str:
    return activity.binding.iri or activity.id.urn


def _line(activity: Activity, doors: Mapping[UUID, Door], seances: Mapping[str, SeanceView]) -> ActivityLine:
    coming = seances.get(_iri(activity))
    return ActivityLine(
        id=activity.id,
        title=activity.title,
        modality=activity.modality.value,
        facts=_facts([activity], doors),
        openable=activity.id in doors,
        hand_in=activity.binding.kind is BindingKind.DEPOSIT,
        package=activity.binding.resource_id if activity.binding.kind is BindingKind.PACKAGE else None,
        when=translator().span(coming.starts, coming.ends, zone=coming.zone) if coming else "",
    )


def first_openable(variant: Variant | None, doors: Mapping[UUID, Door]) -> Activity | None:
    """The activity that the one main button opens."""
    return next((a for a in (variant.activities if variant else ()) if a.id in doors), None)


def next_by_iri(views: Sequence[SeanceView], now: datetime) -> dict[str, SeanceView]:
    """The next séance of each activity that is not cancelled."""
    found: dict[str, SeanceView] = {}
    for view in views:
        if not view.cancelled and view.ends > now:
            found.setdefault(view.seance.iri, view)
    return found


def hours(view: SeanceView) -> str:
    """« 9 h – 12 h 30 », beside a plate that shows the day; the zone is named where its clocks differ."""
    return translator().span(view.starts, view.ends, zone=view.zone).partition(", ")[2]
