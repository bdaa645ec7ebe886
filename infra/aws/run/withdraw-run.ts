/** Carries bulk withdrawals out. What does not end in its time goes on with a message of its own. */
import type { WithdrawMessage } from '#platform/records/messages.ts';
import { runWithdrawal } from '../../../functions/withdraw/run.ts';
import { consumeQueue } from './consume.ts';
import { WithdrawBody } from './messages.ts';

/** Some thirty transactions are begun together; the slowest of them ends well within this. */
const ENOUGH_MS = 120_000;

export const handler = consumeQueue<WithdrawMessage>('withdraw-run', (home) => ({
  message: WithdrawBody,
  async handle({ withdrawalId }, { remainingMs }) {
    const dependencies = { table: home.table(), clock: home.clock };
    const act = await runWithdrawal(dependencies, withdrawalId, () => remainingMs() > ENOUGH_MS);
    const { state, withdrawn, skipped } = act;
    if (state === 'running') await home.queue('withdraw').send({ withdrawalId });
    const event = state === 'running' ? 'withdrawal-goes-on' : 'withdrawal-done';
    home.log({ level: 'info', event, withdrawal: withdrawalId, withdrawn, skipped });
  },
}));
