"""IMS MD 1.2, the LOM of SCORM 1.2 packages, is read as the LOM that it became."""

import pytest

from content import xml
from content.metadata import lom
from content.metadata.imsmd import as_lom, is_imsmd
from content.metadata.lom_document import LOM, told
from content.metadata.record import Contributor, Taxon
from content.report import Findings

SPACE = "http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"


def term(name: str, value: str) -> str:
    return (
        f"<{name}><source><langstring xml:lang='x-none'>LOMv1.0</langstring></source>"
        f"<value><langstring xml:lang='x-none'>{value}</langstring></value></{name}>"
    )


def string(name: str, text: str) -> str:
    return f"<{name}><langstring xml:lang='fr-FR'>{text}</langstring></{name}>"


RECORD = f"""<lom xmlns="{SPACE}"><general><identifier/>{string("title", "Le golf")}
<catalogentry><catalog>ISBN</catalog>{string("entry", "2-07-0")}</catalogentry><language>fr</language>
{string("description", "Règles")}{string("keyword", "jeu")}{string("coverage", "XXe siècle")}
{term("aggregationlevel", "2")}<extension><b/></extension></general>
<lifecycle>{string("version", "1.2")}{term("status", "Final")}<contribute>{term("role", "Author")}
<centity><vcard>BEGIN:VCARD&#10;FN:Ana Roy&#10;TEL:06&#10;END:VCARD</vcard></centity>
<date><datetime>2003-05</datetime></date></contribute></lifecycle>
<metametadata><metadatascheme>ADL SCORM 1.2</metadatascheme></metametadata>
<technical><format>text/html</format><size>90</size><location type="URI">golf.html</location>
<requirement>{term("type", "Browser")}{term("name", "Any")}<minimumversion>4</minimumversion></requirement>
<duration><datetime>PT10M</datetime></duration></technical>
<educational>{term("learningresourcetype", "Exercise")}{term("intendedenduserrole", "Learner")}
{term("context", "Training")}
{string("typicalagerange", "16-")}<typicallearningtime><datetime>PT1H</datetime></typicallearningtime></educational>
<rights>{term("cost", "no")}{term("copyrightandotherrestrictions", "yes")}{string("description", "CC BY")}</rights>
<relation>{term("kind", "IsPartOf")}<resource>{string("description", "Sports")}</resource></relation>
<annotation><person><vcard>BEGIN:VCARD&#10;FN:Zoé&#10;END:VCARD</vcard></person></annotation>
<classification>{term("purpose", "Discipline")}<taxonpath>{string("source", "Dewey")}
<taxon><id>7</id>{string("entry", "Arts")}<taxon><id>796</id>{string("entry", "Sports")}</taxon></taxon></taxonpath>
</classification></lom>"""


def test_all_of_it_is_read() -> None:
    found = Findings()
    record = lom.read(xml.parse(RECORD.encode()).root, found)
    assert [message.code for message in found.messages] == []
    assert record.titles == (("fr-FR", "Le golf"),)
    assert record.identifiers == (("ISBN", "2-07-0"),)
    assert record.contributors == (Contributor("author", "Ana Roy", "2003-05"),)
    assert (record.formats, record.size, record.locations) == (("text/html",), 90, ("golf.html",))
    assert (record.duration, record.learning_time) == ("PT10M", "PT1H")
    assert (record.types, record.audiences, record.levels) == (("Exercise",), ("Learner",), ("Training",))
    assert (record.cost, record.rights, record.schemas) == ("no", (("fr-FR", "CC BY"),), ("ADL SCORM 1.2",))
    assert record.taxons == (
        Taxon("Discipline", "Dewey", "7", "Arts"),
        Taxon("Discipline", "Dewey", "796", "Sports"),
    )
    assert told(record.document)["class"] == ["Arts > Sports"]
    for said in (">XXe siècle<", ">IsPartOf<", "FN:Zoé", "<minimumVersion>4<", "<copyrightAndOtherRestrictions>"):
        assert said in record.document
    assert "TEL" not in record.document
    again = lom.read(xml.parse(xml.write(lom.write(record))).root, Findings())
    assert (again, again.document) == (record, record.document)


@pytest.mark.parametrize("space", ["", LOM, "http://www.imsproject.org/xsd/imsmd_v1p2"])
def test_it_is_known_by_its_strings_too(space: str) -> None:
    entry = (
        "<identifier><catalog>e.org</catalog><entry><langstring xml:lang='x-none'>452</langstring></entry></identifier>"
    )
    root = xml.parse(f"<lom xmlns='{space}'><general>{entry}{string('title', 'A')}</general></lom>".encode()).root
    assert is_imsmd(root)
    record = lom.read(root, Findings())
    assert (record.title, record.identifiers) == ("A", (("e.org", "452"),))


def test_it_is_bounded() -> None:
    deep = "<taxon>" * 90 + "</taxon>" * 90
    made = as_lom(
        xml.parse(
            f"<lom xmlns='{SPACE}'><classification><taxonpath>{deep}</taxonpath></classification></lom>".encode()
        ).root
    )
    (path,) = xml.descendants(made, "taxonPath")
    assert len(path) == 90
