/**
 * Merkle trees as certificate transparency has them (RFC 9162 section 2.1): one hash for many things, and a short proof
 * that one of them is among them. Leaves and inner nodes are hashed with different first bytes, so that neither passes for
 * the other.
 */
import { createHash } from 'node:crypto';
import { sameBytes } from './bytes.ts';

/** 32 bytes, SHA-256. */
export type TreeHash = Uint8Array;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

const sha256 = (...parts: readonly Uint8Array[]): TreeHash => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
};

export const leafHash = (content: Uint8Array): TreeHash => sha256(LEAF, content);
const nodeHash = (left: TreeHash, right: TreeHash): TreeHash => sha256(NODE, left, right);

/** MTH of RFC 9162: of no leaves, the hash of nothing. */
export function treeRoot(leaves: readonly TreeHash[]): TreeHash {
  return leaves.length === 0 ? sha256() : rootOf(leaves, 0, leaves.length);
}

/** Of the leaves `[from, to)`, at least one. */
function rootOf(leaves: readonly TreeHash[], from: number, to: number): TreeHash {
  const size = to - from;
  const only = leaves[from];
  if (size === 1 && only !== undefined) return only;
  const split = from + largestPowerBelow(size);
  return nodeHash(rootOf(leaves, from, split), rootOf(leaves, split, to));
}

/** The siblings on the way from a leaf to the root, the lowest first. @throws {RangeError} for a leaf that is not there */
export function inclusionProof(leaves: readonly TreeHash[], index: number): TreeHash[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`Expected a leaf of 0 to ${leaves.length - 1}, received ${index}.`);
  }
  const proof: TreeHash[] = [];
  let [from, to] = [0, leaves.length];
  while (to - from > 1) {
    const split = from + largestPowerBelow(to - from);
    if (index < split) {
      proof.push(rootOf(leaves, split, to));
      to = split;
    } else {
      proof.push(rootOf(leaves, from, split));
      from = split;
    }
  }
  return proof.reverse();
}

export interface Inclusion {
  /** Hash of the leaf. */
  readonly leaf: TreeHash;
  readonly index: number;
  /** Leaves of the whole tree. */
  readonly size: number;
  readonly proof: readonly TreeHash[];
  readonly root: TreeHash;
}

/** RFC 9162 section 2.1.3.2. */
export function isIncluded({ leaf, index, size, proof, root }: Inclusion): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= size) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameBytes(hash, root);
}

const half = (value: number) => Math.floor(value / 2);

/** @param size at least 2 */
function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
