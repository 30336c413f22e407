// A real provider of identity on loopback, for tests. Says its port on standard output; ends with its standard input.
// POST /control/rotate replaces its keys; argument: the port, 0 for any; then key and certificate for TLS, if any.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, tlsKey, tlsCertificate] = process.argv.slice(2);
let generation = 0;

function keys() {
  generation += 1;
  const key = (alg, kind, options) => {
    const jwk = generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' });
    return { ...jwk, kid: `${alg}-${generation}`, use: 'sig', alg };
  };
  return [
    key('RS256', 'rsa', { modulusLength: 2048 }),
    key('PS256', 'rsa', { modulusLength: 2048 }),
    key('ES256', 'ec', { namedCurve: 'P-256' }),
    key('ES384', 'ec', { namedCurve: 'P-384' }),
    key('EdDSA', 'ed25519', {}),
  ];
}

const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

function provider(issuer) {
  const client = (alg) => ({
    client_id: `sanzao-${alg}`,
    client_secret: 'a secret: with % and +',
    redirect_uris: ['http://127.0.0.1:8614/callback'],
    grant_types: ['authorization_code', 'client_credentials'],
    response_types: ['code'],
    id_token_signed_response_alg: alg,
  });
  const algorithm = (client) => client.clientId.slice('sanzao-'.length);
  const made = new Provider(issuer, {
    clients: algorithms.map(client),
    jwks: { keys: keys() },
    cookies: { keys: ['only for tests'] },
    enabledJWA: { idTokenSigningAlgValues: algorithms },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    pkce: { required: () => true },
    ttl: { AccessToken: 3600, ClientCredentials: 7 * 86400, IdToken: 3600, Session: 3600, Interaction: 3600, Grant: 3600 },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource, client) => ({
          scope: 'sanzao',
          audience: resource,
          accessTokenFormat: resource.endsWith('/opaque') ? 'opaque' : 'jwt',
          jwt: { sign: { alg: algorithm(client) } },
        }),
      },
    },
  });
  return made.callback();
}

let serve = (_, response) => response.writeHead(503).end();
const answer = (request, response) => {
  if (request.method === 'POST' && request.url === '/control/rotate') {
    serve = provider(issuer);
    response.writeHead(204).end();
  } else {
    serve(request, response);
  }
};
const server = tlsKey
  ? createTlsServer({ key: readFileSync(tlsKey), cert: readFileSync(tlsCertificate) }, answer)
  : createServer(answer);
let issuer;
server.listen(Number(port), '127.0.0.1', () => {
  const scheme = tlsKey ? 'https' : 'http';
  issuer = `${scheme}://127.0.0.1:${server.address().port}`;
  serve = provider(issuer);
  console.log(`port ${server.address().port}`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
