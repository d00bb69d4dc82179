"use strict";
/* H5P: the player stands in this page; its xAPI events become messages of the session, without saying who. */
{
  const place = document.createElement("div");
  place.id = "h5p";
  stage.replaceWith(place);
  /* Browsers that refuse storage in frames of another site would stop the player's core half-way. */
  try { void window.localStorage; } catch {
    const held = new Map();
    Object.defineProperty(window, "localStorage", { value: {
      getItem: (name) => held.get(String(name)) ?? null,
      setItem: (name, value) => { held.set(String(name), String(value)); },
      removeItem: (name) => { held.delete(String(name)); },
      clear: () => held.clear(),
    } });
  }
  const unsaid = [];
  let kept = session.state;

  const state = () => {
    const found = window.H5P && window.H5P.instances && window.H5P.instances[0];
    const now = found && typeof found.getCurrentState === "function" ? found.getCurrentState() : undefined;
    return now === undefined ? kept : JSON.stringify(now);
  };
  const number = (value) => (typeof value === "number" && isFinite(value) ? value : undefined);
  const seconds = (duration) => {
    const found = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration || "");
    return found ? (+found[1] || 0) * 3600 + (+found[2] || 0) * 60 + (+found[3] || 0) : undefined;
  };
  const heard = (event) => {
    const statement = event.data.statement;
    const result = statement.result || {};
    const about = (statement.object && statement.object.id) || "";
    const score = result.score || {};
    unsaid.push({
      verb: ((statement.verb && statement.verb.id) || "").split("/").pop(),
      score: number(score.raw), max: number(score.max),
      completion: result.completion, success: result.success, seconds: seconds(result.duration),
      part: new URLSearchParams(about.split("?")[1] || "").get("subContentId") || undefined,
    });
    setTimeout(() => Play.flush(), 200);
  };

  Play.begin({
    collect: () => {
      const now = state();
      if (!unsaid.length && now === kept) return null;
      return { said: unsaid.slice(0, 50), state: now };
    },
    answered: (_answer, said) => {
      unsaid.splice(0, said.said.length);
      kept = said.state;
    },
  });

  const options = {
    id: "h5p",
    h5pJsonPath: session.files.replace(/\/$/, ""),
    frameJs: "/hub/vendor/h5p/frame.bundle.js",
    frameCss: "/hub/vendor/h5p/styles/h5p.css",
    xAPIObjectIRI: session.iri || undefined,
    embedType: "div",
    saveFreq: 60,
    contentUserData: session.state ? [{ state: session.state }] : undefined,
  };
  new H5PStandalone.H5P(place, options).then(() => {
    window.H5P.externalDispatcher.on("xAPI", heard);
    setInterval(() => Play.flush(), 2000);
  });
}
