// Log lines like latchkeyd's: one JSON object a line on standard error. JSON
// escapes control characters, so what a function writes cannot forge a line.
const MOST_CHARACTERS = 2048;

export function cut(text, most = MOST_CHARACTERS) {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

export function log(level, event, fields = {}) {
  const line = { time: new Date().toISOString(), level, event };
  for (const [key, value] of Object.entries(fields)) line[key] = cut(String(value));
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
