"""Packages of our own for the player's tests, dedicated to the public domain (CC0 1.0)."""

from tests.content.archives import manifest, zipped
from tests.web.scorm2004_manifest import MANIFEST

FIND = """
function find(name) {
  for (let at = window, n = 0; n < 12; n += 1) {
    try { if (at[name]) return at[name]; } catch (refused) { return null; }
    if (at === at.parent) break;
    at = at.parent;
  }
  return null;
}
"""

#: A quiz that keeps each answer in its suspend data; it says nothing more when it is closed than it said before.
QUIZ_12 = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Quiz</title><script>{FIND}
const api = find("API");
window.addEventListener("load", () => {{
  api.LMSInitialize("");
  const kept = [api.LMSGetValue("cmi.suspend_data"), api.LMSGetValue("cmi.core.entry")];
  document.getElementById("kept").textContent = kept.join("|");
}});
function answer(text) {{ api.LMSSetValue("cmi.suspend_data", api.LMSGetValue("cmi.suspend_data") + text); }}
function score(raw) {{
  api.LMSSetValue("cmi.core.score.raw", raw); api.LMSSetValue("cmi.core.lesson_status", "completed");
  api.LMSCommit("");
}}
window.addEventListener("unload", () => {{
  api.LMSSetValue("cmi.core.session_time", "00:00:05"); api.LMSSetValue("cmi.core.exit", "suspend"); api.LMSFinish("");
}});
</script></head><body><h1>Quiz</h1><p id="kept"></p>
<button onclick="answer('a')">Answer</button><button onclick="score('80')">Finish</button></body></html>"""

QUIZ_2004 = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Quiz</title><script>{FIND}
const api = find("API_1484_11");
window.addEventListener("load", () => {{
  api.Initialize("");
  const asked = ["cmi.entry", "cmi.suspend_data", "cmi.scaled_passing_score"].map((name) => api.GetValue(name));
  document.getElementById("kept").textContent = [location.search, ...asked].join("|");
}});
function next() {{
  api.SetValue("cmi.completion_status", "completed"); api.SetValue("adl.nav.request", "continue"); api.Terminate("");
}}
function keep() {{ api.SetValue("cmi.suspend_data", "kept"); api.SetValue("cmi.exit", "suspend"); api.Commit(""); }}
function score(scaled) {{
  api.SetValue("cmi.score.scaled", scaled); api.SetValue("cmi.completion_status", "completed");
  api.SetValue("cmi.exit", "normal"); api.Terminate("");
}}
</script></head><body><h1>Quiz</h1><p id="kept"></p><button onclick="next()">Next</button>
<button onclick="keep()">Keep</button><button onclick="score('0.9')">Finish</button></body></html>"""

#: Says what it may do with the texts that contents share.
SHARES = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Notes</title><script>{FIND}
const api = find("API_1484_11");
const tell = () => {{
  const names = ["_children", "_count", "0.id", "0.store", "1.store", "2.store"];
  const got = names.map((name) => api.GetValue("adl.data." + name) || api.GetLastError());
  document.getElementById("kept").textContent = got.join("|");
}};
window.addEventListener("load", () => {{ api.Initialize(""); tell(); }});
function note() {{
  const set = (name) => api.SetValue("adl.data." + name, "noted") + api.GetLastError();
  for (const name of ["cmi", "cmi.interactions", "cmi.objectives.0", "adl.data"]) {{
    if (api.SetValue(name, "x") !== "false" || api.GetLastError() !== "401") return;
  }}
  document.getElementById("set").textContent = ["0.store", "1.store", "2.store", "0.id"].map(set).join("|");
  api.Commit("");
  tell();
}}
</script></head><body><h1>Notes</h1><p id="kept"></p><p id="set"></p><button onclick="note()">Write</button>
</body></html>"""

#: Tries everything that a package has no right to, and writes down what it found.
ATTACK = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Attack</title><script>{FIND}
const hub = new URLSearchParams(location.search).get("hub");
const found = {{}};
const tried = async (name, act) => {{
  try {{ found[name] = await act(); }} catch (refused) {{ found[name] = "refused"; }}
}};
const late = () => new Promise((_, no) => setTimeout(() => no(new Error("late")), 3000));
const timely = (promise) => Promise.race([promise, late()]);
const loaded = (kind, said, more) => timely(new Promise((yes, no) => {{
  const made = document.createElement(kind);
  made.onload = () => {{ try {{ yes(said(made)); }} catch (error) {{ no(error); }} }};
  made.onerror = () => no(new Error("not loaded"));
  Object.assign(made, more);
  document.body.append(made);
}}));
const plain = {{credentials: "include", mode: "no-cors"}};
window.addEventListener("load", async () => {{
  await tried("api", () => Boolean(find("API")));
  await tried("cookie", () => document.cookie + parent.document.cookie);
  await tried("top dom", () => top.document.body.innerHTML.length);
  await tried("top cookie", () => top.document.cookie);
  await tried("hub page", async () => (await timely(fetch(hub + "/home", {{credentials: "include"}}))).status);
  await tried("hub api", async () => (await timely(fetch(hub + "/api/v1/me", plain))).type);
  await tried("hub post", async () => (await timely(fetch(hub + "/sign-out", {{method: "POST", ...plain}}))).type);
  await tried("hub image", () => loaded("img", () => "loaded", {{src: hub + "/static/icon.svg"}}));
  await tried("hub script", () => loaded("script", () => "ran", {{src: hub + "/static/hub.js"}}));
  await tried("hub frame", () => loaded("iframe", (f) => f.contentDocument.body.innerHTML, {{src: hub + "/home"}}));
  await tried("storage", () => localStorage.getItem("secret") || "nothing");
  await tried("kept", () => {{ localStorage.setItem("secret", "mine"); return localStorage.getItem("secret"); }});
  await tried("worker", async () => (await navigator.serviceWorker.register("worker.js", {{scope: "/"}})).scope);
  await tried("lift sandbox", () => {{ parent.frameElement.removeAttribute("sandbox"); return "lifted"; }});
  await tried("leave", () => {{ top.location.href = "http://elsewhere.localhost/"; return "asked"; }});
  await tried("leave by parent", () => parent.eval("top.location = 'http://elsewhere.localhost/'; 'asked'"));
  await tried("leave by link", () => {{
    const link = document.createElement("a");
    Object.assign(link, {{href: "http://elsewhere.localhost/", target: "_top"}});
    document.body.append(link); link.click();
    return "clicked";
  }});
  await tried("leave by form", () => {{
    const form = document.createElement("form");
    Object.assign(form, {{action: hub + "/sign-out", method: "post", target: "_top"}});
    document.body.append(form); form.submit();
    return "sent";
  }});
  document.getElementById("found").textContent = JSON.stringify(found);
  document.body.dataset.over = "yes";
}});
</script></head><body><h1>Attack</h1><pre id="found"></pre></body></html>"""


def quiz_12() -> bytes:
    """SCORM 1.2, one SCO."""
    return zipped({"imsmanifest.xml": manifest(), "index.html": QUIZ_12.encode()})


def quiz_2004() -> bytes:
    """SCORM 2004, two SCOs; the second has a pass mark of 0.7."""
    return zipped({"imsmanifest.xml": MANIFEST.encode(), "index.html": QUIZ_2004.encode()})


def attack(hub: str) -> bytes:
    """SCORM 1.2, hostile to the hub at this address."""
    item = manifest(parameters=f' parameters="?hub={hub}"')
    worker = b"self.addEventListener('fetch', () => {});"
    return zipped({"imsmanifest.xml": item, "index.html": ATTACK.encode(), "worker.js": worker})
