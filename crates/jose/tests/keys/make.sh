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
openssl pkey -in rsa1024.pkcs8.pem -pubout -out rsa1024.spki.pem
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa2048.pss.pkcs8.pem
openssl req -x509 -new -key rsa2048.pkcs8.pem -subj /CN=test -days 1 -out rsa2048.certificate.pem

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.pkcs8.pem
openssl ec -in p256.pkcs8.pem -out p256.sec1.pem
{ openssl ecparam -name prime256v1; cat p256.sec1.pem; } > p256.parameters.sec1.pem
openssl pkey -in p256.pkcs8.pem -pubout -out p256.spki.pem
openssl pkey -in p256.pkcs8.pem -pubout -outform DER -out p256.spki.der
openssl ec -in p256.pkcs8.pem -pubout -conv_form compressed -out p256.compressed.spki.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pkcs8.pem
openssl pkey -in p384.pkcs8.pem -pubout -out p384.spki.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out secp256k1.pkcs8.pem
openssl pkey -in secp256k1.pkcs8.pem -pubout -out secp256k1.spki.pem

openssl genpkey -algorithm ED25519 -out ed25519.pkcs8.pem
openssl pkey -in ed25519.pkcs8.pem -pubout -out ed25519.spki.pem
openssl pkey -in ed25519.pkcs8.pem -pubout -outform DER -out ed25519.spki.der
openssl genpkey -algorithm ED448 -out ed448.pkcs8.pem

python3 - <<'PYTHON'
from pathlib import Path
from jwcrypto.jwk import JWK

for name in ["rsa2048", "p256", "ed25519"]:
    key = JWK.from_pem(Path(f"{name}.pkcs8.pem").read_bytes())
    members = key.export(as_dict=True)
    members.pop("kid")
    Path(f"{name}.jwk.json").write_text(JWK(**members).export() + "\n")
    Path(f"{name}.thumbprint").write_text(key.thumbprint() + "\n")
PYTHON
