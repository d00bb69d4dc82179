/* Sends the files of a form piece by piece, so that a broken line goes on where it stopped. Without this script the form
   sends them whole. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-uploads]");
  if (!form || !window.fetch) return;
  const input = form.querySelector('input[type="file"]');
  const list = form.querySelector("[data-upload-list]");
  const button = form.querySelector('button[type="submit"]');
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const PIECE = 2 * 1024 * 1024;
  let busy = 0;

  const wait = (ms) => new Promise((go) => {
    const timer = setTimeout(go, ms);
    addEventListener("online", () => { clearTimeout(timer); go(); }, { once: true });
  });
  const ask = (url, options) => fetch(url, { credentials: "same-origin", ...options, headers: { "X-CSRFToken": token, ...options.headers } });
  const line = (file) => {
    const item = document.createElement("li");
    const text = document.createElement("p");
    const bar = document.createElement("progress");
    bar.max = file.size || 1;
    bar.value = 0;
    bar.className = "steady";
    item.append(text, bar);
    list.append(item);
    const say = (key, share) => { text.textContent = form.dataset[key].replace("{name}", file.name).replace("{share}", share); bar.setAttribute("aria-label", file.name); };
    return { item, bar, say, stop: (key) => { say(key); bar.remove(); item.className = "field-error"; } };
  };

  const offsetOf = async (url) => {
    for (let pause = 2000; ; pause = Math.min(pause * 2, 60000)) {
      try {
        const answer = await ask(url, { method: "HEAD" });
        if (answer.ok) return Number(answer.headers.get("Upload-Offset"));
        if (answer.status < 500) return null;
      } catch { /* still no network */ }
      await wait(pause);
    }
  };

  const send = async (file) => {
    const row = line(file);
    if (file.size > Number(form.dataset.largest)) return row.stop("heavy");
    row.say("sending", 0);
    let begun;
    try {
      begun = await ask(form.dataset.uploads, { method: "POST", headers: { "Upload-Length": file.size, "Upload-Name": encodeURIComponent(file.name), "Upload-Purpose": form.dataset.purpose || "deposit" } });
    } catch { return row.stop("failed"); }
    if (!begun.ok) return row.stop(begun.status === 413 || begun.status === 422 ? "heavy" : "failed");
    const url = begun.headers.get("Location");
    let offset = 0;
    while (offset < file.size) {
      try {
        const answer = await ask(url, {
          method: "PATCH", body: file.slice(offset, offset + PIECE),
          headers: { "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" },
        });
        if (answer.ok) offset = Number(answer.headers.get("Upload-Offset"));
        else if (answer.status === 409 || answer.status >= 500) offset = await offsetOf(url);
        else return row.stop("failed");
      } catch {
        row.say("paused");
        offset = await offsetOf(url);
      }
      if (offset === null) return row.stop("failed");
      row.bar.value = offset;
      row.say("sending", Math.floor(100 * offset / file.size));
    }
    row.say("done");
    row.bar.remove();
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = "upload";
    kept.value = url.split("/").pop();
    row.item.append(kept);
  };

  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    busy += 1;
    button.setAttribute("aria-disabled", "true");
    for (const file of files) await send(file);
    busy -= 1;
    if (!busy) button.removeAttribute("aria-disabled");
  });
  form.addEventListener("submit", (event) => { if (busy) event.preventDefault(); });
})();
