/** By what, and under which law: the device and its clock, the zone, the rule. */
import { describe, expect, it } from 'vitest';
import type { Rule, Zone } from '#core/camera.ts';
import type { Impairment, ImpairmentKind } from '#core/camera-impairment.ts';
import type { CaseFacts } from '#core/sufficiency/requirement.ts';
import { RULE, ZONE } from '../review-ground.ts';
import { MINUTE, T0 } from '../review-incident.ts';
import {
  CAMERA_2,
  failing,
  finding,
  soundCase,
  withFrames,
  withIncident,
  withSecondCamera,
  withStay,
  ZONE_2,
} from './sound-case.ts';

const sound = soundCase();
const dossier = (change: Partial<NonNullable<typeof CAMERA_2.dossier>>) =>
  withSecondCamera(sound, {
    camera: { ...CAMERA_2, dossier: CAMERA_2.dossier === null ? null : { ...CAMERA_2.dossier, ...change } },
  });
const ailing = (kind: ImpairmentKind, from: number, to: number | null): CaseFacts => {
  const facts = { zh: '人工写明的情况', en: 'as written' };
  const impairment: Impairment = { cameraId: CAMERA_2.id, kind, from, to, facts };
  return withSecondCamera(sound, { impairments: [impairment] });
};

describe('dossier-valid', () => {
  it.each<[string, CaseFacts, string, string]>([
    [
      'two whole dossiers',
      sound,
      'holds',
      '文一西路北侧（CAM-1）：法制审核 法审〔2026〕14号，技术检定 JJ-2026-0311（有效期至 2026年11月28日），现场设有标志，设置地点已公布，拍摄时状态正常；文一西路南侧（CAM-2）：法制审核 法审〔2026〕14号，技术检定 JJ-2026-0311（有效期至 2026年11月28日），现场设有标志，设置地点已公布，拍摄时状态正常。',
    ],
    [
      'one expired between two pictures',
      dossier({ technicalVerifiedUntil: T0 + 5 * MINUTE }),
      'fails',
      '文一西路南侧（CAM-2）在 2026年5月12日 09:38:00 拍摄时技术检定已过期，只能作为线索，不得作为处罚依据。',
    ],
    ['no sign', dossier({ signInPlace: false }), 'fails', expect.stringContaining('未设置明显标志，只能作为线索')],
    ['not published', dossier({ publishedAt: T0 + MINUTE * 60 }), 'fails', expect.stringContaining('未向社会公布')],
    [
      'switched off',
      withSecondCamera(sound, { camera: { ...CAMERA_2, enabled: false } }),
      'fails',
      expect.stringContaining('拍摄时已停用'),
    ],
    [
      'a camera on no register',
      { ...sound, cameras: sound.cameras.slice(0, 1) },
      'fails',
      'CAM-2 在 2026年5月12日 09:33:00 拍摄时未经登记，只能作为线索，不得作为处罚依据。',
    ],
    [
      'a view that moved before a picture',
      ailing('view-moved', T0 + 2 * MINUTE, T0 + 4 * MINUTE),
      'fails',
      '文一西路南侧（CAM-2）在 2026年5月12日 09:33:00 拍摄时状态异常（画面偏移）：人工写明的情况。',
    ],
    [
      'a view that moved between pictures',
      ailing('view-moved', T0 + 4 * MINUTE, T0 + 7 * MINUTE),
      'holds',
      expect.any(String),
    ],
    ['opened as a clue', withIncident(sound, { grade: 'clue' }), 'fails', '本事件的证据等级为线索，不得作为处罚依据。'],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'dossier-valid')).toMatchObject({ answer, facts: { zh: sentence } });
  });
});

describe('clock', () => {
  const told = (offsets: readonly (number | null)[]) =>
    withFrames(sound, (_frame, index) => ({ clockOffsetMs: offsets[index] ?? null }));
  it.each<[string, CaseFacts, string, string]>([
    [
      'told with some pictures, either way off',
      told([120, null, -250]),
      'holds',
      '5 张快照中有 2 张随附时钟读数，最大偏差 0.25 秒，未超过限值 1 秒；期间无时钟异常记录。',
    ],
    ['exactly a second off', told([1000]), 'holds', expect.stringContaining('最大偏差 1 秒')],
    ['more than a second behind', told([0, -1001]), 'fails', '快照随附的时钟读数最大偏差 1.001 秒，超过限值 1 秒。'],
    [
      'more than the bureau allows',
      { ...told([600]), policy: { ...sound.policy, clockWithinMs: 500 } },
      'fails',
      expect.stringContaining('超过限值 0.5 秒'),
    ],
    [
      'never told: the verification vouches',
      told([]),
      'holds',
      '摄像机未报送时钟读数；技术检定在有效期内（文一西路北侧（CAM-1）JJ-2026-0311、文一西路南侧（CAM-2）JJ-2026-0311），期间无时钟异常记录，据此认定误差不超过 1 秒。',
    ],
    [
      'a fault while it took a picture',
      ailing('clock-off', T0 + 2 * MINUTE, null),
      'fails',
      '文一西路南侧（CAM-2）自 2026年5月12日 09:32:00 起时钟异常，2026年5月12日 09:33:00 的快照时间不可采信：人工写明的情况。',
    ],
    [
      'a fault between its pictures',
      ailing('clock-off', T0 + 4 * MINUTE, T0 + 7 * MINUTE),
      'holds',
      expect.any(String),
    ],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'clock')).toMatchObject({ answer, facts: { zh: sentence } });
  });

  it('is not vouched for by an expired verification: the dossier says why', () => {
    const expired = { ...dossier({ technicalVerifiedUntil: T0 - MINUTE }), frames: told([]).frames };
    expect(finding(expired, 'clock').answer).toBe('not-applicable');
    expect(failing(expired)).toEqual(['dossier-valid']);
  });

  it('is a matter of its own: a wrong clock is no other fault of the device', () => {
    expect(failing(ailing('clock-off', T0, null))).toEqual(['clock']);
  });
});

