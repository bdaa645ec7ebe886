/**
 * The settings of a bureau on AWS: one secret in Secrets Manager, JSON `{noticeUrl?, noticeSecret?, tsaUrl?, tsaCa?}`. A change is
 * taken up within minutes, without a deployment.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { Refusal, refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Log } from '../http/log.ts';
import type { Notifier } from '../notifier.ts';
import { notifierOf, type PartnerSettings, timeStamperOf } from '../partners.ts';
import type { TimeStamper } from '../time-stamper.ts';

const MEMBERS = ['noticeUrl', 'noticeSecret', 'tsaUrl', 'tsaCa'] as const;
/** An empty text holds the place of what is not set. */
const Text = z
  .string()
  .transform((text) => (text === '' ? undefined : text))
  .optional();
/** A member that is spelt wrongly would count as not set: others are refused. */
const Settings = z.strictObject({
  noticeUrl: Text,
  noticeSecret: Text,
  tsaUrl: Text,
  tsaCa: Text,
});

export interface SettingsSource {
  readonly client: SecretsManagerClient;
  /** ARN of the secret. */
  readonly secret: string;
}

/** @throws {Refusal} `settings-invalid`, `settings-unavailable` */
export async function readSettings({ client, secret }: SettingsSource): Promise<PartnerSettings> {
  return parseSettings(await secretText({ client, secret }));
}

export interface Partners {
  readonly notifier: Notifier;
  readonly timeStamper: TimeStamper | undefined;
}

/** For so long they are not asked for again: each question costs, and Secrets Manager answers some thousand a second to all. */
const KEPT_MS = 5 * 60_000;

/**
 * Who they are now. What was known stays in force while Secrets Manager does not answer; what it answers has to be right.
 * @returns a function that throws {Refusal} `settings-invalid` or, before anything is known, `settings-unavailable`
 * @example
 * const partners = partnersBySecret({ client, secret: arn, log });
 * const { notifier } = await partners();
 */
export function partnersBySecret({
  log,
  clock = systemClock,
  ...source
}: SettingsSource & { log: Log; clock?: Clock }): () => Promise<Partners> {
  let known: { text: string; partners: Partners; readAt: Instant } | undefined;
  return async () => {
    const now = clock.now();
    if (known !== undefined && now - known.readAt < KEPT_MS) return known.partners;
    const text = await secretText(source).catch((error: unknown) => {
      if (known === undefined) throw error;
      log({
        level: 'warn',
        event: 'settings-unavailable',
        error: error instanceof Error ? error.message : 'no answer',
      });
      return known.text;
    });
    // The same settings keep the same partners, with what they know of whether somebody is out of reach.
    const partners = known?.text === text ? known.partners : openPartners(parseSettings(text), { log, clock });
    known = { text, partners, readAt: now };
    return partners;
  };
}

/** A refusal of a partner may name an address: here it names the setting. */
function openPartners(settings: PartnerSettings, edge: { log: Log; clock: Clock }): Partners {
  const named = <T>(members: string, open: () => T): T => {
    try {
      return open();
    } catch (error) {
      if (error instanceof Refusal) throw invalid(`${members} that say ${error.code}`);
      throw error;
    }
  };
  return {
    notifier: named('noticeUrl and noticeSecret', () => notifierOf(settings, edge)),
    timeStamper: named('tsaUrl and tsaCa', () => timeStamperOf(settings)),
  };
}

function parseSettings(text: string): PartnerSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('text that is not JSON');
  }
  const { success, data, error } = Settings.safeParse(json);
  if (success) return data;
  // Of a member that we do not know not even the name: somebody may have put a secret there.
  const wrong = MEMBERS.filter((member) => error.issues.some(({ path }) => path[0] === member));
  throw invalid(wrong.length === 0 ? 'no object, or other members' : `something else for ${wrong.join(', ')}`);
}

async function secretText({ client, secret }: SettingsSource): Promise<string> {
  const { SecretString: text } = await client
    .send(new GetSecretValueCommand({ SecretId: secret }))
    .catch((error: unknown) => {
      throw unavailable(error instanceof Error ? error.name : 'no answer', error);
    });
  return text ?? '';
}

/** Without the cause: the parser quotes what it read. */
const invalid = (received: string) =>
  refuse('settings-invalid', 500, {
    expected: `a secret with a JSON object of texts, none compulsory: ${MEMBERS.join(', ')}`,
    received,
    action: 'Correct the value of the secret; it is read again within minutes.',
  });

const unavailable = (received: string, cause: unknown) =>
  refuse(
    'settings-unavailable',
    503,
    {
      expected: 'the settings from Secrets Manager',
      received,
      action:
        received === 'AccessDeniedException'
          ? 'Let the role of this function read the secret, and decrypt with its key.'
          : 'They are asked for again with the next call.',
    },
    cause,
  );
