// People at the command line: logins through a browser and with a code at a real
// OpenID provider, and sessions that many processes keep alive.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { configText, Latchkeyd } from './latchkeyd.mjs';
import { browse } from './person.mjs';
import { CLIENT, startWorkforceIssuer } from './workforce_issuer.mjs';

const ANN = 'ann@corp.example';
const TWO = 'two-abcde'; // the app with two issuers
let okta;
let daemon;

before(async () => {
  okta = await startWorkforceIssuer({ audience: 'api://default', okta: true });
  const entry = (prefix, audience, pattern) => `
      - oidc:
          issuer: ${okta.issuer}
          audience: ${audience}
          auth_name_prefix: ${prefix}
          ${pattern}
          client_id: ${CLIENT}
          request_scopes: [groups]
          authorization_claim: groups`;
  daemon = await Latchkeyd.start(configText({
    jwt: entry('okta', 'api://default', ''),
    extra: `  - id: ${TWO}
    providers:${entry('corp', 'api://default', "match_pattern: '@corp'")}${
  entry('guests', 'api://guests', "match_pattern: '@guests'")}`,
  }));
});

after(async () => {
  await daemon?.cleanUp();
  await okta?.stop();
});

afterEach(() => {
  Object.assign(okta.state, { deny: false, slowDowns: 0, interval: 0, ttl: 600 });
});

// A person's account on the machine: the environment of the command line.
const account = (name) => ({ XDG_CONFIG_HOME: join(daemon.folder, name) });
const sessionFile = (name) => join(daemon.folder, name, 'latchkey/session.json');
const readSession = (name) => JSON.parse(readFileSync(sessionFile(name))).sessions[0];

