"""The elements of LHEO 2.3: children in their order with how many, lengths of texts, codes of tables. Facts only.

One line an element: ``name: child child? child* child+ child{1,10}``; ``name = 1..250`` a text of that many characters;
``name = [table]`` a code; ``name = #0..9`` a whole number; ``name = date`` a date AAAAMMJJ where zeros are unknown.
``extras`` may end every structure and holds anything.
"""

STRUCTURE = """
SIRET = 14..14
SIRET-formateur: SIRET
SIRET-lieu-formation: SIRET
SIRET-organisme-formation: SIRET
a-distance = [boolean]
acces-handicapes = 1..250
action: rythme-formation code-public-vise{1,10} info-public-vise? niveau-entree-obligatoire modalites-alternance
    modalites-enseignement conditions-specifiques prise-en-charge-frais-possible lieu-de-formation*
    modalites-entrees-sorties url-action? duree-cycle? session+ adresse-information? date-information{0,3}
    restauration? hebergement? transport? acces-handicapes? langue-formation{0,5} modalites-recrutement?
    modalites-pedagogiques? code-modalite-pedagogique{0,5} equipement* frais-restants?
    code-perimetre-recrutement? infos-perimetre-recrutement? prix-horaire-TTC? prix-total-TTC? duree-indicative?
    nombre-heures-centre? nombre-heures-entreprise? nombre-heures-total? detail-conditions-prise-en-charge?
    conventionnement? duree-conventionnee? organisme-formateur* organisme-financeur{0,8} enseignement*
adresse: denomination? ligne{1,4} codepostal ville departement? code-INSEE-commune? code-INSEE-canton? region?
    pays? geolocalisation?
adresse-information: adresse
adresse-inscription: adresse
alternance: type-alternance rythme-alternance?
annee-cycle = #0..99
bloc-competences: libelle-bloc code-bloc
blocs-competences: validation-blocs reference-certification bloc-competences+
capacite-cumulee = #0..99999
capacite-simultanee = #0..99999
certifiante = [boolean]
certification: code-RNCP? code-CERTIFINFO? code-RS? code-CPF? reference-code-FORMACODE?
civilite = 1..50
code-CERTIFINFO = 1..10
code-CPF = 4..10
code-ELU = 4..10
code-FORMACODE = 5..5
code-INSEE-canton = 4..5
code-INSEE-commune = 5..5
code-NSF = 3..3
code-RNCP = 1..10
code-ROME = 5..5
code-RS = 3..10
code-UAI = 8..8
code-UAI-formateur: code-UAI
code-UAI-lieu-formation: code-UAI
code-UAI-organisme-formation: code-UAI
code-bloc = 8..40
code-financeur = [financeurs]
code-modalite-pedagogique = 5..5
code-niveau-entree = [niveaux]
code-niveau-sortie = [niveaux]
code-perimetre-recrutement = [perimetre-recrutement]
code-public-vise = 5..5
code-type-formation: code-CPF? code-ELU?
codepostal = 5..5
commentaire = 1..500
conditions-specifiques = 1..3000
contact-formateur: type-contact? coordonnees
contact-formation: type-contact? coordonnees
contact-formation-resume: type-contact? nom? telfixe? courriel?
contact-organisme: type-contact? coordonnees
contact-session: type-contact? coordonnees
contenu-formation = 1..3000
conventionnement = [boolean]
coordonnees: civilite? nom? prenom? ligne{0,3} adresse? telfixe? portable? fax? courriel? web?
coordonnees-organisme: coordonnees
courriel = 3..160
cout-indicatif-equipement = #0..99999
cycle: type-cycle annee-cycle* effectif-minimal? capacite-simultanee? capacite-cumulee? alternance?
date = date
date-information: date
debut = date
denomination = 1..255
departement = 2..3
detail-conditions-prise-en-charge = 1..600
domaine-formation: code-FORMACODE{0,5} code-NSF{0,3} code-ROME{0,5}
duree-conventionnee = #0..99999
duree-cycle = #0..99
duree-indicative = 0..150
effectif-minimal = #0..99999
enseignement: libelle-enseignement type-enseignement obligatoire commentaire?
equipement: type-equipement cout-indicatif-equipement? commentaire?
etat-recrutement = [etat-recrutement]
fax: numtel{1,3}
fin = date
formation: domaine-formation intitule-formation objectif-formation resultats-attendus contenu-formation
    certifiante contact-formation+ parcours-de-formation code-niveau-entree objectif-general-formation?
    certification{0,5} code-type-formation{0,5} code-niveau-sortie? url-formation? action+
    organisme-formation-responsable identifiant-module? positionnement? sous-modules? modules-prerequis?
frais-restants = 0..200
geolocalisation: latitude longitude
hebergement = 1..250
heure-debut = 2..5
heure-fin = 2..5
identifiant-module = 1..3000
info-public-vise = 1..250
infos-perimetre-recrutement = 0..50
intitule-formation = 1..255
langue-formation = 2..2
latitude = 0..30
lheo: offres
lheo-index: resumes-offres? resumes-organismes?
lheo-plus: lheo? organisme-formation-responsable*
libelle-bloc = 1..500
libelle-enseignement = 1..255
lieu-de-formation: SIRET-lieu-formation? code-UAI-lieu-formation? coordonnees
ligne = 1..50
longitude = 0..30
modalite-recrutement = [modalite-recrutement]
modalites-alternance = 1..3000
modalites-enseignement = [modalites-enseignement]
modalites-entrees-sorties = [modalites-es]
modalites-inscription = 1..255
modalites-pedagogiques = 0..200
modalites-recrutement = 0..3000
modules-prerequis: reference-module+
nb-places = #0..99999
nb-places-financees = #0..99999
niveau-entree-obligatoire = [boolean]
nom = 1..50
nom-organisme = 1..250
nombre-heures-centre = #0..99999
nombre-heures-entreprise = #0..99999
nombre-heures-total = #0..99999
numero-activite = 11..11
numtel = 1..25
objectif-formation = 1..3000
objectif-general-formation = [AIS]
obligatoire = [boolean]
offres: formation+
organisme-financeur: code-financeur nb-places-financees?
organisme-formateur: SIRET-formateur raison-sociale-formateur contact-formateur* potentiel? code-UAI-formateur?
    reference-certification{0,5}
organisme-formation-responsable: numero-activite SIRET-organisme-formation nom-organisme raison-sociale
    coordonnees-organisme contact-organisme+ renseignements-specifiques? potentiel?
    code-UAI-organisme-formation?
parcours-de-formation = [type-parcours]
pays = 2..2
periode: debut fin
periode-inscription: periode !
portable: numtel{1,3}
positionnement = [type-positionnement]
potentiel: code-FORMACODE{1,25}
prenom = 1..50
prise-en-charge-frais-possible = [boolean]
prix-horaire-TTC = 1..6
prix-total-TTC = 1..10
raison-sociale = 1..250
raison-sociale-formateur = 0..250
recrutement: modalite-recrutement code-perimetre-recrutement? infos-perimetre-recrutement? a-distance? adresse?
    urlweb? nb-places? periode? heure-debut? heure-fin? commentaire?
reference-certification: reference-code-RNCP? reference-code-CERTIFINFO? reference-code-RS?
reference-code-CERTIFINFO = 1..10
reference-code-FORMACODE = 5..5
reference-code-RNCP = 1..10
reference-code-RS = 1..10
reference-module = 1..3000
region = 2..2
renseignements-specifiques = 0..3000
restauration = 1..250
resultats-attendus = 1..3000
resume-offre: domaine-formation intitule-formation nom-organisme SIRET codepostal? code-INSEE-commune? ville
    departement region? certifiante code-niveau-entree prise-en-charge-frais-possible modalites-enseignement?
    code-public-vise{1,10} nombre-heures-total? session* contact-formation-resume* certification{0,5}
resume-organisme: nom-organisme raison-sociale SIRET numero-activite
resumes-offres: resume-offre*
resumes-organismes: resume-organisme*
rythme-alternance: unite-rythme-alternance unites-entreprise unites-centre
rythme-formation = 1..3000
session: periode adresse-inscription modalites-inscription? periode-inscription? etat-recrutement? recrutement*
    url-session? contact-session* reference-certification{0,5} blocs-competences* cycle*
sous-module: reference-module type-module
sous-modules: sous-module+
telfixe: numtel{1,3}
transport = 1..250
type-alternance = [type-alternance]
type-contact = [type-contact]
type-cycle = [type-cycle]
type-enseignement = [type-enseignement]
type-equipement = [type-equipement]
type-module = [type-module]
unite-rythme-alternance = [unite-rythme]
unites-centre = #0..99999
unites-entreprise = #0..99999
url-action: urlweb{1,3}
url-formation: urlweb{1,3}
url-session: urlweb{1,3}
urlweb = 3..400
validation-blocs = [type-validation-blocs]
ville = 1..50
web: urlweb{1,3}
"""

#: Codes of the tables.
TABLES = {
    "AIS": "1 2 4 5 6 7 8 9",
    "boolean": "0 1",
    "etat-recrutement": "1 2 3",
    "financeurs": "0 1 10 11 12 13 14 15 16 17 18 19 2 20 3 4 5 6 7 8 9",
    "modalite-recrutement": "0 1 2 3 4 5 6 7 8 9",
    "modalites-enseignement": "0 1 2",
    "modalites-es": "0 1",
    "niveaux": "0 1 11 12 13 14 15 16 17 18 2 3 4 5 6 7 8",
    "perimetre-recrutement": "0 1 2 3 4 5 6",
    "type-alternance": "0 1 2",
    "type-contact": "0 1 10 11 12 13 14 2 3 4 5 6 7 8 9",
    "type-cycle": "0 1",
    "type-enseignement": "1 10 2 3 4 5 6 7 8 9",
    "type-equipement": "0 1 10 11 2 3 4 5 6 7 8 9",
    "type-module": "0 1 2",
    "type-parcours": "1 2 3 4",
    "type-positionnement": "1 2",
    "type-validation-blocs": "0 1 2",
    "unite-rythme": "0 1 2 3 4",
}
