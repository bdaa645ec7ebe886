/** 证据合成图: the original with the zone, the subject and its plate marked, and a caption beneath the scene. */

import type { Bilingual } from '#core/bilingual.ts';
import type { Polygon } from '#core/camera.ts';
import { goodsWords } from '#core/evidence/goods-words.ts';
import type { StaySighting } from '#core/incident.ts';
import { formatPlate } from '#core/plates/plate.ts';
import { boxPolygon, labelSvg, PALETTE, polygonSvg, rect, svg } from './drawing.ts';
import { fitText, type TextStyle, textSvg, textWidth } from './lettering.ts';
import { drawOn, extendDown, type Picture } from './picture.ts';

export interface ViewFacts {
  readonly sighting: Pick<StaySighting, 'box' | 'plate' | 'occupation'>;
  readonly subject: Bilingual;
  readonly type: Bilingual;
  readonly zone: { readonly polygon: Polygon; readonly words: Bilingual };
  /** Pixels that the zone was drawn on; the picture may have another size. */
  readonly zoneImageSize: readonly [number, number];
  readonly incidentId: string;
  readonly placeName: string;
  readonly camera: string;
  /** Beijing time in words. */
  readonly capturedAt: string;
  /** 首次见到后 5 分 0 秒 */
  readonly since: Bilingual;
  /** The plate of the whole stay, or why there is none. */
  readonly plate: Bilingual;
  readonly frameSha256: string;
}

/** As wide as the frame; its height grows by the caption, so that nothing of the scene is covered by it. */
export async function composeView(original: Picture, facts: ViewFacts): Promise<Picture> {
  const { width, height } = original;
  const unit = width / 1920;
  const bar = Math.round(190 * unit);
  const view = extendDown(original, bar, PALETTE.inkRgb);
  await drawOn(view, svg(width, height, marks(facts, width, height, unit)), 0);
  await drawOn(view, svg(width, bar, caption(facts, width, unit)), height);
  return view;
}

function marks({ sighting, subject, zone, zoneImageSize }: ViewFacts, width: number, height: number, unit: number) {
  const style: TextStyle = { size: 26 * unit, weight: 700 };
  const within = { width, height };
  const polygon = zone.polygon.map(
    ([x, y]) => [(x * width) / zoneImageSize[0], (y * height) / zoneImageSize[1]] as const,
  );
  const [x0, y0, , y1] = sighting.box;
  const lowest = polygon.reduce((low, point) => (point[1] - point[0] * 0.2 > low[1] - low[0] * 0.2 ? point : low));
  let body = polygonSvg(polygon, PALETTE.zone, 4 * unit);
  const { outline = [], supporting = [], share = 0 } = sighting.occupation ?? {};
  // What was put out says more than the box around its zone.
  for (const drawn of outline.length > 0 ? outline : [boxPolygon(sighting.box)]) {
    body += polygonSvg(drawn, PALETTE.subject, 4 * unit);
  }
  body += labelSvg(
    `区域 ${zone.words.zh}`,
    lowest[0],
    lowest[1] - 8 * unit,
    style,
    { ground: PALETTE.zone, ink: PALETTE.ink },
    within,
  );
  body += labelSvg(
    outline.length === 0
      ? `${subject.zh} ${subject.en}`
      : `${subject.zh} ${Math.round(100 * share)}% ${goodsWords(supporting.map(({ label }) => label)).zh}`,
    outline.length === 0 ? x0 : Math.min(...outline.flat().map(([x]) => x)),
    (outline.length === 0 ? y0 : Math.min(...outline.flat().map(([, y]) => y))) - 2 * unit,
    style,
    { ground: PALETTE.subject, ink: '#fff' },
    within,
  );
  if (sighting.plate !== null) {
    const { corners, text } = sighting.plate;
    body += polygonSvg(grown(corners, 1.25), PALETTE.plate, 3 * unit);
    // Under the box of the subject, so that neither plate nor vehicle is hidden.
    const left = Math.min(...corners.map(([x]) => x));
    body += labelSvg(
      `号牌 ${formatPlate(text)}`,
      left,
      y1 + 42 * unit,
      style,
      { ground: PALETTE.plate, ink: PALETTE.ink },
      within,
    );
  }
  return body;
}

/** The corners moved away from their centre, so that the line does not lie on the characters. */
function grown(corners: Polygon, factor: number): Polygon {
  const cx = corners.reduce((sum, [x]) => sum + x, 0) / corners.length;
  const cy = corners.reduce((sum, [, y]) => sum + y, 0) / corners.length;
  return corners.map(([x, y]) => [cx + (x - cx) * factor, cy + (y - cy) * (factor + 0.15)]);
}

function caption(facts: ViewFacts, width: number, unit: number): string {
  const big: TextStyle = { size: 34 * unit, weight: 700 };
  const text: TextStyle = { size: 26 * unit, weight: 400 };
  const small: TextStyle = { size: 20 * unit, weight: 400 };
  const margin = 28 * unit;
  const columns = [margin, width * 0.44, width * 0.76] as const;
  const type = `${facts.type.zh}  ${facts.type.en}`;
  const pill = textWidth(type, big) + 32 * unit;
  let body = rect(margin, 16 * unit, pill, 50 * unit, PALETTE.subject, 8 * unit);
  body += textSvg(type, margin + 16 * unit, 53 * unit, big, '#fff');
  body += textSvg(facts.capturedAt, Math.max(columns[1], margin + pill + margin), 53 * unit, big, PALETTE.paper);
  const since = `${facts.since.zh}  ${facts.since.en}`;
  body += textSvg(since, width - margin - textWidth(since, small), 50 * unit, small, PALETTE.muted);
  const field = (name: Bilingual, value: string, column: 0 | 1 | 2, y: number, style: TextStyle) => {
    const label = `${name.zh} ${name.en}  `;
    const x = columns[column];
    const labelWidth = textWidth(label, small);
    const room = (columns[column + 1] ?? width - margin) - x - labelWidth - margin / 2;
    const fitting = textWidth(value, style) <= room ? style : small;
    return (
      textSvg(label, x, y, small, PALETTE.muted) +
      textSvg(fitText(value, room, fitting), x + labelWidth, y, fitting, PALETTE.paper)
    );
  };
  body += field({ zh: '地点', en: 'Place' }, facts.placeName, 0, 110 * unit, text);
  body += field({ zh: '摄像机', en: 'Camera' }, facts.camera, 1, 110 * unit, text);
  body += field({ zh: '号牌', en: 'Plate' }, facts.plate.zh, 2, 110 * unit, text);
  body += field({ zh: '事件编号', en: 'Incident' }, facts.incidentId, 0, 160 * unit, small);
  body += field({ zh: '原图', en: 'SHA-256' }, `${facts.frameSha256.slice(0, 16)}…`, 1, 160 * unit, small);
  body += textSvg('合成示意图，以原图为准  Original prevails', columns[2], 160 * unit, small, PALETTE.muted);
  return body;
}
