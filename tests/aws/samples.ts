/** What administrators, cameras and officers do with the shipped samples, over HTTP as they do it, at home or in a cloud. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Incident } from '#core/incident.ts';
import { formatPlate } from '#core/plates/plate.ts';
import { dayOf, formatInstant } from '#core/time.ts';
import type { Role } from '#platform/identity.ts';
import { incidentsOfPlaceDay } from '#platform/records/incidents.ts';
import type { Table } from '#platform/table.ts';
import type { PatrolIncident } from '../../infra/local/patrol-report.ts';
import { registrationOf } from '../../infra/local/registration.ts';
import { readSequence, type Sequence } from '../../infra/local/sequence.ts';
import { call } from '../e2e/house.ts';

export const readSample = (name: string): Promise<Sequence> =>
  readSequence(fileURLToPath(new URL(`../samples/${name}`, import.meta.url)));

type Frame = Sequence['frames'][number];

export interface Administrator {
  readonly url: string;
  readonly token: string;
}

/** @throws {Error} with the refusal, when there is one */
export async function ask(url: string, method: string, path: string, token: string, body?: unknown) {
  const answer = await call(url, method, path, { token, ...(body === undefined ? {} : { body }) });
  if (answer.status >= 400) throw new Error(`${method} ${path} ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Registers what the folders describe, as they describe it from the beginning of time. */
export async function registerSamples({ url, token }: Administrator, samples: readonly Sequence[]): Promise<void> {
  const { cameras, places, zones, rules } = registrationOf(samples);
  const post = (path: string, body: unknown) => ask(url, 'POST', path, token, body);
  const always = { effectiveFrom: formatInstant(0), effectiveTo: null };
  for (const { version: _, ...rule } of rules) await post('/v1/rules', { ...rule, ...always });
  for (const { id, name } of places) await post('/v1/places', { id, name });
  for (const { version: _, dossier, ...camera } of cameras) {
    const instants =
      dossier === null ? {} : instantsOf(dossier, 'legalReviewedAt', 'technicalVerifiedUntil', 'publishedAt');
    await post('/v1/cameras', { ...camera, dossier: dossier === null ? null : { ...dossier, ...instants } });
  }
  for (const { version: _, ...zone } of zones) await post('/v1/zones', { ...zone, ...always });
}

const instantsOf = <K extends string>(from: Readonly<Record<K, number>>, ...names: K[]) =>
  Object.fromEntries(names.map((name) => [name, formatInstant(from[name])]));

export async function issueToken({ url, token }: Administrator, scopes: readonly string[]): Promise<string> {
  const body = { name: '测试', scopes, cameras: scopes.includes('frames:write') ? '*' : [] };
  return String((await ask(url, 'POST', '/v1/tokens', token, body)).token);
}

/** @returns the token of a session */
export async function newOfficer({ url, token }: Administrator, account: string, role: Role): Promise<string> {
  const password = 'correct-horse-battery-staple-9';
  await ask(url, 'POST', '/v1/officers', token, {
    account,
    name: '测试人员',
    unit: '示例中队',
    roles: [role],
    password,
  });
  const { body } = await call(url, 'POST', '/v1/session', { body: { account, password } });
  return String(body.token);
}

/** As a body. @returns its id */
export async function pushFrame(url: string, token: string, camera: string, frame: Frame): Promise<string> {
  const at = encodeURIComponent(formatInstant(frame.capturedAt));
  const response = await fetch(`${url}/v1/cameras/${camera}/frames?capturedAt=${at}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'image/jpeg' },
    body: await readFile(frame.path),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return Answer.parse(JSON.parse(text)).frameId;
}
const Answer = z.object({ frameId: z.string() });

const Opened = z.object({
  frameId: z.string(),
  upload: z.object({ url: z.string(), headers: z.record(z.string(), z.string()) }).nullable(),
});

/** By the presigned address. @returns its id, and the answer of the storage; null when it was there already */
export async function uploadFrame(url: string, token: string, camera: string, frame: Frame) {
  const bytes = await readFile(frame.path);
  const { frameId, upload } = Opened.parse(
    await ask(url, 'POST', `/v1/cameras/${camera}/uploads`, token, {
      capturedAt: formatInstant(frame.capturedAt),
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
    }),
  );
  if (upload === null) return { frameId, status: null };
  const put = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: bytes });
  return { frameId, status: put.status };
}

/** What a stay is about: the same whoever found it, in whatever order. */
export type Found = Pick<
  PatrolIncident,
  'type' | 'plate' | 'place' | 'zone' | 'shop' | 'firstSeen' | 'lastSeen' | 'frames' | 'state' | 'grade' | 'phase'
>;

export async function incidentsIn(table: Table, samples: readonly Sequence[]): Promise<(Found & { id: string })[]> {
  const found = new Map<string, Incident>();
  for (const { place, frames } of samples) {
    for (const day of new Set(frames.map(({ capturedAt }) => dayOf(capturedAt)))) {
      for (const incident of await incidentsOfPlaceDay(table, place.id, day)) found.set(incident.id, incident);
    }
  }
  return [...found.values()].filter(({ state }) => state !== 'dissolved').map(foundOf);
}

function foundOf({ id, stay, placeName, state, grade, phase }: Incident): Found & { id: string } {
  return {
    ...{ id, type: stay.type, plate: stay.plate === null ? null : formatPlate(stay.plate.text), place: placeName },
    ...{ zone: stay.zone.zoneId, shop: stay.shop, state, grade, phase },
    firstSeen: formatInstant(stay.firstSeen),
    lastSeen: formatInstant(stay.lastSeen),
    frames: new Set(stay.sightings.map(({ frameId }) => frameId)).size,
  };
}

/** In an order of their own, without what differs from run to run. */
export const comparable = (incidents: readonly Found[]): Found[] =>
  incidents
    .map(({ type, plate, place, zone, shop, firstSeen, lastSeen, frames, state, grade, phase }) => ({
      ...{ type, plate, place, zone, shop, firstSeen, lastSeen, frames, state, grade, phase },
    }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
