// Start, stop, reload, crash: the process as an operator meets it.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configText, Latchkeyd, LATCHKEYD, run } from './latchkeyd.mjs';
import { startOktaIssuer } from './okta_issuer.mjs';

const APP = 'myapp-abcde';
const anonymous = { app: APP, credential: { anonymous: {} } };

test('a configuration with mistakes names each with path and line, exit code 2', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  writeFileSync(join(folder, 'bad.yaml'), [
    'issuer: http://example.com',
    'listeners:',
    '  - {address: "0.0.0.0:7070", servces: [auth]}',
    'store: {sqlite: {path: a.db, durability: maybe}}',
    'apps:',
    '  - id: myapp-abcde',
    '    providers: []',
    '',
  ].join('\n'));
  const { code, stderr } = await run(LATCHKEYD, ['--config=bad.yaml'], folder);
  assert.equal(code, 2);
  for (const [line, path] of [[1, 'issuer'], [3, 'listeners[0].servces'],
    [3, 'listeners[0]'], [4, 'store.sqlite.durability'], [7, 'apps[0].providers']]) {
    assert.match(stderr, new RegExp(
      `^bad\\.yaml:${line}: ${path.replace(/[[\].]/g, '\\$&')}`, 'm'), stderr);
  }
});

test('the files of a TLS listener are checked before the service starts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  writeFileSync(join(folder, 'garbled.crt'), '-----BEGIN CERTIFICATE-----\nAAAA\n');
  writeFileSync(join(folder, 'tls.yaml'), [
    'issuer: http://127.0.0.1:8080',
    'listeners:',
    '  - address: "127.0.0.1:0"',
    '    tls:',
    '      cert_file: garbled.crt',
    '      key_file: missing.key',
    'store: {memory: {}}',
    'apps: [{id: myapp-abcde, providers: [{anonymous: {}}]}]',
    '',
  ].join('\n'));
  for (const args of [['--validate'], []]) {
    const { code, stderr } = await run(LATCHKEYD, ['--config=tls.yaml', ...args], folder);
    assert.equal(code, 2, stderr);
    assert.deepEqual(stderr.trim().split('\n'), [
      'tls.yaml:5: listeners[0].tls.cert_file: the file has a malformed certificate, number 1',
      'tls.yaml:6: listeners[0].tls.key_file: the file cannot be read',
    ]);
  }
});

test('what was acknowledged survives kill -9', async () => {
  const daemon = await Latchkeyd.start(configText());
  try {
    const sessions = [];
    let last;
    const logins = Array.from({ length: 8 }, async () => {
      for (;;) {
        try {
          const { session } = await daemon.ok('AuthService/Login', anonymous);
          sessions.push(session);
          if (sessions.length === 60) last = daemon.stop('SIGKILL');
        } catch {
          return;
        }
      }
    });
    await Promise.all(logins);
    assert.equal((await last).signal, 'SIGKILL');
    assert.ok(sessions.length >= 60);
    await daemon.spawn();
    for (const session of sessions) {
      const refreshed = await daemon.ok('AuthService/RefreshSession',
        { refreshToken: session.refreshToken });
      assert.equal(refreshed.session.user.id, session.user.id);
      const verified = await daemon.ok('AuthService/Verify', { token: session.accessToken });
      assert.equal(verified.active, true);
    }
  } finally {
    await daemon.cleanUp();
  }
});

test('a logout survives kill -9 too', async () => {
  const daemon = await Latchkeyd.start(configText());
  try {
    const { session } = await daemon.ok('AuthService/Login', anonymous);
    await daemon.ok('AuthService/Logout', {}, session.accessToken);
    await daemon.stop('SIGKILL');
    await daemon.spawn();
    assert.deepEqual(await daemon.ok('AuthService/Verify', { token: session.accessToken }),
      { reason: 'REASON_SESSION_REVOKED' });
  } finally {
    await daemon.cleanUp();
  }
});

