"""The Moodle double: a partner's Moodle for the demo, the tests and the benches.

It answers ``/webservice/rest/server.php`` in the shapes recorded from a running Moodle 4.5.6, from a
:class:`~hub.demo.moodle_state.MoodleState` that the demo changes while it runs, and shows small pages to people. Like
the real one it answers errors with HTTP 200, takes its token from form or query, and speaks XML unless asked for JSON.
"""

import hmac
import time

from flask import Flask, Response, jsonify, request

from hub.demo import moodle_records
from hub.demo.moodle_functions import Refusal, perform
from hub.demo.moodle_more import file_bytes, refusal_text
from hub.demo.moodle_pages import pages
from hub.demo.moodle_state import Course, Module, MoodleState, Person

__all__ = ["Course", "Module", "MoodleState", "Person", "create_moodle_double"]

_RESERVED = ("wstoken", "wsfunction", "moodlewsrestformat")
_SETTINGS = "moodlewssetting"
_XML = '<?xml version="1.0" encoding="UTF-8" ?>\n<RESPONSE></RESPONSE>\n'


def create_moodle_double(state: MoodleState) -> Flask:
    """A WSGI application that answers as the Moodle that ``state`` describes."""
    app = Flask("moodle_double", static_folder=None)
    app.register_blueprint(pages(state))

    @app.route("/webservice/rest/server.php", methods=["GET", "POST"])
    def server() -> Response:
        values = request.values.to_dict()
        function = values.get("wsfunction", "")
        with state.locked():
            state.calls[function] += 1
        time.sleep(state.delay(function))
        if values.get("moodlewsrestformat") != "json":
            return Response(_XML, mimetype="application/xml")
        started = time.perf_counter()
        answer = _answer(state, function, values)
        if state.measured is not None:
            wanted = state.measured(function, values, answer)
            with state.locked():
                state.spent += wanted
            time.sleep(max(wanted - (time.perf_counter() - started), 0.0))
        return jsonify(answer)

    @app.post("/webservice/pluginfile.php/<path:path>")
    def file(path: str) -> Response:
        with state.locked():
            state.calls["pluginfile"] += 1
            found = file_bytes(state, path)
        if not hmac.compare_digest(request.form.get("token", "").encode(), state.token.encode()):
            return Response(refusal_text("invalidtoken"), mimetype="application/json")
        if found is None:
            return Response(refusal_text("filenotfound"), mimetype="application/json")
        return Response(found, mimetype="application/vnd.moodle.backup")

    return app


def _answer(state: MoodleState, function: str, values: dict[str, str]) -> object:
    params = {key: value for key, value in values.items() if key not in _RESERVED and not key.startswith(_SETTINGS)}
    with state.locked():
        try:
            if not hmac.compare_digest(values.get("wstoken", "").encode(), state.token.encode()):
                raise Refusal("bad token")
            return perform(state, function, params, values.get("moodlewssettingtimezone"))
        except Refusal as refusal:
            return moodle_records.error(refusal.case, state)
