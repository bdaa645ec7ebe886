/** 号牌可辨: legible in one panorama, and never outside the vehicle: a plate of the neighbour accuses the wrong one. */
import { containment } from '../geometry.ts';
import type { StaySighting } from '../incident.ts';
import { formatPlate } from '../plates/plate.ts';
import { plateBounds } from '../privacy.ts';
import { momentsOf, panoramasOf } from './panoramas.ts';
import { fails, holds, notApplicable, type Requirement } from './requirement.ts';

/** Share of the plate that lies in the vehicle's box: a plate reaches over the edge of a box drawn tightly. */
const INSIDE = 0.8;

export const plateLegible: Requirement = {
  id: 'plate-legible',
  words: { zh: '号牌可辨，且属于涉案车辆', en: 'Plate legible, and of this very vehicle' },
  source: {
    zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014；《道路交通安全违法行为处理程序规定》第二十二条',
    en: 'GA/T 832-2014; Procedure Provisions art. 22',
  },
  blocking: true,
  check({ typedPlate, ...facts }) {
    const { stay } = facts.incident;
    if (stay.type !== 'sidewalk-parking') {
      return notApplicable('本类行为不以车辆号牌为依据。', 'No plate is at stake.');
    }
    const voted = stay.plate?.text ?? null;
    const text = typedPlate ?? voted;
    if (text === null && typeof stay.second?.own === 'string') {
      return fails(
        '第二读数与识别结果不一致，须由执法人员依据图片填写号牌；无法辨认的，以“图像不清”驳回。',
        'A second reading differs: the officer types the plate from the pictures, or rejects with image-unclear.',
      );
    }
    if (text === null) {
      return fails(
        '各张快照均未能识别号牌，须由执法人员依据图片填写；无法辨认的，以“图像不清”驳回。',
        'No picture gave a reading: the officer types the plate from the pictures, or rejects with image-unclear.',
      );
    }
    const live = new Set(panoramasOf(facts).map(({ frameId }) => frameId));
    const seen = stay.sightings.filter(({ frameId }) => live.has(frameId));
    const agreeing = seen.filter(({ plate }) => plate?.text === text);
    const outside = agreeing.filter((sighting) => !isInside(sighting));
    if (outside.length > 0) {
      return fails(
        `有 ${outside.length} 张快照中读出该号牌的位置不在涉案车辆范围内，可能是邻车号牌；应核对图片，不符的以“号牌与车辆不符”驳回。`,
        `In ${outside.length} picture(s) this plate was read outside the vehicle: it may be a neighbour's. Look, or reject with plate-mismatch.`,
      );
    }
    if (agreeing.length > 0) {
      const moments = momentsOf(seen);
      const where =
        agreeing.length === moments ? `全部 ${moments} 张快照中均` : ` ${moments} 张快照中的 ${agreeing.length} 张`;
      return holds(
        `号牌 ${formatPlate(text)} 在${where}可辨认，且位于涉案车辆范围内。`,
        `${formatPlate(text)} is legible in ${agreeing.length} of ${moments} pictures, each time on this vehicle.`,
      );
    }
    if (typedPlate === null) {
      return fails(
        '没有一张快照能单独读出合议所得的号牌，须由执法人员依据图片核对并填写。',
        'No single picture reads the plate that the frames together give: the officer types it from the pictures.',
      );
    }
    const unlike = voted !== null && voted !== typedPlate;
    return holds(
      `号牌 ${formatPlate(text)} 由执法人员依据图片核定，${unlike ? '与系统识别结果不同' : '系统未能单独识别'}。`,
      `The officer gives ${formatPlate(text)} from the pictures; the machine ${unlike ? 'read otherwise' : 'did not read it by itself'}.`,
    );
  },
};

function isInside({ box, plate }: StaySighting): boolean {
  return plate === null || containment(plateBounds(plate.corners), box) >= INSIDE;
}
