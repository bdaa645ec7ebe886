/** What an operator may ask of the Lambda `operate`. Who asks is named, and stands in the audit trail with what was done. */
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';
import { ROLES, SCOPES } from '#platform/identity.ts';
import { QUEUES } from '../lambdas.ts';

const text = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .refine((value) => !/[\p{Cc}\p{Cs}]/u.test(value), 'printable characters');
const by = text;

export const Command = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('issue-token'),
    by,
    name: text,
    scopes: z.array(z.enum(SCOPES)).min(1),
    cameras: z.union([z.literal('*'), z.array(text).max(1000)]).default([]),
    /** Compulsory: `null` says that it has no end. */
    expiresAt: z.iso.datetime({ offset: true }).nullable(),
  }),
  z.strictObject({
    do: z.literal('register-officer'),
    by,
    account: text,
    name: text,
    unit: text,
    roles: z.array(z.enum(ROLES)).min(1),
    /** Whether the city's identity provider signs this person in; otherwise a password is made and shown once. */
    signsInElsewhere: z.boolean().default(false),
  }),
  z.strictObject({
    do: z.literal('list-dead-letters'),
    by,
    queue: z.enum(QUEUES),
    limit: z.number().int().min(1).max(100).default(20),
  }),
  z.strictObject({
    do: z.literal('replay-dead-letters'),
    by,
    queue: z.enum(QUEUES),
    ids: z.union([z.literal('all'), z.array(text).min(1).max(1000)]),
  }),
  z.strictObject({ do: z.literal('record-keys'), by }),
  z.strictObject({ do: z.literal('rotate-key'), by }),
]);
export type Command = z.infer<typeof Command>;
export type CommandOf<D extends Command['do']> = Extract<Command, { do: D }>;

/** @throws {Refusal} `command-invalid`, which repeats no value: one may be a secret */
export function commandOf(event: unknown): Command {
  const { data, error } = Command.safeParse(event);
  if (data !== undefined) return data;
  const faults = error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'command'}: ${message}`);
  throw refuse('command-invalid', 400, {
    expected:
      '{"do": "issue-token" | "register-officer" | "list-dead-letters" | "replay-dead-letters" | "record-keys" | "rotate-key", "by": …}',
    received: faults.join('; '),
    action: 'Correct the payload: docs/operations.md has examples.',
  });
}
