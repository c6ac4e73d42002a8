#!/bin/sh
# Makes the fixtures of this folder anew; see README.md.
set -eu
cd "$(dirname "$0")"

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa2048.pkcs8.pem
openssl pkey -in rsa2048.pkcs8.pem -traditional -out rsa2048.pkcs1.pem
openssl pkey -in rsa2048.pkcs8.pem -pubout -out rsa2048.spki.pem
openssl pkey -in rsa2048.pkcs8.pem -pubout -outform DER -out rsa2048.spki.der
openssl rsa -in rsa2048.pkcs8.pem -RSAPublicKey_out -out rsa2048.public.pkcs1.pem
openssl pkey -in rsa2048.pkcs8.pem -aes256 -passout pass:test -out rsa2048.encrypted.pkcs8.pem
openssl pkey -in rsa2048.pkcs8.pem -aes256 -passout pass:test -traditional \
    -out rsa2048.encrypted.pkcs1.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.pkcs8.pem
openssl pkey -in rsa1024.pkcs8.pem -traditional -out rsa1024.pkcs1.pem
openssl pkey -in rsa1024.pkcs8.pem -pubout -out rsa1024.spki.pem
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa2048.pss.pkcs8.pem

for curve in p256=P-256=prime256v1 p384=P-384=secp384r1 p521=P-521=secp521r1 \
    secp256k1=secp256k1=secp256k1; do
    key=${curve%%=*} names=${curve#*=}
    openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${names%=*}" -out "$key.pkcs8.pem"
    openssl ec -in "$key.pkcs8.pem" -out "$key.sec1.pem"
    { openssl ecparam -name "${names#*=}"; cat "$key.sec1.pem"; } > "$key.parameters.sec1.pem"
    openssl pkey -in "$key.pkcs8.pem" -pubout -out "$key.spki.pem"
    openssl pkey -in "$key.pkcs8.pem" -pubout -outform DER -out "$key.spki.der"
    openssl ec -in "$key.pkcs8.pem" -pubout -conv_form compressed -out "$key.compressed.spki.pem"
done
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-224 -out p224.pkcs8.pem
openssl pkey -in p224.pkcs8.pem -pubout -out p224.spki.pem

openssl genpkey -algorithm ED25519 -out ed25519.pkcs8.pem
openssl pkey -in ed25519.pkcs8.pem -pubout -out ed25519.spki.pem
openssl pkey -in ed25519.pkcs8.pem -pubout -outform DER -out ed25519.spki.der
openssl genpkey -algorithm ED448 -out ed448.pkcs8.pem
openssl genpkey -algorithm X25519 -out x25519.pkcs8.pem
openssl pkey -in x25519.pkcs8.pem -pubout -out x25519.spki.pem

for key in rsa1024 rsa2048 p256 ed25519; do
    openssl req -x509 -new -key "$key.pkcs8.pem" -subj /CN=test -days 1 -out "$key.certificate.pem"
done
openssl req -new -key p256.pkcs8.pem -subj /CN=test -out p256.request.pem
openssl x509 -req -in p256.request.pem -key p256.pkcs8.pem -days 1 -out p256.v1.certificate.pem
openssl pkcs12 -export -inkey p256.pkcs8.pem -in p256.certificate.pem -passout pass:test -out p256.p12

# Tokens of {}, since no library signs with such a key any more.
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
for size in 256 512; do
    input=$(printf '{"alg":"RS%s"}' "$size" | base64url).e30
    signature=$(printf %s "$input" | openssl dgst "-sha$size" -sign rsa1024.pkcs8.pem | base64url)
    printf '%s.%s' "$input" "$signature" > "rsa1024.rs$size.jws"
done

python3 - <<'PYTHON'
from pathlib import Path
from jwcrypto.jwk import JWK

for name in ["rsa1024", "rsa2048", "p256", "p384", "p521", "secp256k1", "ed25519"]:
    key = JWK.from_pem(Path(f"{name}.pkcs8.pem").read_bytes())
    members = key.export(as_dict=True)
    members.pop("kid")
    Path(f"{name}.jwk.json").write_text(JWK(**members).export() + "\n")
    Path(f"{name}.thumbprint").write_text(key.thumbprint() + "\n")
PYTHON

python3 - <<'PYTHON'
import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


def base64url(raw):
    return urlsafe_b64encode(raw).decode().rstrip("=")


for size in [44, 65, 87]:
    key = getattr(mldsa, f"MLDSA{size}PrivateKey").generate()
    pkcs8 = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    Path(f"mldsa{size}.pkcs8.pem").write_bytes(pkcs8)
    for name, encoding in [("pem", Encoding.PEM), ("der", Encoding.DER)]:
        spki = key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        Path(f"mldsa{size}.spki.{name}").write_bytes(spki)
    # In the order of the names, as a thumbprint wants them.
    members = {
        "alg": f"ML-DSA-{size}",
        "kty": "AKP",
        "pub": base64url(key.public_key().public_bytes_raw()),
    }
    thumbprint = sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    Path(f"mldsa{size}.thumbprint").write_text(base64url(thumbprint) + "\n")
    jwk = members | {"priv": base64url(key.private_bytes_raw())}
    Path(f"mldsa{size}.jwk.json").write_text(json.dumps(jwk) + "\n")
PYTHON
