import type { Blobs } from '#platform/blobs.ts';

/** For tests in which nothing touches the bytes of a blob. */
export const noBlobs: Blobs = {
  putIfAbsent: () => Promise.reject(new Error('no blobs here')),
  get: () => Promise.resolve(undefined),
  head: () => Promise.resolve(undefined),
  delete: () => Promise.resolve(),
  setLegalHold: () => Promise.resolve(),
  presignGet: (key, { expiresAt }) => Promise.resolve({ method: 'GET', url: key, headers: {}, expiresAt }),
  presignPut: () => Promise.reject(new Error('no blobs here')),
};
