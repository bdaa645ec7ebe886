/** 号牌特写: the plate cut from one original and enlarged, with what was read in that very frame beneath. */
import type { Bilingual } from '#core/bilingual.ts';
import type { StaySighting } from '#core/incident.ts';
import { formatPlate } from '#core/plates/plate.ts';
import { PALETTE, rect, svg } from './drawing.ts';
import { fitText, type TextStyle, textSvg, textWidth } from './lettering.ts';
import { cutAndScale, drawOn, extendDown, type Picture } from './picture.ts';

const WIDTH = 960;
const READING = 250;

export interface PlateFacts {
  readonly plate: NonNullable<StaySighting['plate']>;
  readonly camera: string;
  readonly capturedAt: string;
  readonly frameSha256: string;
}

/** 960 pixels wide. The pixels are those of the original, scaled by Lanczos and nothing else. */
export async function plateCloseUp(original: Picture, facts: PlateFacts): Promise<Picture> {
  const region = plateRegion(facts.plate.corners, original.width, original.height);
  const height = Math.max(1, Math.round((region.height * WIDTH) / region.width));
  const enlarged = await cutAndScale(original, region, { width: WIDTH, height });
  const picture = extendDown(enlarged, READING, PALETTE.paperRgb);
  await drawOn(picture, svg(WIDTH, READING, reading(facts, region.width)), height);
  return picture;
}

/** The corners' bounding box with a margin of a third of the plate on each side, at least 24 x 12 pixels, in the frame. */
function plateRegion(corners: PlateFacts['plate']['corners'], width: number, height: number) {
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const marginX = Math.max(12, (x1 - x0) * 0.33);
  const marginY = Math.max(8, (y1 - y0) * 0.6);
  const left = clamp(Math.floor(x0 - marginX), 0, width - 1);
  const top = clamp(Math.floor(y0 - marginY), 0, height - 1);
  return {
    left,
    top,
    width: clamp(Math.ceil(x1 + marginX), left + 1, width) - left,
    height: clamp(Math.ceil(y1 + marginY), top + 1, height) - top,
  };
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

function reading({ plate, camera, capturedAt, frameSha256 }: PlateFacts, sourceWidth: number): string {
  const small: TextStyle = { size: 19, weight: 400 };
  const margin = 24;
  const room = WIDTH - 2 * margin;
  const title: Bilingual = { zh: '本帧识别', en: 'Read in this frame' };
  let body = textSvg(`${title.zh} ${title.en}`, margin, 34, small, '#475569');
  const total = `${formatPlate(plate.text)}  整牌置信度 ${percent(plate.confidence)}`;
  body += textSvg(total, WIDTH - margin - textWidth(total, small), 34, small, '#475569');
  const characters = plate.characters ?? [...plate.text].map((char) => ({ char, confidence: null }));
  const gap = 8;
  const cell = Math.min(110, (room - gap * (characters.length - 1)) / Math.max(1, characters.length));
  const left = (WIDTH - cell * characters.length - gap * (characters.length - 1)) / 2;
  characters.forEach(({ char, confidence }, index) => {
    const x = left + index * (cell + gap);
    const glyph: TextStyle = { size: 60, weight: 700 };
    const colour =
      confidence === null
        ? '#475569'
        : confidence >= 0.9
          ? PALETTE.sure
          : confidence >= 0.7
            ? PALETTE.unsure
            : PALETTE.poor;
    body += rect(x, 48, cell, 120, '#e2e8f0', 8) + rect(x, 162, cell, 6, colour);
    body += textSvg(char, x + (cell - textWidth(char, glyph)) / 2, 112, glyph, PALETTE.ink);
    const share = confidence === null ? '—' : percent(confidence);
    body += textSvg(share, x + (cell - textWidth(share, small)) / 2, 150, small, colour);
  });
  const source = `${capturedAt}  ${camera}  原图 SHA-256 ${frameSha256.slice(0, 16)}…`;
  body += textSvg(fitText(source, room, small), margin, 200, small, PALETTE.ink);
  const how = `自原图裁取 ${sourceWidth} 像素宽，Lanczos 放大 ${(WIDTH / sourceWidth).toFixed(1)} 倍，未作修补  Cut from the original, enlarged, not repaired`;
  body += textSvg(fitText(how, room, small), margin, 230, small, '#475569');
  return body;
}

/** Rounded down: 99.96 % is not certainty. */
const percent = (share: number) => `${(Math.floor(share * 1000) / 10).toFixed(1)}%`;
