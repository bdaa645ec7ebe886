/** What the pictures themselves must show: how many, how far apart, how long, how large, and that they are live. */
import { describe, expect, it } from 'vitest';
import type { CaseFacts } from '#core/sufficiency/requirement.ts';
import { CAMERA, RULE } from '../review-ground.ts';
import { MINUTE, T0 } from '../review-incident.ts';
import { CAMERA_2, failing, finding, sighting, soundCase, withFrames, withSightings } from './sound-case.ts';

const SECOND = 1000;
const sound = soundCase();
const policy = (panoramas: Partial<CaseFacts['policy']['panoramas']>) =>
  soundCase({ policy: { ...sound.policy, panoramas: { ...sound.policy.panoramas, ...panoramas } } });

it('a sound case fails nothing', () => {
  expect(failing(sound)).toEqual([]);
});

describe('two-panoramas', () => {
  it.each<[string, CaseFacts, string, string]>([
    [
      'five of two cameras',
      sound,
      'holds',
      '全景快照共 5 张（文一西路北侧（CAM-1）3 张、文一西路南侧（CAM-2）2 张），摄于 5 个不同时间，要求不少于 2 个。',
    ],
    [
      'one only',
      withSightings(sound, [sighting(CAMERA, T0)]),
      'fails',
      '全景快照共 1 张（文一西路北侧（CAM-1）拍摄），仅摄于 1 个不同时间，不足 2 个。',
    ],
    [
      'two cameras at one instant',
      withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA_2, T0)]),
      'fails',
      '全景快照共 2 张（文一西路北侧（CAM-1）1 张、文一西路南侧（CAM-2）1 张），仅摄于 1 个不同时间，不足 2 个。',
    ],
    ['none on record', { ...sound, frames: [] }, 'fails', '没有可用的全景快照，要求不同时间的不少于 2 张。'],
    ['fewer than the bureau asks', policy({ least: 6 }), 'fails', expect.stringContaining('不足 6 个')],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'two-panoramas')).toMatchObject({ answer, facts: { zh: sentence } });
  });

  it('counts a frame cited twice once', () => {
    const twice = withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA, T0)]);
    expect(finding(twice, 'two-panoramas').answer).toBe('fails');
  });
});

describe('interval', () => {
  it.each<[string, CaseFacts, string, string]>([
    [
      'ten minutes of one camera',
      sound,
      'holds',
      '文一西路北侧（CAM-1）于 2026年5月12日 09:30:00 与 09:40:00 先后拍到，相隔 10 分 0 秒，要求不少于 10 秒。',
    ],
    [
      'exactly what is asked',
      withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA, T0 + 10 * SECOND)]),
      'holds',
      expect.stringContaining('相隔 10 秒，要求不少于 10 秒。'),
    ],
    [
      'a second too short',
      withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA, T0 + 9 * SECOND)]),
      'fails',
      expect.stringContaining('相隔 9 秒，不足 10 秒。'),
    ],
    [
      'two cameras, once each',
      withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA_2, T0 + 10 * MINUTE)]),
      'fails',
      '没有任何一台摄像机先后拍到两次，无法证明停留。',
    ],
    [
      'over midnight, with both days',
      withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA, T0 + 24 * 60 * MINUTE)]),
      'holds',
      expect.stringContaining('2026年5月12日 09:30:00 与 2026年5月13日 09:30:00'),
    ],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'interval')).toMatchObject({ answer, facts: { zh: sentence } });
  });
});

describe('permitted-stay', () => {
  const lasting = (seconds: number) =>
    withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA, T0 + seconds * SECOND)]);
  it.each<[string, CaseFacts, string, string]>([
    [
      'ten minutes where three are permitted',
      sound,
      'holds',
      '首次与末次拍到的时间为 2026年5月12日 09:30:00 与 09:40:00，停留不少于 10 分 0 秒，规则允许停留 3 分 0 秒。',
    ],
    ['exactly three minutes', lasting(180), 'holds', expect.stringContaining('停留不少于 3 分 0 秒')],
    ['a second less', lasting(179), 'fails', '能够证明的停留为 2 分 59 秒，未达到规则限定的 3 分 0 秒。'],
    [
      'by the most lenient of two rules',
      soundCase({ rules: [RULE, { ...RULE, version: 2, permittedStaySeconds: 900 }] }),
      'fails',
      expect.stringContaining('规则限定的 15 分 0 秒'),
    ],
    ['without a rule', soundCase({ rules: [] }), 'fails', '没有适用规则的记录。'],
    [
      'only by pictures used twice',
      withFrames(sound, ({ capturedAt, frameId }) => ({ repeats: capturedAt > T0 + 2 * MINUTE ? frameId : null })),
      'fails',
      expect.stringContaining('能够证明的停留为 0 秒'),
    ],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'permitted-stay')).toMatchObject({ answer, facts: { zh: sentence } });
  });
});

describe('resolution', () => {
  const small = (count: number) =>
    withFrames(sound, (_frame, index) => (index < count ? { width: 1280, height: 719 } : {}));
  it.each<[string, CaseFacts, string, string]>([
    ['all large', sound, 'holds', '5 张快照均不小于 1280×720 像素（实际 1920×1080）。'],
    [
      'two of five large',
      small(3),
      'holds',
      '5 张快照中有 2 张不小于 1280×720 像素（实际 1280×719、1920×1080），要求不少于 2 张。',
    ],
    [
      'one of five large',
      small(4),
      'fails',
      '5 张快照中不小于 1280×720 像素的有 1 张（实际 1280×719、1920×1080），不足 2 张。',
    ],
    ['none at all', { ...sound, frames: [] }, 'fails', '没有可用的快照。'],
    [
      'smaller than the bureau asks',
      policy({ width: 3840, height: 2160 }),
      'fails',
      expect.stringContaining('3840×2160'),
    ],
  ])('%s', (_name, facts, answer, sentence) => {
    expect(finding(facts, 'resolution')).toMatchObject({ answer, facts: { zh: sentence } });
  });
});

describe('live-frames', () => {
  const repeating = withFrames(sound, ({ frameId }, index) => ({ repeats: index === 2 ? frameId : null }));
  it('holds where no picture has the bytes of another', () => {
    expect(finding(sound, 'live-frames')).toMatchObject({
      answer: 'holds',
      facts: { zh: '5 张快照内容互不相同，均按首次收到的原始数据保存。' },
    });
  });
  it('fails, without blocking, where one has: what is left must prove the case', () => {
    expect(finding(repeating, 'live-frames')).toMatchObject({
      ...{ answer: 'fails', blocking: false },
      facts: { zh: '5 张快照中有 1 张与更早的快照数据完全相同，不计入证据；应检查摄像机是否卡滞或重放。' },
    });
    expect(finding(repeating, 'two-panoramas').facts.zh).toContain('共 4 张');
  });
});
