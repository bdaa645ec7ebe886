/**
 * 全过程记录 (Administrative Penalty Law art. 47): every act, looks included, as a chain of hashes. Who changes, removes,
 * inserts or re-orders an entry breaks the chain at that entry; who cuts its end contradicts its head.
 *
 * `hash` is the SHA-256, lower-case hex, of the canonical JSON (RFC 8785) of the entry without `hash`. `previous` is the
 * hash of the entry before, 64 zeros for the first one: the name of the stream is part of what is hashed, so that no two
 * streams begin alike.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { CameraId, IncidentId, OfficerId } from './ids.ts';
import { dayOf, type Instant } from './time.ts';

export interface AuditActor {
  readonly kind: 'machine' | 'officer' | 'system' | 'party';
  readonly id: string;
  readonly name: string;
}

/** What happened, before it has its place in the chain. */
export interface AuditAct {
  /** One of {@link auditStream}. */
  readonly stream: string;
  readonly at: Instant;
  readonly actor: AuditActor;
  /** What was done, in the domain's words: `incident.claimed`. */
  readonly act: string;
  /** What it was done to: an id. */
  readonly subject: string;
  /** JSON. Ids, versions, hashes, reasons; never a secret, never the plate of one nobody decided about. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface AuditEntry extends AuditAct {
  /** 1 for the first of its stream. */
  readonly seq: number;
  readonly previous: string;
  readonly hash: string;
}

/** The last entry of a stream. */
export interface AuditHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
}

export type ChainCheck =
  | { readonly ok: true; readonly head: AuditHead | undefined }
  /** `seq`: the first place in the chain at which it does not hold. */
  | { readonly ok: false; readonly seq: number; readonly why: string };

/** Streams are many and small: no two acts on different things wait for each other. */
export const auditStream = {
  incident: (id: IncidentId) => `incident/${id}`,
  /** A day in Beijing. */
  camera: (id: CameraId, at: Instant) => `camera/${id}/${dayOf(at)}`,
  officer: (id: OfficerId) => `officer/${id}`,
  /** What was destroyed on a day in Beijing. */
  deletions: (at: Instant) => `deletions/${dayOf(at)}`,
  system: 'system',
} as const;

/** The program itself, by the name of its part: `correlate`. */
export const systemActor = (part: string): AuditActor => ({ kind: 'system', id: part, name: part });

export const GENESIS = '0'.repeat(64);

/** @param head of the stream of the act; undefined when this opens it */
export function nextEntry(head: AuditHead | undefined, act: AuditAct): AuditEntry {
  const { stream, at, actor, subject } = act;
  const entry = {
    stream,
    seq: (head?.seq ?? 0) + 1,
    at,
    actor: { kind: actor.kind, id: actor.id, name: actor.name },
    act: act.act,
    subject,
    // As storage will give it back: what the hash is of must not depend on whether it was stored.
    facts: JSON.parse(JSON.stringify(act.facts)),
    previous: head?.hash ?? GENESIS,
  };
  return { ...entry, hash: hashOf(entry) };
}

export const headOf = ({ stream, seq, hash }: AuditEntry): AuditHead => ({ stream, seq, hash });

/** @param entry all members but `hash`, also ones this program never writes: an addition is a change */
function hashOf(entry: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(canonicalJson(entry)).digest('hex');
}

/**
 * Whether an entry continues the chain.
 * @param head of what was checked so far; undefined before the first
 * @param entry as read, whatever it is
 */
export function checkNext(stream: string, head: AuditHead | undefined, entry: unknown): ChainCheck {
  const seq = (head?.seq ?? 0) + 1;
  const wrong = (why: string) => ({ ok: false as const, seq, why });
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return wrong('it is not an entry');
  const { hash, ...rest }: Record<string, unknown> = { ...entry };
  if (typeof hash !== 'string' || hash !== hashOf(rest)) return wrong('its content is not what its hash was made of');
  if (rest.stream !== stream) return wrong(`it belongs to the stream ${String(rest.stream)}`);
  if (rest.seq !== seq) return wrong(`in its place stands entry ${String(rest.seq)}: one is missing, added or moved`);
  if (rest.previous !== (head?.hash ?? GENESIS)) return wrong('it does not name the hash of the entry before');
  return { ok: true, head: { stream, seq, hash } };
}

/**
 * Checks one whole stream, in order.
 * @param expected head from elsewhere (a package, the store): without it a cut end cannot be seen
 */
export function verifyChain(entries: readonly unknown[], expected?: AuditHead): ChainCheck {
  const stream = expected?.stream ?? streamOf(entries[0]);
  let head: AuditHead | undefined;
  for (const entry of entries) {
    const check = checkNext(stream, head, entry);
    if (!check.ok) return check;
    head = check.head;
  }
  if (expected === undefined || (head?.seq === expected.seq && head.hash === expected.hash)) return { ok: true, head };
  if (head?.seq === expected.seq) return { ok: false, seq: head.seq, why: 'it is not the entry that the head names' };
  const seq = Math.min(head?.seq ?? 0, expected.seq) + 1;
  return { ok: false, seq, why: `the chain ends at entry ${head?.seq ?? 0}, its head says ${expected.seq}` };
}

function streamOf(entry: unknown): string {
  const named = typeof entry === 'object' && entry !== null && 'stream' in entry;
  return named && typeof entry.stream === 'string' ? entry.stream : '';
}

/** `audit.jsonl`: one entry a line, in canonical JSON, each line ended. */
export const auditLines = (entries: readonly AuditEntry[]): string =>
  entries.map((entry) => `${canonicalJson(entry)}\n`).join('');

/** Checks what {@link auditLines} wrote, to the byte: a line that says the same otherwise is not what was written. */
export function verifyAuditLines(text: string, expected?: AuditHead): ChainCheck {
  const lines = text.split('\n');
  if (lines.pop() !== '') return { ok: false, seq: lines.length + 1, why: 'its line is not ended' };
  const entries: unknown[] = [];
  for (const line of lines) {
    const entry = parse(line);
    if (entry === undefined || canonicalJson(entry) !== line) {
      return { ok: false, seq: entries.length + 1, why: 'its line is not canonical JSON' };
    }
    entries.push(entry);
  }
  return verifyChain(entries, expected);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