test('SIGTERM under load fails no call within the drain window', async () => {
  const daemon = await Latchkeyd.start(
    configText({ top: 'drain_delay: 1s\ndrain_timeout: 5s' }));
  try {
    const { session } = await daemon.ok('AuthService/Login', anonymous);
    let running = true;
    let answered = 0;
    const callers = Array.from({ length: 8 }, async () => {
      while (running) {
        const verified = await daemon.ok('AuthService/Verify', { token: session.accessToken });
        assert.equal(verified.active, true);
        answered += 1;
      }
    });
    // While readiness says no, calls are still answered; callers leave then.
    daemon.signal('SIGTERM');
    let readiness;
    do {
      readiness = await fetch(`${daemon.http}/readyz`);
      await readiness.text();
    } while (readiness.status !== 503);
    const before = answered;
    while (answered < before + 50) {
      await daemon.ok('AuthService/Verify', { token: session.accessToken });
    }
    running = false;
    await Promise.all(callers);
    assert.deepEqual(await daemon.exit, { code: 0, signal: null });
  } finally {
    await daemon.cleanUp();
  }
});

test('SIGHUP swaps providers; a bad file keeps the old ones and says so', async () => {
  const daemon = await Latchkeyd.start(configText());
  const reloaded = async (count, event) => {
    const deadline = Date.now() + 10_000;
    while (daemon.log.split(`"${event}"`).length - 1 < count) {
      assert.ok(Date.now() < deadline, daemon.log);
      await fetch(`${daemon.http}/healthz`).then((answer) => answer.text());
    }
  };
  try {
    daemon.writeConfig(configText().replace('      - {anonymous: {}}\n', ''));
    daemon.signal('SIGHUP');
    await reloaded(1, 'config_reloaded');
    assert.equal(await daemon.reason('AuthService/Login', anonymous), 'PROVIDER_NOT_ENABLED');
    assert.ok(!daemon.log.includes('config_change_needs_restart'));
    daemon.writeConfig(configText({ top: 'drain_timeout: 9s' }));
    daemon.signal('SIGHUP');
    await reloaded(2, 'config_reloaded');
    assert.match(daemon.log, /config_change_needs_restart","section":"drain_timeout"/);
    daemon.writeConfig(configText().replace('      - {anonymous: {}}\n', ''));
    daemon.signal('SIGHUP');
    await reloaded(3, 'config_reloaded');
    daemon.writeConfig('nonsense: true\n');
    daemon.signal('SIGHUP');
    await reloaded(1, 'config_reload_failed');
    const metrics = await (await fetch(`${daemon.http}/metrics`)).text();
    assert.match(metrics, /^latchkey_config_reload_failed 1$/m);
    const described = await daemon.ok('AuthService/DescribeLogin', { app: APP });
    assert.deepEqual(described.providers.map(({ kind }) => kind), ['email_password', 'api_key']);
  } finally {
    await daemon.cleanUp();
  }
});

test('a restart without the issuer still verifies its tokens', async () => {
  const issuer = await startOktaIssuer({ audience: APP });
  const daemon = await Latchkeyd.start(configText({
    jwt: `      - custom_jwt: {name: okta, jwks_uri: "${issuer.jwksUri}"}`,
  }));
  try {
    const token = await issuer.token({ sub: 'offline' });
    const login = { app: APP, credential: { customJwt: { token } } };
    const { session } = await daemon.ok('AuthService/Login', login);
    await daemon.stop();
    await issuer.stop();
    await daemon.spawn();
    const again = await daemon.ok('AuthService/Login', login);
    assert.equal(again.session.user.id, session.user.id);
  } finally {
    await daemon.cleanUp();
  }
});

test('a required issuer that is down makes the service not ready', async () => {
  const issuer = await startOktaIssuer({ audience: APP });
  issuer.state.down = true;
  const config = configText({
    jwt: `      - custom_jwt: {name: okta, jwks_uri: "${issuer.jwksUri}"}`,
  }).replace('cooldown: 1s}', `cooldown: 1s, required: ["${issuer.jwksUri}"]}`);
  const daemon = await Latchkeyd.start(config);
  try {
    const readiness = await fetch(`${daemon.http}/readyz`);
    assert.equal(readiness.status, 503);
    assert.match(await readiness.text(), /has no keys/);
    assert.equal((await fetch(`${daemon.http}/healthz`)).status, 200);
    issuer.state.down = false;
    const deadline = Date.now() + 20_000;
    let status;
    do {
      ({ status } = await fetch(`${daemon.http}/readyz`));
    } while (status !== 200 && Date.now() < deadline);
    assert.equal(status, 200);
  } finally {
    await daemon.cleanUp();
    await issuer.stop();
  }
});
