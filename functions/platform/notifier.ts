/**
 * The Notifier port: carries a notice (劝导提醒), or that it was taken back (撤回通知), to the owner or shop, and brings back what
 * proves that it went out.
 */
import type { NoticeMessage } from '#core/notice-message.ts';
import type { Instant } from '#core/time.ts';
import type { WithdrawnMessage } from '#core/withdrawal-message.ts';

export interface Notifier {
  /**
   * Resolves when whoever delivers it has taken the message, under its id, once.
   * @throws {NotSentError}
   */
  notify(message: NoticeMessage | WithdrawnMessage): Promise<Delivery>;
}

export interface Delivery {
  channel: string;
  /** Under which the channel finds it again. */
  reference: string;
  /** By our clock. */
  answeredAt: Instant;
  /** As whoever took it says; null when they do not. */
  acceptedAt: Instant | null;
  /** To the byte. */
  request: { url: string; headers: Readonly<Record<string, string>>; body: Uint8Array };
  /** null where nobody answers. */
  response: { status: number; headers: Readonly<Record<string, string>>; body: Uint8Array } | null;
}

export type NotSentCode =
  | 'notice-unreachable'
  | 'notice-timeout'
  | 'notice-gateway-failed'
  | 'notice-throttled'
  | 'notice-refused'
  | 'notice-unauthorized'
  | 'notice-redirected'
  /** Here, not there. */
  | 'notice-failed';

export interface NotSentFacts {
  /** It may have arrived all the same: what is sent again must be the same to the byte. */
  uncertain: boolean;
  /** Others would fare no better now. */
  down: boolean;
  /** Not sooner, when the gateway said so. */
  retryAfterMs: number | null;
}

/** It is still due. The message names neither the recipient nor the text. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  readonly code: NotSentCode;
  readonly facts: NotSentFacts;
  constructor(code: NotSentCode, received: string, facts: NotSentFacts, cause?: unknown) {
    super(`Expected the message gateway to take a notice, received ${received}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.facts = facts;
  }
}
