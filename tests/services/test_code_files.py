"""Code lists in their publishers' forms (rows of our own under their real names and columns), and what is none."""

import io
import zipfile
from datetime import date

import openpyxl
import pytest

from hub.services import code_files
from hub.services.errors import Invalid

ROME = (
    '"code_rome","code_fiche_metier","code_ogr","libelle_rome","transition_eco","code_rome_parent"\n'
    '"H2913","30155","402","Soudeur / Soudeuse","Emploi Blanc","H2913"\n'
    '"H29999","1","2","Pas un code","",""\n'
    '"D1102","52","9","Boulanger / Boulangère","","D1102"\n'
)
STANDARD = (
    "Id_Fiche;Numero_Fiche;Intitule;Abrege_Libelle;Date_Fin_Enregistrement;Actif\n"
    "1;RNCP37537;Soudeur assembleur industriel;TP;01/01/2029;ACTIVE\n"
    "2;RNCP184;Soudeur;TP;01/01/2019;INACTIVE\n"
    '3;RS5616;"Certificat ""habilitation"" ; niveau 1";;01/01/2029;ACTIVE\n'
)
FICHES = (
    '<?xml version="1.0" encoding="UTF-8"?><FICHES><VERSION_FLUX>4.1</VERSION_FLUX>'
    "<FICHE><NUMERO_FICHE>RNCP37537</NUMERO_FICHE><INTITULE>Soudeur assembleur industriel</INTITULE><ACTIF>Oui</ACTIF>"
    "<BLOCS_COMPETENCES><BLOC><CODE>RNCP37537BC01</CODE><LIBELLE>Souder</LIBELLE></BLOC></BLOCS_COMPETENCES></FICHE>"
    "<FICHE><NUMERO_FICHE>RNCP184</NUMERO_FICHE><INTITULE>Soudeur</INTITULE><ACTIF>Non</ACTIF></FICHE></FICHES>"
)
FORMACODE = (
    "Code Formacode V13;Libellé Formacode V13;Code Formacode V14;Libellé Formacode V14\n"
    "23026;Soudage ancien;23026;Soudage\n;;23054;Travail matériau\n"
)
RICH = (
    "Code Formacode® V13;libelle-formacode V13;Code Formacode® V14;libelle-formacode V14;Modification (oui/non)\n"
    "21059;Agronomie;210 59;Agronomie;non\n21058;Aviculture;;;oui\n;;21070;Apiculture;oui\n"
)
THESAURUS = (
    "Code du Terme;Descripteur en capitales;Descripteur en typo riche;Champ sémantique;TG (Terme Générique)\n"
    "21059;AGRONOMIE;Agronomie;210 AGRICULTURE;SCIENCES - 12000\n"
)
TREE = "A;;;AGRICULTURE;\nA;11;;Engins agricoles;\nA;11;1;Conduite d’engins agricoles;\nA;11;1;Chauffeur;11987\n"


def packed(name: str, text: str, other: str = "lisez-moi.txt") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(other, "rien")
        archive.writestr(name, text)
    return made.getvalue()


def workbook(text: str, before: int = 0) -> bytes:
    """A workbook with this sheet behind as many others."""
    book = openpyxl.Workbook()
    for number in range(before):
        book.active.append(["Lisez-moi", number])
        book.active = book.create_sheet()
    for line in text.splitlines():
        book.active.append([int(c) if c.isdecimal() else c for c in line.split(";")])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


