/** Holds the audit trail as it is now against every root that was made of it. */
import type { AuditEntry, AuditHead } from '#core/audit.ts';
import { auditStream } from '#core/audit.ts';
import {
  dayAfter,
  type RootDocument,
  type RootStatement,
  rootOfHeads,
  statementBytes,
  statementSha256,
} from '#core/audit-root.ts';
import { bytesOfBase64 } from '#core/bytes.ts';
import { verifyDetached } from '#core/evidence/jws.ts';
import { checkTimeStamp } from '#core/evidence/time-stamp.ts';
import type { Blobs } from '../blobs.ts';
import type { Table } from '../table.ts';
import { type AuditFailure, type AuditReport, entryAt, streamEntries, verifyAll } from './audit.ts';
import { allRoots, type RootRow, readRoot, rootDocument } from './audit-roots.ts';

export interface TrailReport extends AuditReport {
  /** Roots that were held against. */
  readonly roots: number;
}

/** The whole trail in itself, and against its roots: who rewrites a stream with all its hashes is found here. */
export async function verifyTrail({ table, blobs }: { table: Table; blobs: Blobs }): Promise<TrailReport> {
  const report = await verifyAll(table);
  const { roots, failures } = await verifyRoots({ table, blobs });
  const all = [...report.failures, ...failures];
  return { ...report, ok: all.length === 0, failures: all, roots };
}

/** That a key came into use (signing-keys.ts). A trail that tells of none is of a store that records none. */
const KEY_ACTS: ReadonlySet<string> = new Set(['key.first-used', 'key.rotated']);

/** Entries read at once. */
const AT_ONCE = 100;

async function verifyRoots({ table, blobs }: { table: Table; blobs: Blobs }) {
  const failures: AuditFailure[] = [];
  /** One failure a stream: after the first nothing can be said. */
  const broken = new Set<string>();
  const told = await streamEntries(table, auditStream.system);
  const keys = new Set(told.flatMap(({ act, subject }) => (KEY_ACTS.has(act) ? [subject] : [])));
  let roots = 0;
  let previous: RootStatement | undefined;
  for await (const { value: row } of allRoots(table)) {
    roots += 1;
    const { day } = row.statement;
    const document = await rootDocument(blobs, day);
    const why =
      document === undefined || document === null
        ? 'its document is missing or damaged'
        : await wrongWith(document, row, previous);
    if (why !== undefined) failures.push({ stream: `audit-roots/${day}`, seq: 0, why });
    else if (keys.size > 0 && !keys.has(row.keyId)) {
      failures.push({ stream: `audit-roots/${day}`, seq: 0, why: 'it is signed with a key that was never in use' });
    }
    for (const head of await moved(table, document?.heads ?? [])) {
      if (broken.has(head.stream)) continue;
      broken.add(head.stream);
      failures.push({ stream: head.stream, seq: head.seq, why: `it is not the entry that the root of ${day} holds` });
    }
    previous = row.statement;
  }
  return { roots, failures: [...failures, ...(await unlisted(table, told))] };
}

/** What is wrong with a root in itself, or with its place among the others. */
async function wrongWith(
  { statement, signature, timeStamp, heads }: RootDocument,
  row: RootRow,
  previous: RootStatement | undefined,
): Promise<string | undefined> {
  const named = statement.previous;
  const signed = await verifyDetached(signature, statementBytes(statement));
  if (statementSha256(statement) !== row.sha256 || statementSha256(row.statement) !== row.sha256)
    return 'its document is another than the one listed';
  if (rootOfHeads(heads) !== statement.root || heads.length !== statement.leaves)
    return 'its root is not that of its leaves';
  if (!signed.ok || signed.keyId !== row.keyId) return 'its signature is not valid';
  if (previous !== undefined && named?.sha256 !== statementSha256(previous)) return 'it does not name the root before';
  if (previous !== undefined && statement.day !== dayAfter(previous.day))
    return 'the root of a day before it is missing';
  if (previous === undefined && named !== null) return 'the roots before it are missing';
  if ((timeStamp !== null) !== row.isStamped) return 'its time stamp is missing or was added';
  if (timeStamp === null) return undefined;
  const expected = { notBefore: Date.parse(statement.madeAt) };
  const { faults } = await checkTimeStamp(
    bytesOfBase64(timeStamp) ?? new Uint8Array(),
    new TextEncoder().encode(signature),
    expected,
  );
  return faults[0] === undefined ? undefined : `its time stamp ${faults[0].en}`;
}

/** Heads at whose place now stands another entry, or none. */
async function moved(table: Table, heads: readonly AuditHead[]): Promise<AuditHead[]> {
  const wrong: AuditHead[] = [];
  for (let from = 0; from < heads.length; from += AT_ONCE) {
    const batch = heads.slice(from, from + AT_ONCE);
    const entries = await Promise.all(batch.map(({ stream, seq }) => entryAt(table, stream, seq)));
    wrong.push(...batch.filter(({ hash }, at) => entries[at]?.hash !== hash));
  }
  return wrong;
}

/** Roots that the trail tells of and that are not listed any more. */
async function unlisted(table: Table, told: readonly AuditEntry[]): Promise<AuditFailure[]> {
  const failures: AuditFailure[] = [];
  for (const { act, subject, facts, stream, seq } of told) {
    if (act !== ROOT_MADE) continue;
    if ((await readRoot(table, subject))?.sha256 === facts.sha256) continue;
    failures.push({ stream, seq, why: `the root of ${subject} that it tells of is missing or another` });
  }
  return failures;
}

/** The act that records a root; its subject is the day. */
export const ROOT_MADE: AuditEntry['act'] = 'audit.root-made';
