/** `eval scenes`: what the pipeline found in sequence folders, held against their `expectedIncidents`. */
import { normalizePlate } from '#core/plates/plate.ts';
import { parseInstant } from '#core/time.ts';
import type { PatrolIncident, PatrolReport } from './patrol-report.ts';
import type { ExpectedIncident, Sequence } from './sequence.ts';

export interface ScenesReport {
  sequences: number;
  expected: number;
  matched: number;
  missed: readonly Wanted[];
  extra: readonly PatrolIncident[];
  plateErrors: readonly { expected: string; read: string | null; place: string }[];
  timeErrors: readonly { place: string; expected: [string, string]; found: [string, string] }[];
  /** Frames that were not accepted: what they show was not looked at. */
  refused: PatrolReport['refused'];
}

/** One incident the folders together ask for: the same act seen by two cameras is asked for once. */
export interface Wanted {
  type: ExpectedIncident['type'];
  place: string;
  zone: string | null;
  plate: string | null;
  firstSeen: string;
  lastSeen: string;
}

export function compareScenes(
  sequences: readonly Sequence[],
  { incidents: found, refused }: Pick<PatrolReport, 'incidents' | 'refused'>,
): ScenesReport {
  const wanted = mergeAcrossCameras(sequences.flatMap(wantedOf));
  const left = new Set(found);
  const missed: Wanted[] = [];
  const pairs: { want: Wanted; incident: PatrolIncident }[] = [];
  // Those with a plate choose first: they cannot be mistaken.
  for (const want of wanted.toSorted((a, b) => Number(a.plate === null) - Number(b.plate === null))) {
    const incident = bestMatch(want, [...left]);
    if (incident === undefined) missed.push(want);
    else {
      left.delete(incident);
      pairs.push({ want, incident });
    }
  }
  return {
    sequences: sequences.length,
    expected: wanted.length,
    matched: pairs.length,
    missed,
    extra: [...left],
    plateErrors: pairs
      .filter(({ want, incident }) => want.plate !== null && normalizePlate(incident.plate ?? '') !== want.plate)
      .map(({ want, incident }) => ({ expected: want.plate ?? '', read: incident.plate, place: want.place })),
    timeErrors: pairs
      .filter(
        ({ want, incident }) =>
          !sameInstant(want.firstSeen, incident.firstSeen) || !sameInstant(want.lastSeen, incident.lastSeen),
      )
      .map(({ want, incident }) => ({
        place: want.place,
        expected: [want.firstSeen, want.lastSeen],
        found: [incident.firstSeen, incident.lastSeen],
      })),
    refused,
  };
}

/** Whether the report is what the folders ask for, no more and no less. */
export const isExact = (report: ScenesReport): boolean =>
  [report.missed, report.extra, report.plateErrors, report.timeErrors, report.refused].every(
    ({ length }) => length === 0,
  );

function wantedOf({ expectedIncidents, place, frames }: Sequence): Wanted[] {
  const first = frames[0]?.capturedAt ?? 0;
  return (expectedIncidents ?? []).map((expected) => ({
    type: expected.type,
    place: expected.place ?? place.name,
    zone: expected.zone ?? null,
    plate: expected.plate && expected.plateReadable !== false ? normalizePlate(expected.plate) : null,
    firstSeen: expected.firstSeen ?? new Date(first).toISOString(),
    lastSeen: expected.lastSeen ?? new Date(first).toISOString(),
  }));
}

function mergeAcrossCameras(wanted: readonly Wanted[]): Wanted[] {
  const merged: Wanted[] = [];
  for (const want of wanted) {
    const twin = merged.findIndex(
      (other) =>
        want.plate !== null &&
        other.type === want.type &&
        other.place === want.place &&
        other.plate === want.plate &&
        overlap(other, want) > 0,
    );
    const other = merged[twin];
    if (other === undefined) merged.push(want);
    else
      merged[twin] = {
        ...other,
        firstSeen: earlier(other.firstSeen, want.firstSeen),
        lastSeen: later(other.lastSeen, want.lastSeen),
      };
  }
  return merged;
}

function bestMatch(want: Wanted, candidates: readonly PatrolIncident[]): PatrolIncident | undefined {
  return candidates
    .filter(
      (candidate) => candidate.type === want.type && candidate.place === want.place && overlap(want, candidate) > 0,
    )
    .filter((candidate) => want.type !== 'street-trading' || want.zone === null || candidate.zone === want.zone)
    .toSorted((a, b) => likeness(want, b) - likeness(want, a))[0];
}

function likeness(want: Wanted, candidate: PatrolIncident): number {
  const plate = normalizePlate(candidate.plate ?? '');
  const samePlate = want.plate === null ? 0 : [...want.plate].filter((char, at) => plate[at] === char).length;
  return samePlate * 1e9 + overlap(want, candidate);
}

/** Milliseconds two intervals share, plus one so that a shared instant counts; at most 0 when they are apart. */
function overlap(a: { firstSeen: string; lastSeen: string }, b: { firstSeen: string; lastSeen: string }): number {
  const from = Math.max(parseInstant(a.firstSeen), parseInstant(b.firstSeen));
  return Math.min(parseInstant(a.lastSeen), parseInstant(b.lastSeen)) - from + 1;
}

const sameInstant = (a: string, b: string) => parseInstant(a) === parseInstant(b);
const earlier = (a: string, b: string) => (parseInstant(a) <= parseInstant(b) ? a : b);
const later = (a: string, b: string) => (parseInstant(a) >= parseInstant(b) ? a : b);
