// One call in its process: what it gets, what it may answer, and that nothing
// it does reaches further than the call.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { toIdentity, toOutcome } from '../lib/answers.mjs';
import { loadApps } from '../lib/app_folder.mjs';
import { Child, commandLine } from '../lib/child.mjs';
import { Host } from '../lib/host.mjs';

const SETTINGS = {
  timeoutMs: 20_000, memoryMib: 32, concurrency: 4, warm: 1, network: false,
};
const FOLDER = fileURLToPath(new URL('./app', import.meta.url));

function appOf(functions, more = {}) {
  return {
    id: 'myapp-abcde',
    functions: new Map(Object.entries(functions)),
    values: {},
    environment: { tag: '', values: {} },
    ...more,
  };
}

async function hostOf(app, settings = {}) {
  const host = new Host({ ...SETTINGS, ...settings });
  await host.replace([app]);
  return host;
}

// What one function answers to `args`.
async function outcomeOf(source, args = [], { more = {}, settings = {} } = {}) {
  const child = new Child(appOf({ f: source }, more), { ...SETTINGS, ...settings });
  return child.run({ function: 'f', args: JSON.stringify(args) },
    { endsAt: performance.now() + SETTINGS.timeoutMs });
}

async function answerOf(source, args = [], options = {}) {
  const outcome = await outcomeOf(source, args, options);
  assert.equal(outcome.failed, undefined, outcome.text);
  return JSON.parse(outcome.answer);
}

// The log of this process, line by line, while `work` runs.
async function logOf(work) {
  const lines = [];
  const write = process.stderr.write;
  process.stderr.write = (text) => { lines.push(JSON.parse(text)); return true; };
  try {
    await work();
  } finally {
    process.stderr.write = write;
  }
  return lines;
}

describe('forms of a function', () => {
  const forms = {
    'exports = async function': 'exports = async function (p) { return p.id; };',
    'exports = function with a name': 'exports = function login(p) { return p.id; };',
    'exports = arrow': 'exports = ({ id }) => id;',
    'module.exports =': 'module.exports = (p) => p.id;',
    'helpers beside it': 'const of = (p) => p.id;\nfunction also(p) { return of(p); }\nexports = also;',
    'a comment in the last line': 'exports = (p) => p.id // the end',
  };
  for (const [name, source] of Object.entries(forms)) {
    test(name, async () => {
      assert.equal(await answerOf(source, [{ id: 'ada' }]), 'ada');
    });
  }

  const broken = {
    'does not compile': ['exports = (', 'threw', /SyntaxError: f\.js: /],
    'exports nothing': ['const f = 1;', 'threw', /does not assign a function to exports/],
    'is an ES module': ['export default () => 1;', 'threw', /SyntaxError/],
    'requires a module': ['const _ = require("lodash"); exports = () => "x";', 'threw',
      /require\('lodash'\): modules are not supported/],
  };
  for (const [name, [source, failed, text]] of Object.entries(broken)) {
    test(`one that ${name} is said to`, async () => {
      const outcome = await outcomeOf(source);
      assert.equal(outcome.failed, failed);
      assert.match(outcome.text, text);
    });
  }

  test('an unknown function and an unknown app', async () => {
    const host = await hostOf(appOf({ f: 'exports = () => "x";' }), { warm: 0 });
    for (const [app, name] of [['myapp-abcde', 'g'], ['other', 'f'], ['myapp-abcde', '__proto__']]) {
      assert.equal((await host.call({ app, name, args: [] })).failed, 'unknown');
    }
  });
});

