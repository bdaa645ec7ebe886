/** 间隔: a stationary offence takes two pictures of one camera that far apart. */
import { durationWords } from '../evidence/wording.ts';
import { farthestPair, panoramasOf } from './panoramas.ts';
import { fails, holds, type Requirement } from './requirement.ts';
import { cameraNamed, enTime, zhPair } from './words.ts';

export const interval: Requirement = {
  id: 'interval',
  words: { zh: '同一摄像机两次拍摄间隔足够', en: 'Two pictures of one camera far enough apart' },
  source: { zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014', en: 'GA/T 832-2014' },
  blocking: true,
  check({ policy, ...facts }) {
    const { apartSeconds } = policy.panoramas;
    const pair = farthestPair(panoramasOf(facts));
    if (pair === undefined) {
      return fails('没有任何一台摄像机先后拍到两次，无法证明停留。', 'No camera took it twice: nothing proves a stay.');
    }
    const [first, last] = pair;
    const camera = cameraNamed(facts.cameras, first.cameraId);
    const seconds = (last.capturedAt - first.capturedAt) / 1000;
    const apart = durationWords(seconds);
    const asked = durationWords(apartSeconds);
    const zh = `${camera} 于 ${zhPair(first.capturedAt, last.capturedAt)} 先后拍到，相隔 ${apart.zh}`;
    const en = `${camera} took it at ${enTime(first.capturedAt)} and ${enTime(last.capturedAt)}, ${apart.en} apart`;
    return seconds >= apartSeconds
      ? holds(`${zh}，要求不少于 ${asked.zh}。`, `${en}; at least ${asked.en} needed.`)
      : fails(`${zh}，不足 ${asked.zh}。`, `${en}, less than ${asked.en}.`);
  },
};
