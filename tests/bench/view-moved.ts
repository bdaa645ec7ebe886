/**
 * `npx tsx tests/bench/view-moved.ts FOLDER...`: how often a camera that stood still is called moved, blurred, dark or blocked,
 * and how far a camera must be moved to be noticed. A folder holds the frames of one camera; moves are made from them: shifts,
 * turns and zooms of the picture, another camera's picture, blur, a hand before the lens, night.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { frameId } from '#core/ids.ts';
import type { Scene } from '#core/sighting.ts';
import { compareViews } from '#core/view/compare.ts';
import { poorness } from '#core/view/quality.ts';
import { measureQuality } from '../../functions/inspect/quality.ts';
import { decodeFrame } from '../../functions/inspect/raster.ts';
import { makeScene } from '../../functions/inspect/scene.ts';

type Seen = { scene: Scene; poor: string | null; sharpness: number; structure: number; bright: number };

async function see(jpeg: Uint8Array): Promise<Seen> {
  const raster = await decodeFrame(jpeg);
  const scene = makeScene(raster, frameId('x'));
  const quality = measureQuality(raster, scene);
  return { scene, poor: poorness(quality), ...quality };
}

/** A picture whose content moved by shares of its size: cut and enlarged, so that both have been resampled alike. */
async function moved(jpeg: Buffer, dx: number, dy: number, { turn = 0, zoom = 1 } = {}): Promise<Buffer> {
  const { width = 0, height = 0 } = await sharp(jpeg).metadata();
  const margin = 0.15;
  const [w, h] = [Math.round((width * (1 - 2 * margin)) / zoom), Math.round((height * (1 - 2 * margin)) / zoom)];
  const turned =
    turn === 0 ? jpeg : await sharp(jpeg).rotate(turn, { background: '#808080' }).jpeg({ quality: 92 }).toBuffer();
  const size = await sharp(turned).metadata();
  const left = Math.round(((size.width ?? 0) - w) / 2 + dx * w);
  const top = Math.round(((size.height ?? 0) - h) / 2 + dy * h);
  return sharp(turned)
    .extract({ left, top, width: w, height: h })
    .resize(width, height)
    .jpeg({ quality: 88 })
    .toBuffer();
}

const counts = new Map<string, Map<string, number>>();
const tally = (what: string, kind: string) => {
  const row = counts.get(what) ?? new Map<string, number>();
  row.set(kind, (row.get(kind) ?? 0) + 1);
  counts.set(what, row);
};

const references: { name: string; scene: Scene }[] = [];
for (const folder of process.argv.slice(2)) {
  const files = readdirSync(folder)
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort();
  const frames = await Promise.all(files.map((name) => sharp(join(folder, name)).jpeg({ quality: 92 }).toBuffer()));
  const [first] = frames;
  if (first === undefined) continue;
  const reference = await see(first);
  references.push({ name: basename(folder), scene: reference.scene });
  const own = new Map<string, number>();
  for (const frame of frames.slice(1)) {
    const seen = await see(frame);
    const { kind } = compareViews(reference.scene, seen.scene);
    tally('still', kind);
    own.set(kind, (own.get(kind) ?? 0) + 1);
    tally('quality of good frames', seen.poor ?? 'fine');
  }
  console.log(
    basename(folder),
    frames.length,
    JSON.stringify(Object.fromEntries(own)),
    JSON.stringify({ sharp: reference.sharpness, structure: reference.structure, bright: reference.bright }),
  );
  const base = await see(await moved(first, 0, 0));
  const others = frames.length > 4 ? [frames[1], frames[frames.length >> 1], frames.at(-1)] : frames.slice(1);
  for (const frame of others) {
    if (frame === undefined) continue;
    tally('cut alike', compareViews(base.scene, (await see(await moved(frame, 0, 0))).scene).kind);
    for (const share of [0.01, 0.02, 0.03, 0.05, 0.1]) {
      for (const [x, y] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0.7, -0.7],
      ] as const) {
        const verdict = compareViews(base.scene, (await see(await moved(frame, share * x, share * y))).scene);
        tally(`shift ${share * 100} %`, verdict.kind);
      }
    }
    for (const turn of [1, 3, 8])
      tally(`turn ${turn} deg`, compareViews(base.scene, (await see(await moved(frame, 0, 0, { turn }))).scene).kind);
    for (const zoom of [1.03, 1.1, 1.3])
      tally(`zoom ${zoom}`, compareViews(base.scene, (await see(await moved(frame, 0, 0, { zoom }))).scene).kind);
    const night = await sharp(frame).linear(0.25, 0).jpeg({ quality: 60 }).toBuffer();
    tally('a quarter of the light', compareViews(reference.scene, (await see(night)).scene).kind);
    const { width = 0, height = 0 } = await sharp(frame).metadata();
    for (const sigma of [2, 4, 8]) {
      const blurred = await see(
        await sharp(frame)
          .blur((sigma * width) / 1920)
          .jpeg()
          .toBuffer(),
      );
      tally(`blur of ${sigma} px at 1080p`, blurred.poor ?? 'fine');
    }
    const hand = await sharp({
      create: { width, height: Math.round(height * 0.85), channels: 3, background: '#6b5a50' },
    })
      .jpeg()
      .toBuffer();
    tally(
      'a hand over 85 %',
      (
        await see(
          await sharp(frame)
            .composite([{ input: hand, left: 0, top: 0 }])
            .jpeg()
            .toBuffer(),
        )
      ).poor ?? 'fine',
    );
    const dark = await see(await sharp(frame).linear(0.08, 0).jpeg().toBuffer());
    tally('a twelfth of the light', dark.poor ?? 'fine');
  }
}
for (const a of references)
  for (const b of references) if (a !== b) tally('another camera', compareViews(a.scene, b.scene).kind);
console.log('');
for (const [what, row] of counts) console.log(what.padEnd(26), JSON.stringify(Object.fromEntries(row)));
