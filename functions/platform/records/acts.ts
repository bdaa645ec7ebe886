/** What a function needs of the audit trail: its writes and the entry about them stand or fall together. */
import type { Instant } from '#core/time.ts';
import type { Write } from '../table.ts';

export interface Act {
  /** `officer:wang`, `token:3f2a…`, `system`. */
  actor: string;
  /** What was done, in the domain's words with hyphens: `frame-accepted`. */
  action: string;
  /** What it was done to: an id, with its kind in front where ids could be confused. */
  subject: string;
  at: Instant;
  /** Ids, versions, hashes. Never pictures, secrets, or the plates of people nobody decided about. */
  facts: Readonly<Record<string, unknown>>;
}

/** All or nothing. @throws {ConflictError} when an expectation of the writes did not hold. */
export type Audited = (act: Act, writes: readonly Write[]) => Promise<void>;
