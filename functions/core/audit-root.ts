/**
 * 每日根哈希: one hash a day for the whole audit trail, so that somebody who rewrites a stream from end to end, every hash
 * made to fit, contradicts what was signed, stamped and handed out before. Leaves are the heads of the streams that moved
 * since the root before; each root names the one before.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AuditHead } from './audit.ts';
import { hexOf } from './bytes.ts';
import { canonicalJson } from './canonical-json.ts';
import { leafHash, type TreeHash, treeRoot } from './merkle.ts';
import { dayOf, formatInstant, type Instant } from './time.ts';

export const AUDIT_ROOT_SCHEMA = 'kerbwatch-audit-root/1';

const Day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What is signed, as canonical JSON (RFC 8785). */
export const RootStatement = z.object({
  schema: z.literal(AUDIT_ROOT_SCHEMA),
  /** In Beijing. The trail as it stood when the day was over. */
  day: Day,
  madeAt: z.iso.datetime({ offset: true }),
  /** Of the tree over the leaves (RFC 9162), hex. */
  root: Sha256,
  leaves: z.number().int().min(0),
  /** SHA-256 of the statement of the root before; null for the first. */
  previous: z.object({ day: Day, sha256: Sha256 }).nullable(),
});
export type RootStatement = z.infer<typeof RootStatement>;

/** A root with all it takes to check it: what is stored, and what leaves the house. */
export const RootDocument = z.object({
  statement: RootStatement,
  /** Detached JWS over the statement. */
  signature: z.string(),
  /** RFC 3161 stamp of the bytes of the signature, base64; null where no authority is set. */
  timeStamp: z.string().nullable(),
  /** In the order of the tree: by the name of the stream. */
  heads: z.array(z.object({ stream: z.string(), seq: z.number().int().min(1), hash: Sha256 })),
});
export type RootDocument = z.infer<typeof RootDocument>;

export const statementBytes = (statement: RootStatement): Uint8Array =>
  new TextEncoder().encode(canonicalJson(statement));

/** By which the next root names this one. */
export const statementSha256 = (statement: RootStatement): string =>
  createHash('sha256').update(statementBytes(statement)).digest('hex');

/** A leaf is the canonical JSON of a head. */
export const headLeaf = ({ stream, seq, hash }: AuditHead): TreeHash =>
  leafHash(new TextEncoder().encode(canonicalJson({ stream, seq, hash })));

export const rootOfHeads = (heads: readonly AuditHead[]): string => hexOf(treeRoot(heads.map(headLeaf)));

export const inTreeOrder = (heads: readonly AuditHead[]): AuditHead[] =>
  [...heads].sort((a, b) => (a.stream < b.stream ? -1 : 1));

/** @param heads in the order of the tree */
export function rootStatement(
  day: string,
  heads: readonly AuditHead[],
  { previous, madeAt }: { previous: RootStatement | undefined; madeAt: Instant },
): RootStatement {
  return {
    schema: AUDIT_ROOT_SCHEMA,
    day,
    madeAt: formatInstant(madeAt),
    root: rootOfHeads(heads),
    leaves: heads.length,
    previous: previous === undefined ? null : { day: previous.day, sha256: statementSha256(previous) },
  };
}

export const dayAfter = (day: string): string => dayOf(Date.parse(`${day}T00:00:00+08:00`) + 86_400_000);
