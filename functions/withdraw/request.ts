/** A supervisor asks for a withdrawal, naming what was shown: nothing unexpected is withdrawn. */
import { auditStream } from '#core/audit.ts';
import type { ReasonCode } from '#core/incident.ts';
import { refuse } from '#core/refusal.ts';
import { type Selector, withdrawalId } from '#core/withdrawal.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import type { Officer } from '#platform/identity.ts';
import { type BulkWithdrawal, chunkPuts, readWithdrawal, withdrawalPut } from '#platform/records/withdrawals.ts';
import type { Table } from '#platform/table.ts';
import { type Selected, select } from './select.ts';

export interface Asked {
  selector: Selector;
  reason: ReasonCode;
  note: string;
  /** Of the preview. */
  count: number;
  digest: string;
}

/** What would be withdrawn now; looking is on record. */
export async function preview(
  { table, clock }: { table: Table; clock: Clock },
  officer: Officer,
  selector: Selector,
): Promise<Selected> {
  const selected = await select(table, selector);
  await commit(table, async () => ({
    writes: [],
    acts: [
      {
        ...{ stream: auditStream.system, at: clock.now(), act: 'withdrawal.previewed', subject: selected.digest },
        actor: { kind: 'officer' as const, id: officer.id, name: officer.name },
        facts: { unit: officer.unit, selector, count: selected.ids.length },
      },
    ],
    result: undefined,
  }));
  return selected;
}

/**
 * Puts the act on record; it runs from then on, in whatever process. The same request again is the same act.
 * @throws {Refusal} `withdrawal-changed` `withdrawal-empty` `note-missing`
 */
export async function request(
  { table, clock }: { table: Table; clock: Clock },
  officer: Officer,
  asked: Asked,
): Promise<BulkWithdrawal> {
  const { selector, reason, note, count, digest } = asked;
  const id = withdrawalId({ selector, reason, note, digest });
  const known = await readWithdrawal(table, id);
  if (known !== undefined) return known.value;
  if (note === '') {
    throw refuse('note-missing', 422, {
      expected: 'a note that says what was wrong',
      received: 'none',
      action: 'Write it: it stands in the trail of each violation.',
    });
  }
  const selected = await select(table, selector);
  if (selected.digest !== digest || selected.ids.length !== count) {
    throw refuse('withdrawal-changed', 409, {
      expected: 'the violations that the preview counted',
      received: `${selected.ids.length} violations, not the ${count} of the preview`,
      action: 'Look at the preview again, and name its count and digest.',
      data: { count: selected.ids.length, digest: selected.digest },
    });
  }
  if (count === 0) {
    throw refuse('withdrawal-empty', 422, {
      expected: 'at least one violation',
      received: 'none',
      action: 'Nothing has to be withdrawn.',
    });
  }
  for (const put of chunkPuts(id, selected.ids)) await table.write(put);
  return commit(table, async () => {
    const stored = await readWithdrawal(table, id);
    if (stored !== undefined) return { writes: [], result: stored.value };
    const act: BulkWithdrawal = {
      ...{ id, selector, reason, note, count, digest, requestedAt: clock.now(), state: 'running' },
      by: { id: officer.id, name: officer.name, unit: officer.unit },
      ...{ done: 0, withdrawn: 0, skipped: 0, firstSeq: null, lastSeq: null, finishedAt: null },
    };
    return {
      writes: [withdrawalPut(act, 0)],
      acts: [
        {
          ...{ stream: auditStream.system, at: act.requestedAt, act: 'withdrawal.requested', subject: id },
          actor: { kind: 'officer', id: officer.id, name: officer.name },
          facts: { unit: officer.unit, selector, reason, note, count, digest, undecided: selected.undecided.count },
        },
      ],
      result: act,
    };
  });
}
