/** Stores blobs until somebody kills it; prints the number of a blob once its put resolved. */
import { writeSync } from 'node:fs';
import { openFileBlobs } from '#platform/local/file-blobs.ts';

const [directory = '', first = '0'] = process.argv.slice(2);
const blobs = openFileBlobs(directory, { secret: 'test', baseUrl: 'http://localhost' });

async function put(at: number): Promise<void> {
  await blobs.putIfAbsent(`killed/${at}`, new Uint8Array(400_000).fill(at % 251), 'image/jpeg');
  writeSync(1, `${at}\n`);
}

for (let at = Number(first); ; at += 3) await Promise.all([put(at), put(at + 1), put(at + 2)]);
