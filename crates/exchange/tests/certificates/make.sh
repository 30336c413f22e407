#!/usr/bin/env bash
# Makes the certificates of the tests, valid for a hundred years: an authority, and a receiver on 127.0.0.1 that it
# vouches for. The authority's key is thrown away.
set -euo pipefail
cd "$(dirname "$0")"
key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
openssl req -x509 "${key[@]}" -keyout authority.key -out authority.pem -days 36500 -subj "/CN=test authority" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
openssl req "${key[@]}" -keyout receiver.key -out receiver.csr -subj "/CN=receiver"
printf 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n' > receiver.ext
openssl x509 -req -in receiver.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 36500 \
    -extfile receiver.ext -out receiver.pem
rm -f authority.key authority.srl receiver.csr receiver.ext
