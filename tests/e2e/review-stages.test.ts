/** The stages of a review through HTTP: who may, who may not, and who is told nothing (arts. 42, 45, 58). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { MINUTE, plateVote } from '../unit/review-incident.ts';
import { type Office, openOffice, type Person } from './review-office.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const DAY = 24 * 60 * MINUTE;
const claim = (who: Person, id: string) => office.ask(who, 'POST /v1/review/claim', { id });

/** Claims and decides; a refusal of either comes back. */
async function decide(who: Person, id: string, decision: Record<string, unknown>) {
  const claimed = await claim(who, id);
  if (claimed.status !== 200) return claimed;
  return office.ask(who, `POST /v1/review/${id}/decision`, { version: claimed.json.lease.version, ...decision });
}
const said = ({ status, json }: { status: number; json: { code?: string; state?: string } }) =>
  `${status} ${json.code ?? json.state}`;

describe('the second officer', () => {
  const FIRST = { outcome: 'confirm', plate: '浙A·8K3F3', note: '尾号为三' };

  it('is told nothing of the first in any answer: not the name, the plate, the note nor the outcome', async () => {
    await office.add('i1', { secondReview: true });
    await decide('anna', 'i1', FIRST);
    const answers = [];
    for (const who of ['bo', 'su', 'li'] as const) {
      answers.push(
        await office.ask(who, 'GET /v1/review/queue'),
        await office.ask(who, 'GET /v1/review/i1'),
        await office.ask(who, 'GET /v1/review/i1/audit'),
        await office.ask(who, 'GET /v1/review/i1/package'),
        await office.ask(who, 'GET /v1/review/i1/privacy-report'),
        await office.ask(who, 'GET /v1/review/i1/privacy-report?format=html'),
        await office.ask(who, 'POST /v1/review/i1/release'),
        await office.ask(who, 'POST /v1/review/i1/heartbeat'),
        await office.ask(who, 'POST /v1/review/i1/decision', { outcome: 'confirm', version: 1 }),
        await office.ask(who, 'POST /v1/review/i1/decision', { outcome: 'confirm', version: 2 }),
      );
    }
    answers.push(
      await office.ask('bo', 'POST /v1/review/i1/undo', {}),
      await office.ask('bo', 'POST /v1/review/i1/undo', { version: 2 }),
      await claim('li', 'i1'),
      await claim('bo', 'i1'),
      await office.ask('bo', 'GET /v1/review/i1'),
      await office.ask('bo', 'GET /v1/review/i1/audit'),
      await office.ask('bo', 'POST /v1/review/i1/heartbeat'),
      await office.ask('bo', 'POST /v1/review/i1/decision', { outcome: 'confirm', version: 2, plate: 'x' }),
      await office.ask('bo', 'POST /v1/review/i1/decision', { outcome: 'reject', version: 2 }),
      await office.ask('su', 'GET /v1/review/i1'),
      await office.ask('bo', 'POST /v1/review/i1/release'),
      await office.ask('bo', 'POST /v1/review/claim', {}),
    );
    for (const { text, headers } of answers) {
      const everything = `${text}\n${[...headers].join('\n')}`;
      expect(everything).not.toMatch(/anna|安娜|8K3F3|尾号为三|"outcome":"confirm"|incident.decided/);
    }
    // And yet there was something to tell: the first officer, and the second once both have decided, see it.
    expect((await office.ask('anna', 'GET /v1/review/i1')).text).toMatch(/8K3F3/);
    await decide('bo', 'i1', { outcome: 'confirm', plate: '浙A8K3F3' });
    for (const request of ['GET /v1/review/i1', 'GET /v1/review/i1/audit']) {
      const { text } = await office.ask('bo', request);
      for (const told of ['安娜', '尾号为三', '"outcome":"confirm"']) expect(text).toContain(told);
      // The trail outlives the case and never names a plate.
      expect(text.includes('8K3F3')).toBe(!request.endsWith('/audit'));
    }
  });

  it('gets no package that encloses a decision taken back, until both have decided', async () => {
    const added = await office.add('i1', { secondReview: true });
    await decide('anna', 'i1', FIRST);
    await office.ask('anna', 'POST /v1/review/i1/undo', {});
    // More frames came, and it was sealed anew: the trail goes into the package.
    const stored = (await readIncident(office.table, added.id))?.incident;
    const again = { ...added.package!, sealedAt: office.clock.now() + 1 };
    await office.table.transact(putIncident({ ...stored!, package: again, version: stored!.version + 1 }, stored!));
    await decide('anna', 'i1', FIRST);
    expect(said(await office.ask('bo', 'GET /v1/review/i1/package'))).toBe('409 package-withheld');
    expect((await office.ask('anna', 'GET /v1/review/i1/package')).status).toBe(302);
    await decide('bo', 'i1', FIRST);
    expect((await office.ask('bo', 'GET /v1/review/i1/package')).status).toBe(302);
  });

  it('does not find the incident among the past of the plate that the first corrected', async () => {
    const { stay } = await office.add('i1', { secondReview: true });
    const later = { ...stay, firstSeen: stay.firstSeen + DAY, lastSeen: stay.lastSeen + DAY };
    await office.add('i2', { stay: { ...later, plate: plateVote('浙A8K3F3') } });
    await decide('anna', 'i1', FIRST);
    const past = async () => (await office.ask('bo', 'GET /v1/review/i2')).json.history;
    expect(await past()).toEqual([]);
    await decide('bo', 'i1', FIRST);
    expect(await past()).toMatchObject([{ id: 'i1', state: 'confirmed' }]);
  });

  it('agrees by the same plate, however it is written', async () => {
    await office.add('i1', { secondReview: true });
    await decide('anna', 'i1', FIRST);
    expect(said(await decide('bo', 'i1', { outcome: 'confirm', plate: ' 浙a 8k3f3' }))).toBe('200 confirmed');
  });

  it('is told nothing of a decision that was taken back, either', async () => {
    await office.add('i1', { secondReview: true });
    await decide('anna', 'i1', FIRST);
    await office.ask('anna', 'POST /v1/review/i1/undo', {});
    expect((await office.ask('bo', 'GET /v1/review/i1/audit')).text).not.toMatch(/安娜|8K3F3|尾号为三/);
  });

  it.each(['bo', 'su', 'chen'] as const)('is not %s, who learnt of the first before it was undone', async (peeping) => {
    await office.add('i1', { secondReview: true });
    await decide('anna', 'i1', FIRST);
    await decide('bo', 'i1', { outcome: 'confirm', plate: '浙A8K3F3' });
    if (peeping !== 'bo') await office.ask(peeping, 'GET /v1/review/i1');
    await office.ask('bo', 'POST /v1/review/i1/undo', {});
    expect(said(await claim(peeping, 'i1'))).toBe('403 not-blind');
    expect((await office.ask(peeping, 'POST /v1/review/claim', {})).json.item).toBeNull();
    expect(said(await decide('wu', 'i1', { outcome: 'confirm', plate: '浙A8K3F3' }))).toBe('200 confirmed');
  });

  it('who knew an earlier round may judge a new one', async () => {
    await office.add('i1', { secondReview: true, legalReview: true });
    await decide('anna', 'i1', FIRST);
    await decide('bo', 'i1', FIRST);
    await decide('li', 'i1', { outcome: 'send-back', note: '告知缺失' });
    office.clock.set(office.clock.now() + MINUTE);
    await decide('anna', 'i1', FIRST);
    expect((await office.ask('bo', 'GET /v1/review/i1')).text).not.toMatch(/安娜/);
    expect(said(await decide('bo', 'i1', FIRST))).toBe('200 legal-review');
  });
});

