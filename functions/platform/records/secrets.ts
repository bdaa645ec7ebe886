/**
 * Secrets we give out and secrets people choose. A token is 256 random bits, so one SHA-256 keeps it; a password is
 * not, so scrypt (RFC 7914) does. Neither is ever stored or logged in the clear.
 */
import { createHash, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** `kwt_<id>_<secret>`: the id finds the record, the secret proves the right to it. The prefix lets scanners find leaks. */
export interface IssuedSecret {
  readonly id: string;
  /** Shown once. */
  readonly token: string;
  readonly secretSha256: string;
}
const KINDS = ['kwt', 'kws', 'kwp'] as const;
/** A machine's token, an officer's session, a party's look at its case. */
export type TokenKind = (typeof KINDS)[number];

export function issueSecret(kind: TokenKind): IssuedSecret {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, token: `${kind}_${id}_${secret}`, secretSha256: sha256(secret) };
}

export function partsOfToken(token: string): { kind: TokenKind; id: string; secret: string } | undefined {
  const [, name, id, secret] = /^(kwt|kws|kwp)_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  const kind = KINDS.find((known) => known === name);
  if (kind === undefined || id === undefined || secret === undefined) return undefined;
  return { kind, id, secret };
}

export function secretMatches(secret: string, secretSha256: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(secret), 'hex'), Buffer.from(secretSha256, 'hex'));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Cost and salt stand with the hash, so that the cost can rise without anybody's password changing. */
export interface PasswordHash {
  /** Hex. */
  salt: string;
  hash: string;
  cost: number;
}

/** 32 MB and a quarter of a second or more a guess; OWASP Password Storage Cheat Sheet: N=2^15, r=8, p=3. */
const COST = 2 ** 15;
const SHAPE = { r: 8, p: 3, maxmem: 128 * 1024 * 1024 } satisfies ScryptOptions;

/** @param cost less than for what people choose where the secret is random and guesses are few */
export async function hashPassword(password: string, cost = COST): Promise<PasswordHash> {
  const salt = randomBytes(16);
  return { salt: salt.toString('hex'), hash: (await derive(password, salt, cost)).toString('hex'), cost };
}

/** Takes as long for an account that does not exist (`stored` undefined) as for one that does. */
export async function passwordMatches(
  password: string,
  stored: PasswordHash | undefined,
  cost = COST,
): Promise<boolean> {
  const salt = Buffer.from(stored?.salt ?? '00'.repeat(16), 'hex');
  const derived = await derive(password, salt, stored?.cost ?? cost);
  const expected = stored === undefined ? randomBytes(derived.length) : Buffer.from(stored.hash, 'hex');
  return timingSafeEqual(derived, expected) && stored !== undefined;
}

/** The same password typed with another input method has the same characters (NFKC), hence the same bytes. */
function derive(password: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, 32, { ...SHAPE, N: cost }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
