/* The platform's side of LTI Client Side postMessages and Platform Storage: a tool in our frame, whose cookies the browser
   blocks, keeps small values with this page. Only the frame itself is heard, only from the addresses that its registration
   names; each address sees its own values, and they end with the page. */
const stage = document.querySelector("[data-lti-stage]");
const origins = new Set(stage.dataset.origins.split(" "));
const MOST_KEYS = 500;
const MOST_CHARACTERS = 4096;
const kept = new Map();

const fault = (code, message) => ({ error: { code, message } });
const isText = (value) => typeof value === "string" && value !== "";

function put(store, key, value) {
  if (!isText(key)) return fault("bad_request", "key must be a text");
  if (value === null || value === undefined) { store.delete(key); return { key, value: null }; }
  if (typeof value !== "string") return fault("bad_request", "value must be a text");
  const others = [...store].filter(([name]) => name !== key);
  const size = others.reduce((sum, [name, text]) => sum + name.length + text.length, key.length + value.length);
  if (others.length >= MOST_KEYS || size > MOST_CHARACTERS) return fault("storage_exhaustion", "too much for one tool");
  store.set(key, value);
  return { key, value };
}

const ANSWERS = {
  "lti.capabilities": () => ({ supported_messages: Object.keys(ANSWERS).map((subject) => ({ subject })) }),
  "lti.put_data": (store, told) => put(store, told.key, told.value),
  "lti.get_data": (store, told) => isText(told.key) ? { key: told.key, value: store.get(told.key) ?? null } : fault("bad_request", "key must be a text"),
};

function answer(told, origin) {
  if (!origins.has(origin)) return fault("wrong_origin", "not an address of this tool");
  if (!isText(told.message_id)) return fault("bad_request", "message_id must be a text");
  if (!Object.hasOwn(ANSWERS, told.subject)) return fault("unsupported_subject", "see lti.capabilities");
  if (!kept.has(origin)) kept.set(origin, new Map());
  return ANSWERS[told.subject](kept.get(origin), told);
}

window.addEventListener("message", (event) => {
  const told = event.data;
  if (event.source !== stage.contentWindow || event.origin === "null") return;
  if (!told || typeof told !== "object" || !isText(told.subject) || !told.subject.startsWith("lti.")) return;
  const said = { subject: `${told.subject}.response`, message_id: told.message_id, ...answer(told, event.origin) };
  event.source.postMessage(said, event.origin);
});

document.querySelector("form[data-stage-open]").submit();
