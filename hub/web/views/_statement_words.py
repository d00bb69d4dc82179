"""A statement in a sentence, in the reader's language: who did what to which thing, and what came out of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from content.xapi import formats
from content.xapi.readings.rule import progress_of, score_of
from content.xapi.vocabulary import Verb
from hub.texts import N_, gettext, translator
from hub.texts.translation import Translator

SENTENCES: Final[dict[str, str]] = {
    Verb.ANSWERED: N_("%(who)s a répondu à « %(what)s »"),
    Verb.ATTEMPTED: N_("%(who)s a essayé « %(what)s »"),
    Verb.ATTENDED: N_("%(who)s était à « %(what)s »"),
    Verb.COMPLETED: N_("%(who)s a terminé « %(what)s »"),
    Verb.EXITED: N_("%(who)s a quitté « %(what)s »"),
    Verb.EXPERIENCED: N_("%(who)s a parcouru « %(what)s »"),
    Verb.FAILED: N_("%(who)s n’a pas réussi « %(what)s »"),
    Verb.INITIALIZED: N_("%(who)s a commencé « %(what)s »"),
    Verb.INTERACTED: N_("%(who)s s’est servi de « %(what)s »"),
    Verb.LAUNCHED: N_("%(who)s a ouvert « %(what)s »"),
    Verb.MASTERED: N_("%(who)s maîtrise « %(what)s »"),
    Verb.PASSED: N_("%(who)s a réussi « %(what)s »"),
    Verb.PROGRESSED: N_("%(who)s a avancé dans « %(what)s »"),
    Verb.RESPONDED: N_("%(who)s a répondu à « %(what)s »"),
    Verb.RESUMED: N_("%(who)s a repris « %(what)s »"),
    Verb.SCORED: N_("%(who)s a eu une note à « %(what)s »"),
    Verb.SUSPENDED: N_("%(who)s a mis « %(what)s » en pause"),
    Verb.TERMINATED: N_("%(who)s a fermé « %(what)s »"),
    Verb.VOIDED: N_("%(who)s a annulé la trace %(what)s"),
    Verb.ABANDONED: N_("%(who)s a laissé « %(what)s » en plan"),
    Verb.SATISFIED: N_("%(who)s a rempli les conditions de « %(what)s »"),
    Verb.WAIVED: N_("%(who)s n’a plus à faire « %(what)s »"),
    Verb.PLAYED: N_("%(who)s a lancé la lecture de « %(what)s »"),
    Verb.PAUSED: N_("%(who)s a arrêté la lecture de « %(what)s »"),
    Verb.SEEKED: N_("%(who)s a changé de passage dans « %(what)s »"),
    Verb.EVALUATED: N_("Une évaluation de %(who)s porte sur « %(what)s »"),
    Verb.WATCHED: N_("%(who)s a regardé « %(what)s »"),
    Verb.DOWNLOADED: N_("%(who)s a téléchargé « %(what)s »"),
    Verb.EARNED: N_("%(who)s a obtenu « %(what)s »"),
    Verb.VIEWED: N_("%(who)s a consulté « %(what)s »"),
    Verb.TLA_RESUMED: N_("%(who)s a repris « %(what)s »"),
    Verb.TLA_SCORED: N_("%(who)s a eu une note à « %(what)s »"),
    Verb.JOIN: N_("%(who)s a rejoint « %(what)s »"),
    Verb.START: N_("%(who)s a commencé « %(what)s »"),
    Verb.START_SHORT: N_("%(who)s a commencé « %(what)s »"),
    Verb.CONSUMED: N_("%(who)s a consulté « %(what)s »"),
    Verb.SUBMIT: N_("%(who)s a envoyé « %(what)s »"),
    Verb.SUBMIT_SHORT: N_("%(who)s a envoyé « %(what)s »"),
    Verb.RECEIVE: N_("%(who)s a reçu « %(what)s »"),
    Verb.UNCOMPLETED: N_("« %(what)s » n’est plus terminé pour %(who)s"),
    Verb.RESTARTED: N_("%(who)s a recommencé « %(what)s »"),
    Verb.DEPOSITED: N_("%(who)s a rendu un travail pour « %(what)s »"),
    Verb.ACCEPTED: N_("Le travail de %(who)s est accepté pour « %(what)s »"),
    Verb.RETURNED: N_("Le travail de %(who)s est à revoir pour « %(what)s »"),
    Verb.VALIDATED: N_("« %(what)s » est validé pour %(who)s"),
    Verb.MISSED: N_("%(who)s n’était pas à « %(what)s »"),
    Verb.SPENT: N_("%(who)s a passé du temps sur « %(what)s »"),
    Verb.WITHDREW: N_("Ce qui était dit de « %(what)s » est retiré pour %(who)s"),
}
_OTHER: Final = N_("%(who)s : %(verb)s « %(what)s »")


def verb_name(iri: str, display: Mapping[str, str] | None = None) -> str:
    """A verb in short: as the statement shows it, else the last part of its address."""
    return _in_language(display or {}) or iri.rstrip("/").rpartition("/")[2].rpartition("#")[2]


def sentence(statement: Mapping[str, Any], person: str = "", title: str = "") -> str:
    """What the statement says. ``person``: the name of whom its actor is linked to, if any; ``title``: what its object
    is called elsewhere, for a statement that does not name it."""
    verb, thing = statement["verb"], statement["object"]
    words: dict[str, str] = {"who": person or actor_name(statement["actor"]), "what": thing_name(thing, title)}
    words["verb"] = verb_name(verb["id"], verb.get("display"))
    said = gettext(SENTENCES.get(verb["id"], _OTHER), **words)
    outcome = result_words(statement)
    return f"{said} ({outcome})." if outcome else f"{said}."


def actor_name(actor: Mapping[str, Any]) -> str:
    """How an agent or group is called: its name, else account, address or hash."""
    if actor.get("name"):
        return str(actor["name"])
    if "account" in actor:
        return str(actor["account"]["name"])
    named = actor.get("mbox", "").removeprefix("mailto:") or actor.get("openid") or actor.get("mbox_sha1sum", "")[:12]
    if named:
        return str(named)
    return ", ".join(actor_name(one) for one in actor.get("member", ())[:3]) or gettext("un groupe sans nom")


def thing_name(thing: Mapping[str, Any], title: str = "") -> str:
    """How the object is called, in the reader's language where it has a name in it."""
    match thing.get("objectType", "Activity"):
        case "Activity":
            return _in_language(thing.get("definition", {}).get("name", {})) or title or str(thing["id"])
        case "StatementRef":
            return str(thing["id"])
        case "SubStatement":
            return sentence(thing).rstrip(".")
    return actor_name(thing)


