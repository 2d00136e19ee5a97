"""Makes the seeds under tests/fuzz/corpora from the published vectors.

Usage: make_corpora.py. Files are named for their content, so that running it
again changes nothing; inputs that fuzzing added stay. Needs protoc.
"""

import base64
import hashlib
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VECTORS = ROOT / "tests/conformance/vectors"
# Per target.
MAX_FILES = 150
MAX_FILE = 3000


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def load(path):
    return json.loads((VECTORS / path).read_text(encoding="utf-8"))


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def write(target, seeds):
    folder = HERE / "corpora" / target
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for seed in dict.fromkeys(seeds):
        data = seed if isinstance(seed, bytes) else seed.encode()
        if len(data) > MAX_FILE or count == MAX_FILES:
            continue
        name = hashlib.sha256(data).hexdigest()[:16]
        (folder / name).write_bytes(data)
        count += 1


def tokens():
    """Every compact token of the vectors, those of the RFCs first."""
    found = [row["jws"] for row in load("rfc/examples.json")["tokens"]]
    for path in sorted((VECTORS / "rfc7520-cookbook/jws").glob("*.json")):
        found.append(json.loads(path.read_text())["output"].get("compact"))
    # Of each mistake one.
    for name in ("signature", "crypto"):
        file = load(f"wycheproof/json_web_{name}_test.json")
        seen = set()
        for group in file["testGroups"]:
            for test in group["tests"]:
                if test["comment"] not in seen:
                    seen.add(test["comment"])
                    found.append(test.get("jws"))
    return [token for token in found if isinstance(token, str)]


# A header and a payload, which the target signs.
HEADERS = [
    {"alg": "HS256"},
    {"alg": "HS256", "kid": "ours", "typ": "JWT"},
    {"alg": "HS256", "kid": "ours", "typ": "application/at+jwt"},
    {"typ": "at+jwt", "alg": "HS256", "kid": "other"},
    {"alg": "HS256", "kid": 1},
    {"alg": "HS384", "kid": "ours"},
    {"alg": "none"},
    {"alg": "RS256", "kid": "ours", "jku": "https://x", "jwk": {"kty": "oct"}},
    {"alg": "HS256", "crit": ["exp"]},
    {"alg": "HS256", "b64": False},
    {"alg": "HS256", "zip": "DEF"},
]
PAYLOADS = [
    {"iss": "joe", "sub": "u", "aud": "app", "iat": 1300819000,
     "exp": 1300819380},
    {"iss": "joe", "sub": "u", "aud": ["x", "other"], "exp": 1300819380.5,
     "nbf": 1300819379, "jti": "1"},
    {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True},
    {"iss": "joe", "sub": "u", "exp": 0},
    {"sub": "u", "exp": 253402300799, "iat": 0, "nbf": 0},
    {"sub": "u", "exp": 253402300800},
    {"sub": "u", "exp": -1, "aud": []},
    {"sub": "", "exp": "1300819380", "aud": {}},
    {"sub": "u", "exp": 1e3, "cnf": {"jkt": "x"}},
    {"sub": "\u0000", "aud": [None], "exp": None},
    {"user_data": {"name": "n", "aliases": ["a", {"b.c": 1}]}, "exp": 2e9},
    {},
]
RAW_PAYLOADS = [
    '{"exp":1300819380,"exp":1300819381}', '{"exp":1.30081938e9,"sub":"u"}',
    '{"exp":1300819380.0000000000000001}', '{"exp":1e99999}', '{"exp":-0}',
    '{"exp":0.9e-1,"\\u0065xp":1}', '{"sub":"\\ud800"}', "[]", "null", "x",
    '{"nbf":1300819379.000000001,"exp":1300819380.999999999}',
]


def keys():
    found = []
    for path in sorted((VECTORS / "rfc7520-cookbook/jwk").glob("*.json")):
        found.append(json.loads(path.read_text()))
    examples = load("rfc/examples.json")
    found += [row["jwk"] for row in examples["tokens"] + examples["thumbprints"]]
    found += [dict(found[0], **change) for change in (
        {"use": "enc"}, {"key_ops": ["verify"]}, {"key_ops": ["sign", "sign"]},
        {"alg": "ES256"}, {"kid": 7}, {"x5c": ["AA"]}, {"crv": "P-256"})]
    for group in load("wycheproof/json_web_key_test.json")["testGroups"]:
        both = [group.get("public"), group.get("private")]
        for document in both:
            found += (document or {}).get("keys", [])
    return [key for key in found if isinstance(key, dict)]


