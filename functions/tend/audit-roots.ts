/**
 * 每日根哈希: once a day is over, one signed and stamped hash for the audit trail (core/audit-root.ts). Days that were missed
 * are caught up with, in order: the first takes all that moved meanwhile, and no day is left out, so that a missing one tells.
 */
import { auditStream, systemActor } from '#core/audit.ts';
import {
  dayAfter,
  inTreeOrder,
  type RootDocument,
  type RootStatement,
  rootStatement,
  statementBytes,
} from '#core/audit-root.ts';
import { base64Of } from '#core/bytes.ts';
import { verifyDetached } from '#core/evidence/jws.ts';
import { Refusal, refuse } from '#core/refusal.ts';
import { dayOf, type Instant } from '#core/time.ts';
import { BlobConflictError, type Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { allHeads, coverHeads, firstActAt, uncoveredHeads } from '#platform/records/audit.ts';
import { lastRoot, putRoot, readRoot, rootDocument, rootKey, rootRow } from '#platform/records/audit-roots.ts';
import { ROOT_MADE } from '#platform/records/verify-roots.ts';
import type { Signer } from '#platform/signer.ts';
import type { Table } from '#platform/table.ts';
import { stampOf, TIME_STAMP_UNAVAILABLE, type TimeStamper } from '#platform/time-stamper.ts';

export interface RootDependencies {
  table: Table;
  blobs: Blobs;
  signer: Signer;
  /** Without one, roots carry no time stamp. */
  timeStamper?: TimeStamper | undefined;
}

export interface RootReport {
  /** Days whose root was made in this round. */
  made: readonly string[];
  /** Why none could be made; null when there is nothing to wait for. */
  waitsFor: string | null;
}

/** Of one round: whoever was away for longer goes on in the next. */
const MOST_AT_ONCE = 31;

/** A day that is not over yet must not get its root: by a clock that leapt (retention.ts) none is made. */
export async function tendRoots(
  {
    signer,
    clockLeaptAt,
    ...rest
  }: Omit<RootDependencies, 'signer'> & { signer: Signer | undefined; clockLeaptAt: Instant | null },
  now: Instant,
): Promise<RootReport> {
  if (signer === undefined) return { made: [], waitsFor: null };
  if (clockLeaptAt !== null) return { made: [], waitsFor: 'the clock to be trusted again: it leapt' };
  return makeAuditRoots({ ...rest, signer }, now);
}

/** Repeatable, and safe in two processes at once. */
export async function makeAuditRoots(dependencies: RootDependencies, now: Instant): Promise<RootReport> {
  const { table } = dependencies;
  const made: string[] = [];
  let previous = (await lastRoot(table))?.statement;
  let day = previous === undefined ? await firstDay(table, now) : dayAfter(previous.day);
  while (day !== undefined && day < dayOf(now) && made.length < MOST_AT_ONCE) {
    try {
      previous = await makeRoot(dependencies, day, { previous, now });
    } catch (error) {
      if (error instanceof Refusal && error.code === TIME_STAMP_UNAVAILABLE) return { made, waitsFor: error.message };
      throw error;
    }
    made.push(day);
    day = dayAfter(day);
  }
  return { made, waitsFor: null };
}

/** A store that was in use before roots were made begins with yesterday: what was before is all in that one. */
async function firstDay(table: Table, now: Instant): Promise<string | undefined> {
  const first = await firstActAt(table);
  const yesterday = dayOf(now - 86_400_000);
  return first !== undefined && dayOf(first) <= yesterday ? yesterday : undefined;
}

async function makeRoot(
  dependencies: RootDependencies,
  day: string,
  { previous, now }: { previous: RootStatement | undefined; now: Instant },
): Promise<RootStatement> {
  const { table, blobs } = dependencies;
  // One that was stored and not listed, by a process that was killed or is a little ahead, is the root of that day.
  const document = (await standing(blobs, day)) ?? (await storeRoot(dependencies, day, { previous, now }));
  await blobs.setLegalHold(rootKey(day), true);
  const { statement } = document;
  const signed = await verifyDetached(document.signature, statementBytes(statement));
  if (!signed.ok) throw damaged(day);
  const row = rootRow(document, signed.keyId);
  await commit(table, async () => {
    if ((await readRoot(table, day)) !== undefined) return { writes: [], result: undefined };
    const facts = { root: statement.root, sha256: row.sha256, leaves: statement.leaves, isStamped: row.isStamped };
    const act = {
      stream: auditStream.system,
      at: now,
      actor: systemActor('tend'),
      act: ROOT_MADE,
      subject: day,
      facts,
    };
    return { writes: [putRoot(row)], acts: [act], result: undefined };
  });
  await coverHeads(table, document.heads);
  return statement;
}

async function storeRoot(
  { table, blobs, signer, timeStamper }: RootDependencies,
  day: string,
  { previous, now }: { previous: RootStatement | undefined; now: Instant },
): Promise<RootDocument> {
  const heads = inTreeOrder(previous === undefined ? await allHeads(table) : await uncoveredHeads(table));
  const statement = rootStatement(day, heads, { previous, madeAt: now });
  const signature = await signer.signDetached(statementBytes(statement), now);
  const stamped = new TextEncoder().encode(signature);
  const timeStamp = timeStamper === undefined ? null : base64Of(await stampOf(stamped, { timeStamper, since: now }));
  const document: RootDocument = { statement, signature, timeStamp, heads };
  try {
    await blobs.putIfAbsent(rootKey(day), new TextEncoder().encode(JSON.stringify(document)), 'application/json');
    return document;
  } catch (error) {
    const other = error instanceof BlobConflictError ? await standing(blobs, day) : undefined;
    if (other === undefined) throw error;
    return other;
  }
}

/** @throws {Refusal} `audit-root-damaged` */
async function standing(blobs: Blobs, day: string): Promise<RootDocument | undefined> {
  const document = await rootDocument(blobs, day);
  if (document === null) throw damaged(day);
  return document;
}

const damaged = (day: string) =>
  refuse('audit-root-damaged', 500, {
    expected: `the stored root of ${day} as it was made`,
    received: 'a document that cannot be read',
    action: 'Restore it from a backup and find out who changed it.',
  });