def result_words(statement: Mapping[str, Any]) -> str:
    """Score, success, completion, progress, time and answer, as one list of words; empty for none."""
    result, say = statement.get("result") or {}, translator()
    parts = []
    if "score" in result:
        parts.append(_score(result["score"], say))
    if "success" in result:
        parts.append(gettext("réussi") if result["success"] else gettext("pas réussi"))
    if "completion" in result:
        parts.append(gettext("terminé") if result["completion"] else gettext("pas terminé"))
    share = progress_of(result.get("extensions") or {})
    if share is not None:
        parts.append(gettext("avancement %(share)s", share=say.percent(share)))
    minutes = formats.minutes(result["duration"]) if "duration" in result else None
    if minutes:
        parts.append(say.duration(minutes) if minutes >= 1 else gettext("moins d’une minute"))
    if result.get("response"):
        parts.append(gettext("réponse : %(text)s", text=str(result["response"])[:80]))
    return ", ".join(part for part in parts if part)


def _score(score: Mapping[str, Any], say: Translator) -> str:
    raw, most = score.get("raw"), score.get("max")
    if isinstance(raw, int | float | Decimal) and isinstance(most, int | float | Decimal):
        return gettext("%(raw)s sur %(most)s", raw=say.number(raw), most=say.number(most))
    share = score_of(dict(score))
    return gettext("score %(share)s", share=say.percent(share)) if share is not None else ""


def _in_language(names: Mapping[str, str]) -> str:
    lang = translator().lang
    near = [text for tag, text in names.items() if tag.lower().partition("-")[0] == lang]
    return (near or list(names.values()) or [""])[0]
