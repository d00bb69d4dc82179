/* The hub's own script: what HTML cannot do alone. Every page works without it, except where a button stays hidden. */
(() => {
  "use strict";
  const doc = document;
  const body = doc.body;
  const live = () => doc.getElementById("live");
  const token = doc.querySelector('meta[name="csrf-token"]');

  const announce = (text) => {
    const region = live();
    if (region) {
      region.textContent = "";
      setTimeout(() => { region.textContent = text; }, 50);
    }
  };

  /* A button that needs the browser's help stays hidden where there is none. */
  const reveal = (root) => {
    const show = (selector, able) => able && root.querySelectorAll(selector).forEach((el) => { el.hidden = false; });
    show("[data-listen]", "speechSynthesis" in window);
    show("[data-copy]", navigator.clipboard);
    show("[data-print],[data-script]", true);
  };

  /* Fragments may bring symbols that the page did not carry. */
  const mend = async () => {
    const store = doc.getElementById("symbols");
    const lacking = [...doc.querySelectorAll("use")].some((use) => !doc.getElementById(use.getAttribute("href").slice(1)));
    if (!store || !lacking) return;
    const answer = await fetch(store.dataset.sprite);
    if (!answer.ok) return;
    const sprite = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
    sprite.querySelectorAll("symbol").forEach((symbol) => doc.getElementById(symbol.id) || store.append(doc.importNode(symbol, true)));
  };

  const focusErrors = (root) => {
    const summary = root.querySelector("[data-focus]");
    if (summary) summary.focus();
    return summary;
  };

  const label = (button, text) => { button.querySelector("span").textContent = text; };

  const listen = (button) => {
    const source = doc.getElementById(button.dataset.listen);
    const again = button.dataset.word || (button.dataset.word = button.querySelector("span").textContent);
    const wasSpeaking = button.dataset.speaking;
    speechSynthesis.cancel();
    if (wasSpeaking || !source) return;
    const speech = new SpeechSynthesisUtterance(source.innerText);
    speech.lang = (source.closest("[lang]") || doc.documentElement).lang;
    speech.onend = speech.onerror = () => { delete button.dataset.speaking; label(button, again); };
    button.dataset.speaking = "1";
    label(button, button.dataset.stop);
    speechSynthesis.speak(speech);
  };

  const copy = async (button) => {
    const source = doc.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText("value" in source ? source.value : source.innerText);
    label(button, button.dataset.copied);
    announce(button.dataset.copied);
  };

  const countRoll = () => {
    const counter = doc.querySelector("[data-roll-count]");
    if (!counter) return;
    const people = doc.querySelectorAll(".roll>li").length;
    const absent = doc.querySelectorAll('.roll [value="absent"]:checked').length;
    counter.textContent = counter.dataset.rollCount.replace("{p}", people - absent).replace("{a}", absent);
  };

  // The address of a field within what is folded: browsers of before 2025 do not open it.
  const unfold = () => {
    const field = doc.getElementById(location.hash.slice(1));
    const folded = field && field.closest("details:not([open])");
    if (folded) { folded.open = true; field.scrollIntoView(); }
  };
  addEventListener("hashchange", unfold);
  unfold();

  doc.addEventListener("click", (event) => {
    const button = event.target.closest("[data-listen],[data-copy],[data-print],[data-close]");
    if (!button) return doc.querySelectorAll("details.account[open],.nav details[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
    if ("listen" in button.dataset) listen(button);
    else if ("copy" in button.dataset) copy(button);
    else if ("print" in button.dataset) print();
    else button.closest("dialog").close();
  });
  doc.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.account[open],.nav details[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  doc.addEventListener("change", (event) => {
    if (event.target.closest(".roll")) countRoll();
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  body.addEventListener("htmx:configRequest", (event) => { if (token) event.detail.headers["X-CSRFToken"] = token.content; });
  body.addEventListener("htmx:responseError", () => announce(body.dataset.failed));
  body.addEventListener("htmx:sendError", () => announce(body.dataset.offline));
  body.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.elt || event.target;
    reveal(doc);
    mend();
    countRoll();
    if (!focusErrors(target) && target.matches("[data-focus-after]")) { target.tabIndex = -1; target.focus(); }
    if (target.dataset && target.dataset.announce) announce(target.dataset.announce);
  });

  /* Whether an activity may open in a frame of ours: not on a phone. */
  doc.addEventListener("submit", (event) => {
    const form = event.target;
    if (!/\/open\/[0-9a-f-]{36}$/.test(form.getAttribute("action") || "") || form.elements.wide || innerWidth < 800) return;
    const wide = Object.assign(doc.createElement("input"), { type: "hidden", name: "wide", value: "1" });
    if (!form.closest("[data-lti-stage-around]")) form.append(wide);
  });

  reveal(doc);
  focusErrors(doc);
})();
