"""The LRS of the place at ``/xapi``: statements, agents, activities, about (xAPI 1.0.3 Part Three 2).

State and profiles are in ``hub.web.views.xapi_documents``. Credentials are those of ``hub.services.xapi_sources``.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request, url_for
from flask.blueprints import BlueprintSetupState

from content.xapi.canonical import ifi
from content.xapi.errors import Fault
from content.xapi.multipart import Content, join
from content.xapi.parse import dump
from content.xapi.repair import repair
from content.xapi.versions import for_1_0
from hub.db.errors import DatabaseError
from hub.db.types import from_micros
from hub.domain.cmi5.rules import Violation
from hub.models.river import StatementAttachment
from hub.services import consistency, ledger, profiles, xapi_query, xapi_sources
from hub.services.errors import NotFound
from hub.services.turns import turns
from hub.web import xapi_cmi5, xapi_errors, xapi_express, xapi_more
from hub.web.access import PUBLIC, TOKEN, access
from hub.web.context import here, is_here
from hub.web.xapi_cors import add_cors
from hub.web.xapi_errors import Refusal, bad
from hub.web.xapi_formats import CONSISTENT, FORMATS, canonical, exact, ids, instant_text
from hub.web.xapi_params import Parameters
from hub.web.xapi_paths import tolerant
from hub.web.xapi_request import VERSIONS, Caller, add_version, caller, largest_batch, statements_sent
from hub.web.xapi_storing import Stored, Storing, batch_of, checked, store, under

blueprint = Blueprint("xapi", __name__, url_prefix="/xapi")
xapi_errors.install(blueprint)
blueprint.after_request(add_version)
blueprint.after_request(add_cors)
_ONE = ("statementId", "voidedStatementId")
_FILTERS = (
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "ascending",
)
_FORMS = ("format", "attachments")


@blueprint.record_once
def _stand_in_front(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    app.wsgi_app = tolerant(xapi_express.Express(app, app.wsgi_app))  # type: ignore[method-assign, assignment]  # as Flask tells to wrap it


@blueprint.after_request
def consistent_through(response: Response) -> Response:
    """Every answer about statements says up to when it is complete, refusals included (XAPI-00153): clients wait for an
    instant by queries that are refused, too."""
    if request.endpoint and request.endpoint.endswith("_statements") and is_here():
        if "xapi_through" not in g:
            try:
                if request.method in ("GET", "HEAD"):
                    with _consistent() as session:
                        g.xapi_through = consistency.through(session)
                else:
                    g.xapi_through = consistency.told(here().tenant)
            except DatabaseError:
                return response  # that the database is away is what the answer already says
        response.headers[CONSISTENT] = instant_text(g.xapi_through)
    return response


def _consistent() -> AbstractContextManager[Any]:
    return consistency.reading(here().tenant, current_app.extensions["hub.clock"])


@blueprint.get("/about")
@access(PUBLIC)
def about() -> Response:
    """The versions served; needs neither credential nor version header."""
    return _json(orjson.dumps({"version": list(VERSIONS)}).decode())


@blueprint.post("/statements")
@access(TOKEN)
def post_statements() -> Response:
    """Store one statement or a batch, all or none; answers their ids in order."""
    who = caller("statements/write")
    Parameters((), "Communication 2.1.2")
    sent = statements_sent()
    batch, places = batch_of(sent.value)
    most = largest_batch(here().settings)
    if len(batch) > most:
        reason = f"a batch holds at most {most} statements here; send several"
        raise Refusal(413, "too_many", "$", "Communication 3.2", reason)
    return _json(orjson.dumps(_store(who, batch, places, sent.contents)).decode())


@blueprint.put("/statements")
@access(TOKEN)
def put_statements() -> Response:
    """Store one statement under the id of the parameter."""
    who = caller("statements/write")
    parameters = Parameters(("statementId",), "XAPI-00145")
    wanted = parameters.uuid("statementId")
    if wanted is None:
        raise bad("statementId", "XAPI-00145", "is required", Fault.MISSING)
    sent = statements_sent()
    _store(who, [under(sent.value, wanted)], ["$"], sent.contents)
    return Response(status=204)


def _store(who: Caller, batch: list[Any], places: list[str], contents: dict[str, Content]) -> list[str]:
    """Check, prepare outside the unit, store inside it, then project what is owed. Gives the ids in order."""
    failed = request.environ.get(xapi_express.FAILED)
    if failed is not None:
        raise failed
    repairs = (
        [done for s, at in zip(batch, places, strict=True) for done in repair(s, who.version, at)]
        if who.row.lenient
        else []
    )
    xapi_cmi5.check(batch)
    with turns.to_prepare():
        g.xapi_places = checked(who, batch, places, contents)
    if who.row.profile_mode == "strict":
        _keep_to_profiles(who, batch, places)
    where = here()
    storing = Storing(who, where.now, current_app.extensions["hub.clock"])
    along = _keep(contents)
    with turns.to_prepare():
        prepared = ledger.prepare(batch, storing.source, where.now, along)

    def store_all(session: Any) -> Stored:
        result = storing(session, [prepared])
        if repairs:
            xapi_sources.note_repairs(session, who.row.id, Counter(r.what for r in repairs), repairs[0].path, where.now)
        return result

    joint = None if repairs or xapi_cmi5.signed() is not None else storing.joint(prepared)
    try:
        g.xapi_through = store(where.tenant, xapi_cmi5.around(store_all, batch, prepared), len(prepared), joint)
    except Violation as broken:
        raise xapi_cmi5.refused(broken) from broken
    return [p.id for p in prepared]


def _keep_to_profiles(who: Caller, batch: list[Any], places: list[str]) -> None:
    """Refuse what breaks a rule of a template that it matches, for a source that is held to profiles."""
    # What the store gives a statement that lacks it counts as being there.
    given = {"timestamp": "given", "version": who.version, "authority": {}}
    whole = [{**given, **statement} for statement in batch]
    with here().tenant.read() as session:
        checker, known = profiles.checker(session, who.row.profiles or ()), profiles.known(session, whole)
        outcomes = [checker.check({"id": "given", **one}, known) for one in whole]
    for outcome, place in zip(outcomes, places, strict=True):
        for broken in outcome.findings[:1]:
            path = broken.path.replace("$", place, 1) if broken.path.startswith("$") else f"{place}.{broken.path}"
            reason = f"the template {broken.template} of the profile asks for this place: {broken.wanted}"
            raise Refusal(400, "profile", path, "xAPI Profiles, Communication 2.1", reason)


def _keep(contents: dict[str, Content]) -> dict[str, ledger.Attached]:
    """The contents as blobs, before the unit of work that refers to them."""
    blobs = here().installation.blobs(here().tenant.key) if contents else None
    kept: dict[str, ledger.Attached] = {}
    for sha2, content in contents.items():
        if blobs is not None:
            blob = blobs.put([content.data], len(content.data))
            kept[sha2] = ledger.Attached(sha2, blob.sha256, blob.size, content.media_type)
    return kept


@blueprint.get("/statements")
@access(TOKEN)
def get_statements() -> Response:
    """One statement by its id, or those that fit the filter, page by page."""
    who = caller("statements/read", "statements/read/mine")
    if "more" in request.args:
        token = Parameters(("more",), "XAPI-00108").text("more") or ""
        found = xapi_more.read(token, here().vault, here().record.key, who.row.id)
        if found is None:
            raise bad("more", "XAPI-00108", "this link was not given to this credential", Fault.FORMAT)
        return _page(who, lambda _session: found.plan, found.format, attachments=found.attachments)
    named = [name for name in _ONE if name in request.args]
    if named:
        return _one(who, named)
    return _search(who)


def _one(who: Caller, named: list[str]) -> Response:
    requirement = "XAPI-00150" if "voidedStatementId" in named else "XAPI-00151"
    parameters = Parameters((named[0], *_FORMS), requirement)
    statement_id = parameters.uuid(named[0]) or ""
    form, attachments = parameters.choice("format", FORMATS), parameters.flag("attachments")
    with _consistent() as session:
        g.xapi_through = consistency.through(session)
        own = who.row.id if who.reads_only_own() else None
        voided = named[0] == "voidedStatementId"
        found = xapi_query.one(session, statement_id, voided=voided, source_id=own)
        if found is None or xapi_cmi5.hides(found.text):
            raise NotFound(statement=statement_id)
        text = _text(found, who, form, _definitions(session))
        along = xapi_query.attachments(session, [found.seq]) if attachments else None
    return _answer(text, found.stored, along)


def _search(who: Caller) -> Response:
    parameters = Parameters((*_FILTERS, *_FORMS), "Communication 2.1.3")
    agent = parameters.agent()
    wanted = xapi_query.Filter(
        agent=ifi(agent) if agent else None,
        related_agents=parameters.flag("related_agents"),
        verb=parameters.iri("verb"),
        activity=parameters.iri("activity"),
        related_activities=parameters.flag("related_activities"),
        registration=parameters.uuid("registration") or xapi_cmi5.registration(),
        since=parameters.instant("since"),
        until=parameters.instant("until"),
        ascending=parameters.flag("ascending"),
        limit=parameters.whole("limit"),
    )
    form, attachments = parameters.choice("format", FORMATS), parameters.flag("attachments")
    return _page(who, lambda session: xapi_query.plan(session, wanted), form, attachments=attachments)


def _page(who: Caller, planned: Callable[[Any], xapi_query.Plan | None], form: str, *, attachments: bool) -> Response:
    """``planned`` gives the plan within the unit that answers."""
    where = here()
    own = who.row.id if who.reads_only_own() else None
    with _consistent() as session:
        g.xapi_through = consistency.through(session)
        plan = planned(session)
        page = xapi_query.page(session, plan, own) if plan else xapi_query.Page((), None)
        definitions = _definitions(session)
        texts = [_text(statement, who, form, definitions) for statement in page.statements]
        along = xapi_query.attachments(session, [s.seq for s in page.statements]) if attachments else None
    more = ""
    if page.following is not None:
        following = xapi_more.Continuation(page.following, form, attachments)
        token = xapi_more.write(following, where.vault, where.record.key, who.row.id)
        more = url_for("xapi.get_statements", more=token)
    text = f'{{"statements":[{",".join(texts)}],"more":{orjson.dumps(more).decode()}}}'
    return _answer(text, max((s.stored for s in page.statements), default=None), along)


def _definitions(session: Any) -> Any:
    """Canonical definitions, each looked up once a request."""
    known: dict[str, dict[str, Any]] = {}

    def of(iri: str) -> dict[str, Any]:
        if iri not in known:
            known[iri] = xapi_query.activity_definition(session, iri)
        return known[iri]

    return of


def _text(statement: xapi_query.Statement, who: Caller, form: str, definitions: Any) -> str:
    match form:
        case "ids":
            text = ids(statement)
        case "canonical":
            text = canonical(statement, request.accept_languages, definitions)
        case _:
            text = exact(statement)
    return text if who.later else for_1_0(text)


def _answer(text: str, stored: int | None, along: list[StatementAttachment] | None) -> Response:
    if along is not None:
        content, kind = join(text, map(_content, along))
        response = Response(content, content_type=kind)
    else:
        response = _json(text)
    response.last_modified = from_micros(stored) if stored is not None else datetime(1970, 1, 1, tzinfo=UTC)
    return response


def _content(row: StatementAttachment) -> Content:
    with here().installation.blobs(here().tenant.key).open(row.sha256) as file:
        return Content(row.sha2, row.content_type, file.read())


@blueprint.get("/activities")
@access(TOKEN)
def activities() -> Response:
    """An activity with all that is known of it; one that nothing speaks of comes back as it was asked for."""
    caller("statements/read", "statements/read/mine", "state", "profile")
    iri = Parameters(("activityId",), "XAPI-00250").iri("activityId", required=True) or ""
    with here().tenant.read() as session:
        definition = xapi_query.activity_definition(session, iri)
    found: dict[str, Any] = {"objectType": "Activity", "id": iri}
    return _json(dump(found | ({"definition": definition} if definition else {})))


@blueprint.get("/agents")
@access(TOKEN)
def agents() -> Response:
    """The Person Object of an agent. It holds what the agent itself is known by and no other identity that the hub
    may have linked: a platform does not learn from the hub who somebody is elsewhere."""
    caller("statements/read", "profile")
    agent = Parameters(("agent",), "XAPI-00243").agent(required=True) or {}
    with here().tenant.read() as session:
        name = xapi_query.agent_name(session, ifi(agent))
    person: dict[str, Any] = {"objectType": "Person"}
    names = [n for n in dict.fromkeys((agent.get("name"), name)) if n]
    person |= {"name": names} if names else {}
    person |= {key: [agent[key]] for key in ("mbox", "mbox_sha1sum", "openid", "account") if key in agent}
    return _json(dump(person))


def _json(text: str) -> Response:
    return Response(text, content_type="application/json")
