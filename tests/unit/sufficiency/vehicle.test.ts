/** Whose it was: the plate, and that all pictures show one vehicle that stood. */
import { describe, expect, it } from 'vitest';
import type { StaySighting } from '#core/incident.ts';
import type { CaseFacts } from '#core/sufficiency/requirement.ts';
import { plateVote } from '../review-incident.ts';
import { BESIDE, finding, INSIDE, plateAt, soundCase, withSightings, withStay } from './sound-case.ts';

const sound = soundCase();
const shop = withStay(sound, { type: 'street-trading', plate: null, shop: '鲜果时光水果店' });
const read = (plates: readonly StaySighting['plate'][]) => {
  const { sightings } = sound.incident.stay;
  return withSightings(
    sound,
    sightings.map((one, index) => ({ ...one, plate: plates[index] ?? null })),
  );
};
const unread = withStay(read([]), { plate: null });
const typed = (facts: CaseFacts, typedPlate: string): CaseFacts => ({ ...facts, typedPlate });

describe('plate-legible', () => {
  it.each<[string, CaseFacts, string, string]>([
    ['read in all', sound, 'holds', '号牌 浙A·8K3F2 在全部 5 张快照中均可辨认，且位于涉案车辆范围内。'],
    [
      'read in one: that is what is asked',
      read([null, plateAt(INSIDE)]),
      'holds',
      '号牌 浙A·8K3F2 在 5 张快照中的 1 张可辨认，且位于涉案车辆范围内。',
    ],
    [
      'read beside the vehicle in one picture: a neighbour’s',
      read([plateAt(INSIDE), plateAt(BESIDE)]),
      'fails',
      '有 1 张快照中读出该号牌的位置不在涉案车辆范围内，可能是邻车号牌；应核对图片，不符的以“号牌与车辆不符”驳回。',
    ],
    [
      'the same, though the officer types it',
      typed(read([plateAt(BESIDE)]), '浙A8K3F2'),
      'fails',
      expect.stringContaining('可能是邻车号牌'),
    ],
    [
      'another vehicle’s plate beside it is not the one accused',
      read([plateAt(INSIDE), plateAt(BESIDE, '浙A11111')]),
      'holds',
      expect.stringContaining('5 张快照中的 1 张可辨认'),
    ],
    ['never read', unread, 'fails', '各张快照均未能识别号牌，须由执法人员依据图片填写；无法辨认的，以“图像不清”驳回。'],
    [
      'never read, typed by an officer',
      typed(unread, '浙A8K3F2'),
      'holds',
      '号牌 浙A·8K3F2 由执法人员依据图片核定，系统未能单独识别。',
    ],
    [
      'read as one, typed as another',
      typed(sound, '浙A8K3F7'),
      'holds',
      '号牌 浙A·8K3F7 由执法人员依据图片核定，与系统识别结果不同。',
    ],
    [
      'voted, but in no single picture',
      withStay(read([plateAt(INSIDE, '浙A8K3F0')]), { plate: plateVote('浙A8K3F2') }),
      'fails',
      '没有一张快照能单独读出合议所得的号牌，须由执法人员依据图片核对并填写。',
    ],
    ['of a shop', shop, 'not-applicable', '本类行为不以车辆号牌为依据。'],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'plate-legible')).toMatchObject({ answer, facts: { zh: sentence } });
  });

  it('names no plate in what fails: a refusal is an error message', () => {
    for (const facts of [unread, read([plateAt(BESIDE)]), read([plateAt(INSIDE, '浙A8K3F0')])]) {
      const { answer, facts: said } = finding(facts, 'plate-legible');
      expect(answer).toBe('fails');
      expect(`${said.zh}${said.en}`).not.toMatch(/8K3F/);
    }
  });
});

describe('continuity-proven', () => {
  const [first, last] = [sound.frames[0], sound.frames.at(-1)];
  const weakest = {
    ...{ from: first?.frameId ?? '', to: last?.frameId ?? '', score: 0.97, overlap: 0.9, shift: 0.01 },
    ...{ appearance: 0.9, spot: 0.9, samePlate: true },
  };
  const score = (score: number) =>
    withStay(sound, {
      continuity: {
        ...{ score, links: 3 },
        weakest:
          first === undefined || last === undefined ? null : { ...weakest, from: first.frameId, to: last.frameId },
      },
    });
  it.each<[string, CaseFacts, string, string]>([
    [
      'above what is asked',
      score(0.97),
      'holds',
      expect.stringMatching(
        /^经 3 对相邻快照比对，同一车辆未移动的概率不低于 97\.0%（要求不低于 90\.0%）；把握最小的一对摄于 2026年5月12日 09:30:00 与 09:40:00。.*误判率/,
      ),
    ],
    ['exactly what is asked', score(0.9), 'holds', expect.stringContaining('90.0%')],
    [
      'just below, and said so',
      score(0.8999),
      'fails',
      '经 3 对相邻快照比对，同一车辆未移动的概率只有 89.9%，低于要求的 90.0%；把握最小的一对摄于 2026年5月12日 09:30:00 与 09:40:00；应核对图片，不能认定的以“非同一车辆”驳回。',
    ],
    ['not judged', withStay(sound, { continuity: null }), 'fails', '未作连续性判断，无法证明为同一车辆。'],
    [
      'below what the bureau asks',
      { ...sound, policy: { ...sound.policy, continuityFrom: 0.98 } },
      'fails',
      expect.stringContaining('低于要求的 98.0%'),
    ],
    ['of a shop', shop, 'not-applicable', '本类行为不以车辆为对象。'],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'continuity-proven')).toMatchObject({ answer, facts: { zh: sentence } });
  });
});
