// One process for one call. Nothing in it outlives the call, and it has as
// little as can be: no environment, no file, no other process, no network
// unless allowed, limits that the kernel keeps, and a context that knows none
// of Node.js. See docs/adr/0022-functions-in-processes.md.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const RUNNER = readFileSync(new URL('./runner.cjs', import.meta.url), 'utf8');
const SANDBOX = readFileSync(new URL('./sandbox.cjs', import.meta.url), 'utf8');

// What Node.js comes to take beyond what it takes at its start: threads, code,
// and what it loads late.
const SPARE_MIB = 64;
const MOST_ANSWER_CHARACTERS = 64 * 1024;
const MOST_LOG_CHARACTERS = 8 * 1024;
// A character takes six bytes at most as JSON in JSON, and one more for `\`.
const MOST_OUTPUT_BYTES = 8 * (MOST_ANSWER_CHARACTERS + MOST_LOG_CHARACTERS);

// No core files, no files at all, few descriptors, and memory and time on the
// processor as asked; a shell without one of them goes on without it.
const LIMITED = `for limit in "c 0" "f 0" "n 64" "d $1" "t $2"; do
  ulimit -\${limit% *} "\${limit#* }" 2>/dev/null || :
done
shift 2
exec "$@"`;

function permissionFlags(network) {
  const known = process.allowedNodeEnvironmentFlags;
  if (!known.has('--permission')) return ['--experimental-permission'];
  return ['--permission', ...(network && known.has('--allow-net') ? ['--allow-net'] : [])];
}

function heapFlags(memoryMib) {
  return ['--v8-pool-size=1', `--max-old-space-size=${memoryMib}`, '--max-semi-space-size=4'];
}

let nodeMib;

// The writable memory of a Node.js that does nothing, as the kernel counts it:
// 24 MiB in version 20, more than 500 in 25, which reserves room for code. NaN
// where there is no /proc, and no such limit either.
function measureNode() {
  if (nodeMib === undefined) {
    const program = 'process.stdout.write(require("node:fs").readFileSync("/proc/self/status"))';
    const { stdout } = spawnSync(process.execPath, [...heapFlags(64), '--eval', program],
      { env: {}, encoding: 'utf8' });
    nodeMib = Math.ceil(Number(/^VmData:\s+([0-9]+) kB$/m.exec(stdout)?.[1]) / 1024);
  }
  return nodeMib;
}

// In KiB, for `ulimit -d`.
function dataLimit(memoryMib) {
  const limit = (measureNode() + SPARE_MIB + memoryMib) * 1024;
  return Number.isNaN(limit) ? 'unlimited' : String(limit);
}

// Arguments of /bin/sh; `runner` is the text of the program.
export function commandLine({ memoryMib, timeoutMs, network }, runner = RUNNER) {
  const seconds = Math.ceil(timeoutMs / 1000) + 2;
  return ['-c', LIMITED, 'sh', dataLimit(memoryMib), String(seconds),
    process.execPath, ...permissionFlags(network), '--no-warnings',
    '--disallow-code-generation-from-strings', '--no-addons', ...heapFlags(memoryMib),
    '--eval', runner];
}

// Outcomes of a call: {answer: JSON text} or {failed, text}, where failed is
// one of: threw, nonsense, unsettled, late, cancelled, memory, died.
export class Child {
  // app as in lib/app_folder.mjs; settings as in lib/flags.mjs.
  constructor(app, settings) {
    this.process = spawn('/bin/sh', commandLine(settings), {
      cwd: '/', env: {}, stdio: ['pipe', 'pipe', 'ignore'], detached: true,
    });
    this.outcome = null;
    this.output = '';
    this.bytes = 0;
    this.onLog = () => {};
    this.ended = new Promise((done) => {
      // 'close' comes after the last of its output.
      this.process.on('close', (code, signal) => done({ code, signal }));
      this.process.on('error', (error) => done({ code: error.code, signal: null }));
    });
    this.process.stdin.on('error', () => {});
    this.process.stdout.setEncoding('utf8');
    this.process.stdout.on('data', (text) => this.#read(text));
    this.#write({
      sandbox: SANDBOX,
      app: app.id,
      functions: [...app.functions],
      values: app.values,
      environment: app.environment,
      network: settings.network,
      limits: {
        answerCharacters: MOST_ANSWER_CHARACTERS, logCharacters: MOST_LOG_CHARACTERS,
      },
    });
  }

  #write(message) {
    this.process.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #read(text) {
    this.bytes += Buffer.byteLength(text);
    if (this.bytes > MOST_OUTPUT_BYTES) {
      this.#settle({ failed: 'nonsense', text: 'it wrote too much' });
      return;
    }
    const lines = (this.output + text).split('\n');
    this.output = lines.pop();
    for (const line of lines) this.#readLine(line);
  }

  #readLine(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      message = { failed: 'nonsense', text: 'its process spoke nonsense' };
    }
    if (typeof message?.log === 'string') {
      this.onLog(String(message.level), message.log);
    } else if (typeof message?.answer === 'string') {
      this.#settle({ answer: message.answer });
    } else {
      this.#settle({ failed: String(message?.failed), text: String(message?.text ?? '') });
    }
  }

  // The first outcome counts.
  #settle(outcome) {
    this.outcome ??= outcome;
    this.kill();
  }

  // Does the one job of this process: {function, args} or {check: true}.
  // `endsAt` is in milliseconds of performance.now().
  async run(job, { endsAt, signal = undefined, onLog = () => {} }) {
    this.onLog = onLog;
    const left = Math.max(0, endsAt - performance.now());
    const late = setTimeout(
      () => this.#settle({ failed: 'late', text: 'it took too long' }), left);
    const cancel = () => this.#settle({ failed: 'cancelled', text: 'nobody waits for it' });
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    this.#write({ ...job, endsInMs: Math.ceil(left) });
    const { code, signal: killedBy } = await this.ended;
    clearTimeout(late);
    signal?.removeEventListener('abort', cancel);
    return this.outcome ?? died(code, killedBy);
  }

  kill() {
    this.process.kill('SIGKILL');
  }
}

// V8 aborts when its memory is full; the kernel's limit makes it trap.
function died(code, signal) {
  if (['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV'].includes(signal) || code === 134) {
    return { failed: 'memory', text: 'it used too much memory' };
  }
  if (signal === 'SIGXCPU') return { failed: 'late', text: 'it took too long' };
  return { failed: 'died', text: `its process ended (${signal ?? code})` };
}
