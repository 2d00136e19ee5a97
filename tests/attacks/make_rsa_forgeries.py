"""Makes rsa_forgeries.json: RSA signatures that no library would make.

Usage: make_rsa_forgeries.py > rsa_forgeries.json

Every run makes new keys with the openssl command and throws the private ones
away; the encodings (RFC 8017 §9) are put together here, so that each can be
wrong in one place. The controls, right in every place, come from the same code.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile

BITS = 2048
SIZE = BITS // 8
CLAIMS = {"iss": "https://issuer.example", "sub": "24601", "aud": "app",
          "iat": 1700000000, "exp": 1700000300}
# DER of DigestInfo without the digest.
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
SHA1_INFO = bytes.fromhex("3021300906052b0e03021a05000414")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def openssl(*args, stdin=b""):
    return subprocess.run(("openssl",) + args, input=stdin, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


class Key:
    """An RSA key of the openssl command, with its numbers."""

    def __init__(self, exponent):
        self.pem = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
                           f"rsa_keygen_bits:{BITS}", "-pkeyopt",
                           f"rsa_keygen_pubexp:{exponent}")
        text = openssl("rsa", "-text", "-noout", stdin=self.pem).decode()
        self.e = exponent
        self.n = self._field(text, "modulus")
        self.d = self._field(text, "privateExponent")

    @staticmethod
    def _field(text, name):
        found = re.search(name + r":\s*((?:[0-9a-f]{2}:?\s*)+)", text)
        return int(re.sub(r"[\s:]", "", found.group(1)), 16)

    def jwk(self, kid):
        return {"kty": "RSA", "kid": kid, "n": number(self.n),
                "e": number(self.e)}

    def power(self, encoded):
        """The signature whose public power is `encoded`."""
        value = int.from_bytes(encoded, "big")
        assert value < self.n
        return pow(value, self.d, self.n).to_bytes(SIZE, "big")


def signing_input(alg, kid, claims=None):
    header = json.dumps({"alg": alg, "kid": kid}, separators=(",", ":"))
    payload = json.dumps(claims or CLAIMS, separators=(",", ":"))
    return b64(header.encode()) + "." + b64(payload.encode())


def pkcs1(info, padding=None, head=b"\x00\x01", separator=b"\x00", tail=b""):
    """EMSA-PKCS1-v1_5; `padding` None: as long as it takes."""
    rest = len(head) + len(separator) + len(info) + len(tail)
    if padding is None:
        padding = b"\xff" * (SIZE - rest)
    encoded = head + padding + separator + info + tail
    return encoded + b"\x00" * (SIZE - len(encoded))


def pkcs1_forgeries(message):
    digest = hashlib.sha256(message).digest()
    info = SHA256_INFO + digest
    some = b"\xff" * 8
    yield "", pkcs1(info)
    yield "garbage after the digest", pkcs1(
        info, some, tail=b"\x5a" * (SIZE - 11 - len(info)))
    yield "zeros after the digest", pkcs1(info, some)
    yield "one byte after the digest", pkcs1(info, tail=b"\x00")
    yield "no NULL parameters", pkcs1(
        bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest)
    yield "empty parameters of another type", pkcs1(
        bytes.fromhex("3031300d06096086480165030402010400") + b"\x04\x20"
        + digest)
    yield "garbage in the parameters", pkcs1(
        bytes.fromhex("3035301106096086480165030402010504deadbeef")
        + b"\x04\x20" + digest)
    yield "BER length of two bytes", pkcs1(
        bytes.fromhex("308131300d06096086480165030402010500") + b"\x04\x20"
        + digest)
    yield "BER length of the digest", pkcs1(
        bytes.fromhex("3032300d06096086480165030402010500") + b"\x04\x81\x20"
        + digest)
    yield "indefinite BER length", pkcs1(
        bytes.fromhex("3080300d06096086480165030402010500") + b"\x04\x20"
        + digest + b"\x00\x00")
    yield "another digest's OID", pkcs1(
        bytes.fromhex("3031300d06096086480165030402030500") + b"\x04\x20"
        + digest)
    yield "SHA-1", pkcs1(SHA1_INFO + hashlib.sha1(message).digest())
    yield "no DigestInfo", pkcs1(digest)
    yield "digest cut short", pkcs1(
        bytes.fromhex("3030300d06096086480165030402010500") + b"\x04\x1f"
        + digest[:31])
    yield "another text's digest", pkcs1(
        SHA256_INFO + hashlib.sha256(b"other").digest())
    yield "block type 0", pkcs1(info, head=b"\x00\x00")
    yield "block type 2", pkcs1(info, head=b"\x00\x02")
    yield "first byte 1", pkcs1(info, head=b"\x01\x01")
    fill = SIZE - 3 - len(info)
    yield "padding holds another byte", pkcs1(
        info, b"\xff" * (fill - 1) + b"\xfe")
    yield "padding holds zero", pkcs1(info, some + b"\x00" * (fill - 8))
    yield "no separator", pkcs1(info, separator=b"\xff")


def mgf1(seed, length, name):
    out = b""
    counter = 0
    while len(out) < length:
        out += hashlib.new(name, seed + counter.to_bytes(4, "big")).digest()
        counter += 1
    return out[:length]


def pss(message, salt_length, digest="sha256", mask_digest="sha256",
        trailer=0xbc, first=None):
    """EMSA-PSS for a modulus of BITS bits."""
    hashed = hashlib.new(digest, message).digest()
    salt = bytes(range(1, 256))[:salt_length]
    inner = hashlib.new(digest, b"\x00" * 8 + hashed + salt).digest()
    zeros = SIZE - len(inner) - salt_length - 2
    block = bytearray(b"\x00" * zeros + b"\x01" + salt)
    if first is not None:
        block[0] = first
    mask = mgf1(inner, len(block), mask_digest)
    masked = bytearray(a ^ b for a, b in zip(block, mask))
    masked[0] &= 0x7f
    return bytes(masked) + inner + bytes([trailer])


def pss_forgeries(message):
    yield "", pss(message, 32)
    for length in (0, 1, 20, 31, 33, 48, 64, SIZE - 34):
        yield f"salt of {length} bytes", pss(message, length)
    yield "mask of SHA-1", pss(message, 32, mask_digest="sha1")
    yield "mask of SHA-512", pss(message, 32, mask_digest="sha512")
    yield "SHA-1 throughout", pss(message, 20, "sha1", "sha1")
    yield "SHA-512 throughout", pss(message, 64, "sha512", "sha512")
    yield "another trailer", pss(message, 32, trailer=0xcc)
    yield "padding holds another byte", pss(message, 32, first=0x01)


def cube_root(value):
    """The smallest number whose cube is at least `value`."""
    low, high = 0, 1 << (value.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        if middle ** 3 < value:
            low = middle + 1
        else:
            high = middle
    return low


def cube_forgery(message):
    """Bleichenbacher's: no private key is needed."""
    info = SHA256_INFO + hashlib.sha256(message).digest()
    head = b"\x00\x01" + b"\xff" * 8 + b"\x00" + info
    wanted = int.from_bytes(head + b"\x00" * (SIZE - len(head)), "big")
    root = cube_root(wanted)
    assert (root ** 3).to_bytes(SIZE, "big").startswith(head)
    return root.to_bytes(SIZE, "big")


