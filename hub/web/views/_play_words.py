"""An attempt at played content in words: how far it is, and what its content said that was refused or cut."""

from hub.services.play.attempts import AttemptView
from hub.texts import N_, _, translator

#: A content may say once or twice that it begins anew; only back and forth is worth a word.
_OFTEN = {"status_fell": 3}
ODDITIES = {
    "score": N_("Le contenu a donné une note impossible (%(last)s) : elle ne compte pas."),
    "status": N_("Le contenu a donné un état inconnu (%(last)s) : il ne compte pas."),
    "status_fell": N_("Le contenu a voulu plusieurs fois reprendre ce qui était terminé : ce qui est fait reste fait."),
    "suspend_data": N_(
        "Le contenu a voulu garder trop de données : elles sont refusées, la reprise peut être incomplète."
    ),
    "time": N_("Le contenu a compté plus de temps qu’il n’est resté ouvert : le temps est réduit."),
    "too_much": N_("Le contenu a envoyé trop de choses : une partie n’est pas gardée."),
    "element": N_(
        "Le contenu a envoyé des données qui ne sont pas de la norme (%(last)s) : elles ne sont pas gardées."
    ),
    "silent": N_("« %(last)s » n’a rien dit au hub : la page compte comme ouverte."),
}


def attempt_words(attempt: AttemptView) -> str:
    """« terminé, réussi, 85 %, 12 min »."""
    told, say = attempt.summary, translator()
    parts = [_("terminé") if told.get("completed") else _("en cours")]
    if told.get("passed") is not None:
        parts.append(_("réussi") if told["passed"] else _("pas réussi"))
    if told.get("score") is not None:
        parts.append(say.percent(float(told["score"])))
    elif told.get("progress") and not told.get("completed"):
        parts.append(_("avancement %(share)s", share=say.percent(float(told["progress"]))))
    if told.get("seconds"):
        parts.append(say.duration(max(1, round(float(told["seconds"]) / 60))))
    return ", ".join(parts)


def oddity_words(attempt: AttemptView) -> list[str]:
    """What the trainer should know; empty where content kept to the norm."""
    found = sorted(attempt.oddities.items())
    return [
        _(ODDITIES[code], last=one.get("last", ""))
        for code, one in found
        if code in ODDITIES and int(one.get("count", 1)) >= _OFTEN.get(code, 1)
    ]
