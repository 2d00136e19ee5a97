// Confirmation and reset mails, through a real SMTP server.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { Latchkeyd } from './latchkeyd.mjs';
import { CERT, LOGIN, MailServer } from './mail_server.mjs';

const APP = 'myapp-abcde';
const PASSWORD = 'correct horse battery';
const SERVICE = 'EmailPasswordService';

function configText(smtp) {
  return `
issuer: http://127.0.0.1:8080
log: {level: debug}
listeners:
  - {address: "127.0.0.1:0", services: [auth]}
  - {address: "unix:admin.sock", services: [auth, admin]}
http: {address: "127.0.0.1:0"}
store: {sqlite: {path: data/latchkey.db}}
passwords: {argon2id: {memory_kib: 8192, iterations: 1, parallelism: 1}}
limits: {login_attempts_per_minute: 0}
smtp: {host: localhost, from: login@latchkey.example, resend_interval: 0s,
  retry_delay: 100ms, max_retry_delay: 300ms, max_retries: 100, ${smtp}}
secrets:
  - {name: smtp, file: smtp-password}
  - {name: wrong, file: wrong-password}
apps:
  - id: ${APP}
    providers:
      - email_password:
          confirmation_url: https://app.example/confirm
          reset_url: https://app.example/reset?lang=de
    mail:
      from_name: Läden & Söhne
      confirmation:
        subject: "{{app}}: Bestätige deine Adresse – {{email}} – so bald wie es nur geht"
        text_file: confirmation.txt
        html: "<p>{{app}} <a href='{{link}}'>OK</a></p>"
`;
}

async function start(smtp) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  writeFileSync(join(folder, 'ca.pem'), CERT);
  writeFileSync(join(folder, 'smtp-password'), `${LOGIN.pass}\n`);
  writeFileSync(join(folder, 'wrong-password'), 'smtp-wr0ng-4711\n');
  writeFileSync(join(folder, 'confirmation.txt'), 'Hallo {{email}},\nhier: {{link}}\n');
  const daemon = await Latchkeyd.start(configText(smtp), folder);
  daemon.secrets.add(LOGIN.pass);
  daemon.secrets.add('smtp-wr0ng-4711');
  return daemon;
}

const register = (daemon, email) => daemon.ok(`${SERVICE}/Register`,
  { app: APP, email, password: PASSWORD });
const login = (email, password = PASSWORD) => ({
  app: APP, credential: { email_password: { email, password } },
});

// What the person's browser would hand to the app's page.
function linkOf(daemon, mail) {
  const link = new URL(mail.bodies['text/plain'].match(/https:\S+/)[0]);
  const token = link.searchParams.get('token');
  daemon.secrets.add(token);
  return { link, token: { token, token_id: link.searchParams.get('tokenId') } };
}

async function metric(daemon, name) {
  const text = await (await fetch(`${daemon.http}/metrics`)).text();
  return Number(text.match(new RegExp(`^${name} (\\S+)`, 'm'))?.[1]);
}

async function eventually(check, limitMs = 15_000) {
  const end = Date.now() + limitMs;
  while (!await check()) {
    assert.ok(Date.now() < end, 'it never came');
    await new Promise((done) => { setTimeout(done, 20); });
  }
}

let server;
let daemon;

before(async () => {
  server = await new MailServer().start();
  daemon = await start(
    `port: ${server.port}, username: ${LOGIN.user}, password: smtp, ca_file: ca.pem`);
});

after(async () => {
  await daemon.cleanUp();
  await server.stop();
});

