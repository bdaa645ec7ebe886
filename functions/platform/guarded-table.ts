/**
 * 存储层的底线: what no writer may do, whichever function, script or mistake it is (Administrative Penalty Law art. 41: nothing
 * unreviewed is evidence; 行政诉讼证据规定 art. 71(4): what may have been altered cannot stand alone). Whoever composes the house
 * puts this around its table, so that it holds below every repository.
 *
 * | rows | rule |
 * |---|---|
 * | an incident | stored as a violation only when reviewed, sealed, sufficient, and seen by evidence cameras |
 * | its state | only along the table of core/incident-machine.ts, and as its decisions say; no stage is dropped on the way |
 * | its decisions | added one at a time, with the act of that very officer in the trail of the same transaction; taken back only with the act that says so |
 * | what it is decided under | once an officer decided: neither stages nor phase change, the grade only falls |
 * | the feed | an entry comes with the incident it tells of; later only what hangs on it changes; nothing leaves |
 * | the audit trail | an entry is added at the end and continues the chain; none is changed or removed |
 * | zones, rules, policies, roots of the trail | a version is written once |
 */
import { type AuditEntry, type AuditHead, checkNext, headOf } from '#core/audit.ts';
import { canonicalJson, sameJson } from '#core/canonical-json.ts';
import { groupBy } from '#core/group-by.ts';
import type { Decision, Incident, IncidentState } from '#core/incident.ts';
import { isInFeed, isWay } from '#core/incident-machine.ts';
import { refuse } from '#core/refusal.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { stateAfter } from '#core/review-stages.ts';
import type { FeedEntry } from './records/feed.ts';
import type { Item, Put, Table, Write } from './table.ts';

/** The same table, through which nothing unlawful is written. */
export function guardTable(table: Table): Table {
  const guarded = async (writes: readonly Write[]): Promise<void> => {
    await assertGuarded(table, writes);
    await table.transact(writes);
  };
  return { ...table, transact: guarded, write: (write) => guarded([write]) };
}

/** @throws {Refusal} `storage-guard`, and what {@link assertReleasable} refuses */
async function assertGuarded(table: Table, writes: readonly Write[]): Promise<void> {
  for (const write of writes) {
    const kind = kindOf(write);
    if (kind === undefined || write.kind === 'check') continue;
    if (write.kind === 'delete') throw guard(`${kind} to stay`, 'its removal');
    if (kind === 'version') assertOnce(write);
    else if (kind === 'audit-head') await assertHead(table, write, writes);
    else if (kind === 'audit-entry') assertInPlace(write);
    else if (kind === 'feed') await assertTold(table, write, writes);
    else if (kind === 'incident') await assertIncident(table, write, writes);
  }
  await assertChains(table, writes);
}

type Kind = 'incident' | 'feed' | 'audit-entry' | 'audit-head' | 'version';

function kindOf({ partition, sort }: Write): Kind | undefined {
  if (partition.startsWith('audit/')) return sort === 'head' ? 'audit-head' : 'audit-entry';
  if (partition.startsWith('incident/')) return sort === 'incident' ? 'incident' : undefined;
  if (partition === 'feed') return 'feed';
  const isVersion =
    partition.startsWith('rule/') ||
    partition.startsWith('policy/') ||
    partition === 'audit-roots' ||
    (partition.startsWith('camera/') && sort.startsWith('zone/'));
  return isVersion ? 'version' : undefined;
}

function assertOnce({ expect }: Put): void {
  if (expect !== 'absent')
    throw guard('a version of a zone, rule or policy to be written once', 'another writing of it');
}

/**
 * Whether the write names a version that no longer stands: the table itself will answer with a conflict. What was looked at
 * here is what the write names, so that nothing can slip in between.
 * @throws {Refusal} `storage-guard` for a write that would overwrite whatever it finds
 */
function isOvertaken({ expect, partition }: Put, stored: Item | undefined): boolean {
  if (expect === 'any' || expect === 'present') throw guard(`a version expected of ${partition}`, 'none');
  return expect === 'absent' ? stored !== undefined : expect.version !== stored?.version;
}

// Incidents ---------------------------------------------------------------------------------------------------------

const isIncident = (value: unknown): value is Incident =>
  typeof value === 'object' && value !== null && 'state' in value && 'decisions' in value && 'stay' in value;