describe('two officers who differ', () => {
  beforeEach(async () => {
    await office.add('i1', { secondReview: true });
    await decide('anna', 'i1', { outcome: 'confirm', plate: '浙A8K3F2' });
  });

  it.each([
    { outcome: 'confirm', plate: '浙A8K3F3' },
    { outcome: 'reject', reason: 'image-unclear' },
    { outcome: 'escalate' },
  ])('by %j go to an arbiter who took no part, sees everything and says why', async (second) => {
    expect(said(await decide('bo', 'i1', second))).toBe('200 arbitration');
    expect(said(await claim('anna', 'i1'))).toBe('403 role-missing');
    expect(said(await claim('li', 'i1'))).toBe('403 role-missing');
    expect(said(await office.ask('bo', 'POST /v1/review/i1/undo', {}))).toBe('409 state-conflict');
    const { item } = (await office.ask('su', 'POST /v1/review/claim', {})).json;
    expect(item.decisions.map(({ officerName }: { officerName: string }) => officerName)).toEqual(['安娜', '博']);
    const confirm = { outcome: 'confirm', plate: '浙A8K3F2' };
    expect(said(await decide('su', 'i1', confirm))).toBe('422 reason-missing');
    expect(said(await decide('su', 'i1', { ...confirm, note: '放大后可辨' }))).toBe('200 confirmed');
    const [violation] = (await office.ask('case', 'GET /v1/violations')).json.items;
    expect(violation.plate).toBe('浙A·8K3F2');
  });

  it('are not arbitrated by a supervisor who was one of them', async () => {
    await decide('su', 'i1', { outcome: 'reject', reason: 'image-unclear' });
    expect(said(await claim('su', 'i1'))).toBe('403 same-officer');
    expect((await office.ask('su', 'POST /v1/review/claim', {})).json.item).toBeNull();
    expect(said(await decide('wu', 'i1', { outcome: 'reject', reason: 'image-unclear' }))).toBe('200 rejected');
  });
});

