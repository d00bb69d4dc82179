"""The words of reports on learning resources, by the stable codes of ``content``: messages, reasons, kinds, formats."""

from collections.abc import Mapping

from hub.texts.translation import mark as N_

#: What a message says; its details fill the placeholders.
MESSAGES: Mapping[str, str] = {
    "archive_empty_file": N_("Le fichier est vide."),
    "archive_not_zip": N_("Ce fichier n’est pas une archive, malgré son nom. Il a peut-être été mal téléchargé."),
    "archive_truncated": N_("Le fichier est incomplet ou a été modifié : copiez-le ou téléchargez-le de nouveau."),
    "archive_broken": N_("L’archive est abîmée : exportez-la de nouveau depuis l’outil d’origine."),
    "archive_empty": N_("L’archive ne contient aucun fichier."),
    "archive_parts": N_("L’archive est en plusieurs morceaux : réunissez-la en un seul fichier."),
    "archive_prefixed": N_("L’archive est cachée derrière autre chose : refusée par sécurité."),
    "archive_entries": N_("L’archive contient trop de fichiers : %(found)s, pour %(most)s au plus."),
    "archive_entry_bytes": N_("Un fichier de l’archive est trop gros : %(found)s octets, pour %(most)s au plus."),
    "archive_total_bytes": N_("L’archive est trop grosse une fois ouverte : %(found)s octets, pour %(most)s au plus."),
    "archive_ratio": N_(
        "Le contenu est anormalement comprimé (%(found)s fois, pour %(most)s au plus) : refusé par sécurité."
    ),
    "archive_encrypted": N_("L’archive est protégée par un mot de passe : enlevez-le, puis recommencez."),
    "archive_method": N_("L’archive utilise une compression inhabituelle (n° %(method)s) : refaites un zip ordinaire."),
    "archive_link": N_("L’archive contient un raccourci vers un autre endroit : refusée par sécurité."),
    "archive_special": N_("L’archive contient autre chose que des fichiers et des dossiers : refusée par sécurité."),
    "archive_name_climbs": N_("Un nom de fichier sort de l’archive (« .. ») : refusée par sécurité."),
    "archive_name_absolute": N_("Un nom de fichier désigne un endroit de l’ordinateur : refusée par sécurité."),
    "archive_name_unsafe": N_("Un nom de fichier contient des caractères invisibles : refusée par sécurité."),
    "archive_name_empty": N_("Un fichier de l’archive n’a pas de nom."),
    "archive_name_long": N_("Un nom de fichier est trop long : %(longest)s caractères au plus."),
    "archive_name_deep": N_("Les dossiers sont trop imbriqués : %(deepest)s niveaux au plus."),
    "archive_duplicate": N_("Deux fichiers de l’archive ont le même nom."),
    "archive_headers_differ": N_("L’archive se contredit sur un fichier : refusée par sécurité."),
    "archive_overlap": N_("Des fichiers de l’archive se recouvrent : refusée par sécurité."),
    "archive_size": N_("La taille d’un fichier n’est pas celle qui est annoncée : l’archive est abîmée ou trompeuse."),
    "archive_crc": N_("Le contrôle d’un fichier échoue : l’archive est abîmée."),
    "archive_in_archive": N_("Cette archive contient une autre archive : déposez celle qui est à l’intérieur."),
    "names_back_slash": N_(
        "Des noms de fichiers sont écrits à la façon de Windows (\\) : ils sont compris. Fichiers concernés "
        ": %(count)s."
    ),
    "names_utf8": N_(
        "Des noms de fichiers ont des accents mal annoncés : ils sont compris. Fichiers concernés : %(count)s."
    ),
    "names_code_page": N_(
        "Des noms de fichiers ont des accents à l’ancienne : ils sont compris. Fichiers concernés : %(count)s."
    ),
    "xml_empty": N_("Un fichier de description est vide."),
    "xml_too_large": N_("Un fichier de description est trop gros : %(most)s octets au plus."),
    "xml_too_many": N_("Un fichier de description est trop chargé : %(most)s éléments au plus."),
    "xml_too_deep": N_("Un fichier de description est trop imbriqué : %(deepest)s niveaux au plus."),
    "descriptions_unread": N_(
        "Les descriptions sont très longues : une partie n’a pas été lue et reste dans la copie d’origine."
    ),
    "xml_doctype": N_("Un fichier de description contient une déclaration DOCTYPE : refusé par sécurité."),
    "xml_encoding": N_("L’alphabet d’un fichier de description n’est pas reconnu : enregistrez-le en UTF-8."),
    "xml_malformed": N_("Un fichier de description est mal formé (ligne %(line)s) : exportez le contenu de nouveau."),
    "xml_unknown": N_("Ce fichier XML n’est d’aucun format connu."),
    "encoding_declared_utf8": N_("Les accents ne sont pas écrits comme annoncé (UTF-8) : ils ont été relus."),
    "encoding_declared_latin": N_("Les accents sont en UTF-8, contrairement à ce qui est annoncé : ils ont été relus."),
    "json_too_large": N_("Un fichier JSON est trop gros : %(most)s octets au plus."),
    "json_too_many": N_("Un fichier JSON est trop chargé : %(most)s valeurs au plus."),
    "json_malformed": N_("Un fichier JSON est mal formé."),
    "json_unknown": N_("Ce fichier JSON n’est d’aucun format connu."),
    "no_manifest": N_(
        "Aucun format connu : il n’y a ni imsmanifest.xml, ni cmi5.xml, ni h5p.json, ni moodle_backup.xml."
    ),
    "manifest_not_at_root": N_(
        "Le fichier de description est caché dans un dossier : refaites le zip depuis ce dossier."
    ),
    "manifest_alone": N_("C’est la description seule : déposez l’archive entière."),
    "manifest_other_root": N_("Le fichier imsmanifest.xml n’est pas une description de contenu."),
    "manifest_invalid": N_(
        "Plusieurs descriptions sont dans l’archive et aucune n’est valable ; ce qui suit dit ce qui manque à celle-ci."
    ),
    "manifest_beside_invalid": N_("Une autre description, à côté, n’est pas valable : elle n’est pas suivie."),
    "manifest_beside": N_("Une autre description est à côté : elle n’est pas suivie."),
    "manifest_case": N_("Le nom du fichier de description n’a pas les bonnes majuscules : il est compris."),
    "nested_root": N_("Tout le contenu est dans un dossier : il est pris, mais d’autres plateformes le refuseraient."),
    "sub_manifest": N_("Le contenu a des descriptions imbriquées : elles sont lues ensemble."),
    "sequencing_led": N_("Le contenu mène l’apprenant selon ses propres règles : le hub les suit."),
    "sequencing_rule_unknown": N_("Une règle d’enchaînement n’est pas du standard : elle est laissée de côté."),
    "sequencing_too_many": N_("Des règles communes sont reprises par trop de contenus : %(most)s éléments au plus."),
    "sequencing_clock": N_(
        "Des limites de date ou de durée cumulée sont données, que SCORM ne reprend pas : elles ne sont pas suivies."
    ),
    "time_limited": N_("Une durée limite est donnée (%(value)s) : le contenu la reçoit et l’applique lui-même."),
    "time_action_unknown": N_("Ce qui suit la durée limite n’est pas du standard (%(value)s) : c’est laissé de côté."),
    "several_organizations": N_("Le contenu propose plusieurs plans (%(count)s) : le plan par défaut est suivi."),
    "default_organization_missing": N_("Le plan par défaut n’existe pas : le premier est suivi."),
    "item_id_repeated": N_("Deux éléments du plan ont le même identifiant."),
    "resource_id_repeated": N_("Deux ressources ont le même identifiant."),
    "item_ref_missing": N_("Un élément du plan renvoie à une ressource absente (%(ref)s) : il n’ouvrira rien."),
    "item_empty": N_("Un élément du plan n’ouvre rien et ne contient rien."),
    "resource_without_href": N_("Une activité ne dit pas quel fichier ouvrir (%(resource)s)."),
    "dependency_missing": N_("Une ressource (%(resource)s) en demande une autre qui est absente."),
    "listed_file_missing": N_("Un fichier annoncé est absent de l’archive."),
    "launch_file_missing": N_("Le fichier à ouvrir est absent de l’archive : %(href)s"),
    "launch_elsewhere": N_("Une activité s’ouvre sur un autre site : %(href)s"),
    "href_runs": N_("Une activité lance du code au lieu d’ouvrir un fichier (%(href)s) : refusé par sécurité."),
    "nothing_to_launch": N_("Aucune activité ne peut être ouverte."),
    "mastery_score_invalid": N_("Un seuil de réussite est illisible (%(value)s) : il est ignoré."),
    "max_time_invalid": N_("Une durée limite est illisible (%(value)s)."),
    "markup_in_title": N_("Le titre contient du code : il est affiché tel quel, sans effet."),
    "found_by_back_slash": N_("Une adresse est écrite à la façon de Windows (\\) : fichier trouvé (%(file)s)."),
    "found_by_percent": N_("Une adresse est codée (%%20…) : fichier trouvé (%(file)s)."),
    "found_by_nfc": N_("Une adresse a des accents écrits autrement : fichier trouvé (%(file)s)."),
    "found_by_code_page": N_("Une adresse a des accents à l’ancienne : fichier trouvé (%(file)s)."),
    "found_by_case": N_(
        "Une adresse n’a pas les mêmes majuscules que le fichier (%(file)s) : ailleurs, elle ne marcherait pas."
    ),
    "found_by_replaced": N_("Une adresse a des signes que Windows remplace : fichier trouvé (%(file)s)."),
    "hosts_outside": N_(
        "Le contenu charge des éléments depuis d’autres sites (%(count)s) : sans Internet, ils manqueront."
    ),
    "aicc": N_("C’est un contenu AICC : ce format n’est pas pris en charge. Exportez-le en SCORM ou en cmi5."),
    "exelearning_source": N_("C’est un fichier de travail eXeLearning : exportez-le en SCORM, puis déposez l’export."),
    "moodle_19": N_(
        "C’est une sauvegarde de Moodle 1.9 : restaurez-la dans un Moodle récent, puis refaites une sauvegarde."
    ),
    "mbz_no_information": N_("La sauvegarde Moodle ne dit pas ce qu’elle contient."),
    "mbz_people_left_out": N_(
        "La sauvegarde contient des données de personnes : elles ne sont ni lues ni reprises, et le fichier "
        "d’origine n’est pas gardé."
    ),
    "link_invalid": N_("L’adresse d’un lien ne marche pas ici : %(href)s"),
    "cc_empty": N_("La cartouche ne contient aucune ressource."),
    "cc_version": N_("Version de Common Cartridge inconnue : elle est lue comme la 1.3."),
    "cc_protected": N_("La cartouche est protégée par son éditeur."),
    "cc_type_unknown": N_("Type de ressource inconnu : %(type)s"),
    "lti_not_secure": N_("L’adresse d’un outil n’est pas sécurisée (http)."),
    "cmi5_namespace": N_("Ce n’est pas une structure de cours cmi5 1.0."),
    "cmi5_iri": N_("Un identifiant doit être une adresse complète, comme https://… (élément %(element)s)."),
    "cmi5_id_repeated": N_("Un identifiant sert deux fois (élément %(element)s)."),
    "cmi5_language": N_("Une langue est mal écrite."),
    "cmi5_no_au": N_("Le cours ou un bloc ne contient aucune activité."),
    "cmi5_objective_unknown": N_("Une activité cite un objectif qui n’existe pas."),
    "cmi5_order": N_("Les éléments ne sont pas dans l’ordre demandé (%(element)s)."),
    "cmi5_element_missing": N_("Un élément obligatoire manque : %(element)s"),
    "cmi5_element_unknown": N_("Un élément n’a rien à faire ici : %(element)s"),
    "cmi5_value": N_("Une valeur n’est pas permise : %(attribute)s = %(value)s"),
    "cmi5_url": N_("L’adresse d’une activité n’est pas valable : %(url)s"),
    "cmi5_url_relative": N_("Sans archive, l’adresse d’une activité doit être complète : %(url)s"),
    "cmi5_query_reserved": N_("L’adresse d’une activité utilise un nom réservé : %(name)s"),
    "cmi5_file_missing": N_("Le fichier d’une activité est absent de l’archive : %(url)s"),
    "h5p_no_main_library": N_("Le fichier h5p.json ne dit pas quel type d’activité jouer."),
    "h5p_no_title": N_("Le fichier h5p.json n’a pas de titre."),
    "h5p_no_content": N_("Le contenu de l’activité (content.json) est absent."),
    "h5p_file_missing": N_("Un fichier nécessaire est absent de l’archive."),
    "h5p_library_folder": N_("Le dossier d’une bibliothèque est mal nommé."),
    "h5p_library_invalid": N_("La description d’une bibliothèque est incomplète."),
    "h5p_library_missing": N_(
        "Une bibliothèque n’est pas dans l’archive : exportez l’activité avec ses bibliothèques."
    ),
    "h5p_dependency_invalid": N_("Une bibliothèque demandée est mal décrite."),
    "h5p_core": N_("Une bibliothèque demande un lecteur H5P plus récent (%(asked)s, pour %(ours)s ici)."),
    "h5p_extension": N_("Ce genre de fichier n’est pas permis dans une activité H5P (%(extension)s)."),
    "h5p_extra_file": N_("Un fichier en plus, qui ne sert à rien, est à la racine."),
    "epub_mimetype": N_("Le livre ne commence pas comme la norme le demande : il est lu quand même."),
    "epub_no_package": N_("La description du livre est introuvable."),
    "epub_spine_missing": N_("Un chapitre annoncé est absent."),
    "epub_no_navigation": N_("Le livre n’a pas de sommaire."),
    "epub_locked": N_("Le livre est verrouillé par un système anticopie."),
    "epub_fonts_obfuscated": N_("Les polices du livre sont protégées : elles peuvent manquer à l’écran."),
    "qti_file_missing": N_("Le fichier d’une question est absent de l’archive."),
    "qti_no_item": N_("Il n’y a aucune question."),
    "file_program": N_("C’est un programme : les programmes ne sont pas acceptés."),
    "file_unknown": N_("Ce genre de fichier n’est pas reconnu."),
    "lheo_namespace": N_("Ce n’est pas un fichier LHEO 2.3 ni 2.2."),
    "lheo_22": N_("Le fichier est dans l’ancienne version 2.2 : il est lu et passé en 2.3."),
    "lheo_unknown": N_("Un élément n’a rien à faire ici : %(element)s"),
    "lheo_missing": N_("Un élément obligatoire manque : %(element)s"),
    "lheo_many": N_("Un élément revient trop souvent : %(element)s (%(found)s fois, %(most)s au plus)"),
    "lheo_order": N_("Les éléments ne sont pas dans l’ordre demandé."),
    "lheo_leaf": N_("Un texte contient d’autres éléments."),
    "lheo_date": N_("Une date est mal écrite : AAAAMMJJ, avec des zéros pour ce qui n’est pas connu."),
    "lheo_code": N_("Une valeur n’est pas dans sa table (%(expected)s)."),
    "lheo_number": N_("Un nombre n’est pas entre les bornes : %(expected)s"),
    "lheo_long": N_("Un texte est trop long : %(found)s caractères, %(expected)s attendus."),
    "lheo_short": N_("Un texte est trop court : %(found)s caractères, %(expected)s attendus."),
    "lom_repeated": N_("Une catégorie ne peut figurer qu’une fois : %(element)s"),
    "lom_unknown": N_("Catégorie inconnue : %(element)s"),
    "lom_no_title": N_("La fiche n’a pas de titre."),
    "lom_no_purpose": N_("Un classement ne dit pas à quoi il sert."),
    "lom_taxon_vocabulary": N_(
        "Un terme vient d’un autre vocabulaire (%(taxon)s) que celui qui est annoncé (%(source)s)."
    ),
    "lom_taxon_order": N_(
        "Les termes ne se suivent pas du général au particulier : rien ne peut suivre « %(taxon)s »."
    ),
    "lom_foreign": N_("Éléments d’un espace de noms étranger à LOM et à ses profils, laissés de côté : %(count)s."),
    "lom_too_long": N_("La fiche est trop longue pour être gardée entière : il en reste les champs du catalogue."),
    "oai_other": N_("Ce n’est pas une réponse d’entrepôt."),
    "oai_error": N_("L’entrepôt répond par une erreur : %(text)s"),
    "jsonld_nothing": N_("Il n’y a ni cours ni ressource dans ce fichier."),
    "jsonld_no_name": N_("Le cours n’a pas de nom."),
}

