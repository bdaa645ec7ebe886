/** 两次全景: at least two pictures of the whole scene, taken at different times. */
import { groupBy } from '../group-by.ts';
import { panoramasOf } from './panoramas.ts';
import { fails, holds, type Requirement } from './requirement.ts';
import { cameraNamed } from './words.ts';

export const twoPanoramas: Requirement = {
  id: 'two-panoramas',
  words: { zh: '不同时间的全景快照有两张以上', en: 'Two panoramas or more, at different times' },
  source: { zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014', en: 'GA/T 832-2014' },
  blocking: true,
  check({ policy, cameras, ...facts }) {
    const panoramas = panoramasOf(facts);
    const total = panoramas.length;
    const instants = new Set(panoramas.map(({ capturedAt }) => capturedAt)).size;
    const { least } = policy.panoramas;
    if (total === 0) {
      return fails(
        `没有可用的全景快照，要求不同时间的不少于 ${least} 张。`,
        `No panorama; ${least} at different times are needed.`,
      );
    }
    const byCamera = [...groupBy(panoramas, ({ cameraId }) => cameraId)].map(
      ([id, own]) => [cameraNamed(cameras, id), own.length] as const,
    );
    const [only, ...others] = byCamera;
    const isOne = only !== undefined && others.length === 0;
    const taken = isOne
      ? { zh: `${only[0]} 拍摄`, en: `by ${only[0]}` }
      : {
          zh: byCamera.map(([name, own]) => `${name} ${own} 张`).join('、'),
          en: byCamera.map(([name, own]) => `${name}: ${own}`).join(', '),
        };
    const zh = `全景快照共 ${total} 张（${taken.zh}）`;
    const en = `${total} panorama(s) (${taken.en})`;
    return instants >= least
      ? holds(
          `${zh}，摄于 ${instants} 个不同时间，要求不少于 ${least} 个。`,
          `${en} at ${instants} different times; ${least} needed.`,
        )
      : fails(
          `${zh}，仅摄于 ${instants} 个不同时间，不足 ${least} 个。`,
          `${en} at only ${instants} different time(s); ${least} needed.`,
        );
  },
};
