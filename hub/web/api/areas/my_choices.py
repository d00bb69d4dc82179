"""What the person of the token says of themselves: language, means, adaptations."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.services import my_data
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body

api = Api("learning", "me")
Adaptation = Literal[
    "on_site", "own_pace", "more_time", "breaks", "large_text", "captions", "easy_words", "read_aloud", "step_free"
]


class Means(Body):
    """What the person has to learn with, and ways of working they ask for. Null: nothing is said."""

    device: Literal["computer", "shared", "phone", "none"] | None = None
    line: Literal["good", "poor", "none"] | None = None
    travel: Literal["easy", "hard"] | None = None
    hours: Literal["day", "evening", "irregular"] | None = None
    camera: bool | None = None
    adaptations: list[Adaptation] = Field(default=[], max_length=9)


class MeansAnswer(Answer):
    """The means and adaptations as they are kept."""

    device: str | None = None
    line: str | None = None
    travel: str | None = None
    hours: str | None = None
    camera: bool | None = None
    adaptations: list[str]


class OwnLanguage(Body):
    """A language of the hub."""

    language: Literal["fr", "en"]


@api.put("/me/means", "Set one's means")
def put_means(call: Call, body: Means) -> MeansAnswer:
    """Set one's own means and the adaptations one asks for; the advice of one's paths follows."""
    means = body.model_dump(exclude={"adaptations"})
    my_data.set_means(call.session, call.me, means, list(body.adaptations), call.now, by=call.me)
    call.session.flush()
    held = my_data.holdings(call.session, call.me)
    kept = {name: held.means.get(name) for name in means}
    return MeansAnswer(**kept, adaptations=list(held.adaptations))


@api.put("/me/language", "Set one's language")
def put_language(call: Call, body: OwnLanguage) -> None:
    """Set one's own language: that of pages, messages and refusals where a call asks for none."""
    my_data.set_language(call.session, call.me, body.language)