async function assertIncident(table: Table, put: Put, writes: readonly Write[]): Promise<void> {
  if (!isIncident(put.value)) throw guard('an incident', 'something else');
  const next = put.value;
  if (put.partition !== `incident/${next.id}`) throw guard('an incident under its own id', `${next.id} elsewhere`);
  if (isInFeed(next.state)) assertReleasable(next);
  const stored = await table.get<Incident>(put);
  if (isOvertaken(put, stored)) return;
  if (stored !== undefined && isDestruction(stored.value, next, writes)) return;
  assertAsDecided(next);
  if (stored !== undefined) assertMayFollow(stored.value, next);
  const known = stored?.value.decisions ?? [];
  const kept = sharedStart(known, next.decisions);
  const added = next.decisions.slice(kept);
  const taken = known.length - kept;
  if (stored !== undefined && known.length > 0) assertSameTerms(stored.value, next);
  if (next.state === 'confirmed' && stored?.value.state !== 'confirmed' && added.length === 0) {
    throw guard('a case to become a violation by the decision of an officer', 'it called so without one');
  }
  if (added.length === 0 && taken === 0) return;
  const acts = entriesOf(writes).filter(({ subject }) => subject === next.id);
  if (taken > 0 && !acts.some(({ act, actor }) => act === 'incident.decision-undone' && actor.kind === 'officer')) {
    throw guard(
      'a decision to be taken back by an officer, in the same transaction as the act',
      'decisions removed without it',
    );
  }
  for (const decision of added) {
    if (!acts.some((entry) => records(entry, decision))) {
      throw guard('a decision together with the act of its officer in the audit trail', 'a decision without it');
    }
  }
}

/** States that only decisions lead to, or leave it in: what else stands in them would be a decision nobody made. */
const DECIDED: ReadonlySet<IncidentState> = new Set([
  ...(['pending', 'second-review', 'arbitration', 'legal-review', 'escalated'] as const),
  ...(['confirmed', 'rejected', 'educated'] as const),
]);

function assertAsDecided(next: Incident): void {
  if (!DECIDED.has(next.state) || stateAfter(next) === next.state) return;
  throw guard(`an incident in the state its decisions lead to`, `one said to be ${next.state}`);
}

/** A way of the state machine; what somebody decided on does not change, and no stage is dropped once it is in the queue. */
function assertMayFollow(stored: Incident, next: Incident): void {
  if (!isWay(stored.state, next.state)) {
    throw guard(`a way of the state machine from ${stored.state}`, `a change to ${next.state}`);
  }
  if (stored.decisions.length > 0 && !sameJson(stored.stay, next.stay)) {
    throw guard('what was decided on unchanged', 'another stay');
  }
  const isQueued = next.state !== 'open' && next.state !== 'dissolved';
  const isRelieved =
    (stored.secondReview && !next.secondReview) || (stored.legalReview === true && next.legalReview !== true);
  if (isQueued && isRelieved) throw guard('every stage the incident was opened with', 'one stage less');
}

/** When its time is over whose it was leaves a case, with the act that says so; who decided what, and when, stays. */
function isDestruction(stored: Incident, next: Incident, writes: readonly Write[]): boolean {
  if (stored.destroyed != null || next.destroyed == null || stored.state !== next.state) return false;
  const acts = entriesOf(writes).filter(({ subject, act }) => subject === next.id && act === 'incident.destroyed');
  const bare = ({ decisions }: Incident) => decisions.map(({ plate: _, note: __, ...decision }) => decision);
  return acts.length > 0 && canonicalJson(bare(stored)) === canonicalJson(bare(next));
}

/** What a decision was made under holds until the case is closed: a stage less, or a better grade, is another case. */
function assertSameTerms(before: Incident, next: Incident): void {
  const terms = ({ secondReview, legalReview = false, phase, graceMs = null }: Incident) =>
    canonicalJson({ secondReview, legalReview, phase, graceMs });
  const isBetter = before.grade !== 'evidence' && next.grade === 'evidence';
  if (terms(before) !== terms(next) || isBetter) {
    throw guard('the terms of a case to stay as they were when an officer decided on it', 'others');
  }
}

const records = ({ act, actor, facts }: AuditEntry, { officerId, outcome, packageSha256 }: Decision): boolean =>
  act === 'incident.decided' &&
  actor.kind === 'officer' &&
  actor.id === officerId &&
  facts.outcome === outcome &&
  facts.packageSha256 === packageSha256;

/** How many decisions both begin with. */
function sharedStart(a: readonly Decision[], b: readonly Decision[]): number {
  let count = 0;
  while (count < a.length && count < b.length && sameJson(a[count], b[count])) count += 1;
  return count;
}

// The feed ----------------------------------------------------------------------------------------------------------

type Emptied = { seq: number; id: null };

