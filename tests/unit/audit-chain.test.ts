import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type AuditAct,
  type AuditEntry,
  auditLines,
  auditStream,
  GENESIS,
  headOf,
  nextEntry,
  systemActor,
  verifyAuditLines,
  verifyChain,
} from '#core/audit.ts';
import { cameraId, incidentId, officerId } from '#core/ids.ts';

const act = (name: string, more: Partial<AuditAct> = {}): AuditAct => ({
  stream: auditStream.incident(incidentId('I1')),
  at: Date.parse('2026-05-12T09:30:00+08:00'),
  actor: { kind: 'officer', id: 'wang', name: '王警官' },
  act: name,
  subject: 'I1',
  facts: { outcome: 'confirm', note: '已核对' },
  ...more,
});

function chainOf(...names: string[]): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const name of names) {
    const last = entries.at(-1);
    entries.push(nextEntry(last && headOf(last), act(name)));
  }
  return entries;
}

describe('an audit entry', () => {
  it('begins its stream at 1 after 64 zeros', () => {
    expect(nextEntry(undefined, act('incident.claimed'))).toMatchObject({ seq: 1, previous: GENESIS });
    expect(GENESIS).toMatch(/^0{64}$/);
  });

  it('names the hash of the entry before', () => {
    const [first, second] = chainOf('incident.claimed', 'incident.decided');
    expect(second).toMatchObject({ seq: 2, previous: first?.hash });
  });

  it('carries the SHA-256 of its canonical JSON without the hash, so that anybody can compute it', () => {
    const entry = nextEntry(undefined, act('incident.claimed'));
    const canonical = `{"act":"incident.claimed","actor":{"id":"wang","kind":"officer","name":"王警官"},"at":1778549400000,"facts":{"note":"已核对","outcome":"confirm"},"previous":"${GENESIS}","seq":1,"stream":"incident/I1","subject":"I1"}`;
    expect(entry.hash).toBe(createHash('sha256').update(canonical).digest('hex'));
  });

  it('differs between two streams with the same acts', () => {
    const stream = auditStream.officer(officerId('wang'));
    expect(nextEntry(undefined, act('look')).hash).not.toBe(nextEntry(undefined, act('look', { stream })).hash);
  });

  it('holds its facts as storage gives them back', () => {
    const facts = { at: new Date(0), none: undefined, list: [undefined], number: Number.NaN };
    const entry = nextEntry(undefined, act('look', { facts }));
    expect(entry.facts).toEqual({ at: '1970-01-01T00:00:00.000Z', list: [null], number: null });
    expect(verifyChain([JSON.parse(JSON.stringify(entry))])).toMatchObject({ ok: true });
  });
});

describe('streams', () => {
  it('are one for each camera and day in Beijing', () => {
    const lateEvening = Date.parse('2026-05-12T23:30:00+08:00');
    expect(auditStream.camera(cameraId('C1'), lateEvening)).toBe('camera/C1/2026-05-12');
    expect(auditStream.camera(cameraId('C1'), lateEvening + 3_600_000)).toBe('camera/C1/2026-05-13');
  });
});

describe('checking a chain', () => {
  const whole = chainOf('one', 'two', 'three', 'four');
  const head = headOf(whole[3] ?? chainOf('none')[0]!);
  const edited = (at: number, change: object) =>
    whole.map((entry, place) => (place === at ? { ...entry, ...change } : entry));

  it('finds a whole one whole and says where it ends', () => {
    expect(verifyChain(whole)).toEqual({ ok: true, head });
    expect(verifyChain(whole, head)).toEqual({ ok: true, head });
    expect(verifyChain([])).toEqual({ ok: true, head: undefined });
  });

  const rehashed = nextEntry(headOf(whole[0]!), act('two', { facts: { outcome: 'reject' } }));
  const broken: { what: string; entries: readonly unknown[]; seq: number; why: RegExp }[] = [
    { what: 'an edited fact', entries: edited(1, { facts: { outcome: 'reject' } }), seq: 2, why: /content/ },
    { what: 'another time', entries: edited(2, { at: 0 }), seq: 3, why: /content/ },
    { what: 'another actor', entries: edited(0, { actor: systemActor('seal') }), seq: 1, why: /content/ },
    { what: 'an added member', entries: edited(3, { remark: 'x' }), seq: 4, why: /content/ },
    { what: 'another hash', entries: edited(1, { hash: GENESIS }), seq: 2, why: /content/ },
    { what: 'no hash', entries: edited(1, { hash: undefined }), seq: 2, why: /content/ },
    { what: 'an edit with its hash made to fit', entries: whole.with(1, rehashed), seq: 3, why: /entry before/ },
    { what: 'no first entry', entries: whole.slice(1), seq: 1, why: /stands entry 2/ },
    { what: 'no middle entry', entries: whole.toSpliced(1, 1), seq: 2, why: /stands entry 3/ },
    { what: 'two entries exchanged', entries: [whole[0], whole[2], whole[1], whole[3]], seq: 2, why: /stands entry 3/ },
    { what: 'one entry twice', entries: [whole[0], whole[0], whole[1]], seq: 2, why: /stands entry 1/ },
    { what: 'null for an entry', entries: [whole[0], null], seq: 2, why: /not an entry/ },
    { what: 'a text for an entry', entries: ['entry'], seq: 1, why: /not an entry/ },
  ];
  for (const { what, entries, seq, why } of broken) {
    it(`names the place with ${what}`, () => {
      expect(verifyChain(entries)).toEqual({ ok: false, seq, why: expect.stringMatching(why) });
    });
  }

  it('finds a cut end only against the head', () => {
    const cut = whole.slice(0, 2);
    expect(verifyChain(cut)).toMatchObject({ ok: true });
    expect(verifyChain(cut, head)).toEqual({ ok: false, seq: 3, why: expect.stringContaining('ends at entry 2') });
  });

  it('finds another end of the same length against the head', () => {
    const other = [...whole.slice(0, 3), nextEntry(headOf(whole[2]!), act('other'))];
    expect(verifyChain(other, head)).toMatchObject({ ok: false });
  });

  it('finds entries of another stream', () => {
    const foreign = nextEntry(headOf(whole[0]!), act('two', { stream: 'incident/I2' }));
    expect(verifyChain([whole[0], foreign])).toEqual({
      ok: false,
      seq: 2,
      why: expect.stringContaining('incident/I2'),
    });
  });
});

describe('audit.jsonl', () => {
  const whole = chainOf('one', 'two', 'three');
  const lines = auditLines(whole);

  it('holds one entry a line and checks as the chain does', () => {
    expect(lines.split('\n')).toHaveLength(4);
    expect(verifyAuditLines(lines)).toEqual({ ok: true, head: headOf(whole[2]!) });
  });

  it('names the entry in which a character changed', () => {
    expect(verifyAuditLines(lines.replace('"two"', '"twO"'))).toMatchObject({ ok: false, seq: 2 });
    expect(verifyAuditLines(lines.replace('"act":"three"', '"act":three"'))).toMatchObject({ ok: false, seq: 3 });
    expect(verifyAuditLines(lines.replace('"seq":2', '"seq": 2'))).toMatchObject({ ok: false, seq: 2 });
    expect(verifyAuditLines(lines.slice(0, -1))).toMatchObject({ ok: false, seq: 3 });
  });
});
