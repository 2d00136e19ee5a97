// Every ```yaml block of the README and of docs/*.md is a configuration that
// latchkeyd takes. A block that begins with a blank goes on with the last
// section of its page; what a block leaves out comes from BASE.
import assert from 'node:assert/strict';
import {
  mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LATCHKEYD, ROOT, run } from './latchkeyd.mjs';

const BASE = [
  ['issuer', 'issuer: http://127.0.0.1:8080\n'],
  ['listeners', 'listeners: [{address: "127.0.0.1:0"}]\n'],
  ['store', 'store: {memory: {}}\n'],
  ['apps', 'apps: [{id: base, providers: [{anonymous: {}}]}]\n'],
];
const PAGES = ['README.md',
  ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))];
// Made for this test: a key, and a certificate of it until 2126.
const KEY = `-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCmG5vk56fjxbKr
PZDItZgA4Wzx1T1dPF+tukZxqzk4eTs80KSarc80sIW5hs8ivFJzdqQ3ei/Z6ns4
OH7lT8n1ARr00NgYiqhkBkNrkb7CvShNoH+guwng8ahWdtUXE1f2r2CqfZkp4irg
01IDZ58jtDB9G+Tn9P8Zqt7Dfg5lg8HEjDEhfrbsIoOFX7uQ4MRor1m3j9z34wFz
u0yLGdLHMy3nNCsemRvT6QyjqabeV3bJVmKGIBqjeFE2M6UPaJPfLz5kjq4qmo8p
6tGORgjs/4BRrrUuz+R7RkJ+Fp9L62sUWYNO+b1GJzBSOk2N/vDySXdljYElcFS4
25iDhUaxAgMBAAECggEAIcnN7UMeCJwHWwPb9qfRsqQoOA0LPXLxd3JDsA2HRzCJ
1zYNtZUTaAFcQj/k1IkAMJJ6lvpYz3f99pKvZU/UoezGofP1cRCLbkVD45ay+gPm
Ndwm+ffx63rcpjHn6Ji7tOc5v5Rq2nUyCaeSsDScz3NwxZIt/uz8EymJxLRYk1dk
4GyZUomrIDlkqvgJiNM/QVR1SrJdYrahYDnxl+cHTC0N0WHLbTDI3FMUBfXO5tud
HPh3EaPrf8g6F8L44KCYaW5hSzPfqD4yZDNHNDRJAz94W6zk7TDRS3rGSm3IHy3j
2ptmqoiWfi8yDG35uqNrbuw9wZKbeEWa2RubuXJenQKBgQDTdQJgmle8LGLgdrVB
53saRGgmGQLg1OLjngeAuTNUL6tTSIOnXLhluG0RuLMxw12/Anxrl/wC4v2LpvxB
R/Z9s71Y64VhNaBCpnXx6LTF+n7wrc6AqTTls15UfWLjqIr9eXcYo9q1jZ6yd3X1
Eg0n3H4WVuN8yMmqhr3X0p7wwwKBgQDJGRtcmDlm54cpdGRL5xoKTRJSpiSEXSXe
XtPPx11vr6mdFX0rJz+ORwnnz0s+MK8/b/Hy5UADBJliX9I7v23D3RR6MQ8VYVNt
vzRcnOqhObzFbQucxnq0fx+4SXs+zEKpjGGJpQxObpZGcNwnnnghfacIiIp3EN+G
D4DEuQBzewKBgH8ngGt4xENKaZbSq0JbISJ1ei9WoO1z9o+rKpXUSDJai+qD028j
iVrZoPSkHVVSRqAirZDBjvBpcM+2dUAINwf1ummrDsSay6jokkoKhhH7BLRTv7aM
iVuLFbE2yO1fH1022k/9z/mWlJR603qwBSswIr3qN9eEoggiCCys4ZijAoGAaaNZ
v0Nr7AW19+3ffgvxnvWrqWUDi9DOwsi3pc+J4tC5Xf5a2V9twJTKvE4lrY6vkLiC
teD9xlgVJxtE+gPualRpnGLHFKkixWUK4ZfAnV8SLffBgOK2tLiO9iULrApq/lvz
JPZhx5XKNUi2Lc3ON3GlXBM2AaQId4kPUMgKV58CgYEAk8PZ6AQZyLQepq9USu8E
tQQgFldHqMN4B2GmUD+IoHpJKVclIN1mwqZqfUNgE93wMfVgPpuUCPXLAdtIzIOR
jzCk4YMveuDLexbqeVZyq1OzPEyLMLS85I3RhumjawUNf+JOW84eoEy2gH4u+m9G
4e+V2W5Rgb/1UY5q7k9wCr0=
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIDFzCCAf+gAwIBAgIUZw15QCv1ByvizueKrmZ+fl25fOswDQYJKoZIhvcNAQEL
BQAwGjEYMBYGA1UEAwwPbGF0Y2hrZXkgZ3VpZGVzMCAXDTI2MTEyMjE4MDIwNVoY
DzIxMjYxMDI5MTgwMjA1WjAaMRgwFgYDVQQDDA9sYXRjaGtleSBndWlkZXMwggEi
MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCmG5vk56fjxbKrPZDItZgA4Wzx
1T1dPF+tukZxqzk4eTs80KSarc80sIW5hs8ivFJzdqQ3ei/Z6ns4OH7lT8n1ARr0
0NgYiqhkBkNrkb7CvShNoH+guwng8ahWdtUXE1f2r2CqfZkp4irg01IDZ58jtDB9
G+Tn9P8Zqt7Dfg5lg8HEjDEhfrbsIoOFX7uQ4MRor1m3j9z34wFzu0yLGdLHMy3n
NCsemRvT6QyjqabeV3bJVmKGIBqjeFE2M6UPaJPfLz5kjq4qmo8p6tGORgjs/4BR
rrUuz+R7RkJ+Fp9L62sUWYNO+b1GJzBSOk2N/vDySXdljYElcFS425iDhUaxAgMB
AAGjUzBRMB0GA1UdDgQWBBRxY0kqV+nZJ/NDh3SnRP4xOhwqjzAfBgNVHSMEGDAW
gBRxY0kqV+nZJ/NDh3SnRP4xOhwqjzAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3
DQEBCwUAA4IBAQCK6fD/SFtqbjKilGmtxaEj3oxSQYZPlwdYBv08T3WbmbgXQfSZ
5junTaE4y+3ykMflGVM2/br4X5W89sMCP5ToOF3sYA4XQGCPzDftQCId/0CEd0DX
SqErxLhxIKiknXJBUt1QeqEAmVwKGgEGjvL9oQh1CtizvgBO3oBy+3T2lxcNQJAL
yrgUIdtrJNvloWk3fdaEhqHUErd2CoENOs5xktwv0Q2o7M1BRPk6aSjYcdTtAeV9
WAoNtEn9ng8goFe8dpZk2lK095+rB8HO5N9QAfB+242gf+J5Y6Tu88DwKscxf5uX
zWZ07so8PSO803NK2o8OM77E/DJsdRn67rMN
-----END CERTIFICATE-----
`;
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'key.pem'), KEY);
  writeFileSync(join(folder, 'certificate.pem'), CERTIFICATE);
  writeFileSync(join(folder, 'letter'), 'Open {{link}}.');
  writeFileSync(join(folder, 'secret'), 'a secret of more than 32 characters');
  mkdirSync(join(folder, 'exported-app', 'auth'), { recursive: true });
  writeFileSync(join(folder, 'exported-app', 'realm_config.json'), '{"app_id": "base"}');
  writeFileSync(join(folder, 'exported-app', 'auth', 'providers.json'),
    '{"anon-user": {}}');
});

