"""E-mail, SMS, quiet hours, and the words of messages."""

from __future__ import annotations

from datetime import time

from flask import Blueprint, Response, request, url_for

from connectors.sms import SETTINGS
from hub.services import messages
from hub.services.deliveries import MAIL, MailServer, email, mail_server, set_mail_server
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record
from hub.services.messages import OCCASIONS, QUIET, SMS, Words, owe_message, person_email
from hub.services.seat_lines import MOST_HOURS, offer_hours
from hub.services.seat_lines import SETTING as SEATS
from hub.services.settings import get_setting, set_setting
from hub.texts import LANGUAGES, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import LANGUAGE_NAMES, go, page
from hub.web.views._admin import Field, add_faults, crumbs, form_page, whole_place_only

blueprint = whole_place_only(Blueprint("admin_messages", __name__))
_PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


@blueprint.get("/admin/messages")
@access("administrator")
def show() -> Response:
    """What is set, and the tests."""
    where = here()
    with where.tenant.read() as unit:
        server, gateway = mail_server(unit), messages.gateway(unit)
        quiet, own = messages.quiet_hours(unit), get_setting(unit, messages.TEXTS)
    lines = [(key, gettext(one.title), bool(own.get(key, {}).get("off"))) for key, one in OCCASIONS.items()]
    title = _("E-mail et SMS")
    return page(
        "admin/messages.html", title=title, crumbs=crumbs((title, None)), server=server, gateway=gateway, quiet=quiet,
        lines=lines,
    )  # fmt: skip


def _crumbs(title: str) -> list[tuple[str, str | None]]:
    return crumbs((_("E-mail et SMS"), url_for("admin_messages.show")), (title, None))


def _done(said: str) -> Response:
    return go(url_for("admin_messages.show"), said)


@blueprint.route("/admin/messages/mail", methods=["GET", "POST"])
@access("administrator")
def mail() -> Response:
    """The mail server; an empty host takes it away, an empty password keeps the one that is there."""
    form, where = Form(), here()
    with where.tenant.read() as unit:
        known = mail_server(unit) or MailServer("", 587, "")
    if request.method == "POST":
        typed = _server(form, known)
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    set_mail_server(unit, typed if typed.host else None)
                    record(unit, where.now, where.me.person_id, "messages.changed", "setting", MAIL)
                return _done(_("Le serveur d’e-mail est enregistré. Essayez-le maintenant."))
            except Invalid as error:
                add_faults(form, error)
    options = [("starttls", _("STARTTLS (port 587)")), ("tls", _("TLS (port 465)")), ("none", _("aucun chiffrement"))]
    fields = [
        Field("host", _("Serveur (SMTP)"), value=known.host, attrs=_PLAIN, help=_("Vide : pas d’e-mail.")),
        Field("port", _("Port"), value=known.port, attrs={"class": "tiny", "inputmode": "numeric"}),
        Field("security", _("Chiffrement"), "select", known.security, options),
        Field("sender", _("Adresse d’envoi"), value=known.sender, attrs=_PLAIN),
        Field("user", _("Identifiant"), value=known.user, attrs=_PLAIN),
        Field("password", _("Mot de passe"), "password", attrs=_PLAIN,
              help=_("Il est gardé chiffré. Laissez vide pour garder celui qui est là.")),
    ]  # fmt: skip
    return form_page(_("Serveur d’e-mail"), fields, form, crumbs=_crumbs(_("Serveur d’e-mail")))


def _server(form: Form, known: MailServer) -> MailServer:
    security = form.choice("security", ("starttls", "tls", "none")) or "starttls"
    return MailServer(
        form.text("host", longest=200),
        form.number("port", low=1, high=65535) or 587,
        form.text("sender", longest=200),
        "tls" if security == "tls" else "none" if security == "none" else "starttls",
        form.text("user", longest=200),
        form.typed("password") or known.password,
    )


@blueprint.route("/admin/messages/sms", methods=["GET", "POST"])
@access("administrator")
def sms() -> Response:
    """The SMS gateway, by the settings that its connector declares."""
    form, where = Form(), here()
    with where.tenant.read() as unit:
        known = get_setting(unit, SMS)
    if request.method == "POST":
        try:
            with where.tenant.write() as unit:
                messages.set_gateway(unit, {one.name: form.typed(one.name) for one in SETTINGS})
                record(unit, where.now, where.me.person_id, "messages.changed", "setting", SMS)
            return _done(_("La passerelle SMS est enregistrée. Essayez-la maintenant."))
        except Invalid as error:
            add_faults(form, error)
    fields = [
        Field(
            one.name,
            gettext(one.label),
            "select" if one.kind == "choice" else "password" if one.secret else "text",
            "" if one.secret else known.get(one.name, ""),
            [(value, gettext(label)) for value, label in one.choices],
            gettext(one.help) if one.help else "",
            attrs=_PLAIN,
        )
        for one in SETTINGS
    ]
    return form_page(_("Passerelle SMS"), fields, form, crumbs=_crumbs(_("Passerelle SMS")))


