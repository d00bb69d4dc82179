"""The kinds of acts of the script, and how each is performed."""

from collections.abc import Callable

from hub.demo import learner_acts, staff_acts
from hub.demo.script import Act
from hub.demo.stage import Stage

KINDS: dict[str, Callable[[Stage, Act], object]] = {
    "tool": learner_acts.tool,
    "tool_open": learner_acts.tool_open,
    "mooc": learner_acts.mooc,
    "package": learner_acts.package,
    "moodle": learner_acts.moodle,
    "grade": learner_acts.grade,
    "hand_in": learner_acts.hand_in,
    "switch": learner_acts.switch,
    "claim": learner_acts.claim,
    "help": learner_acts.ask_help,
    "roll": staff_acts.roll,
    "validate": staff_acts.validate,
    "waive": staff_acts.waive,
    "answer": staff_acts.answer,
    "reply": staff_acts.reply,
    "sync": staff_acts.read_moodle,
    "cards": staff_acts.print_cards,
    "link": staff_acts.link,
}


def perform(stage: Stage, act: Act) -> None:
    """Have the act happen at its instant. Raises what went wrong."""
    stage.now = act.at
    KINDS[act.kind](stage, act)
