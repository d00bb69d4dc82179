"""The part of a resource's form that helps to find it: skills, keywords, codes, equipment, picture."""

from __future__ import annotations

from typing import BinaryIO
from uuid import UUID

from flask import request

from hub.services import catalogue_pictures, code_lists
from hub.services.catalogue import Entry
from hub.services.errors import Invalid
from hub.web.context import here
from hub.web.forms import Form
from hub.web.views._catalogue_facets import EQUIPMENT_WORDS
from hub.web.views._design import Unit

MOST = 30


def described(form: Form) -> dict[str, tuple[str, ...]]:
    """What was typed of skills, keywords, codes and equipment."""
    codes: list[str] = []
    for scheme in code_lists.SCHEMES:
        typed = form.text(scheme, longest=300).replace(";", ",").upper()
        codes += [f"{scheme}:{_bare(scheme, one)}" for one in typed.split(",") if one.strip()]
    skills = [line.strip()[:120] for line in form.text("skills", longest=4000).splitlines() if line.strip()]
    keywords = [word.strip()[:60] for word in form.text("keywords", longest=2000).split(",") if word.strip()]
    for name, values in (("skills", skills), ("keywords", keywords)):
        if len(values) > MOST:
            form.errors.fault(name, "too_long")
    return {
        "keywords": tuple(keywords), "skills": tuple(skills), "codes": tuple(codes[:60]),
        "equipment": tuple(form.choices("equipment", tuple(EQUIPMENT_WORDS))),
    }  # fmt: skip


def _bare(scheme: str, code: str) -> str:
    bare = code.strip().removeprefix(scheme.upper()).strip(" :")
    return bare.lower() if scheme == "nsf" else bare


def described_values(held: Entry) -> dict[str, str]:
    """The same fields as the form shows them."""
    values = {"skills": "\n".join(held.skills), "keywords": ", ".join(held.keywords)}
    values["picture_text"] = held.picture_text
    for scheme in code_lists.SCHEMES:
        values[scheme] = ", ".join(c.partition(":")[2] for c in held.codes if c.startswith(f"{scheme}:"))
    return values


def given_picture(form: Form) -> str | None:
    """The picture sent with the form, checked and stored: its SHA-256. Empty: to take away; None: as it is."""
    form.text("picture_text", longest=300)
    file = request.files.get("picture")
    if file is None or not file.filename:
        return "" if form.flag("picture_gone") else None
    where = here()
    stream: BinaryIO = file.stream  # type: ignore[assignment]  # werkzeug's is IO[bytes]
    try:
        return catalogue_pictures.store(where.installation.blobs(where.record.key), stream)
    except Invalid as error:
        form.errors.add_invalid(error)
        return None


def keep_picture(session: Unit, entry_id: UUID, sha256: str | None, form: Form) -> None:
    """Name the picture in the unit that writes the resource."""
    where = here()
    text = form.text("picture_text", longest=300)
    if sha256 is None:
        sha256, before = catalogue_pictures.held(session, entry_id)
        if not sha256 or before == text:
            return
    catalogue_pictures.put(session, entry_id, sha256, text, by=where.me.person_id, now=where.now)
