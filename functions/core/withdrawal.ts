/**
 * 批量撤回: everything that a faulty zone, rule, model or camera produced is taken back in one act (Administrative Penalty Law
 * art. 75: what was wrong is corrected on one's own initiative). What is meant is named by what produced it, never by a list.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { CameraId, IncidentId, RuleId, ZoneId } from './ids.ts';
import type { Incident, ReasonCode } from './incident.ts';
import type { ModelVersion } from './sighting.ts';
import type { Instant } from './time.ts';

export type Selector =
  | { zone: { cameraId: CameraId; zoneId: ZoneId; version: number } }
  | { rule: { id: RuleId; version: number } }
  | { model: { name: string; version: string } }
  /** What a camera saw in `[from, to)`. */
  | { camera: { id: CameraId; from: Instant; to: Instant } };

/**
 * Whether any sighting of an incident is this thing's work: a stay that a faulty zone saw once cannot stand on what is left of
 * it, for nobody reviewed what is left.
 * @param models whose findings its sightings are, where the incident itself does not say
 */
export function isProducedBy(
  { stay, models: own }: Pick<Incident, 'stay' | 'models'>,
  selector: Selector,
  models: readonly ModelVersion[] = own ?? [],
): boolean {
  const { sightings } = stay;
  if ('zone' in selector) {
    const { cameraId, zoneId, version } = selector.zone;
    return sightings.some(
      (seen) => seen.cameraId === cameraId && seen.zone.zoneId === zoneId && seen.zone.version === version,
    );
  }
  if ('rule' in selector) {
    const { id, version } = selector.rule;
    return sightings.some(({ rule }) => rule.ruleId === id && rule.version === version);
  }
  if ('model' in selector) {
    const { name, version } = selector.model;
    return models.some((model) => model.name === name && model.version === version);
  }
  const { id, from, to } = selector.camera;
  return sightings.some(({ cameraId, capturedAt }) => cameraId === id && capturedAt >= from && capturedAt < to);
}

/** Of which violations somebody was shown the number: SHA-256, lower-case hex, of their ids, sorted, each on a line. */
export const digestOfIds = (ids: readonly IncidentId[]): string =>
  createHash('sha256')
    .update(
      ids
        .toSorted()
        .map((id) => `${id}\n`)
        .join(''),
    )
    .digest('hex');

/** The same request again is the same act. */
export const withdrawalId = (asked: { selector: Selector; reason: ReasonCode; note: string; digest: string }): string =>
  `W${createHash('sha256').update(canonicalJson(asked)).digest('hex').slice(0, 20).toUpperCase()}`;
