"""The frame of pages: landmarks, what a strict Content-Security-Policy forbids, and the weight of a first view."""

import gzip
import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from hub.texts import Translator
from hub.web.ui.frame import Message, NavItem, Site
from hub.web.ui.static_files import StaticFiles
from hub.web.ui.style_guide import learner_path, sample

from .conftest import Render

PAGE = '{% extends "base.html" %}{% block title %}Accueil{% endblock %}{% block content %}<p>Corps</p>{% endblock %}'
MAP = '{% extends "base.html" %}{% block title %}P{% endblock %}{% block content %}{{ line_map(path) }}{% endblock %}'


def parsed(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_a_page_has_its_landmarks_and_its_way_past_them(render: Render, site: Site) -> None:
    page = parsed(render(PAGE, site=site))
    assert page.html["lang"] == "fr"
    assert page.title.text == "Accueil · Le Générateur"
    assert page.select_one("a.skip")["href"] == "#content"
    assert page.main["id"] == "content"
    assert page.nav["aria-label"] == "Principal"
    assert page.select_one('nav [aria-current="page"]').text == "Accueil"


def test_a_page_speaks_english(render: Render, site: Site, english: Translator) -> None:
    page = parsed(render(PAGE, site=site))
    assert page.html["lang"] == "en"
    assert "Need help" in page.header.text


@pytest.mark.parametrize("source", [PAGE, MAP, '{% extends "style.html" %}'], ids=["page", "map", "style"])
def test_nothing_needs_inline_code_or_another_host(render: Render, site: Site, source: str) -> None:
    html = render(source, site=site, path=learner_path(), **sample())
    page = parsed(html)
    assert page.find_all(style=True) == []
    assert page.find_all("style") == []
    assert [script for script in page.find_all("script") if not script.get("src") or script.text.strip()] == []
    assert [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)] == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', html) == []


@pytest.mark.parametrize("source", [PAGE, MAP, '{% extends "style.html" %}'], ids=["page", "map", "style"])
def test_ids_are_unique_and_what_they_name_exists(render: Render, site: Site, source: str) -> None:
    page = parsed(render(source, site=site, path=learner_path(), **sample()))
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert sorted(ids) == sorted(set(ids))
    named = {
        name
        for tag in page.find_all(True)
        for key in ("aria-labelledby", "aria-describedby")
        for name in tag.get(key, "").split()
    }
    assert named <= set(ids)


def test_a_first_view_weighs_at_most_sixty_kilobytes(render: Render, site: Site, files: StaticFiles) -> None:
    html = render(MAP, site=site, path=learner_path())
    served = [files.find(name) for name in ("hub.css", "hub.js", "vendor/htmx.min.js", "icon.svg")]
    weights = [len(found[0].compressed or found[0].content) for found in served if found]
    assert len(weights) == 4
    assert weights[1] + weights[2] <= 20_000
    assert len(gzip.compress(html.encode())) + sum(weights) <= 60_000


def test_messages_are_announced(render: Render, site: Site) -> None:
    page = parsed(render(PAGE, site=replace(site, messages=(Message("C’est noté.", "success", "Merci <b>."),))))
    region = page.find(id="messages")
    assert region["role"] == "status"
    assert "Merci <b>." in region.text
    assert page.select("#messages .notice.success")


def test_forms_of_the_frame_carry_the_token(render: Render, site: Site) -> None:
    page = parsed(render(PAGE, site=replace(site, shared_device=True)))
    assert page.find("meta", attrs={"name": "csrf-token"})["content"] == "jeton"
    forms = page.header.find_all("form")
    assert [form["action"] for form in forms] == ["/sortir", "/sortir"]
    assert all(form.find("input", attrs={"name": "csrf_token"})["value"] == "jeton" for form in forms)
    assert "Je pars" in page.header.text


def test_a_visitor_sees_no_menu(render: Render) -> None:
    page = parsed(render(PAGE, site=Site("Le Générateur")))
    assert page.nav is None
    assert page.select(".account") == []
    assert page.body["class"] == ["no-nav"]


def test_many_entries_go_under_more_and_the_present_one_is_seen(render: Render, site: Site) -> None:
    entries = tuple(NavItem(f"Page {number}", f"/{number}", "document", current=number == 7) for number in range(9))
    page = parsed(render(PAGE, site=replace(site, nav=entries)))
    assert len(page.select("nav > ul > li")) == 5
    assert page.select_one("nav details.has-current [aria-current]").text == "Page 7"
    five = replace(site, nav=entries[:5])
    assert five.nav_more == ()


def test_work_in_progress_reloads_without_javascript(render: Render, site: Site) -> None:
    assert parsed(render(PAGE, site=site, refresh=5)).select_one("noscript meta")["content"] == "5"
    assert "noscript" not in render(PAGE, site=site)


def test_a_tenant_has_its_logo_and_colour(render: Render, site: Site) -> None:
    page = parsed(render(PAGE, site=replace(site, logo_href="/logo.png", theme_href="/theme.css", direction="rtl")))
    assert page.select_one(".house img")["src"] == "/logo.png"
    assert [link["href"] for link in page.find_all("link", rel="stylesheet")][-1] == "/theme.css"
    assert page.html["dir"] == "rtl"


@pytest.mark.parametrize(
    ("name", "initials"), [("Inès Benali", "IB"), ("Thuy", "T"), ("Jean de La Tour", "JT"), ("", "")]
)
def test_initials(site: Site, name: str, initials: str) -> None:
    assert site.account is not None
    assert replace(site.account, name=name).initials == initials


def test_an_error_page_says_what_to_do(render: Render, site: Site) -> None:
    page = parsed(
        render('{% extends "errors/error.html" %}', site=site, error_title="Titre", error_text="Sens", reference="r-12")
    )
    assert page.h1.text == "Titre"
    assert "r-12" in page.main.text
    assert page.main.select_one("a.primary")["href"] == "/"


def test_the_style_guide_shows_one_filled_button(render: Render, site: Site) -> None:
    page = parsed(render('{% extends "style.html" %}', site=site, **sample()))
    assert len(page.select(".button.primary")) == 1
