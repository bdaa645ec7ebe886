import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOf } from '#core/bytes.ts';
import { inclusionProof, isIncluded, leafHash, type TreeHash, treeRoot } from '#core/merkle.ts';

const leaves = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 40 }).map((all) => all.map(leafHash));
const withIndex = leaves
  .filter(({ length }) => length > 0)
  .chain((all) => fc.tuple(fc.constant(all), fc.nat(all.length - 1)));
const inclusion = (all: readonly TreeHash[], index: number) => {
  const leaf = all[index];
  if (leaf === undefined) throw new Error('Expected a leaf');
  return { leaf, index, size: all.length, proof: inclusionProof(all, index), root: treeRoot(all) };
};
const flipped = (hash: TreeHash, at: number) =>
  Uint8Array.from(hash, (byte, where) => (where === at ? byte ^ 1 : byte));

describe('a Merkle tree', () => {
  it('has the roots that other implementations of RFC 9162 have', () => {
    // The reference vectors of certificate transparency: eight leaves, the root of the first n of them.
    const hex = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const all = hex.map((text) => leafHash(Buffer.from(text, 'hex')));
    expect(Array.from({ length: 9 }, (_, size) => hexOf(treeRoot(all.slice(0, size))))).toEqual([
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ]);
  });

  it('proves of every leaf that it is among them, in at most log2 steps', () => {
    fc.assert(
      fc.property(withIndex, ([all, index]) => {
        const proven = inclusion(all, index);
        expect(isIncluded(proven)).toBe(true);
        expect(proven.proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(all.length)));
      }),
    );
  });

  it('proves nothing of another leaf, place, root or way', () => {
    fc.assert(
      fc.property(withIndex, fc.nat(31), fc.nat(), ([all, index], at, where) => {
        const proven = inclusion(all, index);
        const step = proven.proof.length === 0 ? undefined : where % proven.proof.length;
        expect(isIncluded({ ...proven, leaf: flipped(proven.leaf, at) })).toBe(false);
        expect(isIncluded({ ...proven, root: flipped(proven.root, at) })).toBe(false);
        expect(isIncluded({ ...proven, proof: [...proven.proof, proven.leaf] })).toBe(false);
        for (const other of [-1, all.length, index + 0.5]) expect(isIncluded({ ...proven, index: other })).toBe(false);
        if (step !== undefined) {
          const proof = proven.proof.map((hash, one) => (one === step ? flipped(hash, at) : hash));
          expect(isIncluded({ ...proven, proof })).toBe(false);
          expect(isIncluded({ ...proven, proof: proven.proof.slice(1) })).toBe(false);
        }
      }),
    );
  });

  it('has another root when a leaf is changed, added, removed or moved', () => {
    fc.assert(
      fc.property(withIndex, fc.nat(31), ([all, index], at) => {
        const root = hexOf(treeRoot(all));
        expect(hexOf(treeRoot(all.map((hash, one) => (one === index ? flipped(hash, at) : hash))))).not.toBe(root);
        expect(hexOf(treeRoot(all.filter((_, one) => one !== index)))).not.toBe(root);
        expect(hexOf(treeRoot([...all, leafHash(Uint8Array.of(255))]))).not.toBe(root);
        const reversed = [...all].reverse();
        if (reversed.some((hash, one) => hexOf(hash) !== hexOf(all[one] ?? hash)))
          expect(hexOf(treeRoot(reversed))).not.toBe(root);
      }),
    );
  });

  it('lets no inner node pass for a leaf', () => {
    const [left, right] = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))];
    const asLeaf = leafHash(Uint8Array.of(...left, ...right));
    expect(hexOf(asLeaf)).not.toBe(hexOf(treeRoot([left, right])));
    expect(hexOf(treeRoot([left]))).not.toBe(createHash('sha256').update(left).digest('hex'));
  });

  it('refuses a leaf that is not there', () => {
    expect(() => inclusionProof([], 0)).toThrow(RangeError);
  });
});
