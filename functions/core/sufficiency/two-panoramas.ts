/** 两次全景: at least two pictures of the whole scene, taken at different times. */
import { groupBy } from '../group-by.ts';
import { panoramasOf } from './panoramas.ts';
import { fails, holds, type Requirement } from './requirement.ts';

export const twoPanoramas: Requirement = {
  id: 'two-panoramas',
  words: { zh: '有两次以上全景快照', en: 'Two panoramas or more' },
  source: { zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014', en: 'GA/T 832-2014' },
  blocking: true,
  check({ policy, ...facts }) {
    const panoramas = panoramasOf(facts);
    const byCamera = [...groupBy(panoramas, ({ cameraId }) => cameraId)];
    const instants = new Set(panoramas.map(({ capturedAt }) => capturedAt)).size;
    const { least } = policy.panoramas;
    const zh = `共 ${panoramas.length} 张全景快照（${byCamera.map(([camera, own]) => `${camera} ${own.length} 张`).join('、')}）`;
    const en = `${panoramas.length} panoramas (${byCamera.map(([camera, own]) => `${camera}: ${own.length}`).join(', ')})`;
    if (instants >= least) return holds(`${zh}，不少于 ${least} 张。`, `${en}, at least ${least} needed.`);
    return fails(
      panoramas.length === 0 ? `没有可用的全景快照，至少须有 ${least} 张。` : `${zh}，不同时间的少于 ${least} 张。`,
      panoramas.length === 0
        ? `No panorama, at least ${least} needed.`
        : `${en}, fewer than ${least} at different times.`,
    );
  },
};
