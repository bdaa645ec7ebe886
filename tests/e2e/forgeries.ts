/** One sealed and stamped package, and every way somebody may have changed one, with the item that must be named. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEntry, auditLines } from '#core/audit.ts';
import { sha256Hex } from '#core/evidence/bag.ts';
import { certificatesOfPem } from '#core/evidence/certificates.ts';
import { type PublishedKeys, publish, rotationStatement } from '#core/evidence/signing-keys.ts';
import { timeStampRequest } from '#core/evidence/time-stamp-request.ts';
import type { VerifyOptions } from '#core/evidence/verify.ts';
import { httpTimeStamper } from '#platform/http-time-stamper.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import type { Signer } from '#platform/signer.ts';
import { buildPackage } from '../../functions/seal/package.ts';
import { brieflyParkedCar } from '../unit/evidence-samples.ts';
import { openAuthority, type Signing } from './authority.ts';
import { type Files, filesOf, flip, pack, rehash, resign, textOf, utf8 } from './forging.ts';

/** What somebody pins who checks: as text and JSON, the way a person has them. */
export interface Pins {
  key?: string;
  keys?: PublishedKeys;
  /** PEM. */
  tsaCa?: string;
}

export interface Forgery {
  what: string;
  zip: Uint8Array;
  pins: Pins;
  /** Each must be named. */
  items: readonly string[];
}

const ROTATED_AT = Date.parse('2026-05-01T00:00:00+08:00');

export async function openWorkshop() {
  const directory = mkdtempSync(join(tmpdir(), 'workshop-'));
  const signerOf = (name: string) => openSigner(join(directory, name));
  const [input, authority, stranger] = await Promise.all([brieflyParkedCar(), openAuthority(), openAuthority()]);
  const [signer, retired, thief] = await Promise.all([signerOf('signer'), signerOf('retired'), signerOf('thief')]);
  const [old, current] = await Promise.all([namesOf(retired), namesOf(signer)]);
  const statement = await rotationStatement({ retires: old.keyId, next: current, at: ROTATED_AT }, (payload) =>
    retired.signDetached(payload),
  );
  const keys = publish([
    { ...old, from: null, until: ROTATED_AT, statement: null },
    { ...current, from: ROTATED_AT, until: null, statement },
  ]);
  const timeStamper = httpTimeStamper({ url: authority.url, trust: authority.trust });
  const [{ bytes: zip }, { bytes: other }] = await Promise.all([
    buildPackage(input, signer, timeStamper),
    buildPackage({ ...input, revision: 2 }, signer, timeStamper),
  ]);
  const pins: Pins = { key: current.keyId, keys, tsaCa: readFileSync(authority.caPath, 'utf8') };
  return {
    ...{ input, signer, retired, thief, authority, stranger, zip, other, pins, keys },
    options: ({ key, keys: published, tsaCa }: Pins): VerifyOptions => ({
      ...(key === undefined ? {} : { keyId: key }),
      ...(published === undefined ? {} : { keys: published }),
      ...(tsaCa === undefined ? {} : { tsaCa: certificatesOfPem(tsaCa) }),
    }),
    async close() {
      await Promise.all([authority.close(), stranger.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
export type Workshop = Awaited<ReturnType<typeof openWorkshop>>;

const namesOf = async (signer: Signer) => {
  const { keyId, jwk } = await signer.publicKey();
  return { keyId, x: String(jwk.x) };
};

/** @param bytes at which of the bytes of each file one is changed, as parts of its length */
export async function forgeries(workshop: Workshop, bytes: readonly number[] = [0.5]): Promise<Forgery[]> {
  const { input, signer, retired, thief, authority, stranger, zip, other, pins, keys } = workshop;
  const whole = () => filesOf(zip);
  const paths = [...whole().keys()];
  const made: Forgery[] = [];
  const add = (what: string, files: Files, items: readonly string[], pinned: Pins = pins) => {
    made.push({ what, zip: pack(files, input.sealedAt), items, pins: pinned });
  };
  /** Signed and stamped anew: what remains wrong is what was meant to be wrong. */
  const sealed = async (files: Files, by = signer) => stamped(await resign(rehash(files), by), 'valid');
  const stamped = async (files: Files, signing: Signing, by = authority) => {
    const request = timeStampRequest(Buffer.from(sha256Hex(files.get('signature.jws') ?? ''), 'hex'), Buffer.of(7));
    return files.set('timestamp.tsr', await by.reply(request, signing));
  };

  for (const path of paths) {
    for (const part of bytes) {
      const length = whole().get(path)?.length ?? 0;
      const at = Math.min(length - 1, Math.floor(length * part));
      add(`byte ${at} of ${path} changed`, flip(whole(), path, at), [
        path === 'tagmanifest-sha256.txt' ? 'signature.jws' : path,
      ]);
    }
  }
  for (const path of ['data/views/extra.jpg', 'note.txt']) add(`${path} added`, whole().set(path, utf8('x')), [path]);
  for (const path of paths) {
    const files = whole();
    files.delete(path);
    add(`${path} removed`, files, [path]);
  }
  for (const path of paths) {
    const files = whole();
    const renamed = path.replace(/(\.\w+)$/, '-2$1');
    files.set(renamed, files.get(path) ?? new Uint8Array()).delete(path);
    add(`${path} renamed`, files, [path, renamed]);
  }

  const edited = () => {
    const files = whole();
    return files.set(
      'data/manifest.json',
      utf8(textOf(files, 'data/manifest.json').replaceAll('浙A·8K3F2', '浙A·8K3F3')),
    );
  };
  add('the manifest edited', edited(), ['data/manifest.json']);
  add('the manifest edited, every hash made to fit', rehash(edited()), ['signature.jws']);
  add('the manifest edited and signed, the old stamp kept', await resign(rehash(edited()), signer), ['timestamp.tsr']);

  const chain = async (what: string, change: (entries: readonly AuditEntry[]) => AuditEntry[], seq: number) => {
    const files = whole().set('data/audit.jsonl', utf8(auditLines(change(input.auditEntries))));
    add(what, await sealed(files), [`data/audit.jsonl #${seq}`]);
  };
  await chain('the chain cut at its end', (entries) => entries.slice(0, -1), 3);
  await chain('the chain cut in its middle', (entries) => entries.filter(({ seq }) => seq !== 2), 2);
  await chain(
    'the chain re-ordered',
    ([first, ...rest]) => [first, ...rest.reverse()].flatMap((entry) => entry ?? []),
    2,
  );

  const byThief = await sealed(whole(), thief);
  add('signed with another key, the key pinned', byThief, ['signature.jws'], { key: pins.key ?? '' });
  add('signed with another key, the keys known', byThief, ['signature.jws'], { keys });
  add('signed with a key after it retired', await sealed(whole(), retired), ['signature.jws'], { keys });
  add('a key nobody named among the keys', whole(), ['keys.json'], { keys: { ...keys, rotations: [] } });

  add('stamped with an expired certificate', await stamped(whole(), 'expired'), ['timestamp.tsr']);
  add('stamped with a certificate for other uses', await stamped(whole(), 'wrong-usage'), ['timestamp.tsr']);
  add('stamped by another authority', await stamped(whole(), 'valid', stranger), ['timestamp.tsr']);
  const foreign = filesOf(other).get('timestamp.tsr') ?? new Uint8Array();
  add('the stamp of another digest', whole().set('timestamp.tsr', foreign), ['timestamp.tsr']);
  return made;
}
