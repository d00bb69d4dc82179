"use strict";
/* SCORM: the run-time is scorm-again; the content finds it in this window, with its state, before it asks anything.
   What changed since the hub's last answer goes to the hub: at each commit, a moment after a change, when the page goes. */
{
  const old = session.version === "1.2";
  const [begin, end, change, commit] = old
    ? ["LMSInitialize", "LMSFinish", "LMSSetValue", "LMSCommit"] : ["Initialize", "Terminate", "SetValue", "Commit"];
  const inside = links.filter((link) => !("outside" in link.dataset));
  const unsaid = new Map(); // content -> what to say: run, cmi, end
  const stated = new Set(); // statuses that the content itself calls unknown: the run-time begins with that word too
  let api = null, now = "", heard = {}, timer = 0, open = false, sought = false, loaded = false, leaving = false;
  /* Where the package has rules of its own, the hub says what comes next; `wish` is what it is asked, with a number. */
  let way = session.way || null, wish = null, wishes = 0;

  const texts = {}; // what contents share, by key
  const share = (sco) => {
    for (const { key, text } of sco.stores) { if (text === undefined) delete texts[key]; else texts[key] = text; }
  };

  const launchable = (id) => inside.find((link) => link.dataset.part === id);

  /* A fresh run-time that holds what the hub knows of this content. */
  const prepare = (id) => {
    const sco = session.scos[id];
    const Api = old ? window.Scorm12API : window.Scorm2004API;
    api = new Api({ autocommit: false, lmsCommitUrl: false, logLevel: 5, mastery_override: false });
    const given = Object.fromEntries(Object.entries(sco.cmi).filter(([, value]) => value !== ""));
    api.loadFromFlattenedJSON(given);
    if (!old) stores(api, sco.stores);
    refuse(api, sco.stores.length);
    if (!old) { empty(api); answerNavigation(api); }
    heard = api.getFlattenedCMI();
    now = id;
    open = false;
    sco.run += 1;
    sco.anew = sco.cmi[old ? "cmi.core.entry" : "cmi.entry"] === "ab-initio";
    api.on(begin, () => { open = true; });
    stated.clear();
    api.on(change, (name, value) => {
      if (value === "unknown" && /_status$/.test(name)) stated.add(name);
      clearTimeout(timer);
      timer = setTimeout(() => hear(id, {}, true), 3000);
    });
    api.on(commit, () => hear(id, {}, true));
    api.on(end, () => {
      open = false;
      if (way && !leaving) want(api.adl.nav.request);
      const aside = !old && api.adl.nav.request === "suspendAll";
      hear(id, { end: true, ...(aside ? { aside } : {}) }, true);
      if (aside) sco.cmi["cmi.exit"] = "suspend";
      if (!way) over();
    });
    if (!old && !way) navigation(api);
    sought = loaded = false;
    const found = api;
    Object.defineProperty(window, old ? "API" : "API_1484_11", { configurable: true, get: () => { sought = true; return found; } });
  };

  /* The texts that this content shares with others. */
  const stores = (of, mine) => {
    of.adl.configureSharedDataMaps(mine.map(({ id, read, write }) => ({ targetID: id, readSharedData: read, writeSharedData: write })));
    of.adl.restoreSharedDataSnapshot(Object.fromEntries(mine.filter(({ key }) => key in texts).map(({ id, key }) => [id, texts[key]])));
  };

  /* Elements that the run-time takes though the norm has none such, and then breaks: a collection is no element
     (401), nor is a text that the manifest does not declare (RTE 4.3.2). */
  const whole = /^(cmi|adl)$|\.(core|student_data|student_preference|learner_preference|score|objectives|interactions|correct_responses|comments_from_(learner|lms)|data|nav|request_valid|\d+)$/;
  const refuse = (of, texts) => {
    const calls = old ? [["LMSSetValue", "false", "401"]] : [["GetValue", "", "301"], ["SetValue", "false", "351"]];
    for (const [name, nothing, beyond] of calls) {
      const own = of[name].bind(of);
      of[name] = (element, ...value) => {
        const place = /^adl\.data\.(\d+)\./.exec(String(element));
        const code = whole.test(String(element)) ? "401" : place && Number(place[1]) >= texts ? beyond : "";
        if (!open || !code) return own(element, ...value);
        of.lastErrorCode = code;
        return nothing;
      };
    }
  };

  /* Texts that may be emptied (RTE 4.2.2, 4.2.13, 4.2.14), which the run-time refuses though it begins with them empty:
     it takes a letter, with all it does then, and the letter goes. */
  const empty = (of) => {
    const own = of.SetValue.bind(of);
    of.SetValue = (element, value) => {
      const found = /^cmi\.(?:comments_from_learner\.(\d+)\.|learner_preference\.)?(location|language)$/.exec(String(element));
      if (!found || String(value) !== "") return own(element, value);
      const answer = own(element, "x");
      const { content, learner_preference, comments_from_learner } = of.cmi;
      const holder = found[1] ? comments_from_learner.childArray[found[1]] : found[2] === "language" ? learner_preference : content;
      if (answer === "true") holder[`_${found[2]}`] = "";
      return answer;
    };
  };

  /* Note what the content changed since it was heard last. */
  const hear = (id, more, send) => {
    if (id !== now || !api) return;
    clearTimeout(timer);
    const said = api.getFlattenedCMI();
    const sco = session.scos[id];
    const entry = unsaid.get(id) || { id, run: sco.run, anew: sco.anew, cmi: {}, data: {} };
    let news = entry.run !== sco.run || Object.keys(more).length > 0;
    if (entry.run !== sco.run) Object.assign(entry, { run: sco.run, anew: sco.anew, cmi: {}, end: undefined, closed: undefined });
    for (const [name, value] of Object.entries(said)) {
      if (typeof value !== "object" && (value !== heard[name] || stated.has(name))) { entry.cmi[name] = String(value); sco.cmi[name] = String(value); news = true; }
    }
    heard = said;
    stated.clear();
    const written = old ? {} : api.adl.captureWritableSharedDataSnapshot();
    for (const { id: name, key } of sco.stores) {
      if (name in written && written[name] !== texts[key]) { entry.data[key] = texts[key] = written[name]; news = true; }
    }
    if (news) unsaid.set(id, Object.assign(entry, more));
    if (send) Play.flush();
  };

  const launch = (id) => {
    const link = launchable(id);
    if (!link) return;
    leave(() => {
      Play.current(id);
      Play.note(session.token ? "" : "preview");
      if (session.scos[id].kind === "asset") {
        api = null; now = "";
        delete window.API; delete window.API_1484_11;
        unsaid.set(id, { id, run: session.scos[id].run + 1, cmi: {}, data: {}, asset: true });
        Play.flush();
      } else prepare(id);
      stage.src = link.href;
    });
  };

  /* Let the content that is shown finish by itself: it does so when its page goes. */
  const leave = (then) => {
    if (!now || !stage.getAttribute("src")) { then(); return; }
    leaving = true;
    const gone = () => {
      try { if (stage.contentWindow.location.href !== "about:blank") return; } catch { /* elsewhere: it is gone too */ }
      stage.removeEventListener("load", gone);
      leaving = false;
      if (open) hear(now, { closed: true }, false);
      silent();
      if (!way) { Play.flush(); resume(now); }
      then();
    };
    stage.addEventListener("load", gone);
    stage.src = "about:blank";
  };

  /* Launched again in this page, a content finds what it left (in 2004 unless it ended normally and is complete). */
  const resume = (id) => {
    const cmi = session.scos[id].cmi;
    const status = cmi["cmi.completion_status"];
    const exit = cmi[old ? "cmi.core.exit" : "cmi.exit"];
    if (!old && exit !== "suspend" && status === "completed") {
      for (const name of Object.keys(cmi)) if (!/(learner_id|learner_name|credit|mode|launch_data|passing_score|threshold|total_time)$/.test(name)) delete cmi[name];
      cmi["cmi.entry"] = "ab-initio";
    } else cmi[old ? "cmi.core.entry" : "cmi.entry"] = "resume";
    for (const name of ["cmi.core.session_time", "cmi.core.exit", "cmi.session_time", "cmi.exit"]) delete cmi[name];
  };

  /* A content that never looked for its run-time says nothing: it counts as a page that was opened, and is noted. */
  const silent = () => {
    if (!now || sought || !loaded) return;
    unsaid.set(now, { id: now, run: session.scos[now].run, cmi: {}, data: {}, asset: true, closed: true });
  };
  stage.addEventListener("load", () => { loaded = true; });

  const order = inside.map((link) => link.dataset.part);
  const step = (by) => {
    const next = order[order.indexOf(now) + by];
    if (next) launch(next); else over();
  };
  const over = () => { if (order.length === 1 && session.token) Play.note("over"); };

  /* What a content of 2004 asks for when it ends. */
  const navigation = (of) => {
    const soon = (act) => setTimeout(() => { if (api === of) act(); }, 0);
    of.on("SequenceNext", () => soon(() => step(1)));
    of.on("SequencePrevious", () => soon(() => step(-1)));
    of.on("SequenceChoice", (target) => soon(() => launch(String(target || "").replace(/^\{target=|\}choice$/g, ""))));
    for (const name of ["SequenceExit", "SequenceExitAll", "SequenceAbandon", "SequenceAbandonAll", "SequenceSuspendAll"])
      of.on(name, () => soon(() => session.token && Play.note("over")));
  };

  /* A package led by its rules: what a content asks as it ends, what the learner asks by a button or a line. */
  const want = (request) => {
    const found = /^(?:\{target=(.*)\})?(\w+)$/.exec(request || "");
    const known = "continue previous choice jump exit exitAll abandon abandonAll suspendAll retry retryAll".split(" ");
    if (found && known.includes(found[2])) wish = { n: ++wishes, request: found[2], target: found[1] || "" };
  };
  const ask = (request, target) => {
    if (wish || leaving) return;
    leave(() => { wish = { n: ++wishes, request, target: target || "" }; now = ""; api = null; Play.flush(); });
  };
  /* What may be asked: where the hub leads, what it said; else any content, and the next and the last in their order. */
  const may = (request, target) => {
    if (request === "choice" || request === "jump") {
      return way ? way[request].includes(target) : request === "choice" && Boolean(launchable(target));
    }
    return way ? way[request] : Boolean(order[order.indexOf(now) + (request === "continue" ? 1 : -1)]);
  };
  const answerNavigation = (of) => {
    const own = of.GetValue.bind(of);
    of.GetValue = (name) => {
      const found = /^adl\.nav\.request_valid\.(?:(continue|previous)|(choice|jump)\.\{target=(.*)\}|(?:exit|abandon)(?:All)?|suspendAll)$/.exec(String(name));
      const answer = own(name);
      if (!found || !open) return answer;
      const request = found[1] || found[2];
      return String(!request || may(request, found[3]));
    };
  };
  const offer = () => {
    for (const button of document.querySelectorAll("#steps button")) {
      const request = button.dataset.ask;
      button.hidden = way.hide.includes(request) || (request === "exitAll" && (way.hide.includes("exit") || !way.now))
        || (inside.length < 2 && !way[request] && request !== "exitAll");
      button.disabled = request === "exitAll" ? false : !way[request];
    }
    for (const link of inside) {
      const may = way.choice.includes(link.dataset.part);
      if (may) link.removeAttribute("aria-disabled"); else link.setAttribute("aria-disabled", "true");
    }
  };
  /* What the hub answered: a content to show, or the end, or a choice to make. */
  const follow = (answer) => {
    if (answer.way) { way = answer.way; offer(); }
    const next = answer.deliver;
    if (next) {
      share(next);
      session.scos[next.id] = { ...session.scos[next.id], ...next, run: Math.max(next.run, session.scos[next.id].run) };
      launch(next.id);
      return;
    }
    if (way.now && way.now === now) { Play.note("held"); return; }
    if (way.now) { session.scos[way.now].cmi["cmi.entry"] = "resume"; launch(way.now); return; }
    leave(() => {
      now = ""; api = null;
      stage.src = "about:blank";
      Play.current("");
      Play.note(way.over ? "over" : answer.way && way.choice.length ? "choose" : "held");
    });
  };

  Object.values(session.scos).forEach(share);
  Play.begin({
    collect: (last) => {
      if (open) hear(now, last ? { closed: true } : {}, false);
      if (last) silent();
      const scos = [...unsaid.values()].map((one) => ({ ...one, cmi: { ...one.cmi }, data: { ...one.data } }));
      if (wish) return { scos, go: { ...wish } };
      return scos.length ? { scos } : null;
    },
    answered: (answer, said) => {
      for (const one of said.scos) {
        const entry = unsaid.get(one.id);
        if (!entry || entry.run !== one.run) continue;
        for (const part of ["cmi", "data"])
          for (const [name, value] of Object.entries(one[part])) if (entry[part][name] === value) delete entry[part][name];
        if (!Object.keys({ ...entry.cmi, ...entry.data }).length && entry.end === one.end && entry.closed === one.closed) unsaid.delete(one.id);
      }
      for (const id of answer.done || []) { const link = launchable(id); if (link) link.dataset.done = ""; }
      if (wish && said.go && said.go.n === wish.n) { wish = null; follow(answer); }
    },
  });
  for (const link of inside) {
    if (session.scos[link.dataset.part]?.done) link.dataset.done = "";
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (!way) launch(link.dataset.part);
      else if (!link.hasAttribute("aria-disabled")) ask("choice", link.dataset.part);
    });
  }
  for (const button of document.querySelectorAll("#steps button")) button.addEventListener("click", () => ask(button.dataset.ask));
  if (way) offer();
  if (way && !session.at) Play.note(way.over ? "over" : "choose");
  const at = way ? launchable(session.at) : launchable(session.at) || inside.find((link) => !session.scos[link.dataset.part]?.done) || inside[0];
  if (at) launch(at.dataset.part);
}
