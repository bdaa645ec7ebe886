import { describe, expect, it } from 'vitest';
import { bucketOf, isEvidence } from '#platform/aws/s3-buckets.ts';
import { BLOB_FOLDERS } from '../../infra/aws/lambdas.ts';

describe('the bucket of a key', () => {
  for (const key of [
    'evidence/K1/1.zip',
    'copies/K1/a.zip',
    'notices/K1/1/receipt.json',
    'audit-roots/2026-05-12.json',
  ]) {
    it(`is the locked one for ${key}`, () => expect(bucketOf(key)).toBe('evidence'));
  }
  for (const key of [
    'frames/a.jpg',
    'uploads/a.jpg',
    'scenes/a',
    'evidences/a',
    'a/evidence/b',
    'evidence',
    'Evidence/a',
  ]) {
    it(`is the other one for ${key}`, () => expect(bucketOf(key)).toBe('frames'));
  }

  it('parts the folders there are into what is evidence and what is not', () => {
    expect(BLOB_FOLDERS.filter(isEvidence)).toEqual(['evidence', 'copies', 'notices', 'audit-roots']);
  });
});