CASES = {
    "ROME as CSV": ("rome", "unix_referentiel_code_rome_v460_utf8.csv", ROME.encode(), 2, "4.60", None),
    "ROME in its zip": (
        "rome",
        "RefRomeCsv.zip",
        packed("RefRomeCsv/unix_referentiel_code_rome_v460_utf8.csv", ROME, "RefRomeCsv/unix_arborescence_v460.csv"),
        2,
        "4.60",
        None,
    ),
    "ROME as a tree": ("rome", "arborescence.csv", TREE.encode("cp1252"), 1, "", None),
    "ROME as a workbook": ("rome", "arborescence-2026-06-09.xlsx", workbook(TREE), 1, "", date(2026, 6, 9)),
    "RNCP in the tables": (
        "rncp",
        "export-fiches-csv-2026-09-29.zip",
        packed("export_fiches_CSV_Standard_2026_09_29.csv", STANDARD, "export_fiches_CSV_Nsf_2026_09_29.csv"),
        1,
        "",
        date(2026, 9, 29),
    ),
    "RS in the tables": (
        "rs",
        "export-fiches-csv-2026-09-29.zip",
        packed("export_fiches_CSV_Standard_2026_09_29.csv", STANDARD),
        1,
        "",
        date(2026, 9, 29),
    ),
    "RNCP as XML": (
        "rncp",
        "export-fiches-rncp-v4-1-2026-09-29.zip",
        packed("export_fiches_RNCP_V4_1_2026-09-29.xml", FICHES),
        1,
        "4.1",
        date(2026, 9, 29),
    ),
    "Formacode with two versions": ("formacode", "formacode-v14.csv", FORMACODE.encode(), 2, "V14", None),
    "ROME beside its neighbours": (
        "rome",
        "RefRomeCsv.zip",
        packed("unix_referentiel_code_rome_v461_utf8.csv", ROME, "unix_referentiel_code_rome_riasec_v461_utf8.csv"),
        2,
        "4.61",
        None,
    ),
    "RNCP out of its archive": (
        "rncp",
        "export_fiches_CSV_Standard_2026_09_28.csv",
        STANDARD.encode(),
        1,
        "",
        date(2026, 9, 28),
    ),
    "Formacode behind a sheet of notice": ("formacode", "formacode-v14.xlsx", workbook(RICH, 1), 2, "V14", None),
    "Formacode as its thesaurus": ("formacode", "Formacode_V14.csv", THESAURUS.encode("cp1252"), 1, "V14", None),
    "a plain list": (
        "nsf",
        "nsf.csv",
        b"code;libelle\n254;Structures m\xe9talliques\n201A;Automatismes\n",
        2,
        "",
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_publishers_file_is_read_as_it_is(case: str) -> None:
    scheme, name, data, codes, version, day = CASES[case]
    found = code_files.read(io.BytesIO(data), name, scheme)
    assert (len(found.codes), found.version, found.day) == (codes, version, day)


def test_labels_are_those_of_the_newest_version_and_of_what_is_in_force() -> None:
    assert dict(code_files.read(io.BytesIO(FORMACODE.encode()), "f.csv", "formacode").codes)["23026"] == "Soudage"
    found = code_files.read(io.BytesIO(STANDARD.encode("utf-8-sig")), "s.csv", "rs")
    assert (found.codes, found.left) == ([("5616", 'Certificat "habilitation" ; niveau 1')], 2)
    assert dict(code_files.read(io.BytesIO(TREE.encode()), "a.csv", "rome").codes) == {
        "A1101": "Conduite d’engins agricoles"
    }
    doubled = ROME.replace("Boulanger / Boulangère", "Chef d''équipe")
    assert dict(code_files.read(io.BytesIO(doubled.encode()), "r.csv", "rome").codes)["D1102"] == "Chef d'équipe"
    assert dict(code_files.read(io.BytesIO(RICH.encode("utf-16")), "f.csv", "formacode").codes) == {
        "21059": "Agronomie", "21070": "Apiculture",
    }  # fmt: skip
    assert code_files.read(io.BytesIO(THESAURUS.encode()), "f.csv", "formacode").codes == [("21059", "Agronomie")]
    assert dict(code_files.read(io.BytesIO(CASES["a plain list"][2]), "n.csv", "nsf").codes)["201a"] == "Automatismes"


REFUSED = {
    "nothing": (b"", "not_a_list"),
    "only a header": (b"code;libelle\n", "empty_file"),
    "other columns": (b"a;b\n1;2\n", "no_columns"),
    "codes of another list": (ROME.encode(), "empty_file"),
    "a page": (b"<!DOCTYPE html><html><body>Erreur</body></html>", "not_a_list"),
    "other XML": (b"<feuille><case/></feuille>", "empty_file"),
    "a zip of something else": (packed("photo.jpg", "x", "autre.png"), "not_a_list"),
    "a broken zip": (packed("export_fiches_CSV_Standard.csv", STANDARD)[:-40], "not_a_list"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\0", "not_a_list"),
    "an entity": (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><FICHES><FICHE/></FICHES>', "not_a_list"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_list_is_told(case: str) -> None:
    data, code = REFUSED[case]
    with pytest.raises(Invalid) as refused:
        code_files.read(io.BytesIO(data), "fichier", "rncp")
    assert refused.value.fields == {"file": code}


def test_a_workbook_without_the_columns_is_told_after_its_last_sheet() -> None:
    with pytest.raises(Invalid) as refused:
        code_files.read(io.BytesIO(workbook("a;b\n1;2", 2)), "liste.xlsx", "rncp")
    assert refused.value.fields == {"file": "no_columns"}
