/** 间隔: a stationary offence takes two pictures of one camera that far apart, and must have lasted what the rule permits. */
import { durationWords } from '../evidence/wording.ts';
import { enTime, farthestPair, panoramasOf, zhTime } from './panoramas.ts';
import { fails, holds, type Requirement } from './requirement.ts';

export const interval: Requirement = {
  id: 'interval',
  words: { zh: '同一摄像机两次拍摄间隔足够', en: 'Two pictures of one camera far enough apart' },
  source: { zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014', en: 'GA/T 832-2014' },
  blocking: true,
  check({ policy, ...facts }) {
    const { apartSeconds } = policy.panoramas;
    const pair = farthestPair(panoramasOf(facts));
    if (pair === undefined) {
      return fails('没有任何一台摄像机拍到两次，无法证明停留。', 'No camera took it twice: nothing proves a stay.');
    }
    const [first, last] = pair;
    const seconds = (last.capturedAt - first.capturedAt) / 1000;
    const apart = durationWords(seconds);
    const zh = `${first.cameraId} 于 ${zhTime(first.capturedAt)} 与 ${zhTime(last.capturedAt)} 两次拍到，相隔 ${apart.zh}`;
    const en = `${first.cameraId} took it at ${enTime(first.capturedAt)} and ${enTime(last.capturedAt)}, ${apart.en} apart`;
    return seconds >= apartSeconds
      ? holds(`${zh}，不少于 ${apartSeconds} 秒。`, `${en}, at least ${apartSeconds} s needed.`)
      : fails(`${zh}，少于 ${apartSeconds} 秒。`, `${en}, less than ${apartSeconds} s.`);
  },
};