describe('what a function finds', () => {
  test('values, environment, user and app', async () => {
    const seen = await answerOf(`exports = () => ({
      theme: context.values.get("theme"), none: context.values.get("none") === undefined,
      proto: context.values.get("__proto__") === undefined,
      environment: context.environment, user: context.user.type,
      system: context.runningAsSystem(), app: context.app.clientAppId, name: context.app.name });`, [], {
      more: {
        values: { theme: { red: '#ee1111' } },
        environment: { tag: 'production', values: { base: 'b' } },
      },
    });
    assert.deepEqual(seen, {
      theme: { red: '#ee1111' }, none: true, proto: true,
      environment: { tag: 'production', values: { base: 'b' } },
      user: 'system', system: true, app: 'myapp-abcde', name: 'myapp',
    });
  });

  test('the other functions of the app, in the same context', async () => {
    const host = await hostOf(appOf({
      f: `exports = async (a, b) => {
        globalThis.shared = 7;
        return [await context.functions.execute("sum", a, -1 * b),
          context.functions.execute("shared"), typeof context.functions.execute("shared")];
      };`,
      sum: 'exports = async (a, b) => a + b;',
      shared: 'exports = () => shared;',
    }), { warm: 0 });
    const { answer } = await host.call({ app: 'myapp-abcde', name: 'f', args: [5, 3] });
    assert.deepEqual(JSON.parse(answer), [2, 7, 'number']);
  });

  test('Extended JSON in its arguments, and EJSON and BSON', async () => {
    const seen = await answerOf(`exports = (p) => [p.int + 1, p.long + 1, String(p.big), p.double,
      p.date instanceof Date && p.date.getTime(), p.old.getTime(), p.id.toHexString(),
      p.id instanceof BSON.ObjectId, p.wrong, EJSON.stringify({ id: p.id, at: p.date }),
      String(new BSON.ObjectId()).length, EJSON.parse('{"a": {"$numberInt": "5"}}').a];`, [{
      int: { $numberInt: '41' }, long: { $numberLong: '41' },
      big: { $numberLong: '9007199254740993' }, double: { $numberDouble: '1.5' },
      date: { $date: { $numberLong: '1000' } }, old: { $date: '1970-01-01T00:00:02Z' },
      id: { $oid: '5cbf68583025b12840664682' }, wrong: { $oid: 'no' },
    }]);
    assert.deepEqual(seen, [42, 42, '9007199254740993', 1.5, 1000, 2000,
      '5cbf68583025b12840664682', true, { $oid: 'no' },
      '{"id":{"$oid":"5cbf68583025b12840664682"},"at":{"$date":"1970-01-01T00:00:01.000Z"}}',
      24, 5]);
  });

  test('timers', async () => {
    assert.equal(await answerOf(`exports = async () => {
      let n = 0;
      clearTimeout(setTimeout(() => { n += 100; }, 1));
      const again = setInterval((by) => { n += by; if (n === 3) clearInterval(again); }, 1, 1);
      await new Promise((done) => setTimeout(done, 200));
      return n;
    };`), 3);
  });

  test('hashes and JWTs', async () => {
    const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = {
      own: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      open: publicKey.export({ type: 'spki', format: 'pem' }),
    };
    const seen = await answerOf(`exports = ({ own, open }) => {
      const attempt = (f) => { try { return f(); } catch (e) { return e.message; } };
      const { jwt, crypto } = utils;
      const hs = jwt.encode("HS256", { sub: "a" }, "secret");
      const es = jwt.encode("ES256", { sub: "b" }, own);
      const confused = jwt.encode("HS256", { sub: "evil" }, open);
      return [crypto.hash("sha256", "hello!").toBase64(),
        crypto.hmac("hello!", "super-secret", "sha256", "base64"),
        jwt.decode(hs, "secret").sub, jwt.decode(es, open, false, ["ES256"]).sub,
        jwt.decode(hs, "secret", true).header.alg,
        attempt(() => jwt.decode(hs, "other")), attempt(() => jwt.decode(es, open, false, ["HS256"])),
        attempt(() => jwt.decode(confused, open)), attempt(() => jwt.decode("a.b", "k"))];
    };`, [pem]);
    // The first two are the examples of App Services' documentation.
    assert.deepEqual(seen, ['zgYJL7lI2f+sfRo3bkBLJrdXW8wR7gWkYV/vT+w6MIs=',
      'SUXd6PRMaTXXgBGaGsIHzaDWgTSa6C3D44lRGrvRak0=', 'a', 'b', 'HS256',
      'the signature is wrong', 'the algorithm is not accepted', 'the signature is wrong',
      'not a JWT']);
  });

  test('its console, in our log, with the id of the call and a bound', async () => {
    const host = await hostOf(appOf({
      f: `exports = () => {
        console.log("a\\nline", { b: 1 });
        console.error(new Error("bad").message);
        for (let i = 0; i < 10000; i += 1) console.log("x".repeat(100));
        return "x";
      };`,
    }), { warm: 0 });
    const lines = await logOf(
      () => host.call({ app: 'myapp-abcde', name: 'f', args: [], requestId: 'r-1' }));
    assert.deepEqual(Object.keys(lines[0]).slice(1),
      ['level', 'event', 'request_id', 'app', 'function', 'text']);
    assert.deepEqual([lines[0].text, lines[0].request_id], ['a\nline {"b":1}', 'r-1']);
    assert.deepEqual([lines[1].text, lines[1].level], ['bad', 'error']);
    const logged = lines.map(({ text }) => text.length).reduce((a, b) => a + b);
    assert.ok(logged > 7000 && logged < 9000, String(logged));
  });

  test('no service and no network', async () => {
    const seen = await answerOf(`exports = async () => {
      const attempt = async (f) => { try { return await f(); } catch (e) { return e.message; } };
      return [await attempt(() => context.services.get("mongodb-atlas")),
        await attempt(() => context.http.get({ url: "http://127.0.0.1/" })), typeof fetch,
        typeof process, typeof require, typeof Buffer, typeof XMLHttpRequest];
    };`);
    assert.deepEqual(seen, ['context.services is not supported in latchkey-functions',
      'context.http is not allowed (--allow-network) in latchkey-functions',
      'undefined', 'undefined', 'function', 'undefined', 'undefined']);
  });

  test('the network when it is allowed', async () => {
    const peer = http.createServer((request, response) => {
      request.on('data', () => {});
      response.setHeader('x-method', `${request.method} ${request.headers['x-a'] ?? ''}`);
      request.on('end', () => response.end('{"ok": true}'));
    });
    await new Promise((done) => peer.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${peer.address().port}/`;
    try {
      const seen = await answerOf(`exports = async (url) => {
        const one = await fetch(url, { method: "POST", headers: { "x-a": "b" }, body: "{}" });
        const two = await context.http.put({ url, headers: { "X-A": ["c"] }, body: {}, encodeBodyAsJSON: true });
        const bad = await fetch("file:///etc/passwd").catch((e) => e.message);
        const off = await fetch("http://127.0.0.1:1/").catch((e) => e instanceof TypeError);
        return [one.status, one.ok, one.headers.get("X-Method"), (await one.json()).ok,
          two.statusCode, two.headers["x-method"], EJSON.parse(two.body.text()).ok, bad, off];
      };`, [url], { settings: { network: true, memoryMib: 64 } });
      assert.deepEqual(seen, [200, true, 'POST b', true, 200, ['PUT c'], true,
        'only http and https', true]);
    } finally {
      peer.close();
    }
  });
});

describe('what a function cannot do', () => {
  // Each gives what it found; `undefined` and errors are good.
  const tries = {
    'the constructor of the context': 'this.constructor.constructor("return process")()',
    'the constructor of globalThis': 'globalThis.constructor.constructor("return process")()',
    'the constructor of what it is given': 'p.constructor.constructor("return process")()',
    'the constructor of context': 'context.constructor.constructor("return process")()',
    'the constructor of console.log': 'console.log.constructor("return process")()',
    'the constructor of execute': 'context.functions.execute.constructor("return process")()',
    'an async constructor': '(async () => {}).constructor("return process")()',
    eval: '(0, eval)("process")',
    'eval inside': 'eval("1 + 1")',
    'import()': 'import("node:fs")',
    'the error of import()':
      'import("node:fs").catch((e) => e.constructor.constructor("return process")())',
    'a change of what all objects outside have': `import("node:fs").catch((e) => {
      let top = e;
      while (Object.getPrototypeOf(top)) top = Object.getPrototypeOf(top);
      if (top === Object.prototype) return undefined;
      for (const all of [top, e.constructor.constructor.prototype]) all.found = 1;
      return top.found ?? e.constructor.found;
    })`,
    'globals of the outside':
      'globalThis.constructor instanceof Function ? undefined : globalThis.constructor',
    callers: `(() => {
      let found;
      (function f() {
        for (let g = f; g; g = g.caller) if (!(g instanceof Function)) found = g;
      })();
      return found;
    })()`,
    'frames of the stack': `(() => {
      Error.prepareStackTrace = (_, frames) => frames;
      const found = new Error().stack.map((f) => f.getThis() ?? f.getFunction())
        .filter((f) => f && f !== globalThis && typeof f === "object");
      return found.length ? found : undefined;
    })()`,
    'an error of a full stack': `(() => {
      let found;
      const deeper = () => { try { deeper(); } catch (e) { console.log("x"); } };
      const probe = (n) => { try { if (n > 0) probe(n - 1); else context.functions.execute("none"); }
        catch (e) { if (!(e instanceof Error) && !found) found = e; } };
      for (let n = 1; n < 40000; n += 37) { try { probe(n); } catch {} }
      deeper();
      return found && found.constructor.constructor("return process")();
    })()`,
    WebAssembly: `new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))`,
  };
  for (const [name, expression] of Object.entries(tries)) {
    test(name, async () => {
      const found = await answerOf(`exports = async function (p) {
        try {
          const found = await (${expression});
          return found === undefined || found === null ? "nothing" : "found " + typeof found;
        } catch (error) {
          return "nothing";
        }
      };`, [{}]);
      assert.equal(found, 'nothing');
    });
  }

  test('should it get out of its context: no file, no process, no thread, no code', () => {
    const program = `
      const attempt = (f) => { try { return String(f()); } catch (e) { return e.code ?? e.name; } };
      console.log(JSON.stringify([
        attempt(() => require('node:fs').readFileSync('/etc/passwd')),
        attempt(() => require('node:fs').writeFileSync('/tmp/latchkey-functions', 'x')),
        attempt(() => require('node:child_process').spawnSync('/bin/true').error ?? 'ran'),
        attempt(() => new (require('node:worker_threads').Worker)('1', { eval: true })),
        attempt(() => new (require('node:inspector').Session)().connect()),
        attempt(() => process.binding('tcp_wrap')),
        attempt(() => process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6')),
        attempt(() => eval('1')), attempt(() => Function('return 1')()),
        Object.keys(process.env).filter((name) => name !== 'PWD').length, process.cwd()]));`;
    const { stdout } = spawnSync('/bin/sh', commandLine(SETTINGS, program),
      { env: {}, cwd: '/', encoding: 'utf8' });
    const denied = 'ERR_ACCESS_DENIED';
    const seen = JSON.parse(stdout);
    assert.match(seen.splice(6, 1)[0], /^ERR_(ACCESS_DENIED|DLOPEN_DISABLED)$/);
    assert.deepEqual(seen, [denied, denied, denied, denied, denied, denied, 'EvalError',
      'EvalError', 0, '/']);
  });

  test('one call finds nothing of another', async () => {
    const host = await hostOf(appOf({
      f: `globalThis.count = (globalThis.count ?? 0) + 1;
        Array.prototype.marked = true;
        exports = () => count;`,
    }));
    for (let n = 0; n < 3; n += 1) {
      assert.equal((await host.call({ app: 'myapp-abcde', name: 'f', args: [] })).answer, '1');
    }
    host.close();
  });
});

describe('a function that misbehaves fails alone', () => {
  let host;
  before(async () => {
    const apps = loadApps([{
      id: 'myapp-abcde', folder: FOLDER, secrets: `${FOLDER}/secrets`, environment: '',
    }]);
    host = new Host({ ...SETTINGS, timeoutMs: 4000 });
    await host.replace(apps);
  });
  after(() => host.close());

  const call = (how, more = {}, endsAt = Infinity) => host.call({
    app: 'myapp-abcde', name: 'misbehave', args: [{ how, ...more }], endsAt,
  });
  const expected = {
    throw: ['threw'], hang: ['late'], never: ['unsettled'], tick: ['late'],
    heap: ['memory', 'threw', 'late'], buffers: ['memory', 'threw', 'late'],
    string: ['threw', 'memory', 'late'], recurse: ['threw'], huge: ['nonsense'],
    circle: ['nonsense'],
  };
  for (const [how, kinds] of Object.entries(expected)) {
    test(how, async () => {
      const bad = call(how);
      const good = await call('good');
      assert.equal(good.answer, '"somebody"');
      const { failed, text } = await bad;
      assert.ok(kinds.includes(failed), `${failed}: ${text}`);
    });
  }

  test('the text of what it threw is kept, and cut', async () => {
    assert.equal((await call('throw')).text, 'Error: I will not');
    const { text } = await outcomeOf('exports = () => { throw new Error("x".repeat(9999)); };');
    assert.equal(text.length, 256);
    for (const thrown of ['null', '{ toString() { throw 1; } }', 'Symbol()', 'new Proxy({}, {})']) {
      assert.equal((await outcomeOf(`exports = () => { throw ${thrown}; };`)).failed, 'threw');
    }
    assert.equal((await outcomeOf(
      'exports = () => new Promise(() => setTimeout(() => { throw new Error("late"); }, 1));'))
      .text, 'Error: late');
  });

  test('memory outside of the heap is bounded, too', async () => {
    const { failed, text } = await outcomeOf(`exports = () => {
      const all = [];
      for (let n = 0; n < 1024; n += 1) all.push(new Uint8Array(1 << 22).fill(1));
      return "4 GiB";
    };`);
    assert.ok(['memory', 'threw'].includes(failed), `${failed}: ${text}`);
  });

  test('nobody waits longer than the caller', async () => {
    const begun = performance.now();
    assert.equal((await call('hang', {}, performance.now() + 300)).failed, 'late');
    assert.ok(performance.now() - begun < 3000);
    const cancelled = new AbortController();
    const waiting = host.call({
      app: 'myapp-abcde', name: 'misbehave', args: [{ how: 'tick' }], signal: cancelled.signal,
    });
    cancelled.abort();
    assert.equal((await waiting).failed, 'cancelled');
  });

  test('answers that say nobody', () => {
    for (const answer of ['null', '1', '""', '{}', '[]', '{"id": 1}', '{"id": ""}', 'true',
      '{"id": "a\\nb"}', '{"id": "\\ud800"}', JSON.stringify({ id: 'x'.repeat(256) }),
      '{"id": "a", "name": 1}', '{"id": "a", "data": []}', '{"id": "a", "data": 1}', 'no JSON',
      JSON.stringify({ id: 'a', data: { x: 'x'.repeat(16384) } }),
      `{"id": "a", "data": ${'{"a":'.repeat(70)}1${'}'.repeat(70)}}`]) {
      assert.throws(() => toIdentity(answer), undefined, answer);
    }
    assert.deepEqual(toIdentity('"ada"'), { id: 'ada', name: '' });
    assert.deepEqual(toIdentity('{"id": "ada", "name": "Ada", "data": {"a": null}}'), {
      id: 'ada', name: 'Ada', data: { fields: { a: { nullValue: 'NULL_VALUE' } } },
    });
    for (const answer of ['null', '"success"', '{}', '{"status": "SUCCESS"}', '{"status": 1}']) {
      assert.throws(() => toOutcome(answer), undefined, answer);
    }
    assert.deepEqual(toOutcome('{"status": "pending"}'), { outcome: 'OUTCOME_PENDING' });
  });
});

describe('many at once', () => {
  test('only so many run, only so many wait', async () => {
    const host = await hostOf(appOf({
      f: 'exports = (ms) => new Promise((done) => setTimeout(done, ms, "x"));',
    }), { concurrency: 2, warm: 2 });
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => host.call({ app: 'myapp-abcde', name: 'f', args: [200] })));
    assert.deepEqual(outcomes.map(({ failed }) => failed ?? 'good').sort(),
      ['good', 'good', 'good', 'good', 'overloaded', 'overloaded']);
    assert.equal(host.running, 0);
    host.close();
  });

  test('an app that comes later replaces the one before', async () => {
    const host = await hostOf(appOf({ f: 'exports = () => "old";' }));
    await host.replace([appOf({ f: 'exports = () => "new";' })]);
    assert.equal((await host.call({ app: 'myapp-abcde', name: 'f', args: [] })).answer, '"new"');
    host.close();
  });
});
