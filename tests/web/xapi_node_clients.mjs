// A foreign client from npm, @xapi/xapi, against the LRS that the arguments name: endpoint, key, secret, version. Writes one JSON object of what they saw; any throw ends with status 1.
import { createRequire } from "node:module";
import { randomUUID } from "node:crypto";
import assert from "node:assert/strict";

const require = createRequire(process.cwd() + "/");
// The tenant's host is this machine, whatever its resolver thinks of `.localhost`.
require("node:dns").lookup = (_host, options, done) =>
  options?.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
const XAPI = require("@xapi/xapi");
const [endpoint, key, secret, version] = process.argv.slice(2);
const auth = XAPI.toBasicAuth(key, secret);
const lrs = new XAPI({ endpoint, auth, version });
const actor = { objectType: "Agent", account: { homePage: "https://campus.example", name: randomUUID() } };
const course = `https://campus.example/course/${randomUUID()}`;
const verb = { id: "http://adlnet.gov/expapi/verbs/experienced", display: { fr: "a vu" } };
const said = () => ({ actor, verb, object: { objectType: "Activity", id: course } });

async function statements() {
  const ids = (await lrs.sendStatements({ statements: [said(), said(), said()] })).data;
  assert.equal(ids.length, 3);
  assert.equal((await lrs.getStatement({ statementId: ids[0] })).data.id, ids[0]);
  const first = (await lrs.getStatements({ agent: actor, limit: 2 })).data;
  const rest = (await lrs.getMoreStatements({ more: first.more })).data;
  assert.equal(first.statements.length + rest.statements.length, 3);
  await lrs.voidStatement({ actor, statementId: ids[1] });
  assert.equal((await lrs.getVoidedStatement({ voidedStatementId: ids[1] })).data.id, ids[1]);
  await assert.rejects(lrs.getStatement({ statementId: ids[1] }));
}

async function attachment() {
  const value = Buffer.from("du texte\r\navec des lignes");
  const sha2 = require("node:crypto").createHash("sha256").update(value).digest("hex");
  const described = {
    usageType: "https://campus.example/usage", display: { fr: "Pièce" }, contentType: "text/plain",
    length: value.length, sha2,
  };
  const statement = { ...said(), attachments: [described] };
  // Through fetch: axios' own adapter for Node gives every Blob another Content-Type.
  const fetching = new XAPI({ endpoint, auth, version, adapter: "fetch" });
  const [id] = (await fetching.sendStatement({ statement, attachments: [value.buffer.slice(value.byteOffset, value.byteOffset + value.length)] })).data;
  const kept = (await fetching.getStatement({ statementId: id, attachments: true })).data;
  assert.equal(kept[0].attachments[0].sha2, sha2);
  return kept.length;
}

async function documents() {
  const at = { agent: actor, activityId: course, stateId: "bookmark" };
  await lrs.createState({ ...at, state: { page: 1 } });
  const found = await lrs.getState(at);
  assert.deepEqual(found.data, { page: 1 });
  await lrs.setState({ ...at, state: { page: 2 }, etag: found.headers.etag, matchHeader: "If-Match" });
  assert.deepEqual((await lrs.getStates({ agent: actor, activityId: course })).data, ["bookmark"]);
  await lrs.deleteState({ ...at, etag: (await lrs.getState(at)).headers.etag });
  await assert.rejects(lrs.getState(at));
  const profile = { agent: actor, profileId: "settings" };
  await lrs.setAgentProfile({ ...profile, profile: { dark: true }, etag: "*", matchHeader: "If-None-Match" });
  assert.deepEqual((await lrs.getAgentProfile(profile)).data, { dark: true });
  assert.equal((await lrs.getActivity({ activityId: course })).data.id, course);
  assert.equal((await lrs.getAgent({ agent: actor })).data.objectType, "Person");
  return (await lrs.getAbout()).data.version;
}

await statements();
console.log(JSON.stringify({ parts: await attachment(), versions: await documents() }));
process.exit(0);
