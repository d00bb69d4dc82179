"""IMS Learning Resource Meta-data 1.2 turned into LOM: how most SCORM 1.2 packages describe themselves.

The model is the one that became LOM; the binding differs: names in small letters, ``langstring`` with ``xml:lang``,
cards in ``vcard``, terms in a language, taxons within taxons.

Sources: IMS Learning Resource Meta-data XML Binding 1.2.1; IEEE 1484.12.3.
"""

from __future__ import annotations

from typing import Final

from content import xml
from content.metadata.lom_document import LOM

_NAMES: Final = {
    name.lower(): name
    for name in (
        "aggregationLevel", "lifeCycle", "metaMetadata", "minimumVersion", "maximumVersion", "installationRemarks",
        "otherPlatformRequirements", "interactivityType", "learningResourceType", "interactivityLevel",
        "semanticDensity", "intendedEndUserRole", "typicalAgeRange", "typicalLearningTime",
        "copyrightAndOtherRestrictions", "taxonPath",
    )
} | {"langstring": "string", "metadatascheme": "metadataSchema"}  # fmt: skip
_NOBODY: Final = "x-none"


def is_imsmd(root: xml.Element) -> bool:
    """Whether a ``lom`` is bound as IMS did, under whatever namespace."""
    return "imsmd" in xml.namespace(root).lower() or next(xml.descendants(root, "langstring"), None) is not None


def as_lom(root: xml.Element) -> xml.Element:
    """The same description as IEEE binds it; what is of other namespaces is left out."""
    made = xml.make(f"{{{LOM}}}lom", namespaces={"": LOM})
    _fill(made, root, xml.namespace(root))
    return made


def _fill(target: xml.Element, source: xml.Element, space: str) -> None:
    within = xml.local(source)
    for one in source:
        name = xml.local(one)
        if xml.namespace(one) not in ("", space) or name == "extension" or (name == "identifier" and not xml.text(one)):
            continue  # of another, or reserved and empty
        if name in ("centity", "person"):
            for card in xml.children(one, "vcard"):
                xml.add(target, "entity", xml.text(card))
        elif name in ("catalogentry", "identifier"):
            made = xml.add(target, "identifier")
            xml.add(made, "catalog", xml.text(xml.child(one, "catalog")))
            xml.add(made, "entry", xml.text(xml.child(one, "entry")) if len(one) else xml.text(one))
        elif name in ("source", "value") and within != "taxonpath":
            xml.add(target, name, xml.text(one))
        elif name == "datetime":
            xml.add(target, "dateTime" if within == "date" else "duration", xml.text(one))
        elif name == "taxon":
            made = xml.add(target if within != "taxon" else _path_of(target), "taxon")
            _fill(made, one, space)
        elif name == "requirement":
            _fill(xml.add(xml.add(target, "requirement"), "orComposite"), one, space)
        else:
            made = xml.add(target, _NAMES.get(name, name), None if len(one) else xml.text(one))
            spoken = xml.lang(one)
            if name == "langstring" and spoken.lower() != _NOBODY and spoken:
                made.set("language", spoken)
            _fill(made, one, space)


def _path_of(taxon: xml.Element) -> xml.Element:
    """The path that a taxon lies on: in LOM those that follow it stand beside it."""
    above = taxon.getparent()
    return taxon if above is None else above
