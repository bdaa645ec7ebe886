/** What a set of sequence folders asks to be registered: every camera, place, zone and rule once, changed ones as versions. */
import type { Camera, Place, Rule, Zone } from '#core/camera.ts';
import { canonicalJson } from '#core/canonical-json.ts';
import type { Sequence } from './sequence.ts';

export interface Registration {
  cameras: readonly Camera[];
  places: readonly Place[];
  zones: readonly Zone[];
  rules: readonly Rule[];
}

export function registrationOf(sequences: readonly Sequence[]): Registration {
  const cameras = new Map<string, Camera>();
  const places = new Map<string, Place>();
  const byStart = sequences
    .map((sequence) => ({ sequence, start: startOf(sequence) }))
    .sort((a, b) => a.start - b.start);
  const zones = new Versions<Zone>((zone) => `${zone.cameraId}/${zone.id}`);
  const rules = new Versions<Rule>((rule) => rule.id);
  for (const { sequence, start } of byStart) {
    if (!cameras.has(sequence.camera.id)) cameras.set(sequence.camera.id, sequence.camera);
    places.set(sequence.place.id, sequence.place);
    for (const zone of sequence.zones) zones.add(zone, start);
    for (const rule of sequence.rules) rules.add(rule, start);
    zones.endMissing(
      (zone) => zone.cameraId === sequence.camera.id,
      new Set(sequence.zones.map((zone) => `${zone.cameraId}/${zone.id}`)),
      start,
    );
  }
  return { cameras: [...cameras.values()], places: [...places.values()], zones: zones.all(), rules: rules.all() };
}

const startOf = ({ frames }: Sequence) =>
  frames.reduce((least, { capturedAt }) => Math.min(least, capturedAt), Infinity);

type Versioned = { version: number; effectiveFrom: number; effectiveTo: number | null };

/** Keeps the versions of things that folders describe again and again: the same description is no new version. */
class Versions<T extends Versioned> {
  readonly #byKey = new Map<string, T[]>();
  readonly #key: (value: T) => string;

  constructor(key: (value: T) => string) {
    this.#key = key;
  }

  add(value: T, from: number): void {
    const key = this.#key(value);
    const versions = this.#byKey.get(key) ?? [];
    const last = versions.at(-1);
    if (last === undefined) {
      this.#byKey.set(key, [value]);
      return;
    }
    if (last.effectiveTo === null && says(last) === says(value)) return;
    if (last.effectiveTo === null) versions[versions.length - 1] = { ...last, effectiveTo: from };
    versions.push({ ...value, version: last.version + 1, effectiveFrom: from });
  }

  /** A later folder of the same camera that no longer draws something ends it. */
  endMissing(isMine: (value: T) => boolean, present: ReadonlySet<string>, at: number): void {
    for (const [key, versions] of this.#byKey) {
      const last = versions.at(-1);
      if (last === undefined || present.has(key) || !isMine(last) || last.effectiveTo !== null) continue;
      versions[versions.length - 1] = { ...last, effectiveTo: at };
    }
  }

  all(): T[] {
    return [...this.#byKey.values()].flat();
  }
}

const says = <T extends Versioned>(value: T) =>
  canonicalJson({ ...value, version: 0, effectiveFrom: 0, effectiveTo: null });
