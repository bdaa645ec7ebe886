import { describe, expect, it } from 'vitest';
import { frameId } from '#core/ids.ts';
import type { SecondOpinion } from '#core/plates/second-reader.ts';
import { judgePlate } from '#core/plates/second-vote.ts';
import { read } from '../stays/builders.ts';

const reader = { name: 'a reader', version: '1' };
const heard = (kind: 'agrees' | 'disagrees', text: string): SecondOpinion => ({
  ...{ kind, reader },
  characters: [null, ...[...text].map((char) => ({ char, confidence: 0.95 }))],
});
const SAME = heard('agrees', 'A8K3F2');
const OTHER = heard('disagrees', 'ABK3F2');
const UNREAD: SecondOpinion = { kind: 'unread', reader };
const SILENT: SecondOpinion = { kind: 'unavailable', reader, why: 'timeout' };

const frames = (...opinions: (SecondOpinion | undefined)[]) =>
  opinions.map((second, at) => ({
    frameId: frameId(`f${at}`),
    read: { ...read('浙A8K3F2', { confidence: 0.97 }), ...(second === undefined ? {} : { second }) },
  }));

describe('a plate that a second reader saw', () => {
  it('stays as sure as it was where the second agrees, reads nothing or does not answer', () => {
    const alone = judgePlate(frames(undefined, undefined, undefined)).plate;
    expect(alone?.text).toBe('浙A8K3F2');
    expect(judgePlate(frames(SAME, UNREAD, SILENT)).plate).toEqual(alone);
  });

  it('is told no more where nobody but the one who differs was heard', () => {
    const { plate, second } = judgePlate(frames(OTHER));
    expect(plate).toBeNull();
    expect(second).toMatchObject({ own: '浙A8K3F2', frames: { agrees: 0, disagrees: 1 } });
  });

  it('is told, less surely, where two of three agree', () => {
    const [before, after] = [judgePlate(frames(SAME, SAME, SAME)).plate, judgePlate(frames(SAME, OTHER, SAME)).plate];
    expect(after?.text).toBe('浙A8K3F2');
    expect(after?.confidence).toBeLessThan(before?.confidence ?? 0);
    expect(after?.characters[2]?.confidence).toBeLessThan(before?.characters[2]?.confidence ?? 0);
    expect(after?.characters[3]).toEqual(before?.characters[3]);
  });

  it('says at which positions, as people count, and in how many frames', () => {
    const { second } = judgePlate(frames(OTHER, OTHER, heard('disagrees', 'A8K3E2'), SAME));
    expect(second?.differences).toEqual([
      { position: 3, ours: '8', theirs: 'B', frames: 2 },
      { position: 6, ours: 'F', theirs: 'E', frames: 1 },
    ]);
    expect(second?.readers).toEqual([reader]);
  });

  it('takes the side of the vote, also against the frame it spoke of', () => {
    const misread = { ...read('浙ABK3F2', { confidence: 0.7 }), second: heard('disagrees', 'A8K3F2') };
    const { plate, second } = judgePlate([...frames(SAME, SAME), { frameId: frameId('misread'), read: misread }]);
    expect(plate?.text).toBe('浙A8K3F2');
    expect(second).toMatchObject({ frames: { agrees: 3, disagrees: 0 }, differences: [] });
  });

  it('does not hang on which of two sights of one plate in one frame comes first', () => {
    const [one, other] = frames(SAME, OTHER).map((sight) => ({ ...sight, frameId: frameId('f') }));
    expect(judgePlate([one!, other!])).toEqual(judgePlate([other!, one!]));
  });

  it('says nothing of a second reader where none was asked', () => {
    expect(judgePlate(frames(undefined))).not.toHaveProperty('second');
  });
});
