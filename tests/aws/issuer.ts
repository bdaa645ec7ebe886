/**
 * A stand-in for an identity provider: what a Cognito user pool shows to whoever checks its tokens, and no more. Real RSA keys,
 * real signatures, keys and discovery over HTTP; nobody can sign in here.
 */
import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';

export type Claims = Readonly<Record<string, unknown>>;

interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

const newKey = async (kid: string): Promise<SigningKey> => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
};

export async function startIssuer() {
  const first = await newKey('key-1');
  let key = first;
  let published: readonly JWK[] = [first.jwk];
  let isDown = false;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers()[request.url ?? ''];
    response.writeHead(isDown ? 503 : answer === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(isDown ? '' : JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a port');
  const home = `http://127.0.0.1:${address.port}`;
  const issuer = `${home}/pool`;
  const answers = (): Record<string, unknown> => ({
    '/pool/.well-known/openid-configuration': { issuer, jwks_uri: `${home}/keys` },
    // Speaks for another.
    '/impostor/.well-known/openid-configuration': { issuer, jwks_uri: `${home}/keys` },
    // Shows keys on a line anybody may write to.
    '/careless/.well-known/openid-configuration': { issuer: `${home}/careless`, jwks_uri: 'http://keys.example/keys' },
    '/keys': { keys: published },
  });

  return {
    home,
    issuer,
    client: 'client-of-kerbwatch',
    /** Paths, in the order they were asked for. */
    asked,
    /** Signed as the provider signs; `key` of another provider makes a forgery. */
    sign: (claims: Claims, { by = key, header = {} }: { by?: SigningKey; header?: Claims } = {}): Promise<string> =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: by.kid, ...header }).sign(by.privateKey),
    /** The public key taken for a shared secret: RFC 8725, 2.1. */
    async signWithPublicKey(claims: Claims): Promise<string> {
      const secret = new TextEncoder().encode(await exportSPKI(key.publicKey));
      return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(secret);
    },
    /** A new key signs from here on. Until `publish` nobody can find it. */
    async rotate(): Promise<void> {
      key = await newKey(`key-${published.length + 1}`);
    },
    publish(): void {
      published = [...published, key.jwk];
    },
    /** Another provider's key under the same name. */
    foreignKey: () => newKey(key.kid),
    setDown(down: boolean): void {
      isDown = down;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
export type TestIssuer = Awaited<ReturnType<typeof startIssuer>>;
