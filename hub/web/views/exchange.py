"""What the place shows to everybody and to other systems: its training offer (pages, LHEO), its catalogue (OAI-PMH)."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, abort, request, url_for
from markupsafe import Markup
from werkzeug.http import http_date

from content.metadata import schema_org
from content.metadata.lheo.offer import as_course
from content.oai import provider
from hub.services import code_lists, harvest, jobs, oai_serve, offers
from hub.services.errors import Invalid
from hub.services.harvest import SourceView
from hub.texts import gettext
from hub.web.access import PUBLIC, access
from hub.web.context import N_, _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views import _offer_pages as offer_pages

blueprint = Blueprint("exchange", __name__)

MISSING_WORDS: dict[str, str] = {
    "prerequisites": N_("prérequis"),
    "objective": N_("objectif"),
    "duration": N_("durée"),
    "access": N_("modalités et délais d’accès"),
    "price": N_("tarif"),
    "contact": N_("contact"),
    "methods": N_("modalités d’enseignement"),
    "assessment": N_("évaluation"),
    "handicap": N_("accessibilité et référent handicap"),
    "certification": N_("code RNCP ou RS"),
}
MODE_WORDS: dict[str, str] = {
    "0": N_("sur place"),
    "1": N_("sur place et à distance"),
    "2": N_("à distance"),
}
OTHER_FAULT = N_("L’entrepôt ne répond pas comme il faut : vérifiez l’adresse.")
FAULT_WORDS: dict[str, str] = {
    "oai_other": N_("Cette adresse ne mène pas à un entrepôt OAI-PMH."),
    "oai_refused": N_("L’entrepôt refuse la demande : vérifiez le format et l’ensemble."),
    "oai_token_loop": N_("L’entrepôt redonne sans fin la même page : prévenez la personne qui s’en occupe."),
    "remote_down": N_("L’entrepôt ne répond pas : le hub essaiera de nouveau tout seul."),
    "address_refused": N_("L’adresse mène à un réseau privé : par sécurité, le hub n’y va pas."),
}
STATE_WORDS: dict[str, str] = {"1": N_("ouverte"), "2": N_("fermée"), "3": N_("suspendue")}


@blueprint.get("/catalogue/exchange")
@access("designer", "administrator")
def settings() -> Response:
    """The offer with what it lacks, what is open to everybody, the repositories that are read."""
    return _settings(Form())


def _settings(form: Form, status: int = 200) -> Response:
    with here().tenant.read() as session:
        found, whole = offers.listed(session, offer_pages.asked()), offers.count(session)
        opened, sources = offers.published(session), harvest.listed(session)
    return page(
        "exchange/settings.html",
        status,
        form=form,
        sources=[(one, *_source_words(one)) for one in sources],
        refresh=5 if any(one.state == "running" for one in sources) else None,
        prefixes=[(one, one) for one in harvest.PREFIXES],
        offers=[(one, [gettext(MISSING_WORDS[name]) for name in one.missing]) for one in found],
        pages=offer_pages.around(url_for("exchange.settings"), whole),
        opened=opened,
        may_open=here().me.has("administrator"),
        lheo_address=url_for("exchange.lheo", _external=True),
        oai_address=url_for("exchange.oai", _external=True),
    )


def _source_words(one: SourceView) -> tuple[str, str, str]:
    """Sign, word and details of a repository's state."""
    signs = {"running": ("in_progress", _("en lecture")), "done": ("done", _("lu")), "failed": ("check", _("arrêté"))}
    sign, word = signs.get(one.state, ("open", _("pas encore lu")))
    fault = str((one.last_error or {}).get("code", ""))
    detail = gettext(FAULT_WORDS.get(fault, OTHER_FAULT)) if fault else ""
    return sign, word, detail


@blueprint.post("/catalogue/exchange/sources")
@access("designer", "administrator")
def add_source() -> Response:
    """Add a repository and have it read."""
    form, where = Form(), here()
    name, url = form.text("name", required=True, longest=120), form.text("base_url", required=True, longest=500)
    prefix = form.choice("prefix", harvest.PREFIXES) or harvest.PREFIXES[0]
    set_spec = form.text("set_spec", longest=200)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                harvest.add(session, name, url, prefix, set_spec, by=where.me.person_id, now=where.now)
            return go(url_for("exchange.settings"), _("La lecture de l’entrepôt commence."), "info")
        except Invalid as error:
            form.errors.add_invalid(error)
    return _settings(form, 422)


