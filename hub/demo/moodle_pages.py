"""The pages of the Moodle double for a person who followed a link: small, French, no account needed."""

from flask import Blueprint, abort, render_template_string, request

from hub.demo.moodle_state import Module, MoodleState

_KINDS = {
    "page": "Page",
    "url": "Lien",
    "forum": "Forum",
    "scorm": "Module interactif",
    "assign": "Devoir",
    "quiz": "Test",
    "book": "Livret",
    "attendance": "Présence",
    "label": "Texte",
    "h5pactivity": "Contenu interactif",
}
_LAYOUT = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} · {{ site }}</title>
<style>
:root { color-scheme: light dark }
body { font: 1.0625rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 1rem }
header { border-bottom: 3px solid #b45309; margin-bottom: 1.5rem }
li { margin: .5rem 0 } a { display: inline-block; padding: .5rem 0 } small { opacity: .8 }
</style></head>
<body><header><a href="/">{{ site }}</a></header><main><h1>{{ title }}</h1>
{% for heading, entries in parts %}{% if heading %}<h2>{{ heading }}</h2>{% endif %}
<ul>{% for entry in entries %}<li><a href="{{ entry.url }}">{{ entry.name }}</a>
{% if entry.kind %}<small>{{ entry.kind }}</small>{% endif %}</li>{% endfor %}</ul>{% endfor %}
{% for line in lines %}<p>{{ line }}</p>{% endfor %}
{% if back %}<p><a href="{{ back.url }}">← {{ back.name }}</a></p>{% endif %}
</main></body></html>"""


def pages(state: MoodleState) -> Blueprint:
    """Home, course page and module page."""
    blueprint = Blueprint("moodle_pages", __name__)

    @blueprint.get("/")
    def home() -> str:
        with state.locked():
            entries = [_entry(f"/course/view.php?id={one.id}", one.fullname) for one in state.courses.values()]
        return _page(state, "Vos cours", [("", entries)])

    @blueprint.get("/course/view.php")
    def course() -> str:
        with state.locked():
            found = state.courses.get(_asked())
            if found is None:
                abort(404)
            sections = dict.fromkeys(module.section for module in found.modules)
            parts = [(name, [_module(one) for one in found.modules if one.section == name]) for name in sections]
            return _page(state, found.fullname, parts)

    @blueprint.get("/mod/<kind>/view.php")
    def module(kind: str) -> str:
        with state.locked():
            try:
                found, parent = state.module(_asked()), state.course_of(_asked())
            except KeyError:
                abort(404)
            if found.modname != kind:
                abort(404)
            said = found.intro or "Cette activité se fait ici, sur la plateforme du partenaire."
            back = _entry(f"/course/view.php?id={parent.id}", parent.fullname)
            return _page(state, found.name, [], [_KINDS.get(kind, kind), said], back)

    @blueprint.app_errorhandler(404)
    def missing(_: Exception) -> tuple[str, int]:
        return _page(state, "Cette page n'existe pas", [], ["Le cours a peut-être été retiré."]), 404

    return blueprint


def _asked() -> int:
    return request.args.get("id", default=0, type=int)


def _entry(url: str, name: str, kind: str = "") -> dict[str, str]:
    return {"url": url, "name": name, "kind": kind}


def _module(module: Module) -> dict[str, str]:
    kind = _KINDS.get(module.modname, module.modname)
    return _entry(f"/mod/{module.modname}/view.php?id={module.id}", module.name, kind)


def _page(
    state: MoodleState,
    title: str,
    parts: list[tuple[str, list[dict[str, str]]]],
    lines: list[str] | None = None,
    back: dict[str, str] | None = None,
) -> str:
    return render_template_string(_LAYOUT, site=state.name, title=title, parts=parts, lines=lines or [], back=back)
