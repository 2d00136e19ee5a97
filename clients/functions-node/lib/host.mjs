// Runs functions of apps: a bounded number at once, each in a process of its
// own, some of which wait ready so that a login need not wait for a start.
import { Child } from './child.mjs';
import { log } from './log.mjs';
import { Problems } from './problems.mjs';

const CHECK_MS = 30_000;
// After a process that ended before it had anything to do.
const PAUSE_MS = 1000;

// Processes of one app that wait for their call.
class Pool {
  constructor(app, settings) {
    this.app = app;
    this.settings = settings;
    this.waiting = [];
    this.closed = false;
    this.#fill();
  }

  #fill() {
    try {
      while (!this.closed && this.waiting.length < this.settings.warm) this.#add();
    } catch (error) {
      log('error', 'process_failed', { app: this.app.id, cause: error.message });
      this.#fillLater();
    }
  }

  #fillLater() {
    setTimeout(() => this.#fill(), PAUSE_MS).unref();
  }

  #add() {
    const child = new Child(this.app, this.settings);
    this.waiting.push(child);
    child.ended.then(() => {
      const place = this.waiting.indexOf(child);
      if (place < 0) return;
      this.waiting.splice(place, 1);
      this.#fillLater();
    });
  }

  take() {
    const child = this.waiting.shift() ?? new Child(this.app, this.settings);
    // Not before the call is on its way.
    setImmediate(() => this.#fill());
    return child;
  }

  close() {
    this.closed = true;
    for (const child of this.waiting.splice(0)) child.kill();
  }
}

export class Host {
  // timeoutMs, memoryMib, concurrency, warm, network.
  constructor(settings) {
    this.settings = settings;
    this.pools = new Map();
    this.running = 0;
    this.queue = [];
  }

  // Takes other apps from now on; calls that run are left to end. Throws when
  // functions cannot be run here at all.
  async replace(apps) {
    for (const app of apps) await this.#check(app);
    const old = this.pools;
    this.pools = new Map(apps.map((app) => [app.id, new Pool(app, this.settings)]));
    for (const pool of old.values()) pool.close();
  }

  // An exported app has functions for other purposes too: one that cannot be
  // compiled is no reason not to start.
  async #check(app) {
    const child = new Child(app, { ...this.settings, timeoutMs: CHECK_MS });
    const outcome = await child.run({ check: true }, { endsAt: performance.now() + CHECK_MS });
    if (outcome.failed) {
      throw new Problems([`${app.id}: functions cannot be run: ${outcome.text}`]);
    }
    for (const cause of JSON.parse(outcome.answer)) {
      log('warning', 'function_broken', { app: app.id, cause });
    }
  }

  // Calls a function with an array of arguments. Outcomes are those of Child,
  // and {failed: 'unknown' | 'overloaded', text}.
  async call({
    app, name, args, requestId = '', endsAt = Infinity, signal = undefined,
  }) {
    const last = Math.min(endsAt, performance.now() + this.settings.timeoutMs);
    if (!this.pools.get(app)?.app.functions.has(name)) {
      return { failed: 'unknown', text: 'there is no such function' };
    }
    const refused = await this.#enter(last, signal);
    if (refused) return refused;
    try {
      // The apps may be others by now.
      const pool = this.pools.get(app);
      if (!pool) return { failed: 'unknown', text: 'there is no such app' };
      return await pool.take().run({ function: name, args: JSON.stringify(args) }, {
        endsAt: last,
        signal,
        onLog: (level, text) => log(level, 'function_log', {
          request_id: requestId, app, function: name, text,
        }),
      });
    } catch (error) {
      return { failed: 'died', text: `its process cannot be started: ${error.message}` };
    } finally {
      this.#leave();
    }
  }

  // Waits for a place. What it gives is why there is none.
  async #enter(last, signal) {
    if (signal?.aborted) return { failed: 'cancelled', text: 'nobody waits for it' };
    if (this.running < this.settings.concurrency) {
      this.running += 1;
      return null;
    }
    if (this.queue.length >= this.settings.concurrency) {
      return { failed: 'overloaded', text: 'too many calls at once' };
    }
    return new Promise((done) => {
      const waiter = {};
      const giveUp = (failed) => {
        this.queue = this.queue.filter((other) => other !== waiter);
        clearTimeout(timer);
        done({ failed, text: 'it waited too long for its turn' });
      };
      const timer = setTimeout(() => giveUp('late'), Math.max(0, last - performance.now()));
      const cancel = () => giveUp('cancelled');
      signal?.addEventListener('abort', cancel, { once: true });
      waiter.go = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
        done(null);
      };
      this.queue.push(waiter);
    });
  }

  #leave() {
    const next = this.queue.shift();
    if (next) {
      next.go();
    } else {
      this.running -= 1;
    }
  }

  close() {
    for (const pool of this.pools.values()) pool.close();
  }
}