def key_sets():
    found = [{"keys": []}, {"keys": {}}, {"keys": [1, None, {}]}]
    for group in load("wycheproof/json_web_key_test.json")["testGroups"]:
        found += [group.get("public"), group.get("private")]
    some = keys()
    found += [{"keys": some[i:i + 3]} for i in range(0, 12, 3)]
    found.append({"keys": [some[6], some[6], dict(some[6], kid="a")]})
    return [compact(one) for one in found if one]


ISSUERS = [
    "https://issuer.example", "https://issuer.example/", "https://a.b/c/d",
    "http://127.0.0.1:8080", "http://localhost", "https://[::1]:8443/x",
    "http://issuer.example", "HTTPS://x", "https://u@x", "https://x?y",
    "https://x:0", "https://x:65536", "https://2130706433", "https://127.1",
    "https://a..b.", "https://[1.2.3.4]", "file:///etc/passwd",
]


def discovery():
    for issuer in ISSUERS:
        for keys_at in ("/jwks", ":1/jwks", "\\jwks", ""):
            yield issuer + "\n" + compact(
                {"issuer": issuer, "jwks_uri": issuer + keys_at})
    yield ISSUERS[0] + "\n" + compact(
        {"issuer": ISSUERS[0], "jwks_uri": "http://127.0.0.1/jwks"})
    yield ISSUERS[0] + "\n" + compact({"issuer": 1, "jwks_uri": []})
    yield ISSUERS[0] + '\n{"issuer":"a","issuer":"b"}'
    yield ISSUERS[0] + "\n[]"


PHC = "$argon2id$v=19$m=%s,t=%s,p=%s$c29tZXNhbHQ$" + encode(bytes(32))


def phc():
    yield PHC % (8, 1, 1)
    yield PHC % (64, 2, 4)
    yield PHC % (19456, 2, 1)
    yield PHC % (1048577, 2, 1)
    yield PHC % ("08", 1, 1)
    yield PHC % (8, 17, 1)
    yield PHC % (8, 1, 9)
    yield (PHC % (8, 1, 1)).replace("argon2id", "argon2i")
    yield (PHC % (8, 1, 1)).replace("v=19", "v=16")
    yield (PHC % (8, 1, 1)).replace("c29tZXNhbHQ", "c29tZXNhbHQ=")
    yield "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"
    yield "$argon2id$v=19$m=8,t=1,p=1$$"
    # What the target's password really gives.
    yield ("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQwMDAwMDAwMA$"
           + encode(bytes(16)))


TOP = ("issuer: https://a.example\nlisteners: [{address: 127.0.0.1:0}]\n"
       "store: {memory: {}}\n")
APP = "apps:\n- id: a\n  providers:\n"


def config():
    example = (ROOT / "config/example.yaml").read_text(encoding="utf-8")
    bare = [line for line in example.splitlines()
            if line.strip() and not line.lstrip().startswith("#")]
    yield "\n".join(bare)
    # What is commented out, section by section.
    blocks = []
    for line in example.splitlines():
        if line.startswith("# ") and line[2:3].islower() and ":" in line:
            blocks.append([])
        if blocks and line.startswith("# "):
            blocks[-1].append(line[2:])
    for block in blocks:
        yield TOP + APP + "  - anonymous: {}\n" + "\n".join(block)
    for text in (
            "- email_password: {auto_confirm: true}",
            "- api_key: {max_keys_per_user: 2}",
            "- custom_jwt: {jwks_uri: 'https://x/jwks', audience: [a], "
            "metadata: [{path: 'a\\.b.c', field: d, required: true}]}",
            "- custom_jwt: {issuer: 'https://x', algorithms: [RS256]}",
            "- custom_jwt: {signing_algorithm: HS256, signing_keys: [k]}",
            "- function: {name: f, target: 'unix:x', timeout: 5s}",
            "- {anonymous: {}, api_key: {}}", "- [x]", "- anonymous: 1"):
        yield (TOP + "secrets: [{name: k, env: K}, {name: f, file: f}]\n" + APP
               + "  " + text + "\n")
    for text in (
            "a: &a [*a]", "a: &a {b: c}\nd: *a\n", "<<: {issuer: x}",
            "--- a\n--- b", "!!binary x", "? [a]\n: b", "issuer: ${UNSET}",
            "issuer: $${x} ${A", "issuer: 'x\n", "\t", "[[[[[[[[", "{a: {b: ",
            "issuer: |\n  x\n", "a: " + "[" * 70, "tokens: {access_ttl: 1w}",
            "a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]", "%YAML 1.2\n---\nx"):
        yield text
        yield TOP + text
    yield TOP + APP + "  - anonymous: {}\n"


