/* Keep a value with, or ask it of, the platform that opened us (LTI Client Side postMessages, OIDC storage). Messages
   go to, and are believed from, the platform's own origin alone; without an answer in two seconds we try a cookie. */
const box = document.querySelector("[data-lti-put],[data-lti-get]");
const above = window.parent !== window ? window.parent : window.opener;
const put = box && "ltiPut" in box.dataset;

function frameOf(name) {
  if (!above) return null;
  if (name === "_parent") return above;
  try { return above.frames[name] || above; } catch { return above; }
}

function ask(subject, extra, done) {
  const id = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
  const target = frameOf(box.dataset.target);
  let waiting = true;
  const end = (value) => { if (waiting) { waiting = false; done(value); } };
  window.addEventListener("message", (event) => {
    const told = event.data;
    if (event.origin !== box.dataset.origin || !told || typeof told !== "object") return;
    if (told.subject === `${subject}.response` && told.message_id === id) end(told.error ? null : (told.value ?? ""));
  });
  setTimeout(() => end(null), 2000);
  if (target) target.postMessage({ subject, message_id: id, key: box.dataset.name, ...extra }, box.dataset.origin);
  else end(null);
}

if (put) {
  const next = document.querySelector("[data-lti-next]");
  ask("lti.put_data", { value: box.dataset.value }, (kept) => location.replace(kept === null ? box.dataset.otherwise : next.href));
} else if (box) {
  ask("lti.get_data", {}, (value) => {
    box.elements.hub_storage.value = value || "none";
    box.submit();
  });
}
