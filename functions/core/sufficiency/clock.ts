/** 时钟: what a camera told of its clock lies within the limit; where it told nothing, its technical verification answers. */
import { gradeAt } from '../camera.ts';
import { isImpaired } from '../camera-impairment.ts';
import { panoramasOf } from './panoramas.ts';
import { fails, holds, notApplicable, type Requirement } from './requirement.ts';
import { cameraNamed, ended, enTime, zhTime } from './words.ts';

export const clock: Requirement = {
  id: 'clock',
  words: { zh: '时钟误差在限值内', en: 'Clocks within the limit' },
  source: {
    zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014（误差不超过 1.0 秒）',
    en: 'GA/T 832-2014 (within 1.0 s)',
  },
  blocking: true,
  check({ policy, cameras, ...facts }) {
    const { sightings, firstSeen } = facts.incident.stay;
    for (const { cameraId, capturedAt } of sightings) {
      const known = cameras.find(({ camera }) => camera.id === cameraId);
      const off = known?.impairments.find(
        (impairment) => impairment.kind === 'clock-off' && isImpaired([impairment], capturedAt),
      );
      if (off === undefined) continue;
      const name = cameraNamed(cameras, cameraId);
      return fails(
        ended(
          `${name} 自 ${zhTime(off.from)} 起时钟异常，${zhTime(capturedAt)} 的快照时间不可采信：${off.facts.zh}`,
          '。',
        ),
        `The clock of ${name} was wrong from ${enTime(off.from)}: the time of ${enTime(capturedAt)} proves nothing. ${off.facts.en}`,
      );
    }
    const pictures = panoramasOf({ incident: facts.incident, frames: facts.frames });
    const offsets = new Map(facts.frames.map(({ frameId, clockOffsetMs }) => [frameId, clockOffsetMs]));
    const told = pictures.flatMap(({ frameId }) => {
      const offset = offsets.get(frameId) ?? null;
      return offset === null ? [] : [Math.abs(offset)];
    });
    const most = Math.max(0, ...told);
    const limit = { zh: `${policy.clockWithinMs / 1000} 秒`, en: `${policy.clockWithinMs / 1000} s` };
    if (most > policy.clockWithinMs) {
      return fails(
        `快照随附的时钟读数最大偏差 ${most / 1000} 秒，超过限值 ${limit.zh}。`,
        `Clocks were up to ${most / 1000} s off; the limit is ${limit.en}.`,
      );
    }
    if (told.length > 0) {
      return holds(
        `${pictures.length} 张快照中有 ${told.length} 张随附时钟读数，最大偏差 ${most / 1000} 秒，未超过限值 ${limit.zh}；期间无时钟异常记录。`,
        `${told.length} of ${pictures.length} pictures told the clock, at most ${most / 1000} s off (limit ${limit.en}); no clock fault on record.`,
      );
    }
    const verified = cameras.filter(({ camera }) => gradeAt(camera, firstSeen) === 'evidence');
    if (verified.length < cameras.length || cameras.length === 0) {
      return notApplicable(
        '摄像机未报送时钟读数，也没有有效的技术检定可以认定。',
        'No clock was told and no verification vouches.',
      );
    }
    const numbers = verified.map(
      ({ camera }) => `${cameraNamed(cameras, camera.id)} ${camera.dossier?.technicalVerificationNumber ?? ''}`,
    );
    return holds(
      `摄像机未报送时钟读数；技术检定在有效期内（${numbers.join('、')}），期间无时钟异常记录，据此认定误差不超过 ${limit.zh}。`,
      `No clock was told; the technical verification in force vouches (${numbers.join(', ')}) for ${limit.en}, and no fault is on record.`,
    );
  },
};
