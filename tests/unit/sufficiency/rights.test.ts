/** What speaks for the party: a permit, a reminder that never came, a case there already is. */
import { describe, expect, it } from 'vitest';
import type { Permit } from '#core/camera.ts';
import { incidentId } from '#core/ids.ts';
import type { Incident, Notice } from '#core/incident.ts';
import type { CaseFacts } from '#core/sufficiency/requirement.ts';
import { CAMERA, RULE } from '../review-ground.ts';
import { MINUTE, plateVote, T0 } from '../review-incident.ts';
import { finding, PLATE, sighting, soundCase, withIncident, withSightings, withStay } from './sound-case.ts';

const sound = soundCase();
const typed = (facts: CaseFacts, typedPlate: string): CaseFacts => ({ ...facts, typedPlate });
const trading = (shop: string | null) => withStay(sound, { type: 'street-trading', plate: null, shop });
const SHOP = '鲜果时光水果店';

describe('no-permit', () => {
  const permit = (from: number, to: number, change: Partial<Permit> = {}): Permit => ({
    ...{ id: 'P-7', placeId: sound.incident.stay.placeId, subject: { plate: PLATE }, reason: '搬家作业', version: 1 },
    ...{ from: T0 + from * MINUTE, to: T0 + to * MINUTE },
    ...change,
  });
  const permits = (...all: Permit[]) => soundCase({ permits: all });
  it.each<[string, CaseFacts, string, string]>([
    ['none registered', sound, 'holds', '该地点没有号牌 浙A·8K3F2 的许可登记。'],
    ['over before', permits(permit(-60, 0)), 'holds', '该地点号牌 浙A·8K3F2 登记的 1 项许可在停留期间均不适用。'],
    [
      'of the whole stay',
      permits(permit(-1, 11)),
      'fails',
      '许可 P-7（搬家作业）有效期 2026年5月12日 09:29:00 至 2026年5月12日 09:41:00，与停留时间重合，除去许可时间只停留 0 秒；应以“合法泊位或已获许可”驳回。',
    ],
    [
      'of its first two minutes',
      permits(permit(-60, 2)),
      'holds',
      '许可 P-7（搬家作业）有效期 2026年5月12日 08:30:00 至 2026年5月12日 09:32:00；除去许可时间仍停留 8 分 0 秒，规则允许停留 3 分 0 秒。',
    ],
    ['of all but its last two minutes', permits(permit(-60, 8)), 'fails', expect.stringContaining('只停留 2 分 0 秒')],
    [
      'of its middle, with too little around it',
      permits(permit(1, 9)),
      'fails',
      expect.stringContaining('只停留 2 分 0 秒'),
    ],
    [
      'two that meet in the middle',
      permits(permit(-1, 6), permit(4, 8, { id: 'P-8' })),
      'fails',
      expect.stringContaining('只停留 2 分 0 秒'),
    ],
    ['of another plate', permits(permit(-1, 11, { subject: { plate: '浙A11111' } })), 'holds', expect.any(String)],
    [
      'of the plate that the officer types',
      typed(permits(permit(-1, 11, { subject: { plate: '浙A11111' } })), '浙A11111'),
      'fails',
      expect.stringContaining('许可 P-7'),
    ],
    [
      'where no plate is known yet',
      withStay(sound, { plate: null }),
      'not-applicable',
      '号牌尚未确定，待执法人员填写后核对许可登记。',
    ],
    [
      'of the shop',
      { ...trading(SHOP), permits: [permit(-1, 11, { subject: { shop: SHOP } })] },
      'fails',
      expect.stringContaining('与停留时间重合'),
    ],
    ['a shop without', trading(SHOP), 'holds', '该地点没有店铺“鲜果时光水果店”的许可登记。'],
    ['a shop nobody named', trading(null), 'not-applicable', '该处未登记店铺名称，没有可核对的许可。'],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'no-permit')).toMatchObject({ answer, facts: { zh: sentence } });
  });
});

