/** Races for keys of a folder. */
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { raceForKeys } from './racing-blobs.ts';

const [directory = '', name = ''] = process.argv.slice(2);
await raceForKeys(openFileBlobs(directory, { secret: 'test', baseUrl: 'http://localhost' }), name);
