/**
 * 设备状态: when a camera was not fit to give evidence, from what it measured of itself. A pure function of the set of
 * readings: neither their order nor their repetition matters, and a reading that comes late is judged as if it had been there.
 *
 * One odd frame is a bus or a lightning; {@link SUSTAINED} in a row are a condition. It reaches back to the last reading that
 * was right, because what was captured in between nobody can vouch for, and lasts until the next that is.
 */
import type { Bilingual } from './bilingual.ts';
import type { Impairment, ImpairmentKind } from './camera-impairment.ts';
import type { CameraId, FrameId } from './ids.ts';
import type { Instant } from './time.ts';
import type { ViewVerdict } from './view/compare.ts';
import { poorness, type ViewQuality } from './view/quality.ts';

/** What one frame says of its camera. */
export interface ViewReading {
  at: Instant;
  frameId: FrameId;
  quality: ViewQuality;
  /** Against the reference view that holds for this instant; null when there is none, or nothing was kept to compare. */
  view: ViewVerdict | null;
  /** The frame of that reference. */
  against: FrameId | null;
}

/** What a camera's clock showed, at an instant of ours. */
export interface ClockReading {
  at: Instant;
  /** Camera's minus ours, milliseconds. */
  offsetMs: number;
}

const SUSTAINED = 2;
/** Where an impairment begins that no right reading came before. */
export const NEVER_RIGHT: Instant = 0;

export interface Readings {
  views: readonly ViewReading[];
  clocks: readonly ClockReading[];
}

/** By begin and kind. */
export function impairmentsFrom(cameraId: CameraId, readings: Readings, clockWithinMs: number): Impairment[] {
  const views = distinct(readings.views, ({ at, frameId }) => `${at} ${frameId}`);
  const clocks = distinct(readings.clocks, ({ at, offsetMs }) => `${at} ${offsetMs}`);
  const found: Impairment[] = [];
  const add = (kind: ImpairmentKind, { from, to, facts }: Omit<Interval, 'run'> & { facts: Bilingual }) => {
    if (to === null || from < to) found.push({ cameraId, kind, from, to, facts });
  };
  for (const interval of intervalsOf(views.map(qualityState), SUSTAINED)) {
    const { kind, facts } = prevailing(interval.run);
    add(kind, { ...interval, facts });
  }
  for (const interval of intervalsOf(views.map(viewState), SUSTAINED)) {
    add('view-moved', { ...interval, facts: viewFacts(interval.run.at(-1)?.view ?? null) });
  }
  const told = clocks.map(({ at, offsetMs }) => ({
    ...{ at, offsetMs },
    state: Math.abs(offsetMs) > clockWithinMs ? ('wrong' as const) : ('right' as const),
  }));
  for (const interval of intervalsOf(told, 1)) {
    const offsets = interval.run.map(({ offsetMs }) => offsetMs);
    const worst = offsets.reduce((most, offset) => (Math.abs(offset) > Math.abs(most) ? offset : most), 0);
    const [off, allowed] = [worst / 1000, clockWithinMs / 1000];
    const facts = {
      zh: `时钟偏差 ${off} 秒，限值 ${allowed} 秒。`,
      en: `The clock was ${off} s off, ${allowed} s allowed.`,
    };
    add('clock-off', { ...interval, facts });
  }
  return found.sort((a, b) => a.from - b.from || (a.kind < b.kind ? -1 : 1));
}

interface Judged {
  at: Instant;
  state: 'right' | 'wrong' | 'unknown';
  /** By what it was judged, where that may change. */
  by?: string | null;
}
interface Interval<T extends Judged = Judged> {
  from: Instant;
  to: Instant | null;
  /** The wrong readings, at least one. */
  run: readonly T[];
}

/**
 * Runs of at least `least` wrong readings, from just after the last right one to the next. What is unknown ends nothing. That
 * the next is right by another measure says nothing of those before: then a single one that was wrong was no odd one.
 */
function intervalsOf<T extends Judged>(judged: readonly T[], least: number): Interval<T>[] {
  const intervals: Interval<T>[] = [];
  let lastRight: Instant | null = null;
  let run: T[] = [];
  const close = (to: Instant | null, by?: string | null) => {
    const isEnough = run.length >= least || (to !== null && run.some((reading) => reading.by !== by));
    // With nothing right before, nobody knows since when: everything before is in doubt too.
    if (isEnough) intervals.push({ from: lastRight === null ? NEVER_RIGHT : lastRight + 1, to, run });
    run = [];
  };
  for (const reading of judged) {
    if (reading.state === 'unknown') continue;
    if (reading.state === 'wrong') {
      run.push(reading);
      continue;
    }
    close(reading.at, reading.by);
    lastRight = reading.at;
  }
  close(null);
  return intervals;
}

const POOR = ['dark', 'blocked', 'blurred'] as const;
interface Poor extends Judged {
  kind: (typeof POOR)[number] | null;
  quality: ViewQuality;
}

const qualityState = ({ at, quality }: ViewReading): Poor => {
  const kind = poorness(quality);
  return { at, kind, quality, state: kind === null ? 'right' : 'wrong' };
};

/** What most of a run was; a lens that is smeared by day is dark by night, and one condition all the while. */
function prevailing(run: readonly Poor[]): { kind: (typeof POOR)[number]; facts: Bilingual } {
  const count = (kind: (typeof POOR)[number]) => run.filter((reading) => reading.kind === kind).length;
  const kind = POOR.reduce((most, next) => (count(next) > count(most) ? next : most));
  const last = run.findLast((reading) => reading.kind === kind);
  return { kind, facts: last === undefined ? { zh: '', en: '' } : qualityFacts(last.quality) };
}

function viewState({ at, view, against, quality }: ViewReading): Judged & { view: ViewVerdict | null } {
  if (view === null || view.kind === 'unknown' || poorness(quality) !== null) return { at, state: 'unknown', view };
  return { at, state: view.kind === 'still' ? 'right' : 'wrong', by: against, view };
}

function viewFacts(view: ViewVerdict | null): Bilingual {
  if (view?.kind === 'moved') {
    const [x, y] = [percent(view.dx), percent(view.dy)];
    return { zh: `画面水平偏移 ${x}、垂直偏移 ${y}。`, en: `The view moved by ${x} across and ${y} down.` };
  }
  return { zh: '画面与划定区域时的参考画面不符。', en: 'The view is not the one the zones were drawn on.' };
}

const qualityFacts = ({ luma, bright, sharpness, structure }: ViewQuality): Bilingual => ({
  zh: `平均亮度 ${Math.round(luma)}、高光 ${Math.round(bright)}、清晰度 ${sharpness.toFixed(2)}、可辨区域 ${percent(structure)}。`,
  en: `Mean luma ${Math.round(luma)}, highlights ${Math.round(bright)}, sharpness ${sharpness.toFixed(2)}, structure ${percent(structure)}.`,
});
const percent = (share: number) => `${(share * 100).toFixed(1)}%`;

function distinct<T extends { at: Instant }>(readings: readonly T[], keyOf: (reading: T) => string): T[] {
  const byKey = new Map(readings.map((reading) => [keyOf(reading), reading]));
  return [...byKey].sort(([a, x], [b, y]) => x.at - y.at || (a < b ? -1 : 1)).map(([, reading]) => reading);
}
