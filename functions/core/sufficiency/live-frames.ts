/** 快照真实: no picture the case rests on has the bytes of an earlier one; a live sensor never yields them twice. */
import { momentsOf } from './panoramas.ts';
import { fails, holds, type Requirement } from './requirement.ts';

export const liveFrames: Requirement = {
  id: 'live-frames',
  words: { zh: '快照为实时拍摄，未重复使用', en: 'Pictures are live, none used twice' },
  source: {
    zh: '《行政处罚法》第四十一条；《最高人民法院关于行政诉讼证据若干问题的规定》第七十一条',
    en: 'Administrative Penalty Law art. 41; Provisions on Evidence in Administrative Litigation art. 71',
  },
  blocking: false,
  check({ incident, frames }) {
    const cited = new Set(incident.stay.sightings.map(({ frameId }) => frameId));
    const repeats = frames.filter(({ frameId, repeats: earlier }) => cited.has(frameId) && earlier !== null);
    const total = momentsOf(incident.stay.sightings);
    if (repeats.length === 0) {
      return holds(
        `${total} 张快照内容互不相同，均按首次收到的原始数据保存。`,
        `All ${total} pictures differ; kept as first received.`,
      );
    }
    return fails(
      `${total} 张快照中有 ${repeats.length} 张与更早的快照数据完全相同，不计入证据；应检查摄像机是否卡滞或重放。`,
      `${repeats.length} of ${total} pictures have the bytes of an earlier one and do not count: look at the camera.`,
    );
  },
};