test('a mail over STARTTLS with authentication confirms an address', async () => {
  await register(daemon, 'Ann@Example.com');
  const mail = await server.mail(1);
  assert.equal(mail.secure, true);
  assert.deepEqual(server.logins, [{ user: LOGIN.user, secure: true }]);
  assert.equal(mail.from, 'login@latchkey.example');
  assert.deepEqual(mail.to, ['ann@example.com']);
  assert.equal(mail.headers.to, 'ann@example.com');
  assert.match(mail.headers.from, /^=\?utf-8\?B\?\S+ <login@latchkey\.example>$/);
  assert.equal(mail.subject,
    `${APP}: Bestätige deine Adresse – ann@example.com – so bald wie es nur geht`);
  assert.equal(mail.headers['auto-submitted'], 'auto-generated');
  assert.ok(Math.abs(Date.parse(mail.headers.date) - Date.now()) < 60_000);

  const { link, token } = linkOf(daemon, mail);
  assert.equal(link.origin + link.pathname, 'https://app.example/confirm');
  assert.match(token.token, /^[0-9a-f]{128}$/);
  assert.match(token.token_id, /^[0-9a-f]{24}$/);
  assert.ok(mail.bodies['text/html'].includes(link.href.replaceAll('&', '&amp;')));

  assert.equal(await daemon.reason('AuthService/Login', login('ann@example.com')),
    'EMAIL_UNCONFIRMED');
  await daemon.ok(`${SERVICE}/Confirm`, { app: APP, ...token });
  await daemon.ok('AuthService/Login', login('ann@example.com'));
  assert.equal(await daemon.reason(`${SERVICE}/Confirm`, { app: APP, ...token }),
    'CREDENTIAL_REJECTED');
});

test('a reset mail sets a password and ends the sessions', async () => {
  const { session } = await daemon.ok('AuthService/Login', login('ann@example.com'));
  await daemon.ok(`${SERVICE}/RequestPasswordReset`, { app: APP, email: 'ann@example.com' });
  const mail = await server.mail(2);
  assert.equal(mail.subject, 'Reset your password');
  const { link, token } = linkOf(daemon, mail);
  assert.equal(link.searchParams.get('lang'), 'de');
  const next = 'battery staple horse';
  await daemon.ok(`${SERVICE}/ResetPassword`, { app: APP, ...token, new_password: next });
  const { active, reason } = await daemon.ok('AuthService/Verify',
    { token: session.accessToken });
  assert.ok(!active);
  assert.equal(reason, 'REASON_SESSION_REVOKED');
  assert.equal(await daemon.reason('AuthService/Login', login('ann@example.com')),
    'CREDENTIAL_REJECTED');
  await daemon.ok('AuthService/Login', login('ann@example.com', next));
});

test('an unknown address is answered alike and gets nothing', async () => {
  const before2 = server.mails.length;
  for (const rpc of ['RequestPasswordReset', 'ResendConfirmation']) {
    assert.deepEqual(await daemon.ok(`${SERVICE}/${rpc}`, { app: APP, email: 'nobody@x.example' }),
      {});
  }
  await register(daemon, 'next@example.com');
  assert.deepEqual((await server.mail(before2 + 1)).to, ['next@example.com']);
});

// A server without TLS that takes commands and never answers `mute` ("QUIT", or
// "." for the end of a mail).
async function startMute(mute) {
  const got = [];
  const sockets = new Set();
  const peer = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('220 here\r\n');
    let data = false;
    let rest = '';
    socket.on('data', (bytes) => {
      const lines = (rest + bytes.toString('latin1')).split('\r\n');
      rest = lines.pop();
      for (const line of lines) {
        if (data && line !== '.') continue;
        got.push(data ? '.' : line.split(' ')[0].toUpperCase());
        data = got.at(-1) === 'DATA';
        if (got.at(-1) !== mute) socket.write(data ? '354 go on\r\n' : '250 OK\r\n');
      }
    });
  });
  await new Promise((done) => { peer.listen(0, '127.0.0.1', done); });
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => { peer.close(done); });
  };
  return { got, stop, port: peer.address().port };
}