after(() => rmSync(folder, { recursive: true, force: true }));

// [{line, text}] of a page, blocks that go on with a section made whole.
function blocksOf(page) {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = [];
  let section = '';
  for (const match of text.matchAll(/^```yaml\n([^]*?)^```/gm)) {
    const [, block] = match;
    if (/^(spec|kind):/m.test(block)) continue; // of Kubernetes
    const names = [...block.matchAll(/^([a-z_]+):/gm)];
    if (names.length > 0) section = names.at(-1)[1];
    assert.ok(section, `${page}: a block that goes on with nothing`);
    blocks.push({
      line: text.slice(0, match.index).split('\n').length,
      text: /^\s/.test(block) ? `${section}:\n${block}` : block,
    });
  }
  return blocks;
}

function configOf(block) {
  const missing = BASE.filter(([name]) => !new RegExp(`^${name}:`, 'm').test(block));
  // Files that a reader has elsewhere.
  return (missing.map(([, text]) => text).join('') + block)
    .replace(/\/run\/secrets\/\S*certificate\.pem/g, 'certificate.pem')
    .replace(/\/run\/secrets\/\S*\.pem/g, 'key.pem')
    .replace(/\/run\/secrets\/[^\s,}]+/g, 'secret')
    .replace(/mail\/\w+\.(txt|html)/g, 'letter')
    .replace('/etc/latchkey/exported-app', 'exported-app');
}

for (const page of PAGES) {
  const blocks = blocksOf(page);
  if (blocks.length === 0) continue;
  test(`${page}: latchkeyd takes what it shows`, async () => {
    for (const { line, text } of blocks) {
      writeFileSync(join(folder, 'guide.yaml'), configOf(text));
      const { code, stdout, stderr } = await run(LATCHKEYD,
        ['--config=guide.yaml', '--validate'], folder);
      assert.equal(code, 0, `${page}:${line}\n${stdout}${stderr}\n${configOf(text)}`);
    }
  });
}

test('the guides of issuers show something', () => {
  for (const page of ['okta', 'entra-id', 'oidc', 'client-credentials']) {
    assert.ok(blocksOf(`docs/${page}.md`).length >= 4, page);
  }
});

// The reasons and the causes that the tables of errors name are the code's own.
test('every reason that a guide names is one', () => {
  const known = new Set(readFileSync(join(ROOT, 'core/base/reasons.def'), 'utf8')
    .match(/\b[A-Z][A-Z_]{4,}\b/g));
  for (const page of PAGES) {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [, line] of text.matchAll(/^\| (.*) \|$/gm)) {
      const [first] = line.split(' | ');
      for (const [, reason] of first.matchAll(/`([A-Z]+_[A-Z_]+)`/g)) {
        assert.ok(known.has(reason), `${page}: ${reason}`);
      }
    }
  }
});
