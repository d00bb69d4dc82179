"""A package of the sample place's own (SCORM 1.2, CC0 1.0): three questions on industry near Toulouse, made here."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Final
from uuid import UUID

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.path import BindingKind, Phone
from hub.models.packages import PackageImport
from hub.services import catalogue_edit, package_intake
from hub.services.catalogue import get
from hub.services.catalogue_edit import EntryData
from hub.services.jobs import Unleased

FILE, SCO, TITLE = "industrie-en-trois-questions.zip", "questions", "L’industrie en trois questions"
QUESTIONS: Final = (
    ("Quel secteur emploie le plus dans l’industrie autour de Toulouse ?",
     ("L’aéronautique", "La pêche", "Les mines"), 0),
    ("Que fait une personne qui règle une machine-outil ?",
     ("Elle vend la machine", "Elle prépare la machine pour que la pièce soit juste", "Elle livre les pièces"), 1),
    ("Par où peut-on entrer dans ces métiers ?",
     ("Seulement après un bac", "Seulement par concours", "Par l’apprentissage ou la reconversion"), 2),
)  # fmt: skip
_MANIFEST: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="generateur.industrie" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2" xmlns:lom="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1">
<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
<organizations default="O"><organization identifier="O"><title>{TITLE}</title>
<item identifier="{SCO}" identifierref="R"><title>{TITLE}</title>
<adlcp:masteryscore>60</adlcp:masteryscore></item></organization></organizations>
<resources><resource identifier="R" type="webcontent" adlcp:scormtype="sco" href="index.html">
<file href="index.html"/></resource></resources></manifest>
"""
_PAGE: Final = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root{{color-scheme:light dark}}
body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1.5rem}}
fieldset{{border:1px solid;border-radius:.75rem;margin:0 0 1.25rem;padding:1rem}}
legend{{font-weight:650;padding:0 .4rem}}
label{{display:block;padding:.6rem 0}}input{{width:1.2rem;height:1.2rem;margin-right:.6rem;vertical-align:-.2rem}}
button{{font:inherit;font-weight:650;padding:.7rem 1.4rem;border-radius:.6rem;border:2px solid;cursor:pointer}}
</style></head><body><main><h1>{title}</h1>
<form id="quiz">{questions}<button>Vérifier mes réponses</button></form><p id="result" role="status"></p></main>
<script>
let api = null;
for (let at = window; !api; at = at.parent) {{ api = at.API || null; if (at === at.parent) break; }}
const said = (name, value) => api && api.LMSSetValue(name, value);
if (api) {{
  api.LMSInitialize("");
  const kept = JSON.parse(api.LMSGetValue("cmi.suspend_data") || "{{}}");
  for (const [name, value] of Object.entries(kept)) {{
    const box = document.querySelector(`input[name="${{name}}"][value="${{value}}"]`);
    if (box) box.checked = true;
  }}
  const status = api.LMSGetValue("cmi.core.lesson_status");
  if (status === "not attempted" || !status) said("cmi.core.lesson_status", "incomplete");
  api.LMSCommit("");
}}
const form = document.getElementById("quiz");
form.addEventListener("change", () => {{
  said("cmi.suspend_data", JSON.stringify(Object.fromEntries(new FormData(form))));
  if (api) api.LMSCommit("");
}});
form.addEventListener("submit", (event) => {{
  event.preventDefault();
  const right = {right}, given = new FormData(form);
  const found = right.filter((value, number) => given.get(`q${{number}}`) === String(value)).length;
  const score = Math.round(100 * found / right.length);
  said("cmi.core.score.min", "0"); said("cmi.core.score.max", "100"); said("cmi.core.score.raw", String(score));
  said("cmi.core.lesson_status", score >= 60 ? "passed" : "failed");
  if (api) api.LMSCommit("");
  document.getElementById("result").textContent = `${{found}} sur ${{right.length}}. ` +
    (score >= 60 ? "C’est réussi." : "Relisez les questions, puis essayez encore.");
}});
addEventListener("pagehide", () => api && api.LMSFinish(""));
</script></body></html>
"""


def packed() -> bytes:
    """The package: the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in (("imsmanifest.xml", _MANIFEST), ("index.html", _page())):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _page() -> str:
    fields = []
    for number, (question, answers, _right) in enumerate(QUESTIONS):
        boxes = "".join(
            f'<label><input type="radio" name="q{number}" value="{value}" required>{answer}</label>'
            for value, answer in enumerate(answers)
        )
        fields.append(f"<fieldset><legend>{number + 1}. {question}</legend>{boxes}</fieldset>")
    return _PAGE.format(title=TITLE, questions="".join(fields), right=[right for _q, _a, right in QUESTIONS])


def add(installation: Installation, tenant: TenantDatabase, by: UUID, now: datetime) -> None:
    """Bring the package into the catalogue, as the designer would, and describe it."""
    blobs, key = installation.blobs(tenant.key), new_id()
    blob = blobs.put(io.BytesIO(packed()), 1 << 20)
    with tenant.write() as session:
        session.add(
            PackageImport(
                id=key, file_name=FILE, sha256=blob.sha256, size=blob.size, created_at=now, created_by=by, made=[],
                state="due",
            )
        )  # fmt: skip
    package_intake.run(tenant, blobs, key, Unleased(tenant), lambda: now)
    with tenant.write() as session:
        entry = get(session, UUID(session.get_one(PackageImport, key).made[0]))
        data = EntryData(
            kind=BindingKind.PACKAGE, title=TITLE, summary="Un questionnaire court, qui se reprend où on l’a laissé.",
            iri=entry.iri, minutes=10, phone=Phone.YES, brings=entry.brings, licence="CC0 1.0",
            keywords=("industrie", "métiers"), codes=("rome:H2903",),
        )  # fmt: skip
        catalogue_edit.update(session, entry.id, data, by=by, now=now)