async function ok(args, env) {
  const { code, stdout, stderr } = await daemon.cli(args, { env });
  assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const LOGIN = ['login', '--provider=okta', '--no-browser', '--redirect-port=0'];

async function logIn(name) {
  const login = daemon.startCli(LOGIN, account(name));
  const [url] = await login.told(/http:\S+/);
  await browse(url);
  const { code, stderr } = await login.done;
  assert.equal(code, 0, stderr);
}

const verify = (token) => daemon.ok('AuthService/Verify', { token });
const tokenRequests = () => okta.requests.filter(
  (request) => request === 'POST /oauth2/default/v1/token').length;

// As after most of the token's life.
function agesAccessToken(name) {
  const file = JSON.parse(readFileSync(sessionFile(name)));
  file.sessions[0].accessExpiresAt = new Date(Date.now() + 1000).toISOString();
  writeFileSync(sessionFile(name), JSON.stringify(file));
}

test('the browser: code with PKCE at the loopback redirect', async () => {
  const env = account('ann');
  const login = daemon.startCli(LOGIN, env);
  const [text] = await login.told(/http:\S+/);
  const url = new URL(text);
  assert.equal(`${url.origin}${url.pathname}`, `${okta.issuer}/v1/authorize`);
  const asked = Object.fromEntries(url.searchParams);
  assert.equal(asked.code_challenge_method, 'S256');
  assert.match(asked.code_challenge, /^[\w-]{43}$/);
  assert.match(asked.state, /^[\w-]{43}$/);
  assert.match(asked.nonce, /^[\w-]{43}$/);
  assert.match(asked.redirect_uri, /^http:\/\/localhost:\d+\/redirect$/);
  const page = await browse(text);
  assert.equal(page.status, 200);
  assert.match(page.text, /back at latchkey/);
  const { code, stdout, stderr } = await login.done;
  assert.equal(code, 0, stderr);
  assert.ok(!(stdout + stderr).includes('eyJ'), stdout + stderr);
  assert.equal(statSync(sessionFile('ann')).mode & 0o777, 0o600);

  const me = JSON.parse(await ok(['whoami'], env));
  assert.equal(me.session.provider, 'okta');
  assert.equal(me.session.principal, `okta/${ANN}`);
  assert.deepEqual(me.session.roles, ['okta/dba', 'okta/Everyone']);
  const token = await ok(['token', 'print'], env);
  assert.match(token, /^[\w.-]+\n$/);
  assert.equal((await verify(token.trim())).principal.userId, me.id);
  const json = JSON.parse(await ok(['token', 'print', '--output=json'], env));
  assert.equal(json.accessToken, token.trim());

  await ok(['logout'], env);
  const none = await daemon.cli(['token', 'print'], { env });
  assert.equal(none.code, 1);
  assert.equal(none.stdout, '');
  assert.match(none.stderr, /latchkey login/);
});

test('the browser is started, and the rest happens by itself', async () => {
  const browser = join(daemon.folder, 'browser');
  writeFileSync(browser, `#!/bin/sh
exec curl -sL -c jar -b jar -o page.html "$1"\n`);
  chmodSync(browser, 0o755);
  const env = { ...account('started'), BROWSER: browser };
  await ok(['login', '--provider=okta', '--redirect-port=0'], env);
  await ok(['whoami'], env);
});

test('an answer with another state is refused, and the wait goes on', async () => {
  const env = account('state');
  const login = daemon.startCli(LOGIN, env);
  const [url] = await login.told(/http:\S+/);
  const redirect = new URL(url).searchParams.get('redirect_uri');
  for (const query of ['?code=evil&state=guess', '?code=evil', '?error=access_denied']) {
    assert.equal((await fetch(redirect + query)).status, 403);
  }
  await browse(url);
  assert.equal((await login.done).code, 0);
});

test('a person who refuses is no session', async () => {
  okta.state.deny = true;
  const env = account('denied');
  const login = daemon.startCli(LOGIN, env);
  const [url] = await login.told(/http:\S+/);
  const page = await browse(url);
  assert.match(page.text, /refused/);
  const { code, stderr } = await login.done;
  assert.equal(code, 1);
  assert.match(stderr, /access_denied \(Ann said no\)/);
  assert.equal((await daemon.cli(['whoami'], { env })).code, 1);
});

test('a code on another device, at the pace that the issuer wants', async () => {
  Object.assign(okta.state, { interval: 1, slowDowns: 1 });
  const env = account('device');
  const begin = Date.now();
  const requests = tokenRequests();
  const login = daemon.startCli(['login', '--provider=okta', '--device'], env);
  const [url] = await login.told(/http:\S+/);
  const [, userCode] = await login.told(/code:\s+(\S+)/);
  await browse(url, { user_code: userCode, confirm: 'yes' });
  const { code, stderr } = await login.done;
  assert.equal(code, 0, stderr);
  // One second, and then five more than that.
  assert.ok(Date.now() - begin >= 7000);
  assert.equal(tokenRequests() - requests, 2);
  const me = JSON.parse(await ok(['whoami'], env));
  assert.equal(me.session.principal, `okta/${ANN}`);
});

test('a token that is about to end is renewed, silently', async () => {
  const env = account('silent');
  await logIn('silent');
  const before = readSession('silent');
  agesAccessToken('silent');
  const requests = tokenRequests();
  const token = (await ok(['token', 'print'], env)).trim();
  assert.notEqual(token, before.accessToken);
  const now = readSession('silent');
  assert.equal(now.accessToken, token);
  assert.equal(now.sessionId, before.sessionId);
  assert.equal(tokenRequests(), requests);
  assert.equal((await verify(token)).active, true);
});

test('of twenty processes one renews, and the session lives', async () => {
  const env = account('many');
  await logIn('many');
  const { accessToken, sessionId } = readSession('many');
  agesAccessToken('many');
  const tokens = await Promise.all(
    Array.from({ length: 20 }, () => ok(['token', 'print'], env)));
  assert.equal(new Set(tokens).size, 1);
  assert.notEqual(tokens[0].trim(), accessToken);
  assert.equal((await verify(tokens[0].trim())).active, true);
  await ok(['refresh'], env);
  assert.equal(readSession('many').sessionId, sessionId);
  await ok(['whoami'], env);
});

test('of twenty processes one begins a session anew, and nobody is asked', async () => {
  okta.state.ttl = 4; // so long does the session live
  const env = account('anew');
  await logIn('anew');
  const before = readSession('anew');
  okta.state.ttl = 600;
  const requests = tokenRequests();
  const tokens = await Promise.all(
    Array.from({ length: 20 }, () => ok(['token', 'print'], env)));
  assert.equal(new Set(tokens).size, 1);
  assert.equal(tokenRequests() - requests, 1);
  const now = readSession('anew');
  assert.notEqual(now.sessionId, before.sessionId);
  assert.equal(now.userId, before.userId);
  assert.notEqual(now.grant.refreshToken, '');
  assert.equal((await verify(tokens[0].trim())).active, true);
});

test('among two issuers the hint chooses', async () => {
  const env = { ...account('two'), LATCHKEY_APP: TWO };
  const open = await daemon.cli(['login', '--provider=oidc'], { env });
  assert.equal(open.code, 2);
  assert.match(open.stderr, /--hint/);
  const wrong = await daemon.cli(
    ['login', '--provider=guests', `--hint=${ANN}`], { env });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /log in at corp/);
  const login = daemon.startCli(['login', '--provider=corp', `--hint=${ANN}`,
    '--no-browser', '--redirect-port=0'], env);
  const [url] = await login.told(/http:\S+/);
  assert.equal(new URL(url).searchParams.get('login_hint'), ANN);
  await browse(url);
  assert.equal((await login.done).code, 0);
  assert.equal(JSON.parse(await ok(['whoami'], env)).session.principal, `corp/${ANN}`);
});
