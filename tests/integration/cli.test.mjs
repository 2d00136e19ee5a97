// The command line against the built service, as a person would use it.
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { configText, Latchkeyd } from './latchkeyd.mjs';
import { startOktaIssuer } from './okta_issuer.mjs';

const APP = 'myapp-abcde';
const PASSWORD = 'correct horse battery';
let issuer;
let daemon;

before(async () => {
  issuer = await startOktaIssuer({ audience: APP });
  daemon = await Latchkeyd.start(configText({
    jwt: `      - custom_jwt: {name: okta, jwks_uri: "${issuer.jwksUri}"}`,
  }));
});

after(async () => {
  await daemon?.cleanUp();
  await issuer?.stop();
});

async function cli(args, options) {
  const result = await daemon.cli(args, options);
  let json;
  try {
    json = JSON.parse(result.stdout);
  } catch {
    json = undefined;
  }
  return { ...result, json };
}

async function ok(args, options) {
  const result = await cli(args, options);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return result.json;
}

test('log in, look, refresh, link, log out', async () => {
  await ok(['login', '--provider=anonymous']);
  const file = join(daemon.folder, 'config/latchkey/session.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const me = await ok(['whoami']);
  assert.equal((await ok(['verify'])).active, true);
  await ok(['refresh']);
  await ok(['register', '--email=cli@example.com', '--password-stdin'], { input: PASSWORD });
  const linked = await ok(['link', '--provider=email_password', '--email=cli@example.com',
    '--password-stdin'], { input: PASSWORD });
  assert.equal(linked.id, me.id);
  await ok(['logout']);
  const { code } = await cli(['whoami']);
  assert.equal(code, 1);
});

test('every provider logs in', async () => {
  await ok(['register', '--email=all@example.com', '--password-stdin'], { input: PASSWORD });
  await ok(['login', '--provider=email_password', '--email=all@example.com',
    '--password-stdin'], { input: PASSWORD });
  const created = await ok(['apikeys', 'create', 'laptop']);
  assert.match(created.key, /^lk_/);
  writeFileSync(join(daemon.folder, 'key.txt'), created.key, { mode: 0o600 });
  const user = await ok(['whoami']);
  await ok(['login', '--provider=api_key', '--key-file=key.txt']);
  assert.equal((await ok(['whoami'])).id, user.id);
  const token = await issuer.token({ sub: 'by-cli' });
  await ok(['login', '--provider=custom_jwt', '--token-stdin'], { input: token });
  assert.equal((await ok(['whoami'])).identities[0].subject, 'by-cli');
});

test('a refusal names its reason and exits with 1', async () => {
  const { code, stderr } = await cli(['login', '--provider=email_password',
    '--email=nobody@example.com', '--password-stdin'], { input: 'wrong horse battery' });
  assert.equal(code, 1);
  assert.match(stderr, /CREDENTIAL_REJECTED/);
  assert.ok(!stderr.includes('wrong horse'));
});

test('nobody there is exit code 3', async () => {
  const { code } = await cli(['health'], { env: { LATCHKEY_SERVER: '127.0.0.1:1' } });
  assert.equal(code, 3);
});

test('administration over the Unix socket', async () => {
  await ok(['login', '--provider=anonymous']);
  const user = await ok(['whoami']);
  const { users } = await ok(['users', 'list']);
  assert.ok(users.some(({ id }) => id === user.id));
  const { sessions } = await ok(['sessions', 'list', user.id]);
  assert.equal(sessions.length, 1);
  await ok(['users', 'disable', user.id]);
  assert.equal((await cli(['verify'])).code, 1);
  await ok(['users', 'enable', user.id]);
  await ok(['users', 'delete', user.id]);
  const server = await ok(['apikeys', 'server', 'create', 'worker']);
  assert.match(server.key, /^lk_/);
});

test('administration is not on the open listener', async () => {
  const { code, stderr } = await cli(['users', 'list'],
    { env: { LATCHKEY_ADMIN: daemon.grpc } });
  assert.equal(code, 1);
  assert.match(stderr, /UNIMPLEMENTED/i);
});

test('key sources show kids, age and errors, and refresh on demand', async () => {
  const status = JSON.stringify(await ok(['providers', 'status']));
  assert.match(status, /rsa-1/);
  const before = issuer.jwksFetches();
  const refreshed = await ok(['providers', 'refresh']);
  assert.equal(refreshed.refreshedCount, 1);
  assert.equal(issuer.jwksFetches(), before + 1);
  issuer.state.down = true;
  const failed = await cli(['providers', 'refresh']);
  assert.equal(failed.json.failures.length, 1);
  issuer.state.down = false;
  const keys = await ok(['providers', 'keys']);
  assert.equal(keys.keySources[0].usable, true);
  assert.ok(keys.keySources[0].lastError.length > 0);
});

test('our own tokens verify offline with the published keys', async () => {
  const { session } = await daemon.ok('AuthService/Login',
    { app: APP, credential: { anonymous: {} } });
  const keys = await (await fetch(`${daemon.http}/.well-known/jwks.json`)).text();
  writeFileSync(join(daemon.folder, 'jwks.json'), keys);
  const flags = ['token', 'verify', '--jwks=jwks.json', '--require-typ=at+jwt',
    '--issuer=http://127.0.0.1:8080', `--audience=${APP}`];
  const good = await cli(flags, { input: `${session.accessToken}\n` });
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.deepEqual(Object.keys(good.json), ['valid', 'reason', 'header', 'claims']);
  assert.equal(good.json.valid, true);
  assert.equal(good.json.claims.sub, session.user.id);
  const both = await cli(flags,
    { input: `${session.refreshToken}\n${session.accessToken}\n` });
  assert.equal(both.code, 1);
  const lines = both.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ valid }) => valid), [false, true]);
  const late = await cli([...flags, '--now=2999-01-01T00:00:00Z'],
    { input: session.accessToken });
  assert.equal(late.json.reason, 'TOKEN_EXPIRED');
});

test('config check prints what the service would', async () => {
  const good = await cli(['config', 'check', 'latchkey.yaml']);
  assert.equal(good.code, 0, good.stderr);
  writeFileSync(join(daemon.folder, 'bad.yaml'), 'issuer: x\nnonsense: 1\n');
  const bad = await cli(['config', 'check', 'bad.yaml']);
  assert.equal(bad.code, 2);
  assert.ok(bad.json.problems.some(({ path, line }) => path === 'nonsense' && line === 2));
  const table = await cli(['--output=table', 'config', 'check', 'bad.yaml']);
  assert.match(table.stdout + table.stderr, /bad\.yaml:2: nonsense/);
});
