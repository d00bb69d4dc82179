/* Passkeys (WebAuthn level 2): ask the server what to sign, hand it to the browser, send back what came. */
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const token = document.querySelector('meta[name="csrf-token"]').content;

  const post = async (address, value) => {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(value) });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const decoded = (options) => {
    const list = (all) => (all || []).map((one) => ({ ...one, id: bytes(one.id) }));
    const made = { ...options, challenge: bytes(options.challenge) };
    if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) made.excludeCredentials = list(options.excludeCredentials);
    if (options.allowCredentials) made.allowCredentials = list(options.allowCredentials);
    return made;
  };

  const encoded = (found) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (found.response[name]) response[name] = text(found.response[name]);
    return { id: found.id, rawId: text(found.rawId), type: found.type, response };
  };

  const run = async (box) => {
    const said = box.querySelector("[data-said]");
    said.textContent = "";
    try {
      const publicKey = decoded(await post(box.dataset.options, {}));
      const found = await navigator.credentials[box.dataset.passkey]({ publicKey });
      const name = box.querySelector("input");
      const answer = await post(box.dataset.send, { ...encoded(found), ...(name ? { name: name.value } : {}) });
      if (!answer.codes || !answer.codes.length) return location.assign(answer.next);
      /* The first factor brings codes on paper, shown once. */
      const section = document.getElementById("codes");
      section.querySelector("[data-codes]").replaceChildren(...answer.codes.map((code) => {
        const item = document.createElement("li");
        item.append(Object.assign(document.createElement("code"), { textContent: code }));
        return item;
      }));
      section.hidden = false;
      section.scrollIntoView();
    } catch {
      said.textContent = said.dataset.failed;
    }
  };

  document.querySelectorAll("[data-passkey]").forEach((box) => {
    const button = box.querySelector("button");
    if (!window.PublicKeyCredential) return button.remove();
    button.addEventListener("click", () => run(box));
  });
})();
