// Flags of the command line.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Problems } from './problems.mjs';

export const USAGE = `latchkey-functions --socket=PATH --app-dir=APP=FOLDER [...]

Serves the functions of exported App Services apps to latchkeyd.

  --socket=PATH            Unix socket to listen on
  --socket-mode=600        its permissions, octal
  --app-dir=APP=FOLDER     app id of latchkey and its exported folder; repeat for
                           more apps
  --secrets-dir=APP=FOLDER one file for each secret that the app's values name;
                           default: FOLDER of --app-dir, with /secrets
  --environment=NAME       which environments/NAME.json counts; default: none
                           (no-environment.json)
  --timeout=4s             time for one call, 10ms to 300s
  --memory-mib=64          memory of one call beyond Node.js itself, 16 to 4096
  --concurrency=8          calls at once, 1 to 256; as many more may wait
  --warm=2                 processes that wait for the next call, for each app,
                           0 to 64
  --drain=5s               time for running calls after SIGTERM
  --allow-network          functions may fetch, and use context.http
  --help

SIGHUP reads the folders again; a bad one keeps what was there. SIGTERM drains.
`;

const OPTIONS = {
  socket: { type: 'string' },
  'socket-mode': { type: 'string', default: '600' },
  'app-dir': { type: 'string', multiple: true, default: [] },
  'secrets-dir': { type: 'string', multiple: true, default: [] },
  environment: { type: 'string', default: '' },
  timeout: { type: 'string', default: '4s' },
  'memory-mib': { type: 'string', default: '64' },
  concurrency: { type: 'string', default: '8' },
  warm: { type: 'string', default: '2' },
  drain: { type: 'string', default: '5s' },
  'allow-network': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

// The longest path of a Unix socket.
const MOST_SOCKET_BYTES = 107;

class Reader {
  constructor(values) {
    this.values = values;
    this.problems = [];
  }

  wrong(flag, what) {
    this.problems.push(`--${flag}: ${what}`);
  }

  number(flag, least, most) {
    const text = this.values[flag];
    const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : NaN;
    if (!(number >= least && number <= most)) {
      this.wrong(flag, `'${text}' is not a number from ${least} to ${most}`);
    }
    return number;
  }

  milliseconds(flag, least, most) {
    const [, digits, unit] = this.values[flag].match(/^([0-9]{1,6})(ms|s)$/) ?? [];
    const number = Number(digits) * (unit === 's' ? 1000 : 1);
    if (!(number >= least && number <= most)) {
      this.wrong(flag, `'${this.values[flag]}' is not a time from ${least}ms to `
        + `${most / 1000}s, like 4s or 500ms`);
    }
    return number;
  }

  // APP=FOLDER, several times: a Map.
  folders(flag) {
    const folders = new Map();
    for (const text of this.values[flag]) {
      const [, app, folder] = text.match(/^([A-Za-z0-9_-]{1,64})=(.+)$/) ?? [];
      if (!app) {
        this.wrong(flag, `'${text}' is not APP=FOLDER`);
      } else if (folders.has(app)) {
        this.wrong(flag, `${app} comes twice`);
      } else {
        folders.set(app, resolve(folder));
      }
    }
    return folders;
  }

  socket() {
    const path = (this.values.socket ?? '').replace(/^unix:(\/\/(?=\/))?/, '');
    if (path === '') this.wrong('socket', 'a path is needed');
    if (Buffer.byteLength(path) > MOST_SOCKET_BYTES) {
      this.wrong('socket', `at most ${MOST_SOCKET_BYTES} bytes`);
    }
    return path;
  }

  mode(flag) {
    const text = this.values[flag];
    if (!/^0?[0-7]{3}$/.test(text)) this.wrong(flag, `'${text}' is not like 600 or 660`);
    return Number.parseInt(text, 8);
  }
}

function appsOf(reader) {
  const folders = reader.folders('app-dir');
  const secrets = reader.folders('secrets-dir');
  const { environment } = reader.values;
  if (!/^[A-Za-z0-9_-]{0,64}$/.test(environment)) {
    reader.wrong('environment', 'only letters, digits, _ and -');
  }
  if (folders.size === 0) reader.wrong('app-dir', 'at least one APP=FOLDER is needed');
  for (const app of secrets.keys()) {
    if (!folders.has(app)) reader.wrong('secrets-dir', `${app} has no --app-dir`);
  }
  return [...folders].map(([id, folder]) => ({
    id, folder, environment, secrets: secrets.get(id) ?? `${folder}/secrets`,
  }));
}

// Throws Problems.
export function parseFlags(argv) {
  let values;
  try {
    ({ values } = parseArgs({ args: argv, options: OPTIONS, strict: true }));
  } catch (error) {
    throw new Problems([error.message]);
  }
  if (values.help) return { help: true };
  const reader = new Reader(values);
  const socket = reader.socket();
  const flags = {
    socket,
    target: `unix:${socket}`,
    socketMode: reader.mode('socket-mode'),
    apps: appsOf(reader),
    timeoutMs: reader.milliseconds('timeout', 10, 300_000),
    memoryMib: reader.number('memory-mib', 16, 4096),
    concurrency: reader.number('concurrency', 1, 256),
    warm: reader.number('warm', 0, 64),
    drainMs: reader.milliseconds('drain', 0, 300_000),
    network: values['allow-network'],
  };
  if (reader.problems.length > 0) throw new Problems(reader.problems);
  return flags;
}
