"use strict";
/* Shared by every format's wrapper page: the session, and messages to the hub, each taken once and in order.

   A format gives `collect()` (what to say since the last answer, or null) and `answered(answer, said)`. Messages are
   cumulative since the last answer, so a last one sent while another is on its way loses nothing. */
const session = JSON.parse(document.getElementById("session").textContent);
const stage = document.getElementById("stage");
const links = [...document.querySelectorAll("a[data-part]")];

const Play = {
  token: session.token,
  seq: 0,
  format: null,
  flying: false,
  waiting: null,
  stopped: !session.token,
  going: false,
  delay: 1000,

  begin(format) {
    this.format = format;
    if (!session.token) this.note("preview");
    addEventListener("pagehide", () => { this.going = true; this.last(); });
    addEventListener("pageshow", () => { this.going = false; });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.flush(); });
    addEventListener("online", () => this.flush());
  },

  note(name) {
    const line = document.getElementById("note");
    line.textContent = name ? line.dataset[name] : "";
    line.hidden = !name;
  },

  /* Say what is new; when something is on its way already, right after it. */
  flush() {
    if (this.going) { this.last(); return; }
    if (this.stopped || this.flying) return;
    if (!this.waiting) {
      const said = this.format.collect();
      if (!said) return;
      this.waiting = { said, seq: ++this.seq };
    }
    this.flying = true;
    const { said, seq } = this.waiting;
    this.post(said, seq).then((answer) => {
      this.flying = false;
      this.waiting = null;
      this.delay = 1000;
      if (answer.token) this.token = answer.token;
      if (!document.getElementById("note").hidden && session.token) this.note("");
      this.format.answered(answer, said);
      this.flush();
    }, (failure) => {
      this.flying = false;
      this.failed(failure);
    });
  },

  async post(said, seq) {
    const body = JSON.stringify({ ...said, token: this.token, seq });
    const response = await fetch("/commit", { method: "POST", body, credentials: "omit", keepalive: body.length < 60000 });
    if (!response.ok) {
      const told = await response.json().catch(() => ({}));
      throw Object.assign(new Error("refused"), { status: response.status, code: told.error });
    }
    return response.json();
  },

  failed(failure) {
    if (failure.status === 409) { this.stopped = true; this.note("elsewhere"); return; }
    if (failure.status === 410 || failure.status === 404) { this.stopped = true; this.note("expired"); return; }
    if (failure.status >= 400 && failure.status < 500 && failure.status !== 429) {
      this.waiting = null;
      this.note("refused");
      return;
    }
    this.note("offline");
    setTimeout(() => this.flush(), this.delay);
    this.delay = Math.min(this.delay * 2, 30000);
  },

  /* The page is going: whatever is not answered yet goes once more, in a request that outlives the page. The frame
     within may still say something after us, and comes here again. */
  last() {
    if (this.stopped || !this.format) return;
    const said = this.format.collect(true);
    if (!said) return;
    const body = JSON.stringify({ ...said, token: this.token, seq: ++this.seq });
    if (body.length < 60000) {
      fetch("/commit", { method: "POST", body, credentials: "omit", keepalive: true }).catch(() => {});
    } else {
      navigator.sendBeacon("/commit", body) || fetch("/commit", { method: "POST", body, credentials: "omit" }).catch(() => {});
    }
  },

  /* Mark the part that is shown. */
  current(id) {
    for (const link of links) {
      if (link.dataset.part === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const where = document.getElementById("where");
    const found = links.find((link) => link.dataset.part === id);
    if (where && found) where.textContent = `: ${found.textContent}`;
    const parts = document.getElementById("parts");
    if (parts) parts.open = matchMedia("(min-width:60em)").matches;
  },
};
