"""The manifest of a small SCORM 2004 package of our own, two contents (CC0 1.0)."""

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="M1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
 xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
<metadata><schema>ADL SCORM</schema><schemaversion>2004 3rd Edition</schemaversion></metadata>
<organizations default="O1"><organization identifier="O1"><title>Deux contenus</title>
<item identifier="I1" identifierref="R1"><title>Lire</title><imsss:sequencing>
<imsss:rollupRules rollupObjectiveSatisfied="false" objectiveMeasureWeight="0"/></imsss:sequencing></item>
<item identifier="I2" identifierref="R1" parameters="?quiz=1"><title>Quiz</title><imsss:sequencing><imsss:objectives>
<imsss:primaryObjective satisfiedByMeasure="true"><imsss:minNormalizedMeasure>0.7</imsss:minNormalizedMeasure>
</imsss:primaryObjective></imsss:objectives></imsss:sequencing></item>
</organization></organizations><resources>
<resource identifier="R1" type="webcontent" adlcp:scormType="sco" href="index.html"/></resources></manifest>"""
