/**
 * One Blobs port, two buckets: what proves a case lies under Object Lock, which nobody can shorten; what is only looked at, and goes
 * after days, lies where it can be deleted. The first segment of a key says which.
 */

/** Folders of the locked bucket. */
const EVIDENCE_FOLDERS: readonly string[] = ['evidence', 'copies', 'notices', 'audit-roots'];

export type BucketRole = 'frames' | 'evidence';

/** @param folder the first segment of keys, without a slash */
export const isEvidence = (folder: string): boolean => EVIDENCE_FOLDERS.includes(folder);

/** Where a key lies. A key without a folder is no evidence. */
export function bucketOf(key: string): BucketRole {
  const [folder = '', ...name] = key.split('/');
  return name.length > 0 && isEvidence(folder) ? 'evidence' : 'frames';
}