test('a mail that was taken is sent, and no server that says nothing holds up', async () => {
  for (const [mute, mails] of [['QUIT', 2], ['.', 1]]) {
    const peer = await startMute(mute);
    const other = await start(`port: ${peer.port}, tls: none`);
    try {
      await register(other, 'ann@example.com');
      await register(other, 'bob@example.com');
      await eventually(() => peer.got.filter((line) => line === '.').length >= mails);
      if (mute === 'QUIT') {
        await eventually(async () => await metric(other, 'latchkey_mails_sent_total') === 2);
        assert.equal(await metric(other, 'latchkey_mails_retries_total'), 0);
      }
      const begun = Date.now();
      await other.stop('SIGTERM');
      assert.ok(Date.now() - begun < 20_000, 'the stop waited for the server');
    } finally {
      await other.cleanUp();
      await peer.stop();
    }
  }
});

test('one of fifty confirmations at once succeeds', async () => {
  const count = server.mails.length;
  await register(daemon, 'many@example.com');
  const { token } = linkOf(daemon, await server.mail(count + 1));
  const answers = await Promise.all(Array.from({ length: 50 },
    () => daemon.call(`${SERVICE}/Confirm`, { app: APP, ...token })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('a mail that the server puts off comes later', async () => {
  const count = server.mails.length;
  await register(daemon, 'grey@example.com');
  assert.deepEqual((await server.mail(count + 1)).to, ['grey@example.com']);
  assert.ok(await metric(daemon, 'latchkey_mails_retries_total') >= 1);
});

test('a confirmed token survives a kill', async () => {
  const count = server.mails.length;
  await register(daemon, 'kill@example.com');
  const { token } = linkOf(daemon, await server.mail(count + 1));
  await daemon.ok(`${SERVICE}/Confirm`, { app: APP, ...token });
  await daemon.stop('SIGKILL');
  await daemon.spawn();
  await daemon.ok('AuthService/Login', login('kill@example.com'));
  assert.equal(await daemon.reason(`${SERVICE}/Confirm`, { app: APP, ...token }),
    'CREDENTIAL_REJECTED');
});

test('with a wrong password no mail leaves, and the caller learns nothing', async () => {
  const strict = await new MailServer().start();
  const other = await start(
    `port: ${strict.port}, username: ${LOGIN.user}, password: wrong, ca_file: ca.pem`);
  try {
    await register(other, 'ann@example.com');
    await eventually(async () => await metric(other, 'latchkey_mails_retries_total') >= 1);
    assert.equal(strict.mails.length, 0);
    assert.match(other.log, /"event":"mail_retry"[^\n]*535/);
    assert.ok(!other.log.includes('ann@example.com'));
  } finally {
    await other.cleanUp();
    await strict.stop();
  }
});

test('a server that is down gets the mail when it is up', async () => {
  const probe = await new MailServer().start();
  const { port } = probe;
  await probe.stop();
  const other = await start(
    `port: ${port}, username: ${LOGIN.user}, password: smtp, ca_file: ca.pem`);
  try {
    const begun = Date.now();
    await register(other, 'ann@example.com');
    assert.ok(Date.now() - begun < 3000, 'the call waited for the server');
    await eventually(async () => await metric(other, 'latchkey_mails_retries_total') >= 2);
    const late = await new MailServer().start(port);
    try {
      const { token } = linkOf(other, await late.mail(1));
      await other.ok(`${SERVICE}/Confirm`, { app: APP, ...token });
    } finally {
      await late.stop();
    }
  } finally {
    await other.cleanUp();
  }
});

test('nothing is said to a server without TLS, or with a certificate of nobody', async () => {
  const plain = await new MailServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }).start();
  const stranger = await new MailServer().start();
  for (const [peer, ca] of [[plain, ', ca_file: ca.pem'], [stranger, '']]) {
    const other = await start(
      `port: ${peer.port}, username: ${LOGIN.user}, password: smtp${ca}`);
    try {
      await register(other, 'ann@example.com');
      await eventually(async () => await metric(other, 'latchkey_mails_retries_total') >= 1);
      assert.deepEqual([peer.logins, peer.recipients, peer.mails], [[], [], []]);
    } finally {
      await other.cleanUp();
      await peer.stop();
    }
  }
});
