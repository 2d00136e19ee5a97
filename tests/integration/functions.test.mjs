// Custom functions: one contract, two implementations in two languages, and the
// built service in front of the one that runs App Services functions.
import assert from 'node:assert/strict';
import {
  existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { APP, FunctionsHost } from './functions_host.mjs';
import { configText, Latchkeyd } from './latchkeyd.mjs';

const UNAUTHENTICATED = 16;

// The same for whoever implements the contract.
for (const [language, start] of Object.entries({
  'Node.js': () => FunctionsHost.node(),
  'C++': () => FunctionsHost.cpp(),
})) {
  describe(`the contract in ${language}`, () => {
    let host;
    before(async () => { host = await start(); });
    after(() => host?.cleanUp());

    test('Authenticate says who it is', async () => {
      const { id, name } = await host.login({ username: 'ada', code: '1815' });
      assert.deepEqual([id, name], ['ada', 'Ada Lovelace']);
    });

    test('Authenticate refuses everybody else', async () => {
      for (const payload of [{ username: 'ada', code: '1816' }, { username: 'bob', code: '1815' },
        { username: 'ada', code: 1815 }, {}]) {
        const { code } = await host.login(payload);
        assert.equal(code, UNAUTHENTICATED, JSON.stringify(payload));
      }
    });

    test('ConfirmUser decides', async () => {
      assert.equal(await host.confirm('ada@example.com'), 'OUTCOME_SUCCESS');
      assert.equal(await host.confirm('later@example.com'), 'OUTCOME_PENDING');
      assert.equal(await host.confirm('bob@example.com'), 'OUTCOME_FAIL');
      assert.equal(await host.confirm('ada@example.com', { token: '' }), 'OUTCOME_FAIL');
    });

    test('ResetPassword decides by its arguments', async () => {
      assert.equal(await host.reset('ada@example.com', [{ code: '1815' }]), 'OUTCOME_SUCCESS');
      assert.equal(await host.reset('ada@example.com', [{ code: 'later' }, 1]), 'OUTCOME_PENDING');
      assert.equal(await host.reset('ada@example.com', [{ code: 'no' }]), 'OUTCOME_FAIL');
      assert.equal(await host.reset('ada@example.com', []), 'OUTCOME_FAIL');
      assert.equal(await host.reset('bob@example.com', [{ code: '1815' }]), 'OUTCOME_FAIL');
    });

    test('calls at once do not disturb each other', async () => {
      const answers = await Promise.all(['1815', 'no', '1815', 'no']
        .map((code) => host.login({ username: 'ada', code })));
      assert.deepEqual(answers.map(({ id, code }) => id ?? code),
        ['ada', UNAUTHENTICATED, 'ada', UNAUTHENTICATED]);
    });
  });
}

describe('latchkeyd and functions that misbehave', () => {
  let host;
  let daemon;

  before(async () => {
    host = await FunctionsHost.node(['--timeout=3s', '--memory-mib=32', '--concurrency=4']);
    daemon = await Latchkeyd.start(configText({
      extra: `
      - function: {name: legacy, target: "unix:${host.socket}", timeout: 20s}
      - function: {name: misbehave, target: "unix:${host.socket}", timeout: 10s}
      - function: {name: unknown, target: "unix:${host.socket}"}`,
    }));
  });
  after(async () => {
    await daemon?.cleanUp();
    await host?.cleanUp();
  });

  const credential = (provider, payload) => (
    { app: APP, credential: { function: { provider, payload } } });
  const ada = () => daemon.ok('AuthService/Login',
    credential('legacy', { username: 'ada', code: '1815' }));
  const reason = (how, more = {}) => daemon.reason('AuthService/Login',
    credential('misbehave', { how, ...more }));

  test('a function logs a user in over gRPC, the same one each time', async () => {
    const { code, stdout, stderr } = await daemon.bufCurl('latchkey.v1.AuthService/Login',
      credential('legacy', { username: 'ada', code: '1815' }));
    assert.equal(code, 0, stderr);
    const { user } = JSON.parse(stdout).session;
    assert.equal(user.identities[0].subject, 'ada');
    assert.equal(user.identities[0].data.name, 'Ada Lovelace');
    assert.equal((await ada()).session.user.id, user.id);
  });

  test('a function refuses', async () => {
    assert.equal(await daemon.reason('AuthService/Login',
      credential('legacy', { username: 'ada', code: '1816' })), 'CREDENTIAL_REJECTED');
    assert.equal(await daemon.reason('AuthService/Login', credential('unknown', {})),
      'CREDENTIAL_REJECTED');
  });

  for (const how of ['throw', 'hang', 'never', 'heap', 'buffers', 'huge', 'nothing']) {
    test(`${how}: that login fails, and a good one meanwhile does not`, async () => {
      const [bad, good] = await Promise.all([reason(how), ada()]);
      assert.equal(bad, 'CREDENTIAL_REJECTED');
      assert.equal(good.session.user.identities[0].subject, 'ada');
    });
  }

  test('nonsense of every kind', async () => {
    for (const answer of [null, 1, '', {}, [], { id: 7 }, { id: '' }, { id: 'a\u0000b' },
      { id: 'x'.repeat(256) }, { id: 'a', name: {} }]) {
      assert.equal(await reason('nonsense', { answer }), 'CREDENTIAL_REJECTED',
        JSON.stringify(answer));
    }
  });

  test('its log tells why, and holds no payload', () => {
    const kinds = new Set(host.log.split('\n').filter(Boolean).map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'function_failed').map(({ kind }) => kind));
    for (const kind of ['threw', 'late', 'unsettled', 'nonsense', 'unknown']) {
      assert.ok(kinds.has(kind), kind);
    }
    assert.ok(!host.log.includes('1816'));
  });

  test('the socket is for its owner alone', () => {
    assert.equal(statSync(host.socket).mode & 0o777, 0o600);
  });

  test('SIGTERM lets the running call end, takes no more, and removes the socket', async () => {
    const running = host.login({ how: 'hang' }, 'misbehave');
    // It is under way once another one, behind it, is answered.
    assert.equal((await host.login({ how: 'good' }, 'misbehave')).id, 'somebody');
    host.child.kill('SIGTERM');
    assert.equal((await running).code, 4);
    assert.deepEqual(await host.exit, { code: 0, signal: null });
    assert.ok(!existsSync(host.socket));
    assert.equal(await daemon.reason('AuthService/Login',
      credential('legacy', { username: 'ada', code: '1815' })), 'CREDENTIAL_REJECTED');
  });
});

