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
    const total = panoramas.length;
    const asked = `${width}×${height}`;
    const large = panoramas.filter((panorama) => panorama.width >= width && panorama.height >= height);
    const sizes = [...new Set(panoramas.map((panorama) => `${panorama.width}×${panorama.height}`))];
    if (total === 0) return fails('没有可用的快照。', 'No picture counts.');
    const real = { zh: `（实际 ${sizes.join('、')}）`, en: ` (${sizes.join(', ')})` };
    // That there are too few at all is another question.
    const needed = Math.min(least, total);
    if (large.length < needed) {
      return fails(
        `${total} 张快照中不小于 ${asked} 像素的有 ${large.length} 张${real.zh}，不足 ${needed} 张。`,
        `${large.length} of ${total} pictures have at least ${asked} pixels${real.en}; ${needed} needed.`,
      );
    }
    return large.length === total
      ? holds(
          `${total} 张快照均不小于 ${asked} 像素${real.zh}。`,
          `All ${total} pictures have at least ${asked} pixels${real.en}.`,
        )
      : holds(
          `${total} 张快照中有 ${large.length} 张不小于 ${asked} 像素${real.zh}，要求不少于 ${needed} 张。`,
          `${large.length} of ${total} pictures have at least ${asked} pixels${real.en}; ${needed} needed.`,
        );
  },
};
