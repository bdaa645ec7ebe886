import { describe, expect, it } from 'vitest';
import { restsIn } from '../../functions/seal/handler.ts';
import { incident, MINUTE, T0 } from './review-incident.ts';

const settling = { quietMs: 3_000, patienceMs: 10 * MINUTE };
const last = T0 + 10 * MINUTE;
const departed = { ...incident().stay, end: { kind: 'departed' as const, seenFreeAt: last + MINUTE } };

describe('an incident is sealed', () => {
  it('as soon as its stay ended and nothing changed for a moment', () => {
    const ended = incident({ stay: departed, updatedAt: last + MINUTE });
    expect(restsIn(ended, settling, last + MINUTE)).toBe(3_000);
    expect(restsIn(ended, settling, last + MINUTE + 3_000)).toBe(0);
  });

  it('when a stay nobody saw end has had no news for as long as we are patient', () => {
    const going = incident({ updatedAt: last });
    expect(restsIn(going, settling, last + 9 * MINUTE)).toBe(MINUTE);
    expect(restsIn(going, settling, last + 10 * MINUTE)).toBe(0);
  });

  it('though the stay goes on and on, once patience has run from when it became one', () => {
    const long = incident({ stay: { ...incident().stay, lastSeen: T0 + 60 * MINUTE }, updatedAt: T0 + 60 * MINUTE });
    expect(restsIn(long, settling, T0 + 60 * MINUTE + 3_000)).toBe(0);
  });
});
