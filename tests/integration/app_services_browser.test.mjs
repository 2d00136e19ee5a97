// realm-web 2.0.1, unmodified, in Chromium: a page of another origin uses the
// bundle that the package has for script tags. The numbers are those of
// app_services.test.mjs.
import assert from 'node:assert/strict';
import http from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';
import { APP, PASSWORD, newEmail, startAppServices } from './app_services.mjs';
import { ROOT } from './latchkeyd.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const LIMIT_MS = 30_000;
const BUNDLES = {
  '/realm.js': 'realm-web/dist/bundle.iife.js',
  '/stitch.js': 'mongodb-stitch-browser-sdk/dist/browser/stitch.js',
};
let pages;
let origin;
let services;
let wire;
let browser;
let context;
let page;
let complaints;

// Where logins by redirect end.
const POPUP = '<script src="/realm.js"></script><script>Realm.handleAuthRedirect()</script>';

// The pages of the application, on an origin that is not latchkey's.
async function startPages() {
  const server = http.createServer(({ url }, response) => {
    const { pathname } = new URL(url, 'http://127.0.0.1');
    const bundle = BUNDLES[pathname];
    response.setHeader('content-type', bundle ? 'text/javascript' : 'text/html');
    response.end(bundle ? readFileSync(join(ROOT, 'node_modules', bundle))
      : `<!doctype html><link rel="icon" href="data:,"><title>shop</title>${
        pathname === '/login' ? POPUP : ''}`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

before(async () => {
  pages = await startPages();
  origin = `http://127.0.0.1:${pages.address().port}`;
  services = await startAppServices({
    origins: [origin], pages: [`${origin}/login`, `${origin}/`],
  });
  wire = services.wire;
  // Containers seldom allow its sandbox, and all of its pages are ours.
  browser = await chromium.launch({
    executablePath: CHROMIUM, chromiumSandbox: false, timeout: LIMIT_MS,
  });
}, { timeout: 2 * LIMIT_MS });

after(async () => {
  await browser?.close();
  await services?.stop();
  pages?.closeAllConnections();
  pages?.close();
});

// Goes to a page of `from` with the client of `bundle` in it.
async function open(bundle, from = origin) {
  await page.goto(`${from}/`);
  await page.addScriptTag({ url: `${from}${bundle}` });
}

beforeEach(async () => {
  // A person that has never been here.
  context = await browser.newContext();
  context.setDefaultTimeout(LIMIT_MS);
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
});

afterEach(() => context.close());

// Runs in the page with a new App, `app`.
const withApp = (body, given = {}) => page.evaluate(
  ({ id, baseUrl, source, values }) => {
    const app = new globalThis.Realm.App({ id, baseUrl });
    return new Function('app', 'Realm', 'given', `return (${source})(app, Realm, given)`)(
      app, globalThis.Realm, values);
  },
  { id: APP, baseUrl: wire.url, source: body.toString(), values: given });

test('W1, L1: a page of an allowed origin logs in, after preflights', async () => {
  await open('/realm.js');
  let user;
  const lines = await wire.during(async () => {
    user = await withApp(async (app, Realm) => {
      const { id, deviceId, profile } = await app.logIn(Realm.Credentials.anonymous());
      return { id, deviceId, profile, current: app.currentUser?.id };
    });
  }, { preflights: true });
  assert.match(user.id, /^[0-9a-f]{24}$/);
  assert.match(user.deviceId, /^(?!0{24})[0-9a-f]{24}$/);
  assert.equal(user.current, user.id);
  assert.deepEqual(user.profile, {});
  assert.deepEqual(lines.filter((line) => !line.startsWith('OPTIONS')), [
    'GET app/location - 200',
    'POST app/auth/providers/anon-user/login - 200',
    'GET auth/profile access 200',
  ]);
  assert.ok(lines.some((line) => line.startsWith('OPTIONS auth/profile')), lines.join('\n'));
  const [{ headers }] = wire.exchanges;
  assert.equal(headers.origin, origin);
  assert.deepEqual(complaints, []);
});

test('W4, W6, L16: renewal, logout and login again', async () => {
  await open('/realm.js');
  const email = newEmail();
  const seen = await withApp(async (app, Realm, given) => {
    await app.emailPasswordAuth.registerUser(given);
    const credentials = Realm.Credentials.emailPassword(given.email, given.password);
    const user = await app.logIn(credentials);
    const { id } = user;
    user.accessToken = 'garbled';
    await user.refreshProfile();
    const renewed = user.accessToken !== 'garbled';
    await user.logOut();
    const out = { state: user.state, current: app.currentUser };
    const again = await app.logIn(credentials);
    return { id, renewed, out, profile: user.profile, again: again.id };
  }, { email, password: PASSWORD });
  assert.equal(seen.renewed, true);
  assert.deepEqual(seen.out, { state: 'logged-out', current: null });
  assert.deepEqual(seen.profile, { email });
  assert.equal(seen.again, seen.id);
  // The browser itself tells of the 401 that was renewed.
  assert.ok(complaints.every((text) => /status of 401/.test(text)), complaints.join('\n'));
});

test('W9, W10, L14: an anonymous user is reused, then linked', async () => {
  await open('/realm.js');
  const seen = await withApp(async (app, Realm, given) => {
    const user = await app.logIn(Realm.Credentials.anonymous());
    const reused = await app.logIn(Realm.Credentials.anonymous());
    await app.emailPasswordAuth.registerUser(given);
    await user.linkCredentials(Realm.Credentials.emailPassword(given.email, given.password));
    return {
      same: reused === user,
      types: user.identities.map(({ providerType }) => providerType),
      profile: user.profile,
    };
  }, { email: newEmail(), password: PASSWORD });
  assert.equal(seen.same, true);
  assert.deepEqual(seen.types, ['anon-user', 'local-userpass']);
  assert.deepEqual(complaints, []);
});

test('W11, L9: every method that API keys need passes the preflight', async () => {
  await open('/realm.js');
  const keys = await withApp(async (app, Realm, given) => {
    await app.emailPasswordAuth.registerUser(given);
    const user = await app.logIn(
      Realm.Credentials.emailPassword(given.email, given.password));
    const { _id } = await user.apiKeys.create('laptop');
    await user.apiKeys.disable(_id);
    const [key] = await user.apiKeys.fetchAll();
    await user.apiKeys.delete(_id);
    const left = await user.apiKeys.fetchAll();
    await app.deleteUser(user);
    return { key, left };
  }, { email: newEmail(), password: PASSWORD });
  assert.equal(keys.key.disabled, true);
  assert.deepEqual(keys.left, []);
});

test('an error has its text, code and link across origins', async () => {
  await open('/realm.js');
  const error = await withApp(async (app, Realm) => {
    try {
      await app.logIn(Realm.Credentials.emailPassword('nobody@example.com', 'wrong-one'));
      return null;
    } catch ({ statusCode, errorCode, error: text, link }) {
      return { statusCode, errorCode, text, link };
    }
  });
  const { link, ...rest } = error;
  assert.deepEqual(rest,
    { statusCode: 401, errorCode: 'InvalidPassword', text: 'unauthorized' });
  assert.match(link, /logs\?co_id=/);
});

test('W18: another page of the origin finds the user', async () => {
  await open('/realm.js');
  const id = await withApp(async (app, Realm) => (await app.logIn(
    Realm.Credentials.anonymous())).id);
  await open('/realm.js');
  const found = await withApp(async (app) => {
    await app.currentUser.refreshProfile();
    return { id: app.currentUser.id, profile: app.currentUser.profile };
  });
  assert.deepEqual(found, { id, profile: {} });
});

test('a page of another origin gets nothing', async () => {
  const elsewhere = await startPages();
  try {
    await open('/realm.js', `http://127.0.0.1:${elsewhere.address().port}`);
    const error = await withApp(async (app, Realm) => {
      try {
        return (await app.logIn(Realm.Credentials.anonymous())).id;
      } catch (thrown) {
        return thrown.message;
      }
    });
    assert.match(error, /Failed to fetch/);
    assert.ok(complaints.some((text) => /CORS/.test(text)), complaints.join('\n'));
  } finally {
    elsewhere.closeAllConnections();
    elsewhere.close();
  }
});

test('mongodb-stitch-browser-sdk logs in, links and logs out', async () => {
  await open('/stitch.js');
  const seen = await page.evaluate(async ({ id, baseUrl, email, password }) => {
    const {
      Stitch, StitchAppClientConfiguration, AnonymousCredential, UserPasswordCredential,
      UserPasswordAuthProviderClient,
    } = globalThis.stitch;
    const config = new StitchAppClientConfiguration.Builder().withBaseUrl(baseUrl).build();
    const { auth } = Stitch.initializeAppClient(id, config);
    const user = await auth.loginWithCredential(new AnonymousCredential());
    await auth.getProviderClient(UserPasswordAuthProviderClient.factory)
      .registerWithEmail(email, password);
    const linked = await user.linkWithCredential(new UserPasswordCredential(email, password));
    const types = auth.user.identities.map(({ providerType }) => providerType);
    await auth.logout();
    return { first: user.id, linked: linked.id, types, isLoggedIn: auth.isLoggedIn };
  }, { id: APP, baseUrl: wire.url, email: newEmail(), password: PASSWORD });
  assert.equal(seen.linked, seen.first);
  assert.deepEqual(seen.types, ['anon-user', 'local-userpass']);
  assert.equal(seen.isLoggedIn, false);
  assert.deepEqual(complaints, []);
});

test('W15: a popup logs in with Google and comes back', async () => {
  await open('/realm.js');
  const seen = await withApp(async (app, Realm, given) => {
    const credentials = () => Realm.Credentials.google({ redirectUrl: given.page });
    const user = await app.logIn(credentials());
    const refresh = user.refreshToken;
    user.accessToken = 'garbled';
    await user.refreshProfile();
    const types = user.identities.map(({ providerType }) => providerType);
    const { id, profile } = user;
    await user.logOut();
    const again = await app.logIn(credentials());
    return { id, profile, types, refresh, again: again.id };
  }, { page: `${origin}/login` });
  assert.deepEqual(seen.profile, { name: 'Ann Example' });
  assert.deepEqual(seen.types, ['oauth2-google']);
  assert.equal(seen.refresh.split('.').length, 3);
  assert.equal(seen.again, seen.id);
  // The browser itself tells of the 401 that was renewed.
  assert.ok(complaints.every((text) => /status of 401/.test(text)), complaints.join('\n'));
});

test('W15: a popup that ends elsewhere gets nothing', async () => {
  const reply = await fetch(`${wire.url}/api/client/v2.0/app/${APP}/auth/providers/`
    + `oauth2-google/login?state=abcdefghijkl&redirect=${encodeURIComponent(`${origin}/other`)}`,
  { redirect: 'manual' });
  assert.equal(reply.status, 400);
  assert.equal(reply.headers.get('location'), null);
  assert.equal(reply.headers.get('set-cookie'), null);
});

test('mongodb-stitch-browser-sdk logs in by a redirect of the whole page', async () => {
  await open('/stitch.js');
  const given = { id: APP, baseUrl: wire.url, page: `${origin}/` };
  const back = page.waitForURL(/#.*_stitch_ua=/);
  await page.evaluate(({ id, baseUrl, page: redirect }) => {
    const { Stitch, StitchAppClientConfiguration, GoogleRedirectCredential } = globalThis.stitch;
    const config = new StitchAppClientConfiguration.Builder().withBaseUrl(baseUrl).build();
    const client = Stitch.initializeAppClient(id, config);
    // Not awaited: the page is gone before.
    setTimeout(() => client.auth.loginWithRedirect(new GoogleRedirectCredential(redirect)), 0);
  }, given);
  await back;
  await page.addScriptTag({ url: `${origin}/stitch.js` });
  const seen = await page.evaluate(async ({ id, baseUrl }) => {
    const { Stitch, StitchAppClientConfiguration } = globalThis.stitch;
    const config = new StitchAppClientConfiguration.Builder().withBaseUrl(baseUrl).build();
    const { auth } = Stitch.initializeAppClient(id, config);
    const user = auth.hasRedirectResult() ? await auth.handleRedirectResult() : null;
    return { name: user?.profile.name, isLoggedIn: auth.isLoggedIn };
  }, given);
  assert.deepEqual(seen, { name: 'Ann Example', isLoggedIn: true });
});

test('W10, W15: an anonymous user links Google in a popup', async () => {
  // Another Google account than Ann's would do as well: nobody has hers now.
  await open('/realm.js');
  const seen = await withApp(async (app, Realm, given) => {
    const credentials = () => Realm.Credentials.google({ redirectUrl: given.page });
    await app.deleteUser(await app.logIn(credentials()));
    const user = await app.logIn(Realm.Credentials.anonymous());
    await user.linkCredentials(credentials());
    const types = user.identities.map(({ providerType }) => providerType);
    await user.logOut();
    const again = await app.logIn(credentials());
    return { id: user.id, types, again: again.id };
  }, { page: `${origin}/login` });
  assert.deepEqual(seen.types, ['anon-user', 'oauth2-google']);
  assert.equal(seen.again, seen.id);
});
