import { describe, expect, it } from 'vitest';
import { cameraId, placeId, ruleId, zoneId } from '#core/ids.ts';
import { dwellOf } from '#core/stays/judge.ts';
import { isOpen, lawOf } from '#core/stays/law.ts';
import { staysOf } from '#core/violations/registry.ts';
import { at, car, day, frame, rule, zone } from './builders.ts';

const CAMERA = cameraId('CAM-01');
const ZONE = zoneId('sidewalk');

describe('hours of a rule', () => {
  it.each([
    ['always, when there are none', [], '03:00', true],
    ['from their start', [{ from: '08:00', to: '22:00' }], '08:00', true],
    ['not from their end on', [{ from: '08:00', to: '22:00' }], '22:00', false],
    ['over midnight, late', [{ from: '22:00', to: '06:00' }], '23:30', true],
    ['over midnight, early', [{ from: '22:00', to: '06:00' }], '05:59', true],
    ['over midnight, not by day', [{ from: '22:00', to: '06:00' }], '12:00', false],
    [
      'in any of several',
      [
        { from: '07:00', to: '09:00' },
        { from: '17:00', to: '19:00' },
      ],
      '18:00',
      true,
    ],
    ['to the end of the day', [{ from: '08:00', to: '24:00' }], '23:59', true],
  ])('hold %s', (_case, hours, clock, expected) => {
    expect(isOpen({ hours }, at(clock))).toBe(expected);
  });
});

describe('the law at an instant', () => {
  const v1 = zone({ effectiveTo: at('09:00') });
  const v2 = zone({ version: 2, effectiveFrom: at('09:00') });
  const lawWith = (options: Parameters<typeof day>[1]) => lawOf(day([], options).placeDay, 'sidewalk-parking');

  it('is the zone version of that instant, whatever order the versions come in', () => {
    for (const zones of [
      [v1, v2],
      [v2, v1],
    ]) {
      expect(lawWith({ zones }).at(CAMERA, ZONE, at('08:59'))?.zone.version).toBe(1);
      expect(lawWith({ zones }).at(CAMERA, ZONE, at('09:00'))?.zone.version).toBe(2);
    }
  });

  it('is none where the zone has no rule for this violation', () => {
    expect(lawWith({ zones: [zone({ ruleIds: [ruleId('trading')] })] }).at(CAMERA, ZONE, at('09:00'))).toBeUndefined();
    expect(lawWith({ zones: [zone({ ruleIds: [] })] }).at(CAMERA, ZONE, at('09:00'))).toBeUndefined();
  });

  it('is none before the rule and after it', () => {
    const rules = [rule({ effectiveFrom: at('09:00'), effectiveTo: at('10:00') })];
    expect(lawWith({ rules }).at(CAMERA, ZONE, at('08:59'))).toBeUndefined();
    expect(lawWith({ rules }).at(CAMERA, ZONE, at('09:30'))?.rule.version).toBe(1);
    expect(lawWith({ rules }).at(CAMERA, ZONE, at('10:00'))).toBeUndefined();
  });

  it('does not know the zones of other places', () => {
    const zones = [{ ...zone(), placeId: placeId('elsewhere') }];
    expect(lawWith({ zones }).at(CAMERA, ZONE, at('09:00'))).toBeUndefined();
  });
});

describe('the dwell', () => {
  it('counts the seconds in which zone, rule and hours hold', () => {
    const shots = ['09:00', '10:00'].map((clock) => frame(clock, { cars: [car({ plate: '浙A8K3F2' })] }));
    const rules = [
      rule({
        hours: [
          { from: '08:00', to: '09:10' },
          { from: '09:50', to: '22:00' },
        ],
      }),
    ];
    const { placeDay, looks } = day(shots, { rules });
    const [stay] = staysOf(placeDay, looks);
    expect(dwellOf(stay!, placeDay)).toEqual({ seconds: 20 * 60, permittedSeconds: 180 });
  });
});