JSON_REQUESTS = {
    "0": ["", "{}", '{"app":"a","credential":{"anonymous":{}}}',
          '{"credential":{"emailPassword":{"email":"a@b","password":"p"}},'
          '"device":{}}',
          '{"credential":{"email_password":{},"emailPassword":{}}}',
          '{"credential":{"anonymous":{},"api_key":{"key":"k"}}}',
          '{"credential":{"function":{"provider":"f","payload":'
          '{"a":[1,1.5e3,true,null,{"b":"\\u00e9"}]}}}}',
          '{"credential":{"google":{"idToken":"x"}}}', '{"a":1,"a":2}', "[]"],
    "1": ['{"token":"a.b.c","audience":["x","y"],"app":"a"}',
          '{"token":{}}', '{"audience":null}', '{"nope":1}', '{"token":1}'],
    "2": ['{"tokens":["a","b"],"audience":[]}', '{"tokens":[null]}'],
    "3": ['{"credential":{"customJwt":{"provider":"p","token":"t"}}}'],
    "4": ['{"app":"a"}'],
    "5": ['{"pageSize":10,"disabled":false,"type":"USER_TYPE_SERVER"}',
          '{"page_size":"10","type":1}', '{"pageSize":1e400}',
          '{"pageSize":2147483648}', '{"type":"NOPE"}', '{"type":99}'],
    "6": ['{"active":true,"reason":"TOKEN_EXPIRED"}', '{"reason":-1}',
          '{"principal":{}}'],
    "7": ['{"name":"k"}'],
}
TEXT_REQUESTS = {
    "0": ("LoginRequest", [
        'app: "a" credential { email_password { email: "e" password: "p" } }',
        'credential { function { provider: "f" payload { fields { key: "k" '
        "value { list_value { values { number_value: 1.5 } values { "
        "null_value: NULL_VALUE } } } } } } }",
        'credential { google { id_token: "t" nonce: "n" } }']),
    "1": ("VerifyRequest", ['token: "a.b.c" audience: "x" audience: "y"']),
    "2": ("BatchVerifyRequest", ['tokens: "a" tokens: "b" app: "x"']),
    "5": ("ListUsersRequest", ["page_size: -1 disabled: false type: 1"]),
    "6": ("VerifyResponse", ["active: true reason: 3 principal { }"]),
}


def binary_requests():
    for first, (message, texts) in TEXT_REQUESTS.items():
        for text in texts:
            made = subprocess.run(
                ["protoc", "-I", ROOT / "proto",
                 f"--encode=latchkey.v1.{message}",
                 "latchkey/v1/auth_service.proto",
                 "latchkey/v1/user_admin_service.proto"],
                input=text.encode(), stdout=subprocess.PIPE, check=True)
            yield first.encode() + made.stdout
    yield b"0\x0a\xff"
    yield b"1\x0a\x01\xff"
    yield b"2" + b"\x0a\x00" * 20
    yield b"7\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"


HEADS = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /latchkey.v1.AuthService/Verify?x=1 HTTP/1.1\r\nHost: a\r\n"
    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2\r\n{}\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
    "Content-Length: 1\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2"
    "\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "GET http://a/?b HTTP/1.1\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
    "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "0123456789abcdef\x1f\x90",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\n"
    "Upgrade: h2c\r\n\r\n",
]


def main():
    compacts = tokens()
    signed = [compact(h) + "\n" + compact(p) for h in HEADERS[:4]
              for p in PAYLOADS[:8]]
    signed += [compact(h) + "\n" + compact(PAYLOADS[0]) for h in HEADERS]
    signed += [compact(HEADERS[1]) + "\n" + p for p in RAW_PAYLOADS]
    write("token", signed + ["", "..", "a.b.c", "a.b.c.d.e"] + compacts)

    segments = [token.split(".")[0] for token in compacts]
    write("header", [compact(h) for h in HEADERS] + segments
          + [decode(segment) for segment in segments])
    write("claims", [compact(p) for p in PAYLOADS] + RAW_PAYLOADS
          + [decode(t.split(".")[1]) for t in compacts if t.count(".") > 1])
    write("base64url", ["", "A", "AA", "AB", "AAA", "AAB", "AAAA", "AAA=", "-_",
                        "+/", "A\n", "\u00ff", bytes(range(256))]
          + [t.split(".")[-1] for t in compacts][:20])
    write("jwk", [compact(key) for key in keys()])
    write("jwks", key_sets())
    write("discovery", discovery())
    write("phc", phc())
    write("config", config())
    # The suite's own files: one for nearly each way to be wrong.
    suite = sorted((VECTORS / "json-test-suite/test_parsing").glob("*.json"))
    texts = [path.read_bytes() for path in suite if path.stat().st_size <= 100]
    write("json", texts[::2] + [compact({"a": [1, {"b": "\u00e9\n"}, None]})])
    write("connect", [first + text for first, texts in JSON_REQUESTS.items()
                      for text in texts])
    write("proto", binary_requests())
    write("request_head", HEADS)


if __name__ == "__main__":
    main()
