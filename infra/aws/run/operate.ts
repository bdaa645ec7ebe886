/**
 * What an operator does by hand, with `aws lambda invoke`: whoever may invoke it is an administrator. A secret is in the answer once,
 * and nowhere else.
 *
 * @example
 * // {"do": "register-officer", "by": "王工", "account": "admin", "name": "李四", "unit": "指挥中心", "roles": ["admin"]}
 */
import { type AuditActor, auditStream } from '#core/audit.ts';
import { cameraId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { parseInstant } from '#core/time.ts';
import { rotateKmsKey } from '#platform/aws/kms-rotation.ts';
import { commit } from '#platform/commit.ts';
import { accountId, newOfficer, officer, officerPut } from '#platform/records/officers.ts';
import { recordKeys } from '#platform/records/signing-keys.ts';
import { machineTokenPut, newMachineToken } from '#platform/records/tokens.ts';
import type { Write } from '#platform/table.ts';
import type { FunctionName } from '#platform/table-rights.ts';
import { newPassword } from '../../common/new-password.ts';
import { openHome } from './home.ts';
import { once } from './once.ts';
import { type Command, type CommandOf, commandOf } from './operate-commands.ts';
import { kmsClient, openSigner, signingKeys } from './signer.ts';

const home = once(() => openHome('operate'));

export async function handler(event: unknown): Promise<unknown> {
  const command = commandOf(event);
  const answer = await carryOut(command);
  home().log({ level: 'info', event: 'operated', do: command.do });
  return answer;
}

function carryOut(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'issue-token':
      return issueToken(command);
    case 'register-officer':
      return registerOfficer(command);
    case 'list-dead-letters':
      return listDeadLetters(command);
    case 'replay-dead-letters':
      return replayDeadLetters(command);
    case 'record-keys':
      return putKeysOnRecord(command);
    case 'rotate-key':
      return rotateKey(command);
  }
}

const actorOf = ({ by }: Command): AuditActor => ({ kind: 'system', id: 'operate', name: by });

interface Act {
  readonly act: string;
  readonly subject: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly writes: readonly Write[];
}

/** An act and its entry in the trail are one. */
function done(command: Command, as: FunctionName, decide: () => Promise<Act>): Promise<void> {
  const { clock } = home();
  return commit(home().table(as), async () => {
    const { act, subject, facts, writes } = await decide();
    const entry = { stream: auditStream.system, at: clock.now(), actor: actorOf(command), act, subject, facts };
    return { writes, acts: [entry], result: undefined };
  });
}

async function issueToken(command: CommandOf<'issue-token'>) {
  const { name, scopes, cameras, expiresAt } = command;
  const asked = {
    ...{ name, scopes: [...new Set(scopes)] },
    cameras: cameras === '*' ? cameras : [...new Set(cameras)].map(cameraId),
    expiresAt: expiresAt === null ? null : parseInstant(expiresAt, 'expiresAt'),
  };
  const { token, record } = newMachineToken(asked, home().clock.now());
  const { id, version } = record;
  await done(command, 'register', async () => ({
    ...{ act: 'token.issued', subject: id, facts: { ...asked, version } },
    writes: [machineTokenPut(record)],
  }));
  return { tokenId: id, token };
}

async function registerOfficer(command: CommandOf<'register-officer'>) {
  const { account, name, unit, roles, signsInElsewhere } = command;
  const password = signsInElsewhere ? null : newPassword();
  const next = await newOfficer({ account, name, unit, roles, password });
  const { id, enabled, version } = next;
  await done(command, 'register', async () => {
    if ((await officer(home().table('register'), accountId(account))) !== undefined) {
      throw refuse('officer-exists', 409, {
        expected: 'an account that nobody has yet',
        received: id,
        action: 'Choose another; an account is never given to another person.',
      });
    }
    return {
      ...{ act: 'officer.registered', subject: id, facts: { name, unit, roles, enabled, version } },
      writes: [officerPut(next)],
    };
  });
  return { account: id, password };
}

async function listDeadLetters(command: CommandOf<'list-dead-letters'>) {
  const { queue, limit } = command;
  await done(command, 'operate', async () => ({
    ...{ act: 'dead-letters.viewed', subject: queue, facts: { limit }, writes: [] },
  }));
  return { queue, letters: await home().queue(queue).deadLetters.list({ limit }) };
}

/** The trail first: what was sent again without it could not be told. */
async function replayDeadLetters(command: CommandOf<'replay-dead-letters'>) {
  const { queue, ids } = command;
  await done(command, 'operate', async () => ({
    ...{ act: 'dead-letters.replayed', subject: queue, facts: { ids: ids === 'all' ? ids : ids.length } },
    writes: [],
  }));
  return { queue, replayed: await home().queue(queue).deadLetters.replay(ids) };
}

async function putKeysOnRecord(command: CommandOf<'record-keys'>) {
  const recorded = await recordKeys(
    { table: home().table('operate'), signer: openSigner(home()) },
    { actor: actorOf(command), now: home().clock.now() },
  );
  return { recorded };
}

function rotateKey(command: CommandOf<'rotate-key'>) {
  const { clock } = home();
  return rotateKmsKey({
    ...{ client: kmsClient(), keys: signingKeys(home()), clock },
    ...{ table: home().table('operate'), actor: actorOf(command) },
  });
}
