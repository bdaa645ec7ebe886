/** 区域有效: every sighting is judged by the drawing that was in force when it was taken. */
import type { Zone } from '../camera.ts';
import { ZONE_WORDS } from '../evidence/wording.ts';
import type { StaySighting } from '../incident.ts';
import { type CaseFacts, fails, holds, type Requirement } from './requirement.ts';
import { cameraNamed, enTime, zhTime } from './words.ts';

export const zoneInForce: Requirement = {
  id: 'zone-in-force',
  words: { zh: '所划区域在拍摄时有效', en: 'Zone in force when each picture was taken' },
  source: {
    zh: '《行政处罚法》第五条（未经公布的规定不得作为处罚依据）、第三十九条（立案依据公示）',
    en: 'Administrative Penalty Law arts. 5, 39',
  },
  blocking: true,
  check({ incident, zones, cameras }) {
    const { sightings } = incident.stay;
    const outside = sightings.find((sighting) => !isInForce(sighting, zones));
    if (outside !== undefined) {
      const { cameraId, zone, capturedAt } = outside;
      const camera = cameraNamed(cameras, cameraId);
      const drawn = zones.find((known) => isThis(known, { cameraId, ...zone }));
      const words =
        drawn === undefined
          ? { zh: `区域 ${zone.zoneId} 第 ${zone.version} 版`, en: `zone ${zone.zoneId} version ${zone.version}` }
          : named(drawn);
      return fails(
        `${zhTime(capturedAt)} 拍摄时，${camera} 的${words.zh}不在有效期内。`,
        `The ${words.en} of ${camera} was not in force at ${enTime(capturedAt)}.`,
      );
    }
    const cited = zones.filter((zone) =>
      sightings.some(({ cameraId, zone: { zoneId, version } }) => isThis(zone, { cameraId, zoneId, version })),
    );
    const zh = cited.map((zone) => `${cameraNamed(cameras, zone.cameraId)} 的${named(zone).zh}`).join('、');
    const en = cited.map((zone) => `${named(zone).en} of ${cameraNamed(cameras, zone.cameraId)}`).join(', ');
    return holds(`${zh}，各次拍摄时均在有效期内。`, `${en}: in force each time.`);
  },
};

/** As somebody speaks of it, with what finds it on the register. */
function named({ type, shop, id, version }: Zone): { zh: string; en: string } {
  const of = shop === null ? '' : `“${shop}”`;
  const kind = type === 'storefront' ? '店外区域' : `${ZONE_WORDS[type].zh}区域`;
  return { zh: `${kind}${of}（${id} 第 ${version} 版）`, en: `${ZONE_WORDS[type].en} zone (${id} version ${version})` };
}

type Zones = CaseFacts['zones'];

const isThis = (
  { cameraId, id, version }: Zone,
  cited: { cameraId: string; zoneId: string; version: number },
): boolean => cameraId === cited.cameraId && id === cited.zoneId && version === cited.version;

function isInForce({ cameraId, zone: { zoneId, version }, capturedAt }: StaySighting, zones: Zones): boolean {
  const drawn = zones.find((zone) => isThis(zone, { cameraId, zoneId, version }));
  return (
    drawn !== undefined &&
    drawn.effectiveFrom <= capturedAt &&
    (drawn.effectiveTo === null || capturedAt < drawn.effectiveTo)
  );
}
