import { checkTimeStamp } from '#core/evidence/time-stamp.ts';
import { refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';

/** The TimeStamper port: a time-stamp authority (可信时间戳, RFC 3161) that says when it saw some bytes. */
export interface TimeStamper {
  /** Whom it asks, for people: an address without secrets. */
  readonly authority: string;
  /**
   * A stamp of the SHA-256 of the bytes: DER of a granted TimeStampResp that encloses the authority's certificate, checked
   * before it is returned. Only the hash leaves the house.
   * @throws {Refusal} `time-stamp-unavailable` when the authority is out of reach or its answer does not hold; try later
   */
  stamp(data: Uint8Array): Promise<Uint8Array>;
  /** False for a while after it did not answer: whoever has much to do before a stamp may wait instead. */
  isReachable(): boolean;
}

/**
 * A stamp of what was made at `since`. An earlier one tells of a clock that is wrong, here or there, and proves nothing.
 * @throws {Refusal} `time-stamp-unavailable`
 */
export async function stampOf(
  data: Uint8Array,
  { timeStamper, since }: { timeStamper: TimeStamper; since: Instant },
): Promise<Uint8Array> {
  const stamp = await timeStamper.stamp(data);
  const { faults } = await checkTimeStamp(stamp, data, { notBefore: since });
  if (faults.length === 0) return stamp;
  throw refuse(TIME_STAMP_UNAVAILABLE, 503, {
    expected: `a time stamp from ${timeStamper.authority} of now`,
    received: `one that ${faults.map(({ en }) => en).join('; ')}`,
    action: 'Compare the clock of this machine with legal time; it is asked again later.',
  });
}

export const TIME_STAMP_UNAVAILABLE = 'time-stamp-unavailable';