@blueprint.post("/catalogue/exchange/sources/<uuid:source_id>/read")
@access("designer", "administrator")
def read_source(source_id: UUID) -> Response:
    """Read a repository now: what changed since the last time."""
    where = here()
    with where.tenant.write() as session:
        harvest.start(session, source_id, by=where.me.person_id, now=where.now)
    return go(url_for("exchange.settings"), _("La lecture de l’entrepôt commence."), "info")


@blueprint.post("/catalogue/exchange")
@access("administrator")
def publish() -> Response:
    """Open or close one of the two."""
    form, where = Form(), here()
    what = form.choice("what", ("offers", "oai"), required=True)
    if what:
        with where.tenant.write() as session:
            offers.publish(session, what, form.flag("open"), by=where.me.person_id, now=where.now)
            if what == "oai" and form.flag("open"):
                jobs.enqueue(session, oai_serve.REFRESH_JOB, {}, unique_key=oai_serve.REFRESH_JOB, due_at=where.now)
    return go(url_for("exchange.settings"), _("C’est enregistré."))


@blueprint.post("/catalogue/exchange/offers/<uuid:offer_id>/withdraw")
@access("designer", "administrator")
def withdraw(offer_id: UUID) -> Response:
    """Take a course off the offer."""
    where = here()
    with where.tenant.write() as session:
        offers.withdraw(session, offer_id, by=where.me.person_id, now=where.now)
    return go(url_for("exchange.settings"), _("La formation n’est plus dans l’offre."))


@blueprint.get("/offers")
@access(PUBLIC, passive=True)
def offer_list() -> Response:
    """The offer for everybody."""
    with here().tenant.read() as session:
        if not offers.published(session)["offers"]:
            abort(404)
        found, whole = offers.listed(session, offer_pages.asked()), offers.count(session)
    return page("exchange/offers.html", offers=found, pages=offer_pages.around(url_for("exchange.offer_list"), whole))


@blueprint.get("/offers/<uuid:offer_id>")
@access(PUBLIC, passive=True)
def offer(offer_id: UUID) -> Response:
    """One course at its three levels, with what search engines read."""
    with here().tenant.read() as session:
        if not offers.published(session)["offers"]:
            abort(404)
        found = offers.get(session, offer_id)
        named = code_lists.label(session, [f"{kind.lower()}:{code}" for kind, code in found.offer.codes])
    data = schema_org.write(as_course(found.offer), url_for("exchange.offer", offer_id=offer_id, _external=True))
    return page(
        "exchange/offer.html",
        view=found,
        offer=found.offer,
        codes=[(kind, code, named[f"{kind.lower()}:{code}"]) for kind, code in found.offer.codes],
        json_ld=Markup(schema_org.script(data)),  # noqa: S704 the function leaves nothing that ends the element
        modes={key: gettext(words) for key, words in MODE_WORDS.items()},
        when=_when,
        states={key: gettext(words) for key, words in STATE_WORDS.items()},
    )


def _when(text: str) -> str:
    """A date as far as it is known: the day, the month, the year."""
    if len(text) == 10:
        return here().translator.plain_date(date.fromisoformat(text))
    return "/".join(reversed(text.split("-")))


@blueprint.get("/offers/lheo.xml")
@access(PUBLIC, passive=True)
def lheo() -> Response:
    """The whole offer in LHEO 2.3, at an address that stays."""
    with here().tenant.read() as session:
        if not offers.published(session)["offers"]:
            abort(404)
        data, changed = offers.catalogue(session)
    response = Response(data, content_type="application/xml; charset=utf-8")
    response.headers["Last-Modified"] = http_date(changed)
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.route("/oai", methods=["GET", "POST"])
@access(PUBLIC, passive=True, csrf=False)
def oai() -> Response:
    """The catalogue for harvesters (OAI-PMH 2.0)."""
    where = here()
    arguments = list((request.form if request.method == "POST" else request.args).items(multi=True))
    with where.tenant.read() as session:
        if not offers.published(session)["oai"]:
            abort(404)
        repository = oai_serve.CatalogueRepository(session, where.record.hosts[0])
        data = provider.answer(arguments, repository, url_for("exchange.oai", _external=True), where.now)
    return Response(data, content_type="text/xml; charset=utf-8")
