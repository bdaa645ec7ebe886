/** Which zone, rule and permit versions speak about an instant, and for how long between two instants they do. */
import { inForce, type Permit, type Rule, type Zone } from '../camera.ts';
import { groupBy } from '../group-by.ts';
import type { CameraId, RuleId, ZoneId } from '../ids.ts';
import { dayInterval, dayOf, type Instant, localMinutes, minutesOfDay } from '../time.ts';
import type { ViolationType } from '../violations/violation.ts';
import type { PlaceDay } from './place-day.ts';

/** The versions that judge one sighting. */
export interface Judgement {
  zone: Zone;
  rule: Rule;
}

export interface Law {
  /** The versions of a camera's zone and of its rule for this violation in force at an instant, inside the rule's hours. */
  at(cameraId: CameraId, zoneId: ZoneId, at: Instant, preferred?: RuleId): Judgement | undefined;
  zoneAt(cameraId: CameraId, zoneId: ZoneId, at: Instant): Zone | undefined;
  rule(id: RuleId, version: number): Rule | undefined;
  /** Changes of any zone of the camera that were in force by then: equal for two instants judged by the same drawing. */
  drawing(cameraId: CameraId, at: Instant): number;
  /** Permits of the place for a plate or a shop. */
  permits(subject: { plate: string | null; shop: string | null }): readonly Permit[];
  /** Instants strictly between two others at which any of these may change. */
  changesBetween(from: Instant, to: Instant): readonly Instant[];
}

export function lawOf({ placeId, zones, rules, permits }: PlaceDay, violation: ViolationType): Law {
  const here = zones.filter((zone) => zone.placeId === placeId);
  const zoneVersions = groupBy(here, ({ cameraId, id }) => `${cameraId} ${id}`);
  const relevant = rules.filter((rule) => rule.violation === violation);
  const ruleVersions = groupBy(relevant, ({ id }) => id);
  const drawings = new Map(
    [...groupBy(here, ({ cameraId }) => cameraId)].map(([camera, versions]) => [camera, edgesOf(versions)]),
  );
  const edges = [
    ...new Set([...edgesOf(here), ...edgesOf(relevant), ...permits.flatMap(({ from, to }) => [from, to])]),
  ];
  const clocks = new Set(relevant.flatMap(({ hours }) => hours.flatMap(({ from, to }) => [from, to])));

  const zoneAt = (cameraId: CameraId, zoneId: ZoneId, at: Instant) =>
    inForce(zoneVersions.get(`${cameraId} ${zoneId}`) ?? [], at);
  return {
    zoneAt,
    at(cameraId, zoneId, at, preferred) {
      const zone = zoneAt(cameraId, zoneId, at);
      if (zone === undefined) return undefined;
      const ids = zone.ruleIds.toSorted((a, b) => Number(b === preferred) - Number(a === preferred));
      for (const id of ids) {
        const rule = inForce(ruleVersions.get(id) ?? [], at);
        if (rule !== undefined) return isOpen(rule, at) ? { zone, rule } : undefined;
      }
      return undefined;
    },
    rule: (id, version) => ruleVersions.get(id)?.find((rule) => rule.version === version),
    drawing: (cameraId, at) => (drawings.get(cameraId) ?? []).filter((edge) => edge <= at).length,
    permits: ({ plate, shop }) =>
      permits.filter(
        ({ placeId: place, subject }) =>
          place === placeId && ('plate' in subject ? subject.plate === plate : subject.shop === shop),
      ),
    changesBetween: (from, to) =>
      [...edges, ...clockInstants(clocks, from, to)].filter((at) => at > from && at < to).sort((a, b) => a - b),
  };
}

/** Whether a rule applies at this time of day. */
export function isOpen({ hours }: Pick<Rule, 'hours'>, at: Instant): boolean {
  const now = localMinutes(at);
  return (
    hours.length === 0 ||
    hours.some(({ from, to }) => {
      const [start, end] = [minutesOfDay(from), minutesOfDay(to)];
      return start < end ? now >= start && now < end : now >= start || now < end;
    })
  );
}

export const isPermitted = (permits: readonly Permit[], at: Instant): boolean =>
  permits.some(({ from, to }) => from <= at && at < to);

function edgesOf(versions: readonly { effectiveFrom: Instant; effectiveTo: Instant | null }[]): Instant[] {
  return versions.flatMap(({ effectiveFrom, effectiveTo }) =>
    effectiveTo === null ? [effectiveFrom] : [effectiveFrom, effectiveTo],
  );
}

/** The instants at which these times of day come, on the days that two instants touch. */
function clockInstants(clocks: ReadonlySet<string>, from: Instant, to: Instant): Instant[] {
  const days = [...new Set([dayOf(from), dayOf(to)])].map((day) => dayInterval(day).from);
  return days.flatMap((midnight) => [...clocks].map((clock) => midnight + minutesOfDay(clock) * 60_000));
}