describe('zone-in-force', () => {
  const zone = (change: Partial<Zone>) => soundCase({ zones: [ZONE, { ...ZONE_2, ...change }] });
  it.each<[string, CaseFacts, string, string]>([
    [
      'both zones each time',
      sound,
      'holds',
      '文一西路北侧（CAM-1）的人行道区域（Z1 第 1 版）、文一西路南侧（CAM-2）的人行道区域（Z1 第 1 版），各次拍摄时均在有效期内。',
    ],
    [
      'drawn after a picture',
      zone({ effectiveFrom: T0 + 4 * MINUTE }),
      'fails',
      '2026年5月12日 09:33:00 拍摄时，文一西路南侧（CAM-2）的人行道区域（Z1 第 1 版）不在有效期内。',
    ],
    ['ended at the very instant of a picture', zone({ effectiveTo: T0 + 8 * MINUTE }), 'fails', expect.any(String)],
    ['in another version', zone({ version: 2 }), 'fails', expect.stringContaining('的区域 Z1 第 1 版不在有效期内')],
    [
      'of a shop',
      soundCase({ zones: [ZONE, { ...ZONE_2, type: 'storefront', shop: '鲜果时光水果店' }] }),
      'holds',
      expect.stringContaining('的店外区域“鲜果时光水果店”（Z1 第 1 版）'),
    ],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'zone-in-force')).toMatchObject({ answer, facts: { zh: sentence } });
  });
});

describe('rule-enforcing', () => {
  const rule = (change: Partial<Rule>) => soundCase({ rules: [{ ...RULE, ...change }] });
  it.each<[string, CaseFacts, string, string]>([
    ['always', sound, 'holds', '“人行道违停”规则 R1 第 1 版（全天适用）已正式执法，各次拍摄均在其有效期和适用时段内。'],
    [
      'in its hours',
      rule({ hours: [{ from: '08:00', to: '22:00' }] }),
      'holds',
      '“人行道违停”规则 R1 第 1 版（08:00-22:00）已正式执法，各次拍摄均在其有效期和适用时段内。',
    ],
    [
      'after its hours',
      rule({ hours: [{ from: '08:00', to: '09:35' }] }),
      'fails',
      '2026年5月12日 09:35:00 不在“人行道违停”规则 R1 第 1 版的适用时段（08:00-09:35）内。',
    ],
    [
      'in its warning phase',
      rule({ phase: 'warning' }),
      'fails',
      '“人行道违停”规则 R1 第 1 版处于警示期，只劝导，不处罚。',
    ],
    [
      'an incident of a warning phase',
      withIncident(sound, { phase: 'warning' }),
      'fails',
      expect.stringContaining('警示期'),
    ],
    [
      'ended before a picture',
      rule({ effectiveTo: T0 + 8 * MINUTE }),
      'fails',
      '2026年5月12日 09:38:00 拍摄时，规则 R1 第 1 版不在有效期内。',
    ],
    ['in another version', rule({ version: 2 }), 'fails', expect.stringContaining('不在有效期内')],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'rule-enforcing')).toMatchObject({ answer, facts: { zh: sentence } });
  });

  it('asks each rule only of what it judged', () => {
    const { sightings } = sound.incident.stay;
    const second = { ...RULE, version: 2, hours: [{ from: '09:37', to: '10:00' }] };
    const late = sightings.map((one, index) => (index < 3 ? one : { ...one, rule: { ruleId: RULE.id, version: 2 } }));
    const facts = withStay(soundCase({ rules: [{ ...RULE, effectiveTo: T0 + 6 * MINUTE }, second] }), {
      sightings: late,
    });
    expect(finding(facts, 'rule-enforcing').answer).toBe('holds');
  });
});
