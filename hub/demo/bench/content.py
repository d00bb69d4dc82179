"""Benches of content: how fast and with how much memory a large package enters, how fast LHEO is checked."""

from __future__ import annotations

import io
import os
import shutil
import time
import zipfile
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from content import xml
from content.inspect import inspect
from content.metadata.lheo import reading
from content.report import Findings
from hub.db.blobs import LocalBlobs

MANIFEST = """<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
<organizations default="O"><organization identifier="O"><title>Film</title>
<item identifier="I" identifierref="R"><title>Film</title></item></organization></organizations><resources>
<resource identifier="R" type="webcontent" adlcp:scormtype="sco" href="index.html"/>
</resources></manifest>"""

ADDRESS = "<adresse><ligne>1 rue de l’Exemple</ligne><codepostal>31000</codepostal><ville>TOULOUSE</ville></adresse>"
CONTACT = "<coordonnees><nom>Contact</nom><courriel>formation@example.org</courriel></coordonnees>"
SESSION = (
    "<session><periode><debut>20260914</debut><fin>20261016</fin></periode>"
    f"<adresse-inscription>{ADDRESS}</adresse-inscription></session>"
)
ACTION = (
    "<action><rythme-formation>Temps partiel</rythme-formation><code-public-vise>82056</code-public-vise>"
    "<niveau-entree-obligatoire>0</niveau-entree-obligatoire><modalites-alternance>Aucune</modalites-alternance>"
    "<modalites-enseignement>2</modalites-enseignement><conditions-specifiques>Aucune</conditions-specifiques>"
    "<prise-en-charge-frais-possible>1</prise-en-charge-frais-possible>"
    f"<modalites-entrees-sorties>0</modalites-entrees-sorties>{SESSION}{SESSION}</action>"
)
FORMATION = (
    "<formation><domaine-formation><code-FORMACODE>46270</code-FORMACODE><code-ROME>M1806</code-ROME>"
    "</domaine-formation><intitule-formation>Découpe laser</intitule-formation>"
    "<objectif-formation>Savoir utiliser une découpe laser.</objectif-formation>"
    "<resultats-attendus>Attestation</resultats-attendus><contenu-formation>{words}</contenu-formation>"
    f"<certifiante>0</certifiante><contact-formation>{CONTACT}</contact-formation>"
    "<parcours-de-formation>2</parcours-de-formation><code-niveau-entree>1</code-niveau-entree>"
    f"{ACTION}{ACTION}<organisme-formation-responsable><numero-activite>76310000000</numero-activite>"
    "<SIRET-organisme-formation><SIRET>12345678900011</SIRET></SIRET-organisme-formation>"
    "<nom-organisme>Essai</nom-organisme><raison-sociale>Essai</raison-sociale>"
    f"<coordonnees-organisme>{CONTACT}</coordonnees-organisme><contact-organisme>{CONTACT}</contact-organisme>"
    "</organisme-formation-responsable></formation>"
)


TURNS = 5


def measure(*, quick: bool) -> dict[str, Any]:
    """A package of 1 GB (quick: 20 MB) and an offer of 2,000 courses (quick: 100)."""
    return {**_intake(20 if quick else 1000), **_lheo(100 if quick else 2000)}


def _intake(megabytes: int) -> dict[str, Any]:
    """Plain copying with a sync, then what the intake does with the same file: store it by its hash, look at all of
    it. In turns, so that a neighbour's work falls on both; the medians."""
    with TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        path = _package(folder / "film.zip", megabytes)
        _turn(folder, path)  # pays for memory that the machine had not touched yet
        before, turns = peak(), [_turn(folder, path) for _number in range(TURNS)]
    copied, stored, entered, verdicts = zip(*turns, strict=True)
    ratios = [plain / whole for plain, whole in zip(copied, entered, strict=True)]
    return {
        "package_mb": megabytes,
        "plain_copy_s": round(median(copied), 3),
        "stored_s": round(median(stored), 3),
        "entered_s": round(median(entered), 3),
        "of_plain_copy": round(median(ratios), 2),
        "of_plain_copy_each": [round(ratio, 2) for ratio in ratios],
        "memory_grew_mb": max(0, peak() - before) // 1024,
        "verdict": ", ".join(sorted(set(verdicts))),
    }


def _turn(folder: Path, path: Path) -> tuple[float, float, float, str]:
    """Seconds of plain copying; of storing; of storing and looking; the verdict. Nothing stays behind."""
    blobs, copy = LocalBlobs(folder / "blobs"), folder / "copy.zip"
    began = time.perf_counter()
    with path.open("rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 16)
        target.flush()
        os.fsync(target.fileno())
    copied = time.perf_counter() - began
    copy.unlink()
    began = time.perf_counter()
    with path.open("rb") as file:
        blob = blobs.put(file, 2 * path.stat().st_size)
    stored = time.perf_counter() - began
    with blobs.open(blob.sha256) as file:
        verdict = inspect(file, path.name).report.verdict.value
    entered = time.perf_counter() - began
    blobs.discard(blob.sha256)
    return copied, stored, entered, verdict


def _package(path: Path, megabytes: int) -> Path:
    """A SCORM package that is mostly one film, which no packing makes smaller."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("imsmanifest.xml", MANIFEST)
        archive.writestr(
            "index.html", "<!DOCTYPE html><html lang='fr'><title>Film</title><video src='film.mp4'></video>"
        )
        with archive.open("film.mp4", "w", force_zip64=True) as film:
            for _number in range(megabytes):
                film.write(os.urandom(1_000_000))
    os.sync()  # what the making of it left to write is not the first turn's
    return path


def _lheo(courses: int) -> dict[str, Any]:
    body = "".join(FORMATION.format(words="Contenu de la formation. " * 40) for _number in range(courses))
    data = f'<lheo xmlns="{reading.NAMESPACE}"><offres>{body}</offres></lheo>'.encode()
    began, processor = time.perf_counter(), time.process_time()
    found = Findings()
    reading.read_file(xml.Stream(io.BytesIO(data)), found)
    return {
        "lheo_courses": found.counts["formations"],
        "lheo_mb": round(len(data) / 1e6, 1),
        "lheo_s": round(time.perf_counter() - began, 3),
        "lheo_processor_s": round(time.process_time() - processor, 3),
        "lheo_verdict": found.verdict.value,
    }


def peak() -> int:
    """The most memory this process has held, in KB; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