describe('the legal review', () => {
  beforeEach(async () => {
    await office.add('i1', { legalReview: true });
  });

  it('is another office and another person: nothing leaves before', async () => {
    expect(said(await decide('bo', 'i1', { outcome: 'confirm' }))).toBe('200 legal-review');
    expect((await office.ask('case', 'GET /v1/violations')).json.items).toEqual([]);
    // Bo has the role, and judged the facts; supervisors and reviewers have not.
    for (const who of ['bo', 'su', 'anna'] as const) {
      expect(said(await claim(who, 'i1'))).toBe(who === 'bo' ? '403 same-officer' : '403 role-missing');
    }
    expect((await office.ask('li', 'POST /v1/review/claim', {})).json.item.id).toBe('i1');
    expect(said(await decide('li', 'i1', { outcome: 'confirm' }))).toBe('200 confirmed');
    expect((await office.ask('case', 'GET /v1/violations')).json.items).toHaveLength(1);
  });

  it('sends back, and all begins anew', async () => {
    await decide('anna', 'i1', { outcome: 'confirm' });
    expect(said(await decide('li', 'i1', { outcome: 'send-back', note: '告知缺失' }))).toBe('200 pending');
    expect(said(await decide('anna', 'i1', { outcome: 'confirm' }))).toBe('200 legal-review');
    expect(said(await decide('li', 'i1', { outcome: 'reject', reason: 'sign-unclear' }))).toBe('200 rejected');
  });

  it('can be taken back until the case system has it', async () => {
    await decide('anna', 'i1', { outcome: 'confirm' });
    await decide('li', 'i1', { outcome: 'confirm' });
    expect(said(await office.ask('li', 'POST /v1/review/i1/undo', {}))).toBe('200 legal-review');
    expect((await office.ask('case', 'GET /v1/violations')).json.items).toEqual([]);
    await decide('li', 'i1', { outcome: 'confirm' });
    await office.ask('case', 'GET /v1/violations');
    expect(said(await office.ask('li', 'POST /v1/review/i1/undo', {}))).toBe('409 already-released');
  });
});

describe('an objection that the case system passes on', () => {
  const object = () =>
    office.ask('case', 'POST /v1/violations/i1/outcome', { outcome: 'objected', note: '当时在装卸货物' });
  beforeEach(async () => {
    await office.add('i1');
    await decide('anna', 'i1', { outcome: 'confirm' });
    await office.ask('case', 'GET /v1/violations');
  });

  it('goes to another officer, with the words of it; the feed keeps its number', async () => {
    const before = (await office.ask('case', 'GET /v1/violations/i1')).json;
    const reported = (await object()).json;
    expect({ ...reported, outcomes: [] }).toEqual(before);
    expect(said(await claim('anna', 'i1'))).toBe('403 same-officer');
    expect(said(await claim('li', 'i1'))).toBe('403 role-missing');
    const { item } = (await office.ask('bo', 'POST /v1/review/claim', {})).json;
    expect({ id: item.id, state: item.state, statements: item.statements }).toMatchObject({
      ...{ id: 'i1', state: 'objected' },
      statements: [{ kind: 'object', text: '当时在装卸货物', by: 'case-system' }],
    });
    expect(said(await decide('bo', 'i1', { outcome: 'uphold', note: '照片未见装卸' }))).toBe('200 confirmed');
    const after = (await office.ask('case', 'GET /v1/violations/i1')).json;
    expect({ seq: after.seq, state: after.state }).toEqual({ seq: before.seq, state: 'confirmed' });
    expect(after.outcomes.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['objected', 'upheld']);
    expect((await office.ask('case', `GET /v1/violations?cursor=${before.seq}`)).json.items).toEqual([]);
    expect(said(await office.ask('bo', 'POST /v1/review/i1/undo', {}))).toBe('409 objection-answered');
  });

  it('that is right takes the violation back, under a new number', async () => {
    await object();
    expect(said(await decide('chen', 'i1', { outcome: 'sustain', reason: 'not-stationary' }))).toBe('200 withdrawn');
    const [entry] = (await office.ask('case', 'GET /v1/violations?cursor=1')).json.items;
    expect(entry).toMatchObject({ id: 'i1', seq: 2, state: 'withdrawn', withdrawnReason: 'not-stationary' });
  });

  it('reported twice opens one review; one of what was withdrawn opens none', async () => {
    await object();
    await object();
    expect((await office.ask('su', 'GET /v1/review/i1')).json.statements).toHaveLength(1);
    await office.ask('su', 'POST /v1/review/i1/withdraw', { reason: 'system-fault' });
    await office.ask('case', 'POST /v1/violations/i1/outcome', { outcome: 'objected', note: '再次提出' });
    const { state, statements } = (await office.ask('su', 'GET /v1/review/i1')).json;
    expect({ state, said: statements.length }).toEqual({ state: 'withdrawn', said: 2 });
  });

  it('is the officers’ to answer: the case system cannot say that it was', async () => {
    await object();
    const answer = await office.ask('case', 'POST /v1/violations/i1/outcome', { outcome: 'upheld' });
    expect(said(answer)).toBe('400 request-invalid');
  });
});

describe('limitation', () => {
  it('two years after it was last seen nothing is confirmed any more', async () => {
    const { stay } = await office.add('i1');
    office.clock.set(stay.lastSeen + 730 * DAY + 1);
    expect(said(await decide('anna', 'i1', { outcome: 'confirm' }))).toBe('422 limitation-passed');
    expect(said(await decide('anna', 'i1', { outcome: 'reject', reason: 'other', note: '已过时效' }))).toBe(
      '200 rejected',
    );
  });
});
