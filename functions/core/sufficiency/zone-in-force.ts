/** 区域有效: every sighting is judged by the drawing that was in force when it was taken. */

import { zoneWords } from '../evidence/wording.ts';
import type { StaySighting } from '../incident.ts';
import { enTime, zhTime } from './panoramas.ts';
import { type CaseFacts, fails, holds, type Requirement } from './requirement.ts';

export const zoneInForce: Requirement = {
  id: 'zone-in-force',
  words: { zh: '所划区域在拍摄时有效', en: 'Zone in force when each picture was taken' },
  source: { zh: '《行政处罚法》第三十九条（处罚依据应当公开）', en: 'Administrative Penalty Law art. 39' },
  blocking: true,
  check({ incident, zones }) {
    const { sightings } = incident.stay;
    const outside = sightings.find((sighting) => !isInForce(sighting, zones));
    if (outside !== undefined) {
      const { zone, capturedAt } = outside;
      return fails(
        `${zhTime(capturedAt)} 拍摄时，区域 ${zone.zoneId} 第 ${zone.version} 版不在有效期内。`,
        `Zone ${zone.zoneId} version ${zone.version} was not in force at ${enTime(capturedAt)}.`,
      );
    }
    const cited = zones.filter((zone) =>
      sightings.some(({ cameraId, zone: { zoneId, version } }) => isThis(zone, { cameraId, zoneId, version })),
    );
    const zh = cited.map((zone) => `${zone.cameraId} ${zoneWords(zone).zh}`).join('、');
    const en = cited.map((zone) => `${zone.cameraId} ${zoneWords(zone).en}`).join(', ');
    return holds(`${zh}，各次拍摄时均有效。`, `${en}: in force each time.`);
  },
};

type Zones = CaseFacts['zones'];

const isThis = (
  { cameraId, id, version }: Zones[number],
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
