/**
 * 销毁凭证: what was destroyed, when and by which rule. Certificates are made in batches. The audit trail holds the digest of a
 * batch: SHA-256, lower-case hex, of its leaves, one a line, each line ended; a leaf is the SHA-256 of the canonical JSON
 * (RFC 8785) of a certificate. Whoever has a certificate and its batch checks it against the trail with `sha256sum` alone.
 *
 * A certificate names no person: the SHA-256 of a picture says nothing about what it showed.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Sha256 } from './ids.ts';
import type { RetentionRule } from './retention.ts';
import type { Instant } from './time.ts';

export interface Deletion {
  what: 'frame' | 'package' | 'notice-proof' | 'party-copy';
  /** Frame id or incident id. */
  subject: string;
  sha256: Sha256;
  bytes: number;
  /** Null for what was not captured but made. */
  capturedAt: Instant | null;
  /** The rule that allowed it. */
  rule: RetentionRule;
  destroyedAt: Instant;
}

export interface DeletionBatch {
  /** Sorted. */
  leaves: readonly string[];
  digest: string;
}

export const leafOf = (deletion: Deletion): string => sha256(canonicalJson(deletion));

export function batchOf(deletions: readonly Deletion[]): DeletionBatch {
  const leaves = deletions.map(leafOf).sort();
  return { leaves, digest: digestOf(leaves) };
}

export const digestOf = (leaves: readonly string[]): string => sha256(leaves.map((leaf) => `${leaf}\n`).join(''));

/** Whether a certificate belongs to a batch of this digest. */
export const isInBatch = (deletion: Deletion, { leaves, digest }: DeletionBatch): boolean =>
  leaves.includes(leafOf(deletion)) && digestOf(leaves) === digest;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
