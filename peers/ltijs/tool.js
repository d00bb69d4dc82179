/* ltijs as a tool on PostgreSQL, as its documentation shows it: whoever opens it gets 16 of 20 points at once, or, where
   it is told to be quiet, only a page that says who came.
   One JSON object in the environment (PEER): port, database, platforms, quiet. Says "ready" when it listens. */
const lti = require("ltijs").Provider;
const Database = require("ltijs-sequelize");

const told = JSON.parse(process.env.PEER);

async function main() {
  const { name, user, host, port } = told.database;
  const plugin = new Database(name, user, "", { host, port, dialect: "postgres", logging: false });
  lti.setup("a key of the peer's own", { plugin }, { appRoute: "/", loginRoute: "/login", keysetRoute: "/keys", devMode: false });
  lti.onDeepLinking(async (token, req, res) => res.json({ user: token.user }));
  lti.onConnect(async (token, req, res) => {
    if (told.quiet) return res.json({ user: token.user });
    const items = await lti.Grade.getLineItems(token, { resourceLinkId: true });
    const score = {
      userId: token.user, scoreGiven: 16, scoreMaximum: 20, activityProgress: "Completed", gradingProgress: "FullyGraded",
    };
    const item = items.lineItems[0];
    await lti.Grade.submitScore(token, item.id, score);
    const back = await lti.Grade.getScores(token, item.id, { userId: token.user });
    return res.json({ user: token.user, name: token.userInfo.name ?? null, custom: token.platformContext.custom, item, back });
  });
  await lti.deploy({ port: told.port, silent: true });
  for (const { jwks, ...platform } of told.platforms) {
    await lti.registerPlatform({ ...platform, name: platform.url, authConfig: { method: "JWK_SET", key: jwks } });
  }
  console.log("ready");
}

main().catch((fault) => { console.error(fault); process.exit(1); });