#: Why a part is converted or left out.
REASONS: Mapping[str, str] = {
    "no_discussion": N_("les discussions ne sont pas reprises"),
    "no_assignment": N_("les devoirs ne sont pas repris : créez une étape avec un dépôt"),
    "support_kept": N_("réglages de l’outil d’origine, gardés dans la copie d’origine"),
    "type_unknown": N_("type inconnu, gardé dans la copie d’origine"),
    "file_missing": N_("fichier absent"),
    "link_invalid": N_("adresse inutilisable"),
    "lti_needs_tool": N_("à relier à un outil déclaré dans le hub"),
    "questions_kept": N_("questions gardées dans la copie d’origine"),
    "activity_of_moodle": N_("reste dans Moodle : cette activité ne vit que là"),
    "activity_file_missing": N_("son fichier n’est pas dans la sauvegarde"),
    "activity_unread": N_("ce cours est trop long : gardée dans la copie d’origine"),
    "page_to_file": N_("devient une page à télécharger"),
}

#: What a part is.
PART_KINDS: Mapping[str, str] = {
    "page": N_("Page"),
    "web_link": N_("Lien"),
    "lti_link": N_("Outil externe (LTI)"),
    "discussion": N_("Discussion"),
    "assignment": N_("Devoir"),
    "questions": N_("Questionnaire"),
    "question": N_("Question"),
    "support": N_("Réglages"),
    "other": N_("Autre"),
    "scorm": N_("Module SCORM"),
    "h5pactivity": N_("Activité H5P"),
    "hvp": N_("Activité H5P (ancienne extension)"),
    "imscp": N_("Livret de pages"),
    "url": N_("Lien"),
    "resource": N_("Fichier"),
    "lti": N_("Outil externe (LTI)"),
    "quiz": N_("Test Moodle"),
    "forum": N_("Forum Moodle"),
    "assign": N_("Devoir Moodle"),
    "label": N_("Texte Moodle"),
    "book": N_("Livre Moodle"),
    "folder": N_("Dossier Moodle"),
    "attendance": N_("Présence Moodle"),
    "feedback": N_("Enquête Moodle"),
    "choice": N_("Sondage Moodle"),
    "glossary": N_("Glossaire Moodle"),
    "wiki": N_("Wiki Moodle"),
    "lesson": N_("Leçon Moodle"),
    "workshop": N_("Atelier Moodle"),
    "data": N_("Base de données Moodle"),
    "chat": N_("Messagerie Moodle"),
    "bigbluebuttonbn": N_("Classe virtuelle Moodle"),
    "customcert": N_("Certificat Moodle"),
}