@blueprint.route("/admin/messages/quiet", methods=["GET", "POST"])
@access("administrator")
def quiet() -> Response:
    """Between which hours nothing leaves."""
    form, where = Form(), here()
    with where.tenant.read() as unit:
        known, kept = messages.quiet_hours(unit), offer_hours(unit)
    if request.method == "POST":
        given = {name: _time(form, name) for name in ("starts", "ends")}
        hours = form.number("offer_hours", low=1, high=MOST_HOURS) or kept
        if not form.errors:
            with where.tenant.write() as unit:
                set_setting(unit, QUIET, given)
                set_setting(unit, SEATS, {"offer_hours": hours})
                record(unit, where.now, where.me.person_id, "messages.changed", "setting", QUIET)
            return _done(_("Les heures calmes sont enregistrées."))
    fields = [
        Field("starts", _("Plus rien ne part à partir de"), "time", known.starts.isoformat("minutes")),
        Field("ends", _("Les envois reprennent à"), "time", known.ends.isoformat("minutes")),
        Field("offer_hours", _("Une place libérée est gardée, en heures"), value=kept,
              attrs={"class": "tiny", "inputmode": "numeric"},
              help=_("Le temps de répondre, pour la première personne en liste d’attente ; ensuite la suivante.")),
    ]  # fmt: skip
    return form_page(_("Heures calmes"), fields, form, crumbs=_crumbs(_("Heures calmes")))


def _time(form: Form, name: str) -> str:
    try:
        return time.fromisoformat(form.text(name, required=True, longest=8)).isoformat("minutes")
    except ValueError:
        form.errors.setdefault(name, _("Écrivez une heure comme 12:30."))
        return ""


@blueprint.route("/admin/messages/words/<occasion>", methods=["GET", "POST"])
@access("administrator")
def words(occasion: str) -> Response:
    """The words of one occasion in each language; empty ones take the hub's."""
    form, where = Form(), here()
    if occasion not in OCCASIONS:
        raise NotFound
    known = OCCASIONS[occasion]
    with where.tenant.read() as unit:
        standing = {lang: messages.words(unit, occasion, lang) for lang in LANGUAGES}
        off = bool(get_setting(unit, messages.TEXTS).get(occasion, {}).get("off"))
    if request.method == "POST":
        given: dict[str, Words] = {
            lang: Words(form.text(f"subject_{lang}"), form.text(f"text_{lang}")) for lang in LANGUAGES
        }
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    messages.set_words(unit, occasion, given, off=form.flag("off"))
                    record(unit, where.now, where.me.person_id, "messages.changed", "setting", occasion)
                return _done(_("Les textes sont enregistrés."))
            except Invalid as error:
                add_faults(form, error)
    fields = [Field("off", _("Ne pas envoyer ce message"), "checkbox", "1" if off else "")]
    for lang in LANGUAGES:
        fields += [
            Field(
                f"subject_{lang}",
                _("Objet"),
                value=standing[lang].subject,
                heading=LANGUAGE_NAMES[lang],
                attrs={"lang": lang},
            ),
            Field(f"text_{lang}", _("Texte"), "textarea", standing[lang].text, attrs={"lang": lang}),
        ]
    names = ", ".join(f"%({name})s" for name in known.values)
    lead = _("Mots remplacés à l’envoi : %(names)s", names=names)
    return form_page(gettext(known.title), fields, form, crumbs=_crumbs(gettext(known.title)), lead=lead)


@blueprint.post("/admin/messages/try")
@access("administrator")
def attempt() -> Response:
    """Send a trial to the administrator: by e-mail, and the answer of the server is on the page of deliveries."""
    where = here()
    with where.tenant.write() as unit:
        address = person_email(unit, where.me.person_id)
        if address:
            email(unit, address, _("Essai du hub"), _("Cet e-mail vient du hub : l’envoi marche."),
                  person_id=where.me.person_id)  # fmt: skip
        else:
            owe_message(unit, "help_answered", where.me.person_id, "trial", {}, where.now)
    return _told()


def _told() -> Response:
    return go(url_for("admin_queues.deliveries"), _("L’essai part : sa réponse s’affiche ici dans un instant."))


@blueprint.post("/admin/messages/try-sms")
@access("administrator")
def attempt_sms() -> Response:
    """Send a trial to the administrator's own telephone, whatever else would reach them."""
    where = here()
    with where.tenant.write() as unit:
        owed = messages.try_sms(unit, where.me.person_id, where.now)
    if owed is not None:
        return _told()
    return go(
        url_for("admin_messages.show"),
        _("Notez d’abord votre numéro sur votre fiche : l’essai y sera envoyé."),
        "warning",
    )
