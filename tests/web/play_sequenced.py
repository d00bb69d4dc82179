"""A SCORM 2004 package of our own that is led by its rules (CC0 1.0): read, be tested at 70 %, then the end; who fails
reads again."""

from tests.content.archives import zipped
from tests.web.play_packages import FIND

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="M1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
 xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
<metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
<organizations default="O1"><organization identifier="O1"><title>Mené pas à pas</title>
<item identifier="READ" identifierref="R1" parameters="?read"><title>Lire</title>
<imsss:sequencing><imsss:rollupRules rollupObjectiveSatisfied="false" objectiveMeasureWeight="0"/>
</imsss:sequencing></item>
<item identifier="TEST" identifierref="R1" parameters="?test"><title>Test</title>
<adlcp:timeLimitAction>exit,message</adlcp:timeLimitAction>
<adlnav:presentation><adlnav:navigationInterface><adlnav:hideLMSUI>previous</adlnav:hideLMSUI>
</adlnav:navigationInterface></adlnav:presentation>
<imsss:sequencing><imsss:limitConditions attemptAbsoluteDurationLimit="PT45M"/>
<imsss:sequencingRules><imsss:postConditionRule><imsss:ruleConditions>
<imsss:ruleCondition condition="satisfied" operator="not"/></imsss:ruleConditions>
<imsss:ruleAction action="previous"/></imsss:postConditionRule></imsss:sequencingRules>
<imsss:objectives><imsss:primaryObjective objectiveID="test" satisfiedByMeasure="true">
<imsss:minNormalizedMeasure>0.7</imsss:minNormalizedMeasure>
<imsss:mapInfo targetObjectiveID="global" readNormalizedMeasure="false"
 writeSatisfiedStatus="true"/></imsss:primaryObjective></imsss:objectives>
</imsss:sequencing></item>
<item identifier="END" identifierref="R1" parameters="?end"><title>Fin</title><imsss:sequencing>
<imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions conditionCombination="any">
<imsss:ruleCondition condition="objectiveStatusKnown" operator="not" referencedObjective="test"/>
<imsss:ruleCondition condition="satisfied" operator="not" referencedObjective="test"/></imsss:ruleConditions>
<imsss:ruleAction action="disabled"/></imsss:preConditionRule></imsss:sequencingRules>
<imsss:rollupRules rollupObjectiveSatisfied="false" objectiveMeasureWeight="0"/>
<imsss:objectives><imsss:primaryObjective/><imsss:objective objectiveID="test">
<imsss:mapInfo targetObjectiveID="global"/></imsss:objective></imsss:objectives></imsss:sequencing></item>
<imsss:sequencing><imsss:controlMode flow="true"/></imsss:sequencing>
</organization></organizations><resources>
<resource identifier="R1" type="webcontent" adlcp:scormType="sco" href="index.html"/></resources></manifest>"""

PAGE = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Part</title><script>{FIND}
const api = find("API_1484_11");
window.addEventListener("load", () => {{
  api.Initialize("");
  const asked = ["cmi.entry", "cmi.suspend_data", "adl.nav.request_valid.continue",
    "adl.nav.request_valid.choice.{{target=END}}", "cmi.objectives.0.id", "cmi.objectives.0.success_status"];
  document.getElementById("kept").textContent = [location.search, ...asked.map((name) => api.GetValue(name))].join("|");
}});
function keep() {{ api.SetValue("cmi.suspend_data", "kept"); api.SetValue("cmi.exit", "suspend"); api.Commit(""); }}
function score(scaled) {{
  api.SetValue("cmi.score.scaled", scaled); api.SetValue("adl.nav.request", "continue"); api.Terminate("");
}}
</script></head><body><h1>Part</h1><p id="kept"></p><button onclick="keep()">Keep</button>
<button onclick="score('0.4')">Fail</button><button onclick="score('0.9')">Pass</button></body></html>"""


def led() -> bytes:
    """The package."""
    return zipped({"imsmanifest.xml": MANIFEST.encode(), "index.html": PAGE.encode()})