#: The formats.
FORMATS: Mapping[str, str] = {
    "scorm12": N_("SCORM 1.2"),
    "scorm2004": N_("SCORM 2004"),
    "cmi5": N_("cmi5"),
    "imscp": N_("Livret de pages (IMS Content Packaging)"),
    "imscc": N_("Cartouche (Common Cartridge)"),
    "thin-cc": N_("Cartouche de liens (Thin Common Cartridge)"),
    "mbz": N_("Sauvegarde Moodle"),
    "moodle19": N_("Sauvegarde Moodle 1.9"),
    "h5p": N_("Activité H5P"),
    "qti12": N_("Questions QTI 1.2"),
    "qti2": N_("Questions QTI 2"),
    "qti3": N_("Questions QTI 3"),
    "epub": N_("Livre EPUB"),
    "aicc": N_("AICC"),
    "file": N_("Fichier"),
    "lheo": N_("Offre de formation LHEO"),
    "lom": N_("Fiche descriptive (LOM)"),
    "oaipmh": N_("Réponse d’un entrepôt (OAI-PMH)"),
    "jsonld": N_("Fiche schema.org (JSON-LD)"),
}

#: What becomes of the file.
VERDICTS: Mapping[str, str] = {
    "accept": N_("Accepté"),
    "accept-with-warning": N_("Accepté, avec des remarques"),
    "accept-neutralised": N_("Accepté ; ce qui était dangereux est sans effet"),
    "reject": N_("Refusé"),
}

#: How grave a message is.
LEVELS: Mapping[str, str] = {
    "error": N_("Erreur"),
    "neutral": N_("Sans effet"),
    "warning": N_("À vérifier"),
    "info": N_("À savoir"),
}

#: What becomes of a part.
FATES: Mapping[str, str] = {
    "imported": N_("importé"),
    "converted": N_("converti"),
    "skipped": N_("laissé"),
}

#: What is counted.
COUNTS: Mapping[str, str] = {
    "items": N_("éléments du plan"),
    "resources": N_("ressources"),
    "launchable_items": N_("activités à ouvrir"),
    "aus": N_("activités"),
    "blocks": N_("blocs"),
    "objectives": N_("objectifs"),
    "spine": N_("chapitres"),
    "libraries": N_("bibliothèques"),
    "files": N_("fichiers"),
    "activities": N_("activités"),
    "sections": N_("sections"),
    "questions": N_("questions"),
    "tests": N_("tests"),
    "formations": N_("formations"),
    "actions": N_("actions de formation"),
    "sessions": N_("sessions de formation"),
    "records": N_("fiches"),
    "deleted": N_("fiches supprimées"),
}
