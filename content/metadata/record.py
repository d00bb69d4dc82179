"""What all formats of description have in common: the record that the mappings go through. What a format cannot say
is lost; docs/metadata.md lists the losses."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Contributor:
    """Who made it: ``role`` as the format says it (``author``, ``publisher``…), the name, a date or year as written."""

    role: str
    name: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Taxon:
    """A class in a vocabulary: ``source`` names it (an address where it has one), ``id`` and label of the class."""

    purpose: str
    source: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Record:
    """A description. Texts are (language, text), languages as BCP 47 as far as the source is; ``duration`` ISO 8601;
    ``size`` in bytes; ``document`` the LOM that it was read from, as `lom_document` keeps it: what the fields do not
    say. Two records that say the same are equal, whatever they were read from."""

    identifiers: tuple[tuple[str, str], ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    languages: tuple[str, ...] = ()
    descriptions: tuple[tuple[str, str], ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    contributors: tuple[Contributor, ...] = ()
    formats: tuple[str, ...] = ()
    size: int | None = None
    locations: tuple[str, ...] = ()
    duration: str = ""
    types: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    difficulty: str = ""
    learning_time: str = ""
    cost: str = ""
    rights: tuple[tuple[str, str], ...] = ()
    taxons: tuple[Taxon, ...] = ()
    schemas: tuple[str, ...] = ()
    document: str = field(default="", compare=False, repr=False)

    @property
    def title(self) -> str:
        """The title, the first one."""
        return self.titles[0][1] if self.titles else ""

    @property
    def description(self) -> str:
        """The description, the first one."""
        return self.descriptions[0][1] if self.descriptions else ""


#: Languages with two letters by their three of ISO 639-2, bibliographic and terminological ones: ``frafr``.
_CODES = (
    "aaraa abkab afraf akaak albsq amham araar argan armhy asmas avaav aveae aymay azeaz bakba bambm baqeu belbe "
    "benbn bihbh bisbi bodbo bosbs brebr bulbg burmy catca cescs chach chece chizh chucu chvcv corkw cosco crecr "
    "cymcy czecs danda deude divdv dutnl dzodz ellel engen epoeo estet euseu eweee faofo fasfa fijfj finfi frafr "
    "frefr fryfy fulff geoka gerde glagd glega glggl glvgv greel grngn gujgu hatht hauha hbssh hebhe herhz hinhi "
    "hmoho hrvhr hunhu hyehy iboig iceis idoio iiiii ikuiu ileie inaia indid ipkik islis itait javjv jpnja kalkl "
    "kankn kasks katka kaukr kazkk khmkm kikki kinrw kirky komkv konkg korko kuakj kurku laolo latla lavlv limli "
    "linln litlt ltzlb lublu luglg macmk mahmh malml maomi marmr mayms mkdmk mlgmg mltmt monmn mrimi msams myamy "
    "nauna navnv nblnr ndend ndong nepne nldnl nnonn nobnb norno nyany ocioc ojioj orior ormom ossos panpa perfa "
    "plipi polpl porpt pusps quequ rohrm ronro rumro runrn rusru sagsg sansa sinsi slksk slosk slvsl smese smosm "
    "snasn sndsd somso sotst spaes sqisq srdsc srpsr sswss sunsu swasw swesv tahty tamta tattt telte tgktg tgltl "
    "thath tibbo tirti tonto tsntn tsots tuktk turtr twiak uigug ukruk urdur uzbuz venve vievi volvo welcy wlnwa "
    "wolwo xhoxh yidyi yoryo zhaza zhozh zulzu "
)
_THREE = {one[:3]: one[3:] for one in _CODES.split()}
#: Names that stand where a code should, in French, in English and their own.
_NAMED = {
    name: code
    for code, names in (
        ("fr", "français francais french"), ("en", "anglais english"), ("es", "espagnol spanish español"),
        ("de", "allemand german deutsch"), ("it", "italien italian italiano"), ("pt", "portugais portuguese português"),
        ("ar", "arabe arabic"), ("nl", "néerlandais dutch"), ("ru", "russe russian"), ("zh", "chinois chinese"),
        ("oc", "occitan"), ("ca", "catalan"), ("eu", "basque"), ("br", "breton"),
    )
    for name in names.split()
}  # fmt: skip


def language(code: str) -> str:
    """A language as BCP 47: three letters become two, a name its code, an address of the Library of Congress its last
    part."""
    last = code.strip().rstrip("/").rpartition("/")[2].replace("_", "-")
    head, dash, rest = last.partition("-")
    head = head.lower()
    head = _NAMED.get(head) or _THREE.get(head, head)
    return head + dash + rest if last.lower() not in ("", "none", "x-none") else ""
