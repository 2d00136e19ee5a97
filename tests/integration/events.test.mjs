// The event trail: listed, watched, and posted to an endpoint that has its bad
// moments.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Latchkeyd, ROOT } from './latchkeyd.mjs';

const APP = 'myapp-abcde';
const ADMIN_KEY = 'lka_integration_events_4711';
const HOOK_SECRET = 'hook-secret-0123456789abcdef-0123456789';
const AUDIT = 'AuditService';

// Takes posts; answers what it is told, then 204.
class Endpoint {
  posts = [];
  answers = [];
  #waiting = [];
  #server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => { body += data; });
    request.on('end', () => {
      const status = this.answers.shift() ?? 204;
      this.posts.push({ headers: request.headers, body, status });
      response.writeHead(status).end();
      for (const look of this.#waiting) look();
    });
  });

  async start() {
    await new Promise((done) => this.#server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.#server.address().port}/events`;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(done));
  }

  // The events that were taken, once there are so many.
  async taken(count) {
    const found = () => this.posts.filter(({ status }) => status < 300)
      .map(({ body }) => JSON.parse(body));
    if (found().length < count) {
      await new Promise((done, fail) => {
        const timer = setTimeout(() => fail(new Error(
          `${found().length} of ${count} events came`)), 20_000);
        this.#waiting.push(() => {
          if (found().length < count) return;
          clearTimeout(timer);
          done();
        });
      });
    }
    return found();
  }
}

const endpoint = new Endpoint();
let daemon;

function configText() {
  const sha256 = createHash('sha256').update(ADMIN_KEY).digest('hex');
  return `
issuer: http://127.0.0.1:8080
log: {level: debug}
listeners:
  - {address: "127.0.0.1:0", services: [auth, admin]}
http: {address: "127.0.0.1:0", services: [auth, admin]}
store: {sqlite: {path: data/latchkey.db}}
admin: {keys: [{id: test, sha256: ${sha256}}]}
limits: {login_attempts_per_minute: 0}
drain_timeout: 5s
secrets: [{name: hook, file: hook-secret}]
apps:
  - id: ${APP}
    providers: [{anonymous: {}}]
events:
  webhooks:
    - {name: all, app: ${APP}, url: "${endpoint.url}", secret: hook, retry_delay: 50ms,
       operations: [CREATE, LOGIN, DELETE, LOGOUT]}
`;
}

const logIn = () => daemon.ok('AuthService/Login',
  { app: APP, credential: { anonymous: {} } });

async function actions(request = {}) {
  const { events = [] } = await daemon.ok(`${AUDIT}/ListEvents`, request, ADMIN_KEY);
  return events.map(({ action }) => action);
}

before(async () => {
  await endpoint.start();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  writeFileSync(join(folder, 'hook-secret'), HOOK_SECRET);
  daemon = await Latchkeyd.start(configText(), folder);
  daemon.secrets.add(HOOK_SECRET);
});

after(async () => {
  await endpoint.stop();
  await daemon.cleanUp();
});

test('an endpoint hears of logins in their order, signed, though it fails at first', async () => {
  endpoint.answers = [500, 503];
  const { session } = await logIn();
  await daemon.ok('AuthService/Logout', {}, session.accessToken);
  const [created, login, logout] = await endpoint.taken(3);
  assert.equal(created.operationType, 'CREATE');
  assert.equal(login.operationType, 'LOGIN');
  assert.equal(logout.operationType, 'LOGOUT');
  for (const event of [created, login, logout]) {
    assert.equal(event.app, APP);
    assert.equal(event.user.id, session.user.id);
  }
  assert.deepEqual(login.providers, ['anon-user']);
  assert.equal(login.user.identities[0].provider_type, 'anon-user');
  // The first one was sent three times.
  assert.deepEqual(endpoint.posts.map(({ status }) => status), [500, 503, 204, 204, 204]);
  assert.equal(new Set(endpoint.posts.slice(0, 3).map(({ body }) => body)).size, 1);
  for (const { headers, body } of endpoint.posts) {
    const mac = createHmac('sha256', HOOK_SECRET)
      .update(`${headers['latchkey-timestamp']}.${body}`).digest('hex');
    assert.equal(headers['latchkey-signature'], `v1=${mac}`);
    assert.equal(headers['content-type'], 'application/json');
  }
});

test('a deletion names the providers that the user had', async () => {
  const earlier = (await endpoint.taken(0)).length;
  const { session } = await logIn();
  await daemon.ok('AuthService/DeleteUser', {}, session.accessToken);
  const events = await endpoint.taken(earlier + 3);
  const deleted = events.at(-1);
  assert.equal(deleted.operationType, 'DELETE');
  assert.deepEqual(deleted.providers, ['anon-user']);
  assert.deepEqual(deleted.user, { id: session.user.id });
});

test('administrators list events, others do not', async () => {
  const listed = await actions({ types: ['AUDIT_EVENT_TYPE_USER_DELETED'] });
  assert.deepEqual(listed, ['user_deleted']);
  assert.equal(await daemon.reason(`${AUDIT}/ListEvents`, {}), 'CALLER_NOT_ALLOWED');
  assert.equal(await daemon.reason(`${AUDIT}/WatchEvents`, {}, ADMIN_KEY), 'UNIMPLEMENTED');
});

test('WatchEvents goes on from an event, as things happen, and ends at a stop', async () => {
  const buf = spawn(join(ROOT, 'node_modules/.bin/buf'),
    ['curl', '--protocol', 'grpc', '--http2-prior-knowledge',
      '--header', `authorization: Bearer ${ADMIN_KEY}`,
      '--data', JSON.stringify({ after_id: '0'.repeat(20), types: ['AUDIT_EVENT_TYPE_LOGIN'] }),
      `http://${daemon.grpc}/latchkey.v1.AuditService/WatchEvents`],
    { cwd: daemon.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise((done) => buf.on('exit', done));
  let out = '';
  let look = () => {};
  buf.stdout.on('data', (data) => { out += data; look(); });
  const seen = (count) => new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`only: ${out}`)), 20_000);
    look = () => {
      if ((out.match(/"action"/g) ?? []).length < count) return;
      clearTimeout(timer);
      done();
    };
    look();
  });
  await seen(2); // those that were there
  await logIn();
  await seen(3);
  assert.ok(!out.includes('user_created'), out);
  const begun = Date.now();
  await daemon.stop();
  await exit;
  assert.ok(Date.now() - begun < 4000, 'the stream held up the stop');
});

test('what happened before a restart is there, and delivered once it is up', async () => {
  const earlier = (await endpoint.taken(0)).length;
  await daemon.spawn();
  assert.ok((await actions()).includes('user_deleted'));
  await logIn();
  const events = await endpoint.taken(earlier + 2);
  const ids = events.map(({ id }) => Number(id));
  assert.deepEqual(ids, [...ids].sort((a, b) => a - b), 'out of order');
  const metrics = await (await fetch(`${daemon.http}/metrics`)).text();
  assert.match(metrics, /latchkey_webhook_delivered_total\{webhook="all"\} [1-9]/);
  assert.match(metrics, /latchkey_events_dropped_total 0/);
});
