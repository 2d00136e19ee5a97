// Reads the folder of an exported App Services app: what its functions need and
// nothing else. Both layouts of functions: functions/NAME.js, and the older
// functions/NAME/source.js.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Problems } from './problems.mjs';

const MOST_FILE_BYTES = 1 << 20;
const MOST_APP_BYTES = 8 << 20;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

class Reader {
  constructor(app) {
    this.app = app;
    this.problems = [];
    this.bytes = 0;
  }

  wrong(path, what) {
    this.problems.push(`${path}: ${what}`);
  }

  // The text of a file, or undefined with a problem.
  text(path) {
    try {
      const { size } = statSync(path);
      this.bytes += size;
      if (size > MOST_FILE_BYTES) {
        this.wrong(path, `more than ${MOST_FILE_BYTES} bytes`);
        return undefined;
      }
      return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    } catch (error) {
      this.wrong(path, error.code ?? error.message);
      return undefined;
    }
  }

  object(path) {
    const text = this.text(path);
    if (text === undefined) return undefined;
    try {
      const value = JSON.parse(text);
      if (value !== null && typeof value === 'object') return value;
      this.wrong(path, 'holds no JSON object');
    } catch {
      this.wrong(path, 'is not JSON');
    }
    return undefined;
  }

  entries(folder) {
    const path = join(this.app.folder, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, path: join(path, entry.name), folder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function addFunction(reader, functions, name, path) {
  const source = reader.text(path);
  if (source === undefined) return;
  if (!NAME.test(name)) {
    reader.wrong(path, 'a function\'s name has 1-64 letters, digits, _ and -');
  } else if (functions.has(name)) {
    reader.wrong(path, `there are two functions ${name}`);
  } else {
    functions.set(name, source);
  }
}

function readFunctions(reader) {
  const functions = new Map();
  for (const entry of reader.entries('functions')) {
    const old = join(entry.path, 'source.js');
    if (entry.folder && entry.name !== 'node_modules' && existsSync(old)) {
      addFunction(reader, functions, entry.name, old);
    } else if (!entry.folder && entry.name.endsWith('.js')) {
      addFunction(reader, functions, entry.name.slice(0, -3), entry.path);
    }
  }
  if (functions.size === 0) {
    reader.wrong(join(reader.app.folder, 'functions'), 'holds no function (NAME.js)');
  }
  const config = join(reader.app.folder, 'functions/config.json');
  if (!existsSync(config)) return functions;
  const listed = reader.object(config);
  for (const { name } of Array.isArray(listed) ? listed : []) {
    if (!functions.has(name)) reader.wrong(config, `there is no source of ${name}`);
  }
  return functions;
}

function readSecret(reader, path, name) {
  if (typeof name !== 'string' || !NAME.test(name)) {
    reader.wrong(path, 'from_secret needs the name of a secret as its value');
    return undefined;
  }
  // Files are often written with a line's end, secrets seldom have one.
  return reader.text(join(reader.app.secrets, name))?.replace(/\r?\n$/, '');
}

function readValues(reader) {
  const values = {};
  for (const { name: file, path } of reader.entries('values')) {
    if (!file.endsWith('.json')) continue;
    const entry = reader.object(path);
    if (entry === undefined) continue;
    const name = entry.name ?? file.slice(0, -5);
    if (typeof name !== 'string' || !NAME.test(name)) {
      reader.wrong(path, 'a value\'s name has 1-64 letters, digits, _ and -');
    } else {
      values[name] = entry.from_secret === true
        ? readSecret(reader, path, entry.value) : entry.value;
    }
  }
  return values;
}

function readEnvironment(reader) {
  const tag = reader.app.environment;
  const path = join(reader.app.folder, 'environments', `${tag || 'no-environment'}.json`);
  if (!existsSync(path)) {
    if (tag !== '') reader.wrong(path, 'is not there');
    return { tag, values: {} };
  }
  return { tag, values: reader.object(path)?.values ?? {} };
}

// {id, functions: Map of name to source, values, environment}.
function loadApp(app, problems) {
  const reader = new Reader(app);
  if (!existsSync(app.folder)) {
    problems.push(`${app.folder}: is not there`);
    return undefined;
  }
  const loaded = {
    id: app.id,
    functions: readFunctions(reader),
    values: readValues(reader),
    environment: readEnvironment(reader),
  };
  if (reader.bytes > MOST_APP_BYTES) {
    reader.wrong(app.folder, `more than ${MOST_APP_BYTES} bytes together`);
  }
  problems.push(...reader.problems);
  return loaded;
}

// Reads each of [{id, folder, secrets, environment}]. Throws Problems.
export function loadApps(apps) {
  const problems = [];
  const loaded = apps.map((app) => loadApp(app, problems));
  if (problems.length > 0) throw new Problems(problems);
  return loaded;
}
