import { createHash } from 'node:crypto';
import { type Sha256, sha256Of } from '#core/ids.ts';

/** By which blobs are known: what they came with, what they must still have. */
export const sha256 = (bytes: Uint8Array): Sha256 => sha256Of(createHash('sha256').update(bytes).digest('hex'));
