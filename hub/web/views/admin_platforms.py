"""Partners' platforms: health, connecting, testing, reading now, pausing, falls held back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from connectors.declaration import Declaration
from connectors.errors import ConnectorError
from connectors.http import HttpOptions
from connectors.registry import declarations
from hub.services import conflicts, organisations, platform_admin, platforms
from hub.services.errors import Conflict, Invalid
from hub.services.platforms import PAUSED, PlatformData, Tested
from hub.services.remote_errors import described
from hub.services.sync import held, runs
from hub.texts import gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.nav import page_exists
from hub.web.render import go, page
from hub.web.views._admin import Field, add_faults, crumbs, form_page, one_id, whole_place_only
from hub.web.views._admin_platforms import (
    capability_words,
    conflict_lines,
    counts_words,
    fall_words,
    gaps_lines,
    health,
    lacking,
    notice_lines,
    run_state,
)
from hub.web.views._admin_words import remote_words

blueprint = whole_place_only(Blueprint("admin_platforms", __name__))
PERIODS = (60, 180, 360, 720, 1440)
TEST_LIMITS = HttpOptions(connect_timeout=5, read_timeout=15)


@blueprint.get("/admin/platforms")
@access("administrator")
def listed() -> Response:
    """Every platform with its health; those in trouble first, with what to do."""
    where = here()
    with where.tenant.read() as unit:
        lines = platforms.overview(unit)
    found = [(line, health(line)) for line in lines]
    troubled = [(line, remote_words(line.last_error)) for line in lines if line.last_error]
    return page(
        "admin/platforms.html",
        found=found,
        troubled=troubled,
        titles={key: declared.title for key, declared in declarations().items()},
        brings={line.id: counts_words(line.counts) for line in lines},
        sources=page_exists("/admin/sources"),
        crumbs=crumbs((_("Plateformes"), None)),
    )


@blueprint.route("/admin/platforms/new", methods=["GET", "POST"])
@access("administrator")
def new() -> Response:
    """First which kind of platform, then its settings."""
    kinds = declarations()
    key = request.args.get("connector")
    if key is None or (key and key not in kinds):
        way = crumbs((_("Plateformes"), url_for("admin_platforms.listed")), (_("Relier une plateforme"), None))
        return page("admin/platform_kind.html", kinds=list(kinds.values()), crumbs=way)
    return _edit(None, kinds.get(key))


@blueprint.route("/admin/platforms/<uuid:platform_id>/edit", methods=["GET", "POST"])
@access("administrator")
def edit(platform_id: UUID) -> Response:
    """Change its settings."""
    where = here()
    with where.tenant.read() as unit:
        row = platforms.find(unit, platform_id)
    return _edit(platform_id, declarations().get(row.connector))


def _edit(platform_id: UUID | None, declared: Declaration | None) -> Response:
    where, form = here(), Form()
    if request.method == "POST":
        data = _typed(form, declared)
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    by, now = where.me.person_id, where.now
                    row = (
                        platforms.change(unit, platform_id, data, by=by, now=now)
                        if platform_id
                        else platforms.add(unit, data, by=by, now=now)
                    )
                read = declared is not None and not declared.by_upload
                detail = _("Faites maintenant le diagnostic : il dit ce qui manque.") if read else ""
                return go(
                    url_for("admin_platforms.show", platform_id=row.id),
                    _("La plateforme est enregistrée."),
                    detail=detail,
                )
            except Invalid as error:
                names = {setting.name: f"set-{setting.name}" for setting in declared.settings} if declared else {}
                add_faults(form, error, names)
    with where.tenant.read() as unit:
        known = platforms.find(unit, platform_id) if platform_id else None
        owners = [(row.id, row.name) for row in organisations.listed(unit)]
    title = _("Modifier %(name)s", name=known.name) if known else _("Relier une plateforme")
    every = [(minutes, where.translator.duration(minutes)) for minutes in PERIODS]
    fields = [Field("name", _("Nom de la plateforme"), value=known.name if known else "", required=True)]
    if declared:
        stored = known.settings if known else {}
        fields += [
            Field(
                f"set-{setting.name}",
                gettext(setting.label),
                "password" if setting.secret else {"url": "url", "choice": "select"}.get(setting.kind, "text"),
                "" if setting.secret else stored.get(setting.name, ""),
                help=" ".join(filter(None, (gettext(setting.help) if setting.help else "",
                                            _("Laissez vide pour garder celui qui est enregistré.")
                                            if setting.secret and known else ""))),
                required=setting.required and not (setting.secret and known),
                options=[(value, gettext(text)) for value, text in setting.choices],
                attrs={"autocomplete": "off"},
            )
            for setting in declared.settings
        ]  # fmt: skip
    if declared and not declared.by_upload:
        fields.append(
            Field("every_minutes", _("Lire toutes les"), "select", known.every_minutes if known else 360, every)
        )
    else:
        fields.append(
            Field(
                "base_url",
                _("Adresse du site"),
                "url",
                known.base_url if known else "",
                attrs={"placeholder": "https://"},
            )
        )
    fields += [
        Field("organisation", _("Organisme qui la tient"), "select", known.organisation_id if known else "", owners,
              empty=_("Aucun en particulier")),
        Field("domains", _("Domaines d’e-mail sûrs"), value=" ".join(known.authoritative_domains) if known else "",
              heading=_("Pour reconnaître les personnes"),
              help=_("Un compte de cette plateforme avec un e-mail de ces domaines est relié tout seul à la personne "
                     "qui a le même e-mail. À réserver aux domaines dont le partenaire crée lui-même les adresses.")),
        Field("account_home", _("Adresse des comptes dans les traces xAPI"), "url",
              known.account_home if known else "",
              help=_("xAPI est le format des traces d’apprentissage. Laissez vide si c’est l’adresse du site.")),
    ]  # fmt: skip
    way = crumbs((_("Plateformes"), url_for("admin_platforms.listed")), (title, None))
    lead = declared.title if declared else _("Sans lecture : outils LTI ou traces xAPI seulement")
    return form_page(title, fields, form, crumbs=way, lead=lead)


def _typed(form: Form, declared: Declaration | None) -> PlatformData:
    values = (
        {setting.name: form.typed(f"set-{setting.name}").strip()[:2000] for setting in declared.settings}
        if declared
        else {}
    )
    by_clock = declared is None or not declared.by_upload
    every = form.choice("every_minutes", [str(minutes) for minutes in PERIODS]) if by_clock else None
    return PlatformData(
        form.text("name", required=True, longest=120),
        declared.key if declared else "",
        values,
        form.text("base_url"),
        form.text("account_home"),
        form.text("domains").replace(",", " ").replace(";", " ").split(),
        one_id(form, "organisation"),
        int(every) if every else 360,
    )


@blueprint.get("/admin/platforms/<uuid:platform_id>")
@access("administrator")
def show(platform_id: UUID) -> Response:
    """One platform: health, falls, readings, tools."""
    return _show(platform_id)


def _show(platform_id: UUID, tested: Tested | None = None, fault: ConnectorError | None = None) -> Response:
    where = here()
    with where.tenant.read() as unit:
        row = platforms.find(unit, platform_id)
        line = next(one for one in platforms.overview(unit) if one.id == platform_id)
        latest = runs.runs(unit, platform_id)
        tools = platform_admin.tools(unit, platform_id)
        disagreements = conflicts.of_platform(unit, platform_id)
    waiting = next((run for run in latest if run.state == runs.HELD), None)
    declared = declarations().get(row.connector)
    return page(
        "admin/platform.html",
        status=200,
        row=row,
        line=line,
        health=health(line),
        error=remote_words(line.last_error) if line.last_error else None,
        kind=declared.title if declared else _("LTI ou xAPI"),
        runs=[(run, run_state(run.state), counts_words(run.counts), remote_words(run.error) if run.error else None)
              for run in latest],
        waiting=waiting,
        falls=[
            (fall, fall_words(fall["before"]), fall_words(fall["after"]))
            for fall in (waiting.held if waiting else ())
            if fall["kind"] != "roster"
        ],
        rosters=[one for one in (waiting.held if waiting else ()) if one["kind"] == "roster"],
        notices=notice_lines(latest[0].counts) if latest else [],
        conflicts=conflict_lines(disagreements),
        lacks=lacking(line.counts) if not tested else [],
        tools=tools,
        tested=tested,
        missing=gaps_lines(tested.missing) if tested else [],
        possible=[capability_words(name) for name in tested.possible] if tested else [],
        fault=remote_words(described(fault)) if fault else None,
        paused=row.state == PAUSED,
        by_upload=bool(declared and declared.by_upload),
        crumbs=crumbs((_("Plateformes"), url_for("admin_platforms.listed")), (row.name, None)),
    )  # fmt: skip


@blueprint.post("/admin/platforms/<uuid:platform_id>/test")
@access("administrator")
def test(platform_id: UUID) -> Response:
    """Ask the platform, outside any unit, who the hub is there and what it may do; the answer is shown, not kept."""
    where = here()
    with where.tenant.read() as unit:
        to = platforms.connection(unit, platform_id)
    if not to.connector:
        return go(
            url_for("admin_platforms.show", platform_id=platform_id), _("Cette plateforme n’est pas lue."), "info"
        )
    try:
        return _show(platform_id, tested=platforms.probe(to, where.installation.config, TEST_LIMITS))
    except ConnectorError as error:
        return _show(platform_id, fault=error)


@blueprint.post("/admin/platforms/<uuid:platform_id>/read")
@access("administrator")
def read_now(platform_id: UUID) -> Response:
    """Have it read now."""
    where = here()
    address = url_for("admin_platforms.show", platform_id=platform_id)
    try:
        with where.tenant.write() as unit:
            runs.request_sync(unit, platform_id, by=where.me.person_id, now=where.now)
    except Conflict:
        return go(address, _("Cette plateforme est en pause, ou n’est pas lue."), "warning")
    return go(address, _("La lecture est demandée."), "info", _("Elle commence dans un moment. Revenez voir ici."))


@blueprint.post("/admin/platforms/<uuid:platform_id>/state")
@access("administrator")
def set_state(platform_id: UUID) -> Response:
    """Pause the readings, or take them up again (``active=1``)."""
    where, active = here(), Form().typed("active") == "1"
    with where.tenant.write() as unit:
        platforms.set_state(unit, platform_id, active=active, by=where.me.person_id, now=where.now)
    message = _("Les lectures reprennent.") if active else _("Les lectures sont en pause. Ce qui est lu reste.")
    return go(url_for("admin_platforms.show", platform_id=platform_id), message)


@blueprint.post("/admin/platforms/<uuid:platform_id>/falls/<uuid:run_id>")
@access("administrator")
def falls(platform_id: UUID, run_id: UUID) -> Response:
    """Accept the falls of a run, or refuse them."""
    where, form = here(), Form()
    accept = form.typed("answer") == "accept"
    with where.tenant.write() as unit:
        platform_admin.find_run(unit, platform_id, run_id)
        if accept:
            held.confirm_held(unit, run_id, by=where.me.person_id, now=where.now)
        else:
            platform_admin.refuse_held(unit, platform_id, run_id, by=where.me.person_id, now=where.now)
    message = _("Les baisses sont acceptées.") if accept else _("Les baisses sont refusées.")
    detail = (
        _("Les étapes concernées seront marquées « à vérifier ».")
        if accept
        else _("Rien ne change pour les personnes. Si la plateforme le redit, le hub vous redemandera.")
    )
    return go(url_for("admin_platforms.show", platform_id=platform_id), message, detail=detail)
