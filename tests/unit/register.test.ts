import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Point, Polygon } from '#core/camera.ts';
import { hashPassword, issueSecret, partsOfToken, passwordMatches, secretMatches } from '#platform/records/secrets.ts';
import { faultOf } from '../../functions/register/polygon.ts';

const IMAGE = [1920, 1080] as const;

describe('a polygon', () => {
  /** Corners on rays around a point, in the order of their angles: never crosses itself. */
  const stars = fc
    .array(fc.tuple(fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.integer({ min: 50, max: 500 })), {
      minLength: 5,
      maxLength: 12,
    })
    .map((rays) =>
      rays.map(([turn, radius], at): Point => {
        const angle = ((at + turn) / rays.length) * 2 * Math.PI;
        return [960 + radius * Math.cos(angle), 540 + radius * Math.sin(angle)];
      }),
    );

  it('whose corners follow each other around a point is fine, from either side and any corner on', () => {
    fc.assert(
      fc.property(stars, fc.nat(), (star, shift) => {
        const at = shift % star.length;
        const turned: Polygon = [...star.slice(at), ...star.slice(0, at)];
        expect(faultOf(star, IMAGE)).toBeUndefined();
        expect(faultOf(turned, IMAGE)).toBeUndefined();
        expect(faultOf([...turned].reverse(), IMAGE)).toBeUndefined();
      }),
    );
  });

  it('with two opposite corners of a quadrangle swapped crosses itself', () => {
    const corner = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 300 }));
    fc.assert(
      fc.property(corner, corner, corner, corner, (a, b, c, d) => {
        const quadrangle: Polygon = [
          [a[0], a[1]],
          [1500 + b[0], b[1]],
          [1500 + c[0], 700 + c[1]],
          [d[0], 700 + d[1]],
        ];
        const [p, q, r, s] = quadrangle;
        if (!p || !q || !r || !s) return;
        expect(faultOf(quadrangle, IMAGE)).toBeUndefined();
        expect(faultOf([p, r, q, s], IMAGE)).toMatch(/crossing/);
      }),
    );
  });

  it.each<{ name: string; polygon: Polygon; fault: RegExp }>([
    {
      name: 'that touches itself in a corner',
      polygon: [
        [0, 0],
        [200, 0],
        [100, 100],
        [200, 200],
        [0, 200],
        [100, 100],
      ],
      fault: /crossing/,
    },
    {
      name: 'with a corner twice',
      polygon: [
        [0, 0],
        [0, 0],
        [100, 0],
        [100, 100],
      ],
      fault: /twice/,
    },
    {
      name: 'that closes itself',
      polygon: [
        [0, 0],
        [100, 0],
        [100, 100],
        [0, 0],
      ],
      fault: /twice/,
    },
    {
      name: 'as thin as a line',
      polygon: [
        [0, 0],
        [100, 0],
        [100, 0.5],
      ],
      fault: /area/,
    },
    {
      name: 'reaching out of the image',
      polygon: [
        [0, 0],
        [1920.5, 0],
        [100, 100],
      ],
      fault: /outside/,
    },
    {
      name: 'with a corner that is no number',
      polygon: [
        [0, 0],
        [Number.NaN, 0],
        [100, 100],
      ],
      fault: /outside/,
    },
  ])('$name is refused', ({ polygon, fault }) => {
    expect(faultOf(polygon, IMAGE)).toMatch(fault);
  });

  it('may reach to the very edge of the image', () => {
    expect(
      faultOf(
        [
          [0, 0],
          [1920, 0],
          [1920, 1080],
          [0, 1080],
        ],
        IMAGE,
      ),
    ).toBeUndefined();
  });
});

describe('a token', () => {
  it('is found by its id and proven by its secret alone', () => {
    const one = issueSecret('kwt');
    const other = issueSecret('kwt');
    const parts = partsOfToken(one.token);
    expect(parts).toMatchObject({ kind: 'kwt', id: one.id });
    expect(secretMatches(parts?.secret ?? '', one.secretSha256)).toBe(true);
    expect(secretMatches(parts?.secret ?? '', other.secretSha256)).toBe(false);
    expect(JSON.stringify({ ...one, token: '' })).not.toContain(parts?.secret);
  });

  it.each([
    '',
    'kwt',
    'kwt_0123456789abcdef_short',
    `kwx_0123456789abcdef_${'a'.repeat(43)}`,
    `kwt_../../../etc/pwd_${'a'.repeat(43)}`,
  ])('is none: %j', (text) => {
    expect(partsOfToken(text)).toBeUndefined();
  });
});

describe('a password', () => {
  it('matches itself however it was typed, no other one, and no account at all', async () => {
    const stored = await hashPassword('ｐａｓｓ人行道 18 号');
    expect(await passwordMatches('pass人行道 18 号', stored)).toBe(true);
    expect(await passwordMatches('pass人行道 19 号', stored)).toBe(false);
    expect(await passwordMatches('pass人行道 18 号', undefined)).toBe(false);
    expect(JSON.stringify(stored)).not.toContain('人行道');
  });
});
