// Flags and folders: what is read, and that each mistake is named.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadApps } from '../lib/app_folder.mjs';
import { parseFlags } from '../lib/flags.mjs';
import { Problems } from '../lib/problems.mjs';
import { fromStruct, toStruct } from '../lib/struct.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
let folder;

before(() => { folder = mkdtempSync(join(tmpdir(), 'latchkey-fn-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

function write(path, text) {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, typeof text === 'string' ? text : JSON.stringify(text));
}

function load(app, more = {}) {
  return loadApps([{
    id: 'a', folder: join(folder, app), secrets: join(folder, app, 'secrets'), environment: '', ...more,
  }])[0];
}

function problemsOf(work) {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof Problems, error.stack);
    return error.list;
  }
  throw new Error('no problem');
}

test('an exported folder', () => {
  const [app] = loadApps([{
    id: 'a', folder: join(HERE, 'app'), secrets: '', environment: 'production',
  }]);
  assert.deepEqual([...app.functions.keys()],
    ['confirm', 'describe', 'legacy', 'misbehave', 'reset']);
  assert.equal(app.values.people.ada.code, '1815');
  assert.deepEqual(app.environment, { tag: 'production', values: { who: 'anybody we know' } });
});

test('the older layout, and a value that is a secret', () => {
  write('old/functions/login/source.js', 'exports = () => "x";');
  write('old/functions/login/config.json', { name: 'login', private: false });
  write('old/values/key.json', { name: 'key', from_secret: true, value: 'signing' });
  write('old/secrets/signing', 's3cret\n');
  const app = load('old');
  assert.deepEqual([...app.functions.keys()], ['login']);
  assert.equal(app.values.key, 's3cret');
  assert.deepEqual(app.environment, { tag: '', values: {} });
});

test('every mistake of a folder is named', () => {
  write('bad/functions/no good.js', 'exports = 1;');
  write('bad/functions/config.json', [{ name: 'gone' }]);
  write('bad/values/broken.json', '{');
  write('bad/values/list.json', '1');
  write('bad/values/secret.json', { name: 'secret', from_secret: true, value: '../../etc/passwd' });
  write('bad/values/lost.json', { name: 'lost', from_secret: true, value: 'lost' });
  const problems = problemsOf(() => load('bad', { environment: 'qa' }))
    .map((problem) => problem.replace(join(folder, 'bad'), ''));
  assert.deepEqual(problems, [
    '/functions/no good.js: a function\'s name has 1-64 letters, digits, _ and -',
    `${'/functions'}: holds no function (NAME.js)`,
    '/functions/config.json: there is no source of gone',
    '/values/broken.json: is not JSON',
    '/values/list.json: holds no JSON object',
    '/secrets/lost: ENOENT',
    '/values/secret.json: from_secret needs the name of a secret as its value',
    '/environments/qa.json: is not there',
  ]);
  assert.match(problemsOf(() => load('nowhere'))[0], /nowhere: is not there$/);
});

test('flags', () => {
  const flags = parseFlags(['--socket=unix:///run/fn.sock', '--app-dir=a=/x', '--app-dir=b=/y',
    '--secrets-dir=b=/run/secrets', '--timeout=500ms', '--allow-network', '--socket-mode=660']);
  assert.equal(flags.target, 'unix:/run/fn.sock');
  assert.deepEqual([flags.timeoutMs, flags.memoryMib, flags.concurrency, flags.network,
    flags.socketMode], [500, 64, 8, true, 0o660]);
  assert.deepEqual(flags.apps.map(({ id, secrets }) => [id, secrets]),
    [['a', '/x/secrets'], ['b', '/run/secrets']]);
  assert.equal(parseFlags(['--socket=unix:data/fn.sock', '--app-dir=a=/x']).socket, 'data/fn.sock');
});

test('every mistake of flags is named', () => {
  assert.deepEqual(problemsOf(() => parseFlags(['--timeout=1h', '--memory-mib=1',
    '--concurrency=x', '--app-dir=nothing', '--secrets-dir=c=/x', '--socket-mode=rw'])), [
    '--socket: a path is needed',
    '--socket-mode: \'rw\' is not like 600 or 660',
    '--app-dir: \'nothing\' is not APP=FOLDER',
    '--app-dir: at least one APP=FOLDER is needed',
    '--secrets-dir: c has no --app-dir',
    '--timeout: \'1h\' is not a time from 10ms to 300s, like 4s or 500ms',
    '--memory-mib: \'1\' is not a number from 16 to 4096',
    '--concurrency: \'x\' is not a number from 1 to 256',
  ]);
  assert.match(problemsOf(() => parseFlags(['--unknown']))[0], /--unknown/);
});

test('Struct and back', () => {
  const value = {
    n: 1.5, s: 'x', b: false, z: null, l: [1, [], {}], o: { a: { b: 'c' } },
  };
  const typed = (message) => {
    if (Array.isArray(message)) return message.map(typed);
    if (message === null || typeof message !== 'object') return message;
    const members = Object.entries(message).map(([name, member]) => [name, typed(member)]);
    const kind = members.find(([name]) => name.endsWith('Value'))?.[0];
    return Object.fromEntries(kind ? [...members, ['kind', kind]] : members);
  };
  assert.deepEqual(fromStruct(typed(toStruct(value))), value);
});

test('the packages of the repository and of this package are the same', () => {
  const read = (path) => JSON.parse(readFileSync(join(HERE, path), 'utf8'));
  const { devDependencies } = read('../../../package.json');
  for (const [name, version] of Object.entries(read('../package.json').dependencies)) {
    assert.equal(devDependencies[name], version, name);
  }
});