def lengths(key, kid):
    """Right signatures as numbers, but not as RFC 8017 §8.2.2 writes them."""
    shortened = enlarged = None
    for tries in range(100000):
        text = signing_input("RS256", kid, dict(CLAIMS, jti=str(tries)))
        digest = hashlib.sha256(text.encode()).digest()
        signature = key.power(pkcs1(SHA256_INFO + digest))
        if shortened is None and signature[0] == 0:
            shortened = text, signature
        if enlarged is None:
            value = int.from_bytes(signature, "big") + key.n
            if value.bit_length() <= BITS:
                enlarged = text, value.to_bytes(SIZE, "big")
        if shortened and enlarged:
            break
    text, signature = shortened
    yield "", text, signature
    yield "leading zero stripped", text, signature[1:]
    yield "zero put in front", text, b"\x00" + signature
    yield "zero put behind", text, signature + b"\x00"
    yield "the modulus added", enlarged[0], enlarged[1]
    for name, value in (("zero", 0), ("one", 1), ("the modulus", key.n),
                        ("one over the modulus", key.n + 1),
                        ("one under the modulus", key.n - 1),
                        ("all ones", (1 << BITS) - 1)):
        yield name, text, value.to_bytes(SIZE, "big")


def roca_modulus():
    """A number with the fingerprint of CVE-2017-15361; nobody's key."""
    product = 2
    for prime in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59,
                  61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127,
                  131, 137, 139, 149, 151, 157, 163, 167):
        product *= prime
    top = int.from_bytes(hashlib.shake_256(b"roca").digest(SIZE), "big")
    top |= 1 << (BITS - 1)
    return top - top % product + pow(65537, 12345, product)


def token(name, text, signature):
    return {"cause": name, "token": text + "." + b64(signature)}


def tokens(key, kid, alg, forgeries):
    text = signing_input(alg, kid)
    return [token(name, text, key.power(encoded))
            for name, encoded in forgeries(text.encode())]


def public_texts(key):
    with tempfile.NamedTemporaryFile() as file:
        file.write(key.pem)
        file.flush()
        certificate = openssl("req", "-x509", "-new", "-key", file.name,
                              "-subj", "/CN=issuer.example", "-days", "36500")
    return {
        "spki": openssl("pkey", "-pubout", stdin=key.pem).decode(),
        "pkcs1": openssl("rsa", "-RSAPublicKey_out", stdin=key.pem).decode(),
        "certificate": certificate.decode(),
    }


def main():
    key, cube = Key(65537), Key(3)
    forged = signing_input("RS256", "e3")
    result = {
        "rs256_jwk": dict(key.jwk("rs"), alg="RS256"),
        "ps256_jwk": dict(key.jwk("ps"), alg="PS256"),
        "e3_jwk": dict(cube.jwk("e3"), alg="RS256"),
        "pem": public_texts(key),
        "pkcs1": tokens(key, "rs", "RS256", pkcs1_forgeries),
        "pss": tokens(key, "ps", "PS256", pss_forgeries),
        "e3": tokens(cube, "e3", "RS256", pkcs1_forgeries)
        + [token("cube root", forged, cube_forgery(forged.encode()))],
        "lengths": [token(*row) for row in lengths(key, "rs")],
        "roca_modulus": number(roca_modulus()),
        "prime": number(int(openssl("prime", "-generate", "-bits",
                                    str(BITS)))),
    }
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
