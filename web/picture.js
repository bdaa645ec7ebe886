/** Pictures with what they prove drawn over them. The original stays untouched: everything drawn is an overlay. */
import { time } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';

export function svg(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

const points = (corners) => corners.map(([x, y]) => `${x},${y}`).join(' ');

/** The whole frame: zone, subject, plate. */
export function scene(picture, title) {
  const [width, height] = picture.imageSize;
  const [x0, y0, x1, y1] = picture.box;
  const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img' }, svg('title', {}, title));
  drawing.append(svg('image', { href: picture.url, width, height }));
  if (picture.zone.polygon.length > 2) {
    drawing.append(svg('polygon', { class: 'zone', points: points(picture.zone.polygon) }));
  }
  drawing.append(svg('rect', { class: 'box', x: x0, y: y0, width: x1 - x0, height: y1 - y0 }));
  if (picture.plate !== null) {
    drawing.append(svg('polygon', { class: 'plate-box', points: points(picture.plate.corners) }));
  }
  return drawing;
}

/** A part of the frame, enlarged; `area` as x0, y0, x1, y1 with a margin around in shares of its size. */
function part(picture, [x0, y0, x1, y1], margin, title) {
  const [width, height] = picture.imageSize;
  const dx = (x1 - x0) * margin;
  const dy = (y1 - y0) * margin;
  const viewBox = `${x0 - dx} ${y0 - dy} ${x1 - x0 + 2 * dx} ${y1 - y0 + 2 * dy}`;
  return svg(
    'svg',
    { viewBox, role: 'img' },
    svg('title', {}, title),
    svg('image', { href: picture.url, width, height }),
  );
}

/** The plate as this very frame shows it, close up. */
export function plateCloseUp(picture) {
  if (picture.plate === null) return undefined;
  const xs = picture.plate.corners.map(([x]) => x);
  const ys = picture.plate.corners.map(([, y]) => y);
  const area = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  return part(picture, area, 0.25, `号牌近景 Plate close-up, ${time(picture.capturedAt)}`);
}

export const subjectCloseUp = (picture) =>
  part(picture, picture.box, 0.06, `目标近景 Subject close-up, ${time(picture.capturedAt)}`);
