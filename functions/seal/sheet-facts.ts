/** 基本事实 and 目击记录: what happened, and every time it was seen. */
import type { SheetFacts } from '#core/evidence/party-copy.ts';
import { formatPlate } from '#core/plates/plate.ts';
import { subjectOf } from './sheet-cover.ts';
import type { Sheet } from './sheet-layout.ts';
import { gradeWords, key, percent, plateCell, shareWords, small, time, value, vehicleWords } from './sheet-words.ts';

/** Sightings printed; beyond it the sheet says how many more the manifest lists. */
const SIGHTINGS_PRINTED = 40;

export function basics(sheet: Sheet, facts: SheetFacts): void {
  const { incident, stay } = facts;
  const isVehicle = incident.type === 'sidewalk-parking';
  const cameras = new Set(facts.sightings.map(({ cameraId }) => cameraId)).size;
  sheet.table([1, 2.05, 1, 2.15], null, [
    [key('违法行为'), value(incident.typeWords.zh), key('地点'), value(incident.placeName)],
    [key('首次见到'), value(time(stay.firstSeen)), key('末次见到'), value(time(stay.lastSeen))],
    [
      key('停留时长'),
      value(`至少 ${stay.dwellWords.zh}`),
      key('见到次数'),
      value(`${facts.sightings.length} 次，${cameras} 台摄像机`),
    ],
    [
      ...(isVehicle
        ? [key('车辆类型'), value(vehicleWords(incident.vehicleClass))]
        : [key('占用比例'), value(shareWords(stay.occupiedShare))]),
      key('证据等级'),
      value(gradeWords(incident.grade)),
    ],
  ]);
  sheet.table([1, 5.2], null, [
    isVehicle ? [key('号牌'), plateCell(facts)] : [key('商户'), value(subjectOf(facts).text)],
    ...(facts.secondReadings === undefined ? [] : [[key('第二读数'), value(facts.secondReadings.words.zh)]]),
    [key('结束情况'), value(stay.end.words.zh)],
    [key('区域'), value(facts.zones.map(({ words, cameraId }) => `${words.zh}（${cameraId}）`).join('；'))],
    ...ruleTexts(facts).map((text) => [key('适用规则'), value(text)]),
  ]);
}

/** Each camera may have its own rule; those that say the same are printed once. */
function ruleTexts(facts: SheetFacts): string[] {
  const named = new Map<string, string[]>();
  for (const { id, version, words } of facts.rules)
    named.set(words.zh, [...(named.get(words.zh) ?? []), `${id} 第 ${version} 版`]);
  return [...named].map(([text, names]) => `${text}（${names.join('、')}）`);
}

export function sightings(sheet: Sheet, facts: SheetFacts): void {
  const all = facts.sightings;
  const half = SIGHTINGS_PRINTED / 2;
  const printed = all.length > SIGHTINGS_PRINTED ? [...all.slice(0, half), ...all.slice(-half)] : all;
  const frames = new Map(facts.frames.map((frame) => [frame.id, frame]));
  const isVehicle = facts.incident.type === 'sidewalk-parking';
  sheet.table(
    [1.6, 0.8, 1.7, 2, 1.9],
    ['拍摄时间', '摄像机', isVehicle ? '本帧号牌（置信度）' : '本帧占用比例', '接收时间', '原图 SHA-256（前 16）'],
    printed.map((sighting) => {
      const received = frames.get(sighting.frameId);
      const read = sighting.plate;
      const occupied = sighting.occupation;
      const shown = isVehicle
        ? read && `${formatPlate(read.text)}（${percent(read.confidence)}）`
        : occupied && percent(occupied.share);
      return [
        small(time(sighting.capturedAt)),
        small(sighting.cameraId),
        small(shown ?? '—'),
        small(received === undefined ? '—' : `${time(received.receivedAt)}${received.late ? '（迟到）' : ''}`),
        small(sighting.frameSha256.slice(0, 16)),
      ];
    }),
  );
  if (printed.length < all.length)
    sheet.paragraph(`共 ${all.length} 次，此处印首末各 ${half} 次，全部见 data/manifest.json。`, { size: 8.5 });
}
