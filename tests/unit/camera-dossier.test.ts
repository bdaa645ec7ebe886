import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Camera, type Dossier, dossierAt, dossierGaps, type EarlierDossier, gradeAt } from '#core/camera.ts';

const WHOLE: Dossier = {
  legalReviewNumber: '法审〔2026〕14号',
  legalReviewedAt: 100,
  technicalVerificationNumber: 'JJ-2026-0311',
  technicalVerifiedUntil: 1_000,
  signInPlace: true,
  publishedAt: 200,
  publicationUrl: 'https://example.gov.cn/cameras',
};
type Subject = Pick<Camera, 'enabled' | 'dossier' | 'earlierDossiers'>;
const camera = (dossier: Dossier | null, earlierDossiers: EarlierDossier[] = [], enabled = true): Subject => ({
  ...{ dossier, earlierDossiers, enabled },
});
const gaps = (subject: Subject, at: number) => dossierGaps(subject, at).map(({ en }) => en);

describe('what a dossier lacks', () => {
  it.each<[string, Partial<Dossier> | null, number, string[]]>([
    ['is nothing while it is whole', {}, 500, []],
    ['is the dossier where there is none', null, 500, ['no dossier']],
    ['is the verification from the instant it ends', {}, 1_000, ['technical verification expired']],
    ['is nothing the millisecond before', {}, 999, []],
    ['is the legal review before it was held', {}, 99, ['no legal review', 'position not published']],
    ['is the legal review without its number', { legalReviewNumber: '' }, 500, ['no legal review']],
    ['is the verification without its number', { technicalVerificationNumber: '' }, 500, ['no technical verification']],
    ['is the sign', { signInPlace: false }, 500, ['no sign in place']],
    ['is the publication before its day', {}, 199, ['position not published']],
    ['is the publication nobody can find', { publicationUrl: '' }, 500, ['position not published']],
  ])('%s', (_name, part, at, expected) => {
    const subject = camera(part === null ? null : { ...WHOLE, ...part });
    expect(gaps(subject, at)).toEqual(expected);
    expect(gradeAt(subject, at)).toBe(expected.length === 0 ? 'evidence' : 'clue');
  });

  it('does not matter for a camera out of service', () => {
    expect(gradeAt(camera(WHOLE, [], false), 500)).toBe('off');
  });

  it('still matters for what it captured before it went out of service', () => {
    const gone = { ...camera(WHOLE, [], false), disabledAt: 500 };
    expect([499, 500].map((at) => gradeAt(gone, at))).toEqual(['evidence', 'off']);
    expect(gradeAt({ ...gone, dossier: null }, 499)).toBe('clue');
  });
});

describe('the history of a dossier', () => {
  it('a renewal heals no gap: what was captured while it was expired stays a clue', () => {
    const renewed = camera({ ...WHOLE, technicalVerifiedUntil: 5_000 }, [{ dossier: WHOLE, until: 1_500 }]);
    expect([900, 1_000, 1_499, 1_500, 4_999, 5_000].map((at) => gradeAt(renewed, at))).toEqual([
      'evidence',
      'clue',
      'clue',
      'evidence',
      'evidence',
      'clue',
    ]);
  });

  it('a withdrawal poisons nothing that was captured before', () => {
    const withdrawn = camera(null, [{ dossier: WHOLE, until: 600 }]);
    expect([599, 600].map((at) => gradeAt(withdrawn, at))).toEqual(['evidence', 'clue']);
  });

  it('a first dossier vouches for nothing before it was recorded, whatever dates it names', () => {
    const first = camera(WHOLE, [{ dossier: null, until: 400 }]);
    expect([300, 399, 400].map((at) => gradeAt(first, at))).toEqual(['clue', 'clue', 'evidence']);
  });

  it('an instant is judged by the dossier of its time, whatever came after', () => {
    const dossier = fc.option(fc.record({ signInPlace: fc.boolean() }).map((part) => ({ ...WHOLE, ...part })));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(dossier, fc.nat(2_000)), { maxLength: 6 }),
        dossier,
        dossier,
        fc.nat(3_000),
        (history, now, next, at) => {
          const earlier = history.map(([of, until]) => ({ dossier: of, until })).toSorted((a, b) => a.until - b.until);
          const before = camera(now, earlier);
          const changedAt = 2_500;
          const after = camera(next, [...earlier, { dossier: now, until: changedAt }]);
          const expected = at < changedAt ? dossierAt(before, at) : next;
          expect(dossierAt(after, at)).toEqual(expected);
        },
      ),
    );
  });
});
