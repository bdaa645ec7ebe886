/** Ports that lead nowhere: with them an app can be asked for its contract, and for nothing else. */
import type { Blobs } from '#platform/blobs.ts';
import type { Identity } from '#platform/identity.ts';
import type { Queue } from '#platform/queue.ts';
import type { Signer } from '#platform/signer.ts';
import type { Table } from '#platform/table.ts';

export const unopened = (): Promise<never> =>
  Promise.reject(new Error('Expected an app that is only asked for its contract, received a request'));

export const NO_TABLE: Table = { get: unopened, write: unopened, transact: unopened, query: unopened };
export const NO_BLOBS: Blobs = {
  putIfAbsent: unopened,
  get: unopened,
  head: unopened,
  delete: unopened,
  setLegalHold: unopened,
  presignGet: unopened,
  presignPut: unopened,
};
export const NO_QUEUE: Queue<never> = {
  send: unopened,
  receive: unopened,
  done: unopened,
  retry: unopened,
  depth: unopened,
};
export const NO_SIGNER: Signer = { publicKey: unopened, keys: unopened, signDetached: unopened };
export const NOBODY: Identity = { authenticate: unopened };
