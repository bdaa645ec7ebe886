/** 时钟: what a camera told of its clock lies within the limit; where it told nothing, its technical verification answers. */
import { gradeAt } from '../camera.ts';
import { enTime, zhTime } from './panoramas.ts';
import { fails, holds, notApplicable, type Requirement } from './requirement.ts';

export const clock: Requirement = {
  id: 'clock',
  words: { zh: '时钟误差在限值内', en: 'Clocks within the limit' },
  source: {
    zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014（误差不超过 1.0 秒）',
    en: 'GA/T 832-2014 (within 1.0 s)',
  },
  blocking: true,
  check({ incident, policy, cameras, frames }) {
    const off = cameras.flatMap(({ impairments }) => impairments.filter(({ kind }) => kind === 'clock-off'));
    const [worst] = off;
    if (worst !== undefined) {
      return fails(
        `${worst.cameraId} 自 ${zhTime(worst.from)} 起时钟异常：${worst.facts.zh}`,
        `The clock of ${worst.cameraId} was wrong from ${enTime(worst.from)}: ${worst.facts.en}`,
      );
    }
    const limit = `${policy.clockWithinMs / 1000} 秒`;
    const told = frames.flatMap(({ clockOffsetMs }) => (clockOffsetMs === null ? [] : [Math.abs(clockOffsetMs)]));
    const most = Math.max(0, ...told) / 1000;
    if (most * 1000 > policy.clockWithinMs) {
      return fails(`快照随附的时钟偏差最大 ${most} 秒，超过 ${limit}。`, `Clocks were up to ${most} s off.`);
    }
    if (told.length > 0) {
      return holds(
        `${told.length} 张快照随附时钟读数，偏差最大 ${most} 秒，不超过 ${limit}；期间无时钟异常。`,
        `${told.length} pictures told the clock, at most ${most} s off; no clock fault in the time.`,
      );
    }
    const at = incident.stay.firstSeen;
    const verified = cameras.filter(({ camera }) => gradeAt(camera, at) === 'evidence');
    if (verified.length < cameras.length || cameras.length === 0) {
      return notApplicable(
        '摄像机未随快照报送时钟读数，也无有效检定可依。',
        'No clock was told and no verification vouches.',
      );
    }
    const numbers = verified.map(({ camera }) => `${camera.id} ${camera.dossier?.technicalVerificationNumber ?? ''}`);
    return holds(
      `摄像机未随快照报送时钟读数，依有效期内的技术检定认定（${numbers.join('、')}）；期间无时钟异常记录。`,
      `No clock was told with the pictures; the technical verification in force vouches (${numbers.join(', ')}); no fault on record.`,
    );
  },
};