describe('the program', () => {
  const hosts = [];
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-fn-'));
  const socket = join(folder, 'fn.sock');
  const source = (text) => {
    mkdirSync(join(folder, 'app/functions'), { recursive: true });
    writeFileSync(join(folder, 'app/functions/who.js'), text);
  };
  const start = async () => {
    const host = await FunctionsHost.nodeAt(socket, join(folder, 'app'));
    hosts.push(host);
    return host;
  };
  const childrenOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim().split(' ').filter(Boolean);
  const until = async (holds) => {
    while (!holds()) await new Promise((done) => setTimeout(done, 50));
  };

  before(() => source('exports = () => "first";'));
  after(async () => {
    for (const host of hosts) await host.cleanUp();
    rmSync(folder, { recursive: true, force: true });
  });

  test('takes the place of a dead one, not of a live one, and leaves no process', async () => {
    const killed = await start();
    const children = childrenOf(killed.child.pid);
    assert.ok(children.length > 0);
    killed.child.kill('SIGKILL');
    await killed.exit;
    await until(() => children.every((pid) => !existsSync(`/proc/${pid}`)));
    assert.ok(existsSync(socket));
    const host = await start();
    await assert.rejects(start, /exit 1: .*fn\.sock is in use by another program/);
    assert.equal((await host.login({}, 'who')).id, 'first');
  });

  test('reads its folders again at SIGHUP, and keeps them when the new ones are bad', async () => {
    const host = hosts.at(-1);
    source('exports = () => "second";');
    host.child.kill('SIGHUP');
    await until(() => host.log.includes('"reloaded"'));
    assert.equal((await host.login({}, 'who')).id, 'second');
    rmSync(join(folder, 'app/functions/who.js'));
    host.child.kill('SIGHUP');
    await until(() => host.log.includes('"reload_failed"'));
    assert.match(host.log, /holds no function/);
    assert.equal((await host.login({}, 'who')).id, 'second');
  });

  test('names what is wrong with its flags and folders', async () => {
    await assert.rejects(() => FunctionsHost.node(['--timeout=never', '--warm=x']),
      /exit 2: .*--timeout: 'never' is not a time.*--warm: 'x' is not a number/s);
    await assert.rejects(start, /exit 2: .*holds no function/s);
  });
});
