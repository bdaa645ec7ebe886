/**
 * The one family of errors a caller may see. It becomes an RFC 9457 problem document at the HTTP edge, an entry of
 * `refused` in `patrol`, and a line on a terminal; `code` is stable and documented, the sentence is for people.
 *
 * @example
 * throw refuse('camera-unknown', 404, {
 *   expected: 'a registered camera', received: 'CAM-99', action: 'Register it first: POST /v1/cameras.',
 * });
 */
export interface RefusalFacts {
  /** What would have been right, without a leading "Expected". */
  expected: string;
  /** What came. Never a plate, a face, a password or a token. */
  received: string;
  /** What the caller should do now. */
  action: string;
  /** Further members of the problem document, such as the current version on a conflict. */
  data?: Readonly<Record<string, unknown>>;
}

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  /** HTTP status, 400..599. */
  readonly status: number;
  readonly facts: RefusalFacts;

  constructor(code: string, status: number, facts: RefusalFacts, cause?: unknown) {
    super(
      `Expected ${facts.expected}, received ${facts.received}. ${facts.action}`,
      cause === undefined ? {} : { cause },
    );
    this.code = code;
    this.status = status;
    this.facts = facts;
  }
}

export function refuse(code: string, status: number, facts: RefusalFacts, cause?: unknown): Refusal {
  return new Refusal(code, status, facts, cause);
}
