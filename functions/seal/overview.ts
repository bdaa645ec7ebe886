/** 首次、中间、末次对照: the same region of the same camera's key frames side by side: one look shows that nothing moved. */

import type { Bilingual } from '#core/bilingual.ts';
import type { Box } from '#core/camera.ts';
import { boxPolygon, PALETTE, polygonSvg, rect, svg } from './drawing.ts';
import { fitText, type TextStyle, textSvg, textWidth } from './lettering.ts';
import { cutAndScale, drawOn, extendDown, type Picture, paste } from './picture.ts';

export interface OverviewPanel {
  readonly original: Picture;
  readonly box: Box;
  /** 首次见到, 中间, 末次见到 */
  readonly moment: Bilingual;
  readonly capturedAt: string;
}
export interface OverviewFacts {
  /** Of one camera, in time order, at least one. */
  readonly panels: readonly OverviewPanel[];
  readonly type: Bilingual;
  readonly placeName: string;
  readonly camera: string;
  readonly stayed: Bilingual;
}

const PANEL = { width: 640, height: 480 } as const;
const HEAD = 64;
const FOOT = 64;
const GAP = 8;

export async function overviewStrip(facts: OverviewFacts): Promise<Picture> {
  const { panels } = facts;
  const [first] = panels;
  if (first === undefined) throw new RangeError('Expected at least one panel for the overview, received none');
  const region = commonRegion(panels, first.original.width, first.original.height);
  const width = panels.length * (PANEL.width + GAP) - GAP;
  const height = HEAD + PANEL.height + FOOT;
  const left = (index: number) => index * (PANEL.width + GAP);
  const cuts = await Promise.all(panels.map(({ original }) => cutAndScale(original, region, PANEL)));
  const strip = paste(
    extendDown({ width, height: 0, data: new Uint8Array() }, height, PALETTE.inkRgb),
    cuts.map((picture, index) => ({ picture, left: left(index), top: HEAD })),
  );
  await drawOn(strip, svg(width, height, words(facts, { width }, left, region, PANEL.width / region.width)), 0);
  return strip;
}

/** Around all boxes with air, 4:3, inside the frame. */
function commonRegion(panels: readonly OverviewPanel[], width: number, height: number) {
  const x0 = Math.min(...panels.map(({ box }) => box[0]));
  const y0 = Math.min(...panels.map(({ box }) => box[1]));
  const x1 = Math.max(...panels.map(({ box }) => box[2]));
  const y1 = Math.max(...panels.map(({ box }) => box[3]));
  const wanted = Math.max((x1 - x0) * 1.5, (y1 - y0) * 1.5 * (PANEL.width / PANEL.height), PANEL.width * 0.75);
  const regionWidth = Math.floor(Math.min(wanted, width, (height * PANEL.width) / PANEL.height));
  const regionHeight = Math.floor((regionWidth * PANEL.height) / PANEL.width);
  const place = (centre: number, size: number, limit: number) =>
    Math.floor(Math.max(0, Math.min(centre - size / 2, limit - size)));
  return {
    left: place((x0 + x1) / 2, regionWidth, width),
    top: place((y0 + y1) / 2, regionHeight, height),
    width: regionWidth,
    height: regionHeight,
  };
}

function words(
  facts: OverviewFacts,
  total: { width: number },
  left: (index: number) => number,
  region: { left: number; top: number },
  scale: number,
): string {
  const title: TextStyle = { size: 28, weight: 700 };
  const small: TextStyle = { size: 20, weight: 400 };
  const head = `${facts.type.zh}  ${facts.placeName}  ${facts.camera}`;
  const stayed = `见到 ${facts.stayed.zh}  seen for ${facts.stayed.en}`;
  const stayedWidth = textWidth(stayed, small);
  let body = textSvg(fitText(head, total.width - stayedWidth - 64, title), 16, 42, title, PALETTE.paper);
  body += textSvg(stayed, total.width - 16 - stayedWidth, 42, small, PALETTE.muted);
  facts.panels.forEach(({ box, moment, capturedAt }, index) => {
    const x = left(index);
    const [x0, y0, x1, y1] = box;
    const drawn: Box = [
      x + Math.max(2, (x0 - region.left) * scale),
      HEAD + Math.max(2, (y0 - region.top) * scale),
      x + Math.min(PANEL.width - 2, (x1 - region.left) * scale),
      HEAD + Math.min(PANEL.height - 2, (y1 - region.top) * scale),
    ];
    body += polygonSvg(boxPolygon(drawn), PALETTE.subject, 3);
    const label = `${moment.zh} ${moment.en}`;
    body += rect(x, HEAD, textWidth(label, small) + 24, 36, PALETTE.subject);
    body += textSvg(label, x + 12, HEAD + 25, small, '#fff');
    body += textSvg(capturedAt, x + 16, HEAD + PANEL.height + 40, title, PALETTE.paper);
  });
  return body;
}
