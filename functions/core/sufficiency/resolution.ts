/** 画面尺寸: enough panoramas are as large as the standard asks. */
import { panoramasOf } from './panoramas.ts';
import { fails, holds, type Requirement } from './requirement.ts';

export const resolution: Requirement = {
  id: 'resolution',
  words: { zh: '画面尺寸达标', en: 'Pictures large enough' },
  source: { zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014', en: 'GA/T 832-2014' },
  blocking: true,
  check({ policy, ...facts }) {
    const { least, width, height } = policy.panoramas;
    const panoramas = panoramasOf(facts);
    const large = panoramas.filter((panorama) => panorama.width >= width && panorama.height >= height);
    const sizes = [...new Set(panoramas.map((panorama) => `${panorama.width}×${panorama.height}`))].join('、');
    const asked = `${width}×${height}`;
    if (large.length >= least) {
      return holds(
        `${large.length} 张快照不小于 ${asked} 像素（实为 ${sizes}）。`,
        `${large.length} pictures of at least ${asked} pixels (${sizes}).`,
      );
    }
    return fails(
      `不小于 ${asked} 像素的快照只有 ${large.length} 张（实为 ${sizes === '' ? '无' : sizes}），至少须有 ${least} 张。`,
      `Only ${large.length} pictures of at least ${asked} pixels (${sizes === '' ? 'none' : sizes}); ${least} needed.`,
    );
  },
};
