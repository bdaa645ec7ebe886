/**
 * 各环节的写权限: which partitions each function may write, and nothing else. What a function has no business with it cannot
 * touch, whatever its code does: `inspect` writes no incident, `correlate` nothing that leaves the house. One list for both
 * homes: on one machine {@link tableOf} keeps it, on AWS it becomes the `dynamodb:LeadingKeys` of each function's role.
 */
import { refuse } from '#core/refusal.ts';
import type { Table, Write } from './table.ts';

/** A whole name, or everything that begins so when it ends in `/`. */
export type Right = string;

/** The trail is everybody's: what is done without it is not done. */
const TRAIL: readonly Right[] = ['audit/', 'audit-uncovered/'];
/** An incident with its lease, the queues it stands in, who holds it, whose history it is in, what runs out when. */
const INCIDENT: readonly Right[] = ['incident/', 'queue/', 'officer-leases/', 'alarm/', 'history/'];
const FEED: readonly Right[] = ['feed', 'feed-head', 'violation/'];
const FRAME: readonly Right[] = ['frames/', 'frame-bytes/'];
/**
 * Which messages wait (platform/collapser.ts): of whoever sends to a queue and whoever takes from it, as the queue cannot say so
 * itself on AWS.
 */
const CORRELATE_QUEUE = 'waiting/correlate/';
const SEAL_QUEUE = 'waiting/seal/';

export const RIGHTS = {
  accept: [...TRAIL, ...FRAME, 'camera/', 'camera-clocks/', 'camera-news', 'upload/'],
  inspect: [...TRAIL, 'frames/', 'place-observations/', 'camera-readings/', 'camera-news', CORRELATE_QUEUE],
  correlate: [
    ...TRAIL,
    ...INCIDENT,
    'place-incidents/',
    'place-ledger/',
    'storefront-knowledge/',
    'reference-pictures',
    ...[CORRELATE_QUEUE, SEAL_QUEUE],
  ],
  seal: [...TRAIL, ...INCIDENT, 'frames/', 'party-copy/', SEAL_QUEUE],
  // What a supervisor or an objection takes back is told to whoever was reminded.
  review: [...TRAIL, ...INCIDENT, ...FEED, 'disclosed/', 'notice-outbox'],
  // Says what a change would do, and changes nothing.
  replay: [...TRAIL],
  withdraw: [...TRAIL, ...INCIDENT, ...FEED, 'withdrawal/', 'notice-outbox'],
  // An objection that the case system passes on brings the incident back into the queue.
  release: [...TRAIL, ...INCIDENT, 'feed', 'party-code/'],
  // What a party says may bring a violation back to an officer, and the feed tells of it.
  party: [...TRAIL, ...INCIDENT, 'feed', 'party-code/', 'party-session/', 'party-tries/', 'party-copy/'],
  register: [
    ...TRAIL,
    ...[
      'camera/',
      'gb-device/',
      'place/',
      'permit/',
      'rule/',
      'policy/',
      'confirmed-references/',
      'reference-pictures',
    ],
    ...['camera-impairments/', 'view-references/', 'camera-news', 'token/', 'officer/', 'session/', 'sign-in-tries/'],
  ],
  tend: [
    ...TRAIL,
    ...INCIDENT,
    ...FRAME,
    ...[
      'place-observations/',
      'camera-condition/',
      'camera-news',
      'tend',
      'tend-leaving',
      'tend-locked',
      'tend-closing',
    ],
    // Whose a case was leaves the feed with everything else when its time is over.
    ...['reference-pictures', 'deletions/', 'feed', 'audit-roots', 'party-copy/', 'party-code/'],
    // A row goes when its message went out.
    'notice-outbox',
    CORRELATE_QUEUE,
  ],
  // What an operator does by hand on AWS and nobody else may: which key follows which, and when.
  operate: [...TRAIL, 'signing-keys'],
} as const satisfies Readonly<Record<string, readonly Right[]>>;
export type FunctionName = keyof typeof RIGHTS;

export const mayWrite = (name: FunctionName, partition: string): boolean =>
  RIGHTS[name].some((right) => (right.endsWith('/') ? partition.startsWith(right) : partition === right));

/** The same table in the hands of one function. @throws {Refusal} `table-right-missing` for a write elsewhere */
export function tableOf(table: Table, name: FunctionName): Table {
  const assertRight = (writes: readonly Write[]): void => {
    const stranger = writes.find(({ kind, partition }) => kind !== 'check' && !mayWrite(name, partition));
    if (stranger === undefined) return;
    throw refuse('table-right-missing', 500, {
      expected: `${name} to write where it has a right to`,
      received: `a write to ${stranger.partition.split('/')[0]}`,
      action: 'Nothing was written. Let the function that owns these rows do it.',
    });
  };
  return {
    ...table,
    async transact(writes) {
      assertRight(writes);
      await table.transact(writes);
    },
    async write(write) {
      assertRight([write]);
      await table.write(write);
    },
  };
}