async function assertTold(table: Table, put: Put, writes: readonly Write[]): Promise<void> {
  const entry = feedValue(put.value);
  const stored = await table.get<FeedEntry | Emptied>(put);
  if (isOvertaken(put, stored)) return;
  if (entry.id === null) {
    // A number is emptied when its violation moves on or is taken back: the incident says which.
    const left = stored?.value.id ?? null;
    if (left === null || incidentAmong(writes, left) !== undefined) return;
    throw guard('an entry of the feed to leave together with its incident', 'it emptied alone');
  }
  // What hangs on an entry may change together with its incident: an objection, and the answer to it.
  if (stored !== undefined && stored.value.id !== null && says(stored.value) === says(entry)) return;
  const told = incidentAmong(writes, entry.id);
  const isForgetting = stored !== undefined && stored.value.id !== null && told?.destroyed != null;
  if (isForgetting && says({ ...stored.value, plate: null }) === says(entry)) return;
  if (told !== undefined) {
    const { sealed } = assertReleasable(told);
    const fits = told.state === entry.state && sealed.sha256 === entry.package.sha256 && put.expect === 'absent';
    if (!fits) throw guard('an entry that tells of its incident as it stands', 'one that tells otherwise');
    return;
  }
  throw guard('an entry of the feed together with the reviewed incident it tells of', 'one without');
}

function feedValue(value: unknown): FeedEntry | Emptied {
  const isEntry = (candidate: unknown): candidate is FeedEntry | Emptied =>
    typeof candidate === 'object' && candidate !== null && 'seq' in candidate && 'id' in candidate;
  if (isEntry(value)) return value;
  throw guard('an entry of the feed', 'something else');
}

/** What an entry says of the violation, without what hangs on it. */
const says = ({ handedOutAt: _, ack: __, outcomes: ___, ...entry }: FeedEntry): string => canonicalJson(entry);

function incidentAmong(writes: readonly Write[], id: string): Incident | undefined {
  for (const write of writes) {
    if (write.kind !== 'put' || write.partition !== `incident/${id}` || write.sort !== 'incident') continue;
    if (isIncident(write.value)) return write.value;
  }
  return undefined;
}

// The audit trail ---------------------------------------------------------------------------------------------------

const isEntry = (value: unknown): value is AuditEntry =>
  typeof value === 'object' &&
  value !== null &&
  'stream' in value &&
  'seq' in value &&
  'hash' in value &&
  'act' in value;

/** In the order of their numbers. */
function entriesOf(writes: readonly Write[]): AuditEntry[] {
  return writes
    .flatMap((write) =>
      write.kind === 'put' && kindOf(write) === 'audit-entry' && isEntry(write.value) ? [write.value] : [],
    )
    .sort((a, b) => a.seq - b.seq);
}

/** It moves on with the entry it names, or says what it said (when a root has taken note of it, only its index changes). */
async function assertHead(table: Table, put: Put, writes: readonly Write[]): Promise<void> {
  const { partition, value } = put;
  const last = entriesOf(writes).findLast(({ stream }) => `audit/${stream}` === partition);
  const stored = last === undefined ? await table.get<AuditHead>(put) : undefined;
  if (last === undefined && isOvertaken(put, stored)) return;
  const head = last === undefined ? stored?.value : headOf(last);
  if (head === undefined || canonicalJson(value) !== canonicalJson(head)) {
    throw guard('the head of a trail to move on with the entry it names', 'it moved otherwise');
  }
}

function assertInPlace({ partition, sort, expect, value }: Put): void {
  const isInPlace =
    isEntry(value) &&
    partition === `audit/${value.stream}` &&
    sort === `entry/${String(value.seq).padStart(12, '0')}` &&
    expect === 'absent';
  if (!isInPlace) throw guard('an entry added at the end of its own trail', 'another writing');
}

/** Entries continue the chain on record and move its head. */
async function assertChains(table: Table, writes: readonly Write[]): Promise<void> {
  for (const [stream, entries] of groupBy(entriesOf(writes), (entry) => entry.stream)) {
    const head = writes.find(({ partition, sort }) => partition === `audit/${stream}` && sort === 'head');
    if (head?.kind !== 'put') throw guard('an entry together with the head of its trail', 'one without');
    const stored = await table.get<AuditHead>(head);
    if (isOvertaken(head, stored)) continue;
    let last = stored?.value;
    for (const entry of entries) {
      const check = checkNext(stream, last, entry);
      if (!check.ok) throw guard('an entry that continues its trail', `one of which ${check.why}`);
      last = check.head;
    }
  }
}

const guard = (expected: string, received: string) =>
  refuse('storage-guard', 500, {
    expected,
    received,
    action: 'Nothing was written. Write it through the repository that owns it.',
  });
