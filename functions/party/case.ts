/** A case as its party sees it: facts, grounds, proof, deadlines, what it said, and who looked. */
import type { AuditEntry } from '#core/audit.ts';
import type { Bilingual } from '#core/bilingual.ts';
import type { Rule } from '#core/camera.ts';
import { durationWords, endWords, plateWords, ruleWords, VIOLATION_WORDS } from '#core/evidence/wording.ts';
import type { Incident } from '#core/incident.ts';
import { REASON_CODES } from '#core/incident.ts';
import { isWorkState, STATE_WORDS } from '#core/incident-machine.ts';
import { limitationEnds } from '#core/limitation.ts';
import { isDecided, mayBeCopied } from '#core/party.ts';
import { formatPlate } from '#core/plates/plate.ts';
import type { Policy } from '#core/policy.ts';
import { askedBy } from '#core/sufficiency/check.ts';
import { DAY_MS, formatInstant, type Instant } from '#core/time.ts';
import { GROUNDS, RIGHTS_OF_PARTY } from '#core/violations/grounds.ts';
import type { PartyCopyRecord } from '#platform/records/party-copies.ts';
import type { CaseView } from './schemas.ts';

export interface CaseParts {
  incident: Incident;
  rules: readonly Rule[];
  policy: Policy;
  copy: PartyCopyRecord | undefined;
}

export function caseView({ incident, rules, policy, copy }: CaseParts): CaseView {
  const { stay, notice, withdrawal, package: sealed } = incident;
  const decisions = isDecided(incident) ? incident.decisions : [];
  const confirmed = decisions.findLast(({ outcome }) => outcome === 'confirm');
  const plate = confirmed?.plate ?? stay.plate?.text ?? null;
  return {
    incident: incident.id,
    state: incident.state,
    stateWords: stateWords(incident),
    type: stay.type,
    typeWords: VIOLATION_WORDS[stay.type],
    place: incident.placeName,
    unit: incident.jurisdiction,
    plate: plate === null ? null : formatPlate(plate),
    plateWords: plateWords(stay.type, plate),
    shop: stay.shop,
    firstSeen: formatInstant(stay.firstSeen),
    lastSeen: formatInstant(stay.lastSeen),
    dwellWords: durationWords((stay.lastSeen - stay.firstSeen) / 1000),
    endWords: endWords(stay.end),
    rules: distinct(rules.map(ruleWords)),
    grounds: [...GROUNDS[stay.type]],
    rights: [...RIGHTS_OF_PARTY],
    sufficiency: (incident.sufficiency?.findings ?? []).map(({ id, answer, facts }) => {
      const { words, source } = askedBy(id);
      return { words, source, answer, facts };
    }),
    notice: notice
      ? {
          sentAt: formatInstant(notice.sentAt),
          graceUntil: formatInstant(notice.graceUntil),
          text: notice.proof?.text ?? null,
        }
      : null,
    decisions: decisions.map(({ stage, outcome, officerName, at }) => ({
      ...{ stage, outcome, officerName, at: formatInstant(at) },
    })),
    withdrawal: withdrawal
      ? {
          at: formatInstant(withdrawal.at),
          reasonWords: { zh: REASON_CODES[withdrawal.reason], en: withdrawal.reason },
        }
      : null,
    deadlines: deadlinesOf(incident, policy, confirmed?.at),
    statements: (incident.statements ?? []).map(({ id, kind, text, at, by }) => ({
      ...{ id, kind, text, by, at: formatInstant(at) },
    })),
    copy: {
      state: copy !== undefined ? 'ready' : sealed !== null && mayBeCopied(incident) ? 'to-be-made' : 'none',
      sha256: copy?.sha256 ?? null,
      bytes: copy?.bytes ?? null,
    },
  };
}

/** What is told of the state while officers judge does not tell how far they got. */
function stateWords({ state }: Incident): Bilingual {
  switch (state) {
    case 'confirmed':
      return { zh: '已确认为违法行为', en: 'confirmed as a violation' };
    case 'objected':
      return { zh: '已确认；您的异议正由另一名执法人员复核', en: 'confirmed; another officer reviews your objection' };
    case 'withdrawn':
      return { zh: '已撤回，不再作为违法行为', en: 'withdrawn: it is no violation any more' };
    case 'self-corrected':
    case 'rejected':
    case 'educated':
    case 'dissolved':
      return STATE_WORDS[state];
    default:
      return { zh: '尚在审核，未作决定', en: 'under review, nothing is decided' };
  }
}

function deadlinesOf(
  incident: Incident,
  { deadlines }: Policy,
  confirmedAt: Instant | undefined,
): CaseView['deadlines'] {
  const rows: CaseView['deadlines'] = [];
  const add = (zh: string, en: string, until: Instant, source: Bilingual) =>
    rows.push({ words: { zh, en }, until: formatInstant(until), source });
  if (isWorkState(incident.state)) {
    add('审核期限', 'to be reviewed by', incident.deadline, {
      zh: '道路交通安全违法行为处理程序规定第十九条',
      en: 'Procedure Provisions art. 19',
    });
  }
  if (confirmedAt !== undefined && incident.state !== 'withdrawn') {
    add('作出处罚决定的期限', 'to be decided by', confirmedAt + deadlines.decideDays * DAY_MS, {
      zh: '行政处罚法第六十条',
      en: 'Administrative Penalty Law art. 60',
    });
  }
  add('追责时效届满', 'limitation', limitationEnds(incident, deadlines.limitDays), {
    zh: '行政处罚法第三十六条',
    en: 'Administrative Penalty Law art. 36',
  });
  return rows;
}

/** Who did or looked at what, without what officers wrote to each other while they judged. */
export function trailView(entries: readonly AuditEntry[], incident: Incident) {
  const isNamed = isDecided(incident);
  return entries.map(({ seq, at, actor, act, hash }) => ({
    ...{ seq, at: formatInstant(at), act, hash },
    by: { kind: actor.kind, words: byWords(actor, isNamed) },
    isLook: LOOKS.test(act),
  }));
}

const LOOKS = /\.(viewed|trail-viewed|copy-fetched|package-fetched|handed-out)$/;

function byWords({ kind, name }: AuditEntry['actor'], isNamed: boolean): Bilingual {
  switch (kind) {
    case 'party':
      return { zh: '当事人（凭查询码）', en: 'the party, by its code' };
    case 'officer':
      return isNamed ? { zh: `执法人员 ${name}`, en: `officer ${name}` } : { zh: '执法人员', en: 'an officer' };
    case 'machine':
      return { zh: `业务系统 ${name}`, en: `system ${name}` };
    case 'system':
      return { zh: '本系统自动', en: 'this system' };
  }
}

const distinct = (all: readonly Bilingual[]): Bilingual[] => [...new Map(all.map((one) => [one.zh, one])).values()];
