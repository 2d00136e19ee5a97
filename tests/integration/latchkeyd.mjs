// Starts the built latchkeyd in a folder of its own and talks to it.
import { spawn, execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const LATCHKEYD = process.env.LATCHKEYD ?? join(ROOT, 'bazel-bin/server/latchkeyd');
const LATCHKEY = process.env.LATCHKEY ?? join(ROOT, 'bazel-bin/clients/cli/latchkey');
const BUF = join(ROOT, 'node_modules/.bin/buf');
const START_LIMIT_MS = 20_000;
// Members whose text no log may hold, without case and underscores.
const SECRET_NAMES = new Set(['password', 'oldpassword', 'newpassword', 'token',
  'accesstoken', 'refreshtoken', 'idtoken', 'authcode', 'key', 'secret', 'payload']);

export { ROOT, LATCHKEYD };

// A configuration on port 0 with every kind of provider; `jwt` is the text of
// the custom_jwt arm.
export function configText({
  jwt = '', extra = '', store = 'sqlite: {path: data/latchkey.db, durability: full}',
  top = '',
} = {}) {
  return `
issuer: http://127.0.0.1:8080
${top.includes('log:') ? '' : 'log: {level: debug}'}
listeners:
  - {address: "127.0.0.1:0", services: [auth]}
  - {address: "unix:admin.sock", services: [auth, admin]}
http: {address: "127.0.0.1:0"}
store: {${store}}
passwords: {argon2id: {memory_kib: 8192, iterations: 1, parallelism: 1}}
limits: {login_attempts_per_minute: 0}
key_sources: {cache_dir: data/jwks, cooldown: 1s}
${top}
apps:
  - id: myapp-abcde
    providers:
      - {anonymous: {}}
      - {email_password: {auto_confirm: true}}
      - {api_key: {}}
${jwt}
${extra}
`;
}

export class Latchkeyd {
  constructor(folder) {
    this.folder = folder;
    this.log = '';
    this.child = null;
    this.exit = null;
    this.secrets = new Set();
  }

  static async start(config, folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'))) {
    const daemon = new Latchkeyd(folder);
    daemon.writeConfig(config);
    await daemon.spawn();
    return daemon;
  }

  writeConfig(config) {
    writeFileSync(join(this.folder, 'latchkey.yaml'), config);
  }

  async spawn() {
    this.child = spawn(LATCHKEYD, ['--config=latchkey.yaml'],
      { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exit = new Promise((done) => {
      this.child.on('exit', (code, signal) => done({ code, signal }));
    });
    this.child.stderr.on('data', (data) => { this.log += data; });
    let out = '';
    const ready = new Promise((done, fail) => {
      const timer = setTimeout(
        () => fail(new Error(`not ready: ${this.log}`)), START_LIMIT_MS);
      this.child.stdout.on('data', (data) => {
        out += data;
        const line = out.match(/^latchkeyd ready grpc=(\S*) http=(\S*)$/m);
        if (!line) return;
        clearTimeout(timer);
        done(line);
      });
      this.exit.then(({ code }) => {
        clearTimeout(timer);
        fail(new Error(`exit ${code}: ${this.log}`));
      });
    });
    const [, grpc, http] = await ready;
    [this.grpc, this.admin] = grpc.split(',');
    this.http = `http://${http}`;
  }

  signal(name) {
    this.child.kill(name);
  }

  async stop(signal = 'SIGTERM') {
    this.signal(signal);
    return this.exit;
  }

  async cleanUp() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await this.stop('SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true });
    this.scanLog();
  }

  // Every secret that went in or came out, wherever it stands in a message.
  note(value, name = '') {
    if (typeof value === 'string') {
      if (SECRET_NAMES.has(name.toLowerCase().replaceAll('_', '')) && value.length >= 8) {
        this.secrets.add(value);
      }
    } else if (value && typeof value === 'object') {
      for (const [key, member] of Object.entries(value)) this.note(member, key);
    }
  }

  noteText(text) {
    for (const line of [text, ...text.split('\n')]) {
      try {
        this.note(JSON.parse(line));
      } catch { /* no JSON, no member names */ }
    }
  }

  scanLog() {
    for (const secret of this.secrets) {
      if (this.log.includes(secret)) {
        throw new Error(`the log holds a secret: ${secret.slice(0, 4)}…`);
      }
    }
  }

  // One RPC by the Connect protocol: {status, body}.
  async call(method, message = {}, token = undefined) {
    const headers = { 'content-type': 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(`${this.http}/latchkey.v1.${method}`,
      { method: 'POST', headers, body: JSON.stringify(message) });
    const text = await answer.text();
    this.note(message);
    if (token) this.secrets.add(token);
    this.noteText(text);
    try {
      return { status: answer.status, body: JSON.parse(text) };
    } catch {
      return { status: answer.status, body: text };
    }
  }

  // The same, for calls that must succeed.
  async ok(method, message, token) {
    const { status, body } = await this.call(method, message, token);
    if (status !== 200) {
      throw new Error(`${method}: ${status} ${JSON.stringify(body)}`);
    }
    return body;
  }

  // The reason of a call that must fail.
  async reason(method, message, token) {
    const { status, body } = await this.call(method, message, token);
    if (status === 200) throw new Error(`${method} succeeded`);
    return body.details[0].debug.reason;
  }

  // `buf curl` over gRPC with reflection and no .proto file.
  async bufCurl(method, message, headers = []) {
    const args = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge',
      ...headers.flatMap((header) => ['--header', header]),
      '--data', JSON.stringify(message),
      `http://${this.grpc}/${method}`];
    this.note(message);
    const answer = await run(BUF, args, this.folder);
    this.noteText(answer.stdout);
    return answer;
  }

  cliEnvironment(env = {}) {
    return {
      LATCHKEY_SERVER: this.grpc,
      LATCHKEY_ADMIN: this.admin,
      LATCHKEY_APP: 'myapp-abcde',
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      ...env,
    };
  }

  // The command line, with JSON output.
  async cli(args, { input = '', env = {} } = {}) {
    const answer = await run(LATCHKEY, args, this.folder, input, this.cliEnvironment(env));
    this.noteText(answer.stdout);
    return answer;
  }

  // The same, while it runs: `told` waits for a match in what it tells a person.
  startCli(args, env = {}) {
    const child = spawn(LATCHKEY, args, {
      cwd: this.folder,
      env: { ...process.env, ...this.cliEnvironment(env) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => { stdout += data; });
    const done = new Promise((resolve) => {
      child.on('close', (code) => {
        this.noteText(stdout);
        resolve({ code, stdout, stderr });
      });
    });
    const told = (pattern) => new Promise((resolve, fail) => {
      const look = () => {
        const match = stderr.match(pattern);
        if (match) resolve(match);
      };
      child.stderr.on('data', look);
      child.on('close', () => fail(new Error(`not told: ${stderr}`)));
      look();
    });
    child.stderr.on('data', (data) => { stderr += data; });
    return { done, told };
  }

  rssMiB() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(status.match(/VmRSS:\s+(\d+) kB/)[1]) / 1024;
  }
}

// Runs a program; {code, stdout, stderr}.
export function run(program, args, cwd, input = '', env = {}) {
  return new Promise((done) => {
    const child = execFile(program, args,
      { cwd, env: { ...process.env, ...env }, timeout: 30_000, maxBuffer: 1 << 24 },
      (error, stdout, stderr) => {
        done({ code: error ? (error.code ?? 1) : 0, stdout, stderr });
      });
    // A program that never reads may be gone before.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
