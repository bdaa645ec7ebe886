/**
 * 个人信息处理报告: of one case, what is kept of a person, why, until when, who looked, and to whom it was given (PIPL arts. 7, 17,
 * 44, 45, 54: openness, what has to be told, the right to know and to copy, audits).
 */
import type { AuditEntry } from '#core/audit.ts';
import type { Bilingual } from '#core/bilingual.ts';
import type { FrameId, Sha256 } from '#core/ids.ts';
import { sha256Of } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { type Keeping, keepingOfCase, keepingOfFrame } from '#core/retention.ts';
import type { Withheld } from '#core/review-blind.ts';
import type { Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { camera } from '#platform/records/cameras.ts';
import { filesOfCase } from '#platform/records/case-files.ts';
import { caseOf, policyReader } from '#platform/records/cases.ts';
import { casesOfFrame } from '#platform/records/frame-incidents.ts';
import { getFrame } from '#platform/records/frames.ts';
import type { Table } from '#platform/table.ts';

export interface KeptFile {
  what: 'frame' | 'package' | 'notice-proof' | 'party-copy';
  /** Frame id, or the key it lies under. */
  name: string;
  sha256: Sha256;
  bytes: number;
  /** Null when it was destroyed. */
  keeping: Keeping | null;
}

export interface PrivacyReport {
  keeping: Keeping;
  files: readonly KeptFile[];
  /** Kinds of personal information that the records hold now. */
  holds: readonly { what: Bilingual; count: number; why: Bilingual }[];
  looks: readonly Look[];
  given: readonly Look[];
}

export interface Look {
  at: Instant;
  who: { kind: string; id: string; name: string; unit: string | null };
  act: string;
  words: Bilingual;
  reason: string | null;
}

const words = (zh: string, en: string): Bilingual => ({ zh, en });

/** Why a bureau may process it at all, for the head of the report. */
export const LEGAL_BASIS: readonly Bilingual[] = [
  words(
    '个人信息保护法第13条第1款第3项、第34条：为履行法定职责所必需',
    'PIPL arts. 13(1)(3), 34: necessary to perform statutory duties',
  ),
  words(
    '个人信息保护法第26条：公共场所图像采集，为维护公共安全所必需并有显著提示',
    'PIPL art. 26: images in public places, with a conspicuous sign',
  ),
  words('行政处罚法第41条、第47条：电子技术监控记录与执法全过程记录', 'Administrative Penalty Law arts. 41, 47'),
  words('个人信息保护法第19条、第47条：保存期限与删除', 'PIPL arts. 19, 47: how long, and deletion'),
  words('个人信息保护法第36条：在境内存储', 'PIPL art. 36: stored within the territory'),
];

export async function privacyReport(
  { table, blobs }: { table: Table; blobs: Blobs },
  incident: Incident,
  trail: readonly (AuditEntry | Withheld)[],
): Promise<PrivacyReport> {
  const policies = policyReader(table);
  const keeping = keepingOfCase(await caseOf(table, incident, policies));
  const frames = await Promise.all(
    [...new Set(incident.stay.sightings.map(({ frameId }) => frameId))].map((id) => keptFrame(table, id)),
  );
  const files = (await filesOfCase({ table, blobs }, incident)).map(({ what, key, sha256, bytes }) => ({
    ...{ what, name: key, sha256: sha256Of(sha256), bytes, keeping },
  }));
  const acts = trail.flatMap((entry) => ('withheld' in entry ? [] : [lookOf(entry)]));
  return {
    keeping,
    files: [...frames.flat(), ...files],
    holds: holdings(incident),
    looks: acts.flatMap((look) => (look !== null && look.who.kind === 'officer' ? [look] : [])),
    given: acts.flatMap((look) => (look !== null && look.who.kind !== 'officer' ? [look] : [])),
  };
}

async function keptFrame(table: Table, id: FrameId): Promise<readonly KeptFile[]> {
  const frame = (await getFrame(table, id))?.value;
  if (frame === undefined) return [];
  const { sha256, bytes, state, cameraId } = frame;
  if (state === 'discarded') return [{ what: 'frame', name: id, sha256, bytes, keeping: null }];
  const policies = policyReader(table);
  const citing = await casesOfFrame(table, frame);
  const cases = await Promise.all(citing.map((one) => caseOf(table, one, policies)));
  const policy = await policies((await camera(table, cameraId))?.jurisdiction ?? '');
  return [{ what: 'frame', name: id, sha256, bytes, keeping: keepingOfFrame(frame, cases, policy) }];
}

function holdings({ stay, decisions, statements = [], notice }: Incident): PrivacyReport['holds'] {
  const identify = words(
    '认定车辆及当事人（行政处罚法第40条）',
    'to establish whose act it was (Administrative Penalty Law art. 40)',
  );
  const record = words('执法全过程记录（第47条）', 'the full record of enforcement (art. 47)');
  const plates = stay.sightings.filter(({ plate }) => plate !== null).length + (stay.plate === null ? 0 : 1);
  const all = [
    { what: words('号牌识别结果', 'readings of a number plate'), count: plates, why: identify },
    { what: words('执法人员决定', 'decisions of officers'), count: decisions.length, why: record },
    {
      what: words('当事人陈述、申辩、异议', 'statements of the party'),
      count: statements.length,
      why: words('听取陈述申辩（第45条）', 'to hear the party (art. 45)'),
    },
    {
      what: words('劝导提醒及其送达证明', 'a notice with its proof'),
      count: notice?.proof === undefined ? 0 : 1,
      why: words('劝导在先、证明已告知', 'to dissuade first, and to prove it'),
    },
  ];
  return all.filter(({ count }) => count > 0);
}

/** Acts that are a look, or a handing over. */
const LOOKS: Readonly<Record<string, Bilingual>> = {
  'incident.viewed': words('查看案情与图片', 'looked at the case and its pictures'),
  'incident.claimed': words('领取审核', 'took it for review'),
  'incident.package-fetched': words('取证据包', 'fetched the package'),
  'incident.history-viewed': words('查看以往记录', 'looked at earlier cases of the same subject'),
  'incident.viewed-as-history': words('作为以往记录被查看', 'was shown as an earlier case'),
  'incident.decided': words('作出决定', 'decided'),
  'violation.handed-out': words('移送案件系统', 'handed to the case system'),
  'violation.viewed': words('案件系统查看', 'the case system looked at it'),
  'violation.package-fetched': words('案件系统取证据包', 'the case system fetched the package'),
  'violation.acknowledged': words('案件系统登记案号', 'the case system took it as a case'),
  'party-code.issued': words('签发当事人查询码', 'issued a query code for the party'),
};

function lookOf({ at, actor, act, facts }: AuditEntry): Look | null {
  const known = LOOKS[act] ?? (actor.kind === 'party' ? words('当事人查看', 'the party looked') : undefined);
  if (known === undefined || actor.kind === 'system') return null;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  return {
    ...{ at, act, words: known, reason: text(facts.reason) },
    who: { kind: actor.kind, id: actor.id, name: actor.name, unit: text(facts.unit) },
  };
}
