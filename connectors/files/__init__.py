"""What a partner exports into a file: enrolments, results, presence. Nothing is fetched: somebody hands the file in."""

from connectors.capabilities import Capability
from connectors.declaration import N_, Declaration, Setting, Tried
from connectors.files.columns import Kind, Target, propose, targets
from connectors.files.connector import FilesConnector, Given, connect
from connectors.files.lines import Fault, Line, Reader
from connectors.files.profiles import PROFILES

__all__ = [
    "DECLARATION", "PROFILES", "Fault", "FilesConnector", "Given", "Kind", "Line", "Reader", "Target", "propose",
    "targets",
]  # fmt: skip

DECLARATION = Declaration(
    key="files",
    title="CSV, Excel",
    summary=N_("Vous donnez les fichiers que le partenaire exporte : inscriptions, résultats, présences."),
    settings=(
        Setting(
            "url",
            N_("Adresse du site du partenaire"),
            kind="url",
            help=N_("Elle sert à nommer ses formations. Le hub ne l’appelle jamais."),
        ),
        Setting(
            "profile",
            N_("D’où viennent les fichiers"),
            kind="choice",
            choices=tuple((key, profile.title) for key, profile in PROFILES.items()),
            help=N_("Le hub propose alors les bonnes colonnes. Vous pouvez toujours les changer."),
        ),
        Setting(
            "zone",
            N_("Fuseau horaire des dates"),
            kind="zone",
            required=False,
            help=N_("Vide : Europe/Paris."),
        ),
    ),
    capabilities={
        Capability.CATALOGUE: "columns course and course_id of every kind of file",
        Capability.CONTENTS: "columns module and module_id of a file of results",
        Capability.ROSTER: "a file of enrolments",
        Capability.BULK_COURSE_COMPLETION: "a file of results, lines about a whole course",
        Capability.ACTIVITY_COMPLETION: "a file of results, lines about a module",
        Capability.GRADES: "a file of results, columns score and score_max",
        Capability.SESSIONS: "a file of presence, by half-day",
    },
    tried=(Tried("2026-11", "double"),),
    connect=connect,
    by_upload=True,
)
