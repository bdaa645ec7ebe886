import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type AuditEntry,
  auditLines,
  headOf,
  nextEntry,
  systemActor,
  verifyAuditLines,
  verifyChain,
} from '#core/audit.ts';

const acts = fc.array(
  fc.record({
    at: fc.nat(),
    act: fc.string(),
    subject: fc.string({ unit: 'grapheme' }),
    facts: fc.dictionary(fc.string(), fc.jsonValue()),
  }),
  { minLength: 1, maxLength: 8 },
);
const chains = acts.map((list) => {
  const entries: AuditEntry[] = [];
  for (const act of list) {
    const last = entries.at(-1);
    entries.push(nextEntry(last && headOf(last), { stream: 'system', actor: systemActor('test'), ...act }));
  }
  return entries;
});
const headIn = (entries: readonly AuditEntry[]) => {
  const last = entries.at(-1);
  if (last === undefined) throw new Error('an empty chain has no head');
  return headOf(last);
};

it('any chain is whole, in memory and through its lines', () => {
  fc.assert(
    fc.property(chains, (entries) => {
      const head = headIn(entries);
      expect(verifyChain(entries, head)).toEqual({ ok: true, head });
      expect(verifyAuditLines(auditLines(entries), head)).toEqual({ ok: true, head });
    }),
  );
});

it('a chain with any entry removed is not whole', () => {
  fc.assert(
    fc.property(chains, fc.nat(), (entries, pick) => {
      const at = pick % entries.length;
      expect(verifyChain(entries.toSpliced(at, 1), headIn(entries))).toMatchObject({ ok: false, seq: at + 1 });
    }),
  );
});

it('a chain in any other order is not whole', () => {
  const permuted = chains
    .filter(({ length }) => length > 1)
    .chain((entries) =>
      fc.record({
        entries: fc.constant(entries),
        order: fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
      }),
    );
  fc.assert(
    fc.property(permuted, ({ entries, order }) => {
      const first = order.findIndex((entry, at) => entry !== entries[at]);
      fc.pre(first >= 0);
      expect(verifyChain(order)).toMatchObject({ ok: false, seq: first + 1 });
    }),
  );
});

it('a change of any one byte of the lines is found', () => {
  fc.assert(
    fc.property(chains, fc.nat(), fc.integer({ min: 1, max: 255 }), (entries, pick, flip) => {
      const lines = Buffer.from(auditLines(entries));
      const at = pick % lines.length;
      lines[at] = (lines[at] ?? 0) ^ flip;
      // Broken UTF-8 decodes to U+FFFD: where that stood already, only the bytes' own hash can tell.
      fc.pre(!auditLines(entries).includes('\ufffd'));
      expect(verifyAuditLines(lines.toString(), headIn(entries))).toMatchObject({ ok: false });
    }),
    { numRuns: 500 },
  );
});
