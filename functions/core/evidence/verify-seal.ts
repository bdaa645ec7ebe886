/** The seal of a package: whose key signed its list of files, whether that key was the bureau's, and when it was stamped. */
import { formatInstant, type Instant } from '#core/time.ts';
import { SIGNATURE, TAG_MANIFEST, TIME_STAMP } from './bag.ts';
import { type Check, check, decode, type Fault, type Files, fault, unreadable } from './check.ts';
import { isCanonical, verifyDetached } from './jws.ts';
import { brokenRotations, isInForce, isNamedBy, type PublishedKeys } from './signing-keys.ts';
import { checkTimeStamp, STAMP_TOLERANCE_MS } from './time-stamp.ts';

export interface SealFacts {
  readonly checks: readonly Check[];
  /** Null when there is no valid signature. */
  readonly keyId: string | null;
}

export interface SealExpectations {
  readonly keyId?: string | undefined;
  readonly keys?: PublishedKeys | undefined;
  readonly tsaCa?: readonly Uint8Array[] | undefined;
  /** Undefined when the facts of the package cannot be read. */
  readonly sealedAt: Instant | undefined;
  /** Whether the signed facts announce a time stamp. */
  readonly isStamped: boolean;
}

export async function checkSeal(files: Files, expectations: SealExpectations): Promise<Check[]> {
  const { keyId, keys, tsaCa, sealedAt, isStamped } = expectations;
  const signature = await checkSignature(decode(files.get(SIGNATURE)), files.get(TAG_MANIFEST));
  const checks = [
    check(
      'signature',
      { zh: '签名有效，且签的就是这份标签清单', en: 'signature valid and over this tag manifest' },
      signature.faults,
      signature.keyId,
    ),
  ];
  if (keyId !== undefined) checks.push(await checkPinned(signature.keyId, { pinned: keyId, keys }));
  const stamp =
    sealedAt !== undefined && (isStamped || tsaCa !== undefined) ? await checkStamp(files, sealedAt, tsaCa) : undefined;
  if (keys !== undefined) {
    checks.push(await checkPublished(signature.keyId, { keys, sealedAt, stampedAt: stamp?.at }));
  }
  return stamp === undefined ? checks : [...checks, stamp.check];
}

async function checkSignature(
  jws: string | undefined,
  tagManifest: Uint8Array | undefined,
): Promise<{ faults: Fault[]; keyId: string | null }> {
  if (jws === undefined || !isCanonical(jws)) return { faults: [unreadable(SIGNATURE)], keyId: null };
  if (tagManifest === undefined) return { faults: [unreadable(TAG_MANIFEST)], keyId: null };
  const result = await verifyDetached(jws, tagManifest).catch(() => ({ ok: false as const, why: 'it cannot be read' }));
  if (result.ok) return { faults: [], keyId: result.keyId };
  const zh = '签名无效，或签的不是这份 tagmanifest-sha256.txt';
  return {
    faults: [fault(SIGNATURE, zh, `is not a valid signature over ${TAG_MANIFEST}: ${result.why}`)],
    keyId: null,
  };
}

/** The pinned key itself, or one that it named, directly or through others, when it retired. */
async function checkPinned(
  keyId: string | null,
  { pinned, keys }: { pinned: string; keys: PublishedKeys | undefined },
): Promise<Check> {
  const holds = keyId === pinned || (keyId !== null && keys !== undefined && (await isNamedBy(keys, pinned, keyId)));
  const faults = holds
    ? []
    : [fault(SIGNATURE, `签名密钥不是 ${pinned}`, `signed by ${keyId ?? 'no valid key'}, not ${pinned}`)];
  return check('signing-key', { zh: '签名密钥为指定密钥', en: 'signed by the pinned key' }, faults, keyId);
}

async function checkPublished(
  keyId: string | null,
  { keys, sealedAt, stampedAt }: { keys: PublishedKeys; sealedAt: Instant | undefined; stampedAt: Instant | undefined },
): Promise<Check> {
  const broken = await brokenRotations(keys);
  const faults = broken.map((kid) =>
    fault('keys.json', `密钥 ${kid} 未经前一密钥签名指定`, `no key before names the key ${kid} as its successor`),
  );
  const key = keys.keys.find(({ kid }) => kid === keyId);
  if (key === undefined) {
    faults.push(
      fault(
        SIGNATURE,
        '签名密钥不在公布的密钥之列',
        `signed by ${keyId ?? 'no valid key'}, which is none of the published keys`,
      ),
    );
  }
  // What is stamped right after it was sealed may be stamped by a clock that is a little ahead.
  const times = [sealedAt, stampedAt === undefined ? undefined : stampedAt - STAMP_TOLERANCE_MS].filter(
    (at) => at !== undefined,
  );
  const outside = key === undefined ? undefined : times.find((at) => !isInForce(key, at));
  if (key !== undefined && outside !== undefined) {
    const interval = `${key.validFrom ?? '…'} – ${key.validUntil ?? '…'}`;
    faults.push(
      fault(
        SIGNATURE,
        `签名密钥在 ${formatInstant(outside)} 不在使用期内（${interval}）`,
        `signed with a key that was not in force at ${formatInstant(outside)} (${interval})`,
      ),
    );
  }
  const words = {
    zh: '签名密钥为执法单位公布、封存时在用的密钥',
    en: 'signed with a published key in force at the time',
  };
  return check('published-key', words, faults, keyId);
}

async function checkStamp(
  files: Files,
  sealedAt: Instant,
  trust: readonly Uint8Array[] | undefined,
): Promise<{ check: Check; at: Instant | undefined }> {
  const words = { zh: '可信时间戳有效，盖的就是这份签名', en: 'time stamp valid and over this signature' };
  const [stamp, signature] = [files.get(TIME_STAMP), files.get(SIGNATURE)];
  const failed = (one: Fault) => ({ check: check('time-stamp', words, [one]), at: undefined });
  if (stamp === undefined) return failed(fault(TIME_STAMP, '无时间戳', 'is missing: no time stamp'));
  if (signature === undefined) return failed(unreadable(SIGNATURE));
  const { facts, faults } = await checkTimeStamp(stamp, signature, {
    notBefore: sealedAt,
    ...(trust === undefined ? {} : { trust }),
  });
  const pinned = facts?.trusted
    ? '机构已核对 authority pinned'
    : '自洽，未指定机构 self-consistent, authority not pinned';
  return {
    check: check(
      'time-stamp',
      words,
      faults.map(({ zh, en }) => fault(TIME_STAMP, zh, en)),
      facts === null ? null : `${formatInstant(facts.at)}, ${facts.authority}, ${pinned}`,
    ),
    at: faults.length === 0 ? facts?.at : undefined,
  };
}
