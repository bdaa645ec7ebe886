/**
 * 陈述、申辩、异议: what the party says of a case (Administrative Penalty Law art. 45). All of it is put on record and reaches
 * whoever decides next. An objection to a violation brings it back to an officer who decided nothing on it (Procedure
 * Provisions art. 22); until that officer has answered, it stays in the feed under its number.
 */
import type { Incident, Statement } from './incident.ts';
import { lineFor, nextVersion, REVIEW_MS } from './incident-machine.ts';
import { refuse } from './refusal.ts';
import type { Instant } from './time.ts';

/** The longest text a statement may have, in UTF-16 units. */
const LONGEST = 5_000;

/**
 * The incident with a statement on record. The same id again changes nothing: the very incident comes back.
 *
 * Only an objection to a confirmed violation changes the state. Before that it is one more thing to hear, and the version it
 * moves on makes whoever is about to decide look again; while an objection waits, another joins it.
 * @param reviewMs how long its review may take; five days by default (Procedure Provisions art. 19)
 * @throws {Refusal} `statement-invalid`
 */
export function takeStatement(
  incident: Incident,
  statement: Statement,
  now: Instant,
  { reviewMs = REVIEW_MS }: { reviewMs?: number } = {},
): Incident {
  const known = incident.statements ?? [];
  if (known.some(({ id }) => id === statement.id)) return incident;
  if (statement.id === '' || statement.text.length > LONGEST) {
    throw refuse('statement-invalid', 422, {
      expected: `a statement with an id, of at most ${LONGEST} characters`,
      received: `${statement.text.length} characters`,
      action: 'Shorten it, or send it in parts.',
    });
  }
  const statements = [...known, statement];
  if (statement.kind !== 'object' || incident.state !== 'confirmed') return nextVersion(incident, { statements }, now);
  lineFor(incident.state, 'object');
  return nextVersion(incident, { statements, state: 'objected', lease: null, deadline: now + reviewMs }, now);
}

/**
 * An objection by the party, or passed on by the case system.
 * @example
 * const next = object(incident, { id, kind: 'object', text, at: now, by: 'party' }, now);
 * @throws {Refusal} `statement-invalid`
 */
export const object = (
  incident: Incident,
  statement: Statement & { kind: 'object' },
  now: Instant,
  options: { reviewMs?: number } = {},
): Incident => takeStatement(incident, statement, now, options);
