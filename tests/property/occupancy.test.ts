import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sightingId, zoneId } from '#core/ids.ts';
import { judgeOccupancy, type OccupancyFrame } from '#core/occupancy/judge.ts';

const COLUMNS = 8;
const ROWS = 6;
const CHANNELS = 4;
const CELLS = COLUMNS * ROWS;

/** Looks of a cell: unit vectors of length 127 along one axis each. */
const look = (kind: number) => Array.from({ length: CHANNELS }, (_, c) => (c === kind ? 127 : 0));

const frames = fc.array(
  fc.record({
    minute: fc.integer({ min: 0, max: 600 }),
    looks: fc.array(fc.integer({ min: 0, max: CHANNELS - 1 }), { minLength: CELLS, maxLength: CELLS }),
    hidden: fc.array(fc.boolean(), { minLength: CELLS, maxLength: CELLS }),
    clutter: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: CELLS, maxLength: CELLS }),
  }),
  { minLength: 1, maxLength: 8 },
);

function framesOf(day: typeof frames extends fc.Arbitrary<infer T> ? T : never): OccupancyFrame[] {
  return day.map(({ minute, looks, hidden, clutter }, index) => {
    const id = sightingId(`frame-${index}`);
    return {
      sighting: {
        id,
        zone: { zoneId: zoneId('front'), version: 1 },
        rule: null,
        shop: null,
        visible: 1,
        supporting: [],
        clutter: 0,
      },
      capturedAt: minute * 60_000,
      features: {
        sightingId: id,
        columns: COLUMNS,
        rows: ROWS,
        channels: CHANNELS,
        values: Int8Array.from(looks.flatMap(look)),
        inZone: new Uint8Array(CELLS).fill(1),
        hidden: Uint8Array.from(hidden, Number),
        clutter: Uint8Array.from(clutter),
        box: [0, 0, 80, 60],
      },
    };
  });
}

const asRecord = (verdicts: ReturnType<typeof judgeOccupancy>) => Object.fromEntries(verdicts);

describe('occupancy of a storefront', () => {
  it('is the same for any order and any repetition of the frames', () => {
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.nat()), (day, picks) => {
        const sent = framesOf(day);
        const again = [...sent, ...sent.filter(() => (picks.next().value ?? 0) % 2 === 0)]
          .map((frame) => ({ frame, key: picks.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ frame }) => frame);
        expect(asRecord(judgeOccupancy(again))).toEqual(asRecord(judgeOccupancy(sent)));
      }),
    );
  });
});