describe('notice-proven', () => {
  const asking = soundCase({ rules: [{ ...RULE, notice: { required: true, graceSeconds: 300 } }] });
  const [first] = sound.incident.stay.sightings;
  const proof: NonNullable<Notice['proof']> = {
    ...{ messageId: 'm1', recipient: { kind: 'owner', plate: PLATE }, text: '请驶离', language: 'zh-CN' },
    ...{ requestSha256: 'a'.repeat(64), response: { status: 200, sha256: 'b'.repeat(64) } },
    record: { key: 'notices/m1', sha256: 'c'.repeat(64) },
  };
  const notice: Notice = {
    ...{ channel: 'webhook', reference: 'SMS-1', sentAt: T0 + MINUTE, graceUntil: T0 + 6 * MINUTE, proof },
    ...(first === undefined ? {} : { about: first.sightingId }),
  };
  const sent = (change: Partial<Notice> = {}) => withIncident(asking, { notice: { ...notice, ...change } });
  it.each<[string, CaseFacts, string, string]>([
    ['not asked for', sound, 'not-applicable', '适用规则未要求事先劝导。'],
    [
      'sent, taken, and still there',
      sent(),
      'holds',
      '2026年5月12日 09:31:00 经消息网关发出提醒（编号 SMS-1），宽限至 2026年5月12日 09:36:00；期满后 2026年5月12日 09:40:00 仍在原处。',
    ],
    ['missing', asking, 'fails', '规则要求先行劝导提醒，没有本次停留的提醒记录。'],
    [
      'of another stay',
      sent({ about: sighting(CAMERA, T0 - MINUTE).sightingId }),
      'fails',
      expect.stringContaining('没有本次停留'),
    ],
    [
      'shorter than the grace',
      sent({ graceUntil: T0 + 5 * MINUTE }),
      'fails',
      expect.stringContaining('短于规则给予的 300 秒'),
    ],
    [
      'a line in our own log',
      sent({ proof: { ...proof, response: null } }),
      'fails',
      expect.stringContaining('没有送达回执'),
    ],
    [
      'not seen after the grace',
      withSightings(sent(), sound.incident.stay.sightings.slice(0, 3)),
      'fails',
      expect.stringContaining('期满后未再拍到，视为已改正'),
    ],
    ['to the owner of another plate', typed(sent(), '浙A11111'), 'fails', expect.stringContaining('另一号牌的车主')],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'notice-proven')).toMatchObject({ answer, facts: { zh: sentence } });
  });

  it('names nobody else’s plate', () => {
    expect(finding(typed(sent(), '浙A11111'), 'notice-proven').facts.zh).not.toMatch(/浙A/);
  });
});

describe('once-per-act', () => {
  const sibling = (change: Partial<Incident>, stay: Partial<Incident['stay']> = {}): CaseFacts => ({
    ...sound,
    siblings: [
      {
        ...sound.incident,
        ...{ id: incidentId('other'), state: 'confirmed' },
        stay: { ...sound.incident.stay, sightings: [], ...stay },
        ...change,
      },
    ],
  });
  it.each<[string, CaseFacts, string]>([
    ['no other case', sound, 'holds'],
    ['a violation of the same plate at the time', sibling({}), 'fails'],
    ['one that the party objects to', sibling({ state: 'objected' }), 'fails'],
    ['one that was taken back', sibling({ state: 'withdrawn' }), 'holds'],
    ['one that nobody decided', sibling({ state: 'pending' }), 'holds'],
    ['another plate', sibling({}, { plate: plateVote('浙A11111') }), 'holds'],
    ['the plate that the officer types', typed(sibling({}, { plate: plateVote('浙A11111') }), '浙A11111'), 'fails'],
    [
      'another plate in the same picture of the vehicle',
      sibling({}, { plate: null, sightings: sound.incident.stay.sightings }),
      'fails',
    ],
    ['the same plate, later', sibling({}, { firstSeen: T0 + 20 * MINUTE, lastSeen: T0 + 30 * MINUTE }), 'holds'],
  ])('%s', (_name, facts, answer) => {
    expect(finding(facts, 'once-per-act').answer).toBe(answer);
  });
});
