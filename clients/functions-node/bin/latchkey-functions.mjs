#!/usr/bin/env node
// latchkey-functions: serves App Services functions to latchkeyd.
//
// Exit codes: 0 stopped as asked, 1 could not start or a second signal, 2 wrong
// flags or a wrong app folder.
import { loadApps } from '../lib/app_folder.mjs';
import { parseFlags, USAGE } from '../lib/flags.mjs';
import { Host } from '../lib/host.mjs';
import { log } from '../lib/log.mjs';
import { Problems } from '../lib/problems.mjs';
import { serve } from '../lib/server.mjs';

function fail(code, text) {
  process.stderr.write(`latchkey-functions: ${text}\n`);
  process.exit(code);
}

// A bad folder keeps what was there.
async function reload(host, flags) {
  try {
    await host.replace(loadApps(flags.apps));
    log('info', 'reloaded');
  } catch (error) {
    log('error', 'reload_failed', { cause: error.message });
  }
}

async function main() {
  const flags = parseFlags(process.argv.slice(2));
  if (flags.help) {
    process.stdout.write(USAGE);
    return;
  }
  const host = new Host(flags);
  await host.replace(loadApps(flags.apps));
  const server = await serve(host, flags);
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(1);
    stopping = true;
    log('info', 'stopping');
    await server.drain(flags.drainMs);
    host.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => reload(host, flags));
  process.stdout.write(`latchkey-functions ready ${flags.target}\n`);
}

main().catch((error) => fail(error instanceof Problems ? 2 : 1, error.message));
