"""Writes a Thin Common Cartridge of links: the simplest way for Canvas, Moodle or Brightspace to take them in.

Version 1.2 with one descriptor a file, which every importer reads; 1.3 allows them inline and fewer read that.

Source: 1EdTech Thin Common Cartridge 1.2; LTI link descriptor 1.0.1; web link 1.2.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

from content import xml

CP = "http://www.imsglobal.org/xsd/imsccv1p2/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/imsccv1p2/LOM/manifest"
LTI = "http://www.imsglobal.org/xsd/imslticc_v1p0"
BLTI = "http://www.imsglobal.org/xsd/imsbasiclti_v1p0"
LTICP = "http://www.imsglobal.org/xsd/imslticp_v1p0"
LTICM = "http://www.imsglobal.org/xsd/imslticm_v1p0"
#: The date of all entries, so that the same links give the same bytes.
_DATE = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class LtiLink:
    """A link to write. ``url`` is https, or http where the tool has nothing better; ``identifier`` is unique here."""

    identifier: str
    title: str
    url: str
    description: str = ""
    custom: dict[str, str] = field(default_factory=dict)


def write(title: str, links: Sequence[LtiLink], language: str = "fr") -> bytes:
    """The cartridge, a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("imsmanifest.xml", _DATE), xml.write(_manifest(title, links, language)))
        for number, link in enumerate(links):
            archive.writestr(zipfile.ZipInfo(f"lti/{number}.xml", _DATE), xml.write(_descriptor(link)))
    return out.getvalue()


def _manifest(title: str, links: Sequence[LtiLink], language: str) -> xml.Element:
    root = xml.make(f"{{{CP}}}manifest", {"identifier": "hub-links"}, {"": CP, "lomimscc": LOM})
    metadata = xml.add(root, "metadata")
    xml.add(metadata, "schema", "IMS Thin Common Cartridge")
    xml.add(metadata, "schemaversion", "1.2.0")
    lom = xml.add(metadata, f"{{{LOM}}}lom")
    xml.add(xml.add(xml.add(lom, "general"), "title"), "string", title, language=language)
    organizations = xml.add(root, "organizations")
    tree = xml.add(organizations, "organization", identifier="tree", structure="rooted-hierarchy")
    top = xml.add(tree, "item", identifier="top")
    resources = xml.add(root, "resources")
    for number, link in enumerate(links):
        item = xml.add(top, "item", identifier=f"i{number}", identifierref=f"r{number}")
        xml.add(item, "title", link.title)
        resource = xml.add(resources, "resource", identifier=f"r{number}", type="imsbasiclti_xmlv1p0")
        xml.add(resource, "file", href=f"lti/{number}.xml")
    return root


def _descriptor(link: LtiLink) -> xml.Element:
    spaces = {"": LTI, "blti": BLTI, "lticp": LTICP, "lticm": LTICM}
    root = xml.make(f"{{{LTI}}}cartridge_basiclti_link", namespaces=spaces)
    xml.add(root, f"{{{BLTI}}}title", link.title)
    xml.add(root, f"{{{BLTI}}}description", link.description)
    if link.custom:
        custom = xml.add(root, f"{{{BLTI}}}custom")
        for name, value in link.custom.items():
            xml.add(custom, f"{{{LTICM}}}property", value, name=name)
    secure = link.url.lower().startswith("https:")
    xml.add(root, f"{{{BLTI}}}{'secure_launch_url' if secure else 'launch_url'}", link.url)
    vendor = xml.add(root, f"{{{BLTI}}}vendor")
    xml.add(vendor, f"{{{LTICP}}}code", "hub")
    xml.add(vendor, f"{{{LTICP}}}name", "hub")
    return root
