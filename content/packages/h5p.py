"""H5P packages: what is played, with which libraries, and that only files of the kinds H5P allows are inside.

Sources: H5P specification (h5p.org/documentation/developers): package definition, ``h5p.json``, ``library.json``,
allowed file extensions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from content import json_text
from content.errors import ContentError
from content.packages.package import Package

#: The newest core believed of libraries that H5P Group publishes. The bundled player (h5p-standalone 3.8) asks for no
#: number and was tried with libraries of cores up to 1.19 only: this is a bound, not a promise.
CORE = (1, 28)
#: Of a library of anyone else an older number is believed only: nobody here knows what it was made with.
CORE_OF_OTHERS = (1, 18)
#: Content types that H5P Group publishes and the libraries they share (without their prefix ``H5P.``).
_PUBLISHED = frozenset((
    "Accordion", "Agamotto", "AdvancedText", "AdvancedBlanks", "AppearIn", "ArithmeticQuiz", "ArScavenger", "Audio",
    "AudioRecorder", "BasicQuiz", "BeforeAfterImage", "Blanks", "BranchingQuestion", "BranchingScenario", "Chart",
    "Collage", "Column", "Components", "ContinuousText", "CoursePresentation", "Crossword", "Dialogcards", "Dictation",
    "DocumentExportPage", "DocumentationTool", "DragNBar", "DragNDrop", "DragNResize", "DragQuestion", "DragText",
    "Essay", "FindMultipleHotspots", "FindTheWords", "Flashcards", "FontIcons", "GameMap", "GoalsAssessmentPage",
    "GoalsPage", "GoToQuestion", "GuessTheAnswer", "IFrameEmbed", "Image", "ImageHotspotQuestion", "ImageHotspots",
    "ImageJuxtaposition", "ImageMultipleHotspotQuestion", "ImagePair", "ImageSequencing", "ImageSlide",
    "ImageSlider", "ImpressPresentation", "InfoWall", "InteractiveBook", "InteractiveVideo", "JoubelUI", "KewArCode",
    "Link", "MarkTheWords", "MathDisplay", "MaterialDesignIcons", "MemoryGame", "MultiChoice", "MultiMediaChoice",
    "NDLAThreeImage", "Nil", "OpenEndedQuestion", "PersonalityQuiz", "Question", "Questionnaire", "QuestionSet",
    "RemoteAudio", "SimpleMultiChoice", "SingleChoiceSet", "SoundJS", "SortParagraphs", "SpeakTheWords",
    "SpeakTheWordsSet", "StandardPage", "StructureStrip", "Summary", "Table", "Text", "TextInputField",
    "TextUtilities", "ThreeImage", "ThreeSixty", "Timeline", "Timer", "Transition", "TrueFalse", "TwitterUserFeed",
    "VerovioScore", "Video", "VirtualTour", "XAPIReporting",
))  # fmt: skip
_JSON_BYTES = 8 << 20
_LIBRARY = re.compile(r"([\w.]{1,255})-(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?", re.ASCII)
_CONTENT = frozenset((
    "json", "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "svg", "webp", "avif", "eot", "ttf", "woff",
    "woff2", "otf", "webm", "mp4", "ogg", "ogv", "oga", "mp3", "m4a", "m4v", "mov", "wav", "aac", "flac", "txt",
    "pdf", "rtf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "xml", "csv", "diff", "patch",
    "swf", "md", "textile", "vtt", "webvtt", "gltf", "glb", "avi", "mkv", "zip",
))  # fmt: skip
_CODE = _CONTENT | frozenset(("js", "css", "map", "html", "ts", "scss", "less", "lock", "yml", "yaml", "htm"))
_WITHOUT = frozenset(("license", "readme", "licence", "copying", "changelog", "authors", "notice"))


@dataclass(frozen=True, slots=True)
class Library:
    """A library inside the package: its folder, machine name, version, the core it asks for, the libraries it loads."""

    folder: str
    name: str
    major: int
    minor: int
    core: tuple[int, int]
    needs: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class H5p:
    """An H5P package. ``missing``: libraries it names and does not hold."""

    title: str
    main_library: str
    language: str
    licence: str
    libraries: tuple[Library, ...]
    missing: tuple[str, ...]


def read(package: Package) -> H5p:
    """The package; what is wrong with it is said."""
    found = package.found
    found.format = "h5p"
    stated = _object(package, "h5p.json")
    main = _text(stated, "mainLibrary")
    found.entitle(_text(stated, "title"), _text(stated, "language") or _text(stated, "defaultLanguage"))
    found.licence = "" if _text(stated, "license") in ("", "U") else _text(stated, "license")
    found.facts["main_library"] = main
    if stated and not main:
        found.error("h5p_no_main_library", "h5p.json")
    if stated and not found.title:
        found.error("h5p_no_title", "h5p.json")
    if not package.has("content/content.json"):
        found.error("h5p_no_content", "content/content.json")
    else:
        _object(package, "content/content.json")
    libraries = _libraries(package)
    _extensions(package)
    missing = _missing(stated, main, libraries, found.error if stated else found.info)
    found.counts |= {"libraries": len(libraries), "files": len(package.archive.entries)}
    return H5p(found.title or "", main, found.language, found.licence, tuple(libraries), tuple(missing))


def _text(stated: dict[str, Any], key: str) -> str:
    value = stated.get(key)
    return value if isinstance(value, str) else ""


def _object(package: Package, name: str, *, must: bool = True) -> dict[str, Any]:
    """A JSON object; empty, and an error said, when it is none."""
    entry = package.archive.entries.get(package.root + name)
    if entry is None:
        if must:
            package.found.error("h5p_file_missing", name)
        return {}
    if entry.size > _JSON_BYTES:
        package.found.error("json_too_large", name, most=_JSON_BYTES)
        return {}
    data = package.archive.read(entry.name, _JSON_BYTES)
    if not package.affords(data):
        return {}
    try:
        value = json_text.parse(data, name)
    except ContentError as error:
        package.found.error(error.code, error.where, **error.details)
        return {}
    if not isinstance(value, dict):
        package.found.error("json_malformed", name)
        return {}
    return value


def _libraries(package: Package) -> list[Library]:
    folders = sorted(
        {
            name.removeprefix(package.root).partition("/")[0]
            for name in package.archive.entries
            if "/" in name.removeprefix(package.root)
        }
        - {"content"}
    )
    found = []
    for folder in folders:
        named = _LIBRARY.fullmatch(folder)
        if named is None and not re.fullmatch(r"[\w.-]{1,255}", folder, re.ASCII):
            package.found.error("h5p_library_folder", folder)
            continue
        library = _library(package, folder, _object(package, f"{folder}/library.json"))
        if library is not None:
            found.append(library)
    for name in package.archive.entries:
        if re.fullmatch(r"[^/]+/language/[^/]+\.json", name.removeprefix(package.root)):
            _object(package, name.removeprefix(package.root))
    return found


def _library(package: Package, folder: str, stated: dict[str, Any]) -> Library | None:
    if not stated:
        return None
    core = stated.get("coreApi")
    try:
        version = (int(stated["majorVersion"]), int(stated["minorVersion"]))
        asked = (int(core["majorVersion"]), int(core["minorVersion"])) if isinstance(core, dict) else (1, 0)
        name = str(stated["machineName"])
    except (KeyError, TypeError, ValueError, OverflowError):
        package.found.error("h5p_library_invalid", folder)
        return None
    said = _LIBRARY.fullmatch(folder)
    if not re.fullmatch(r"[\w.]{1,255}", name, re.ASCII) or (
        said and (said[1], int(said[2]), int(said[3])) != (name, *version)
    ):
        package.found.error("h5p_library_folder", folder)
    ours = CORE if name.removeprefix("H5P.") in _PUBLISHED else CORE_OF_OTHERS
    if asked > ours and not name.startswith("H5PEditor."):  # what only the author's editor runs is not played
        package.found.error("h5p_core", folder, asked=f"{asked[0]}.{asked[1]}", ours=f"{ours[0]}.{ours[1]}")
    for key in ("preloadedJs", "preloadedCss"):
        for one in _listed(stated, key):
            path = str(one.get("path", "")) if isinstance(one, dict) else ""
            if not package.has(f"{folder}/{path.removeprefix('./')}"):
                package.found.error("h5p_file_missing", f"{folder}/{path}")
    needs = tuple(filter(None, (_key(one) for one in _listed(stated, "preloadedDependencies"))))
    return Library(folder, name, *version, asked, needs)


def _extensions(package: Package) -> None:
    for name in package.archive.entries:
        inner = name.removeprefix(package.root)
        last = inner.rpartition("/")[2].lower()
        extension = last.rpartition(".")[2] if "." in last.lstrip(".") else ""
        allowed = _CONTENT if inner.startswith("content/") else _CODE
        if "/" not in inner and inner != "h5p.json":
            package.found.info("h5p_extra_file", inner)
        elif extension and extension not in allowed:
            package.found.error("h5p_extension", inner, extension=extension[:20])
        elif not extension and inner.startswith("content/") and last not in _WITHOUT:
            package.found.warn("h5p_extension", inner, extension="")


def _key(stated: Any) -> tuple[str, int, int] | None:
    """Name and version of a library that is referred to; None of what is no reference."""
    try:
        return str(stated["machineName"]), int(stated["majorVersion"]), int(stated["minorVersion"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _listed(stated: dict[str, Any], key: str) -> list[Any]:
    """What should be a list; empty where it is something else."""
    found = stated.get(key)
    return found if isinstance(found, list) else []


def _missing(stated: dict[str, Any], main: str, libraries: list[Library], say: Any) -> list[str]:
    """Libraries that the package, or one that it loads, names and that it does not hold: nothing is played without."""
    held = {(one.name, one.major, one.minor): one for one in libraries}
    wanted = [_key(one) for one in reversed(_listed(stated, "preloadedDependencies"))]
    missing, seen = [], set()
    while wanted:
        key = wanted.pop()
        if key is None:
            say("h5p_dependency_invalid", "h5p.json")
        elif key not in seen:
            seen.add(key)
            if key in held:
                wanted += held[key].needs
            else:
                missing.append(f"{key[0]} {key[1]}.{key[2]}")
                say("h5p_library_missing", missing[-1])
    if main and main not in {name for name, _major, _minor in held} and not missing:
        say("h5p_library_missing", main)
        missing.append(main)
    return missing
