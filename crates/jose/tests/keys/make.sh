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

python3 - <<'PYTHON'
from pathlib import Path
from jwcrypto.jwk import JWK

for name in ["rsa2048", "p256", "p384", "p521", "secp256k1", "ed25519"]:
    key = JWK.from_pem(Path(f"{name}.pkcs8.pem").read_bytes())
    members = key.export(as_dict=True)
    members.pop("kid")
    Path(f"{name}.jwk.json").write_text(JWK(**members).export() + "\n")
    Path(f"{name}.thumbprint").write_text(key.thumbprint() + "\n")
PYTHON
