/** Puts what sequence folders describe into the registers; what is there already is left as it is. */
import { auditStream, systemActor } from '#core/audit.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import { cameraWrites, camera as readCamera, zonePut, zoneVersions } from '#platform/records/cameras.ts';
import { placeWrites, place as readPlace } from '#platform/records/places.ts';
import { rulePut, ruleVersions } from '#platform/records/rules.ts';
import type { Table, Write } from '#platform/table.ts';
import type { Registration } from './registration.ts';

export async function registerFolders(table: Table, clock: Clock, registration: Registration): Promise<void> {
  for (const rule of registration.rules) {
    const known = await ruleVersions(table, rule.id);
    if (!known.some(({ version }) => version === rule.version))
      await record('rule.registered', rule.id, [rulePut(rule)]);
  }
  for (const place of registration.places) {
    if ((await readPlace(table, place.id)) === undefined)
      await record('place.registered', place.id, placeWrites(place));
  }
  for (const camera of registration.cameras) {
    if ((await readCamera(table, camera.id)) === undefined)
      await record('camera.registered', camera.id, cameraWrites(camera));
  }
  for (const zone of registration.zones) {
    const known = await zoneVersions(table, zone.cameraId, zone.id);
    if (!known.some(({ version }) => version === zone.version)) {
      await record('zone.registered', `${zone.cameraId}/${zone.id}`, [zonePut(zone)]);
    }
  }

  function record(act: string, subject: string, writes: readonly Write[]): Promise<void> {
    const entry = {
      stream: auditStream.system,
      at: clock.now(),
      actor: systemActor('folders'),
      act,
      subject,
      facts: {},
    };
    return commit(table, async () => ({ writes, acts: [entry], result: undefined }), { attempts: 5 });
  }
}
