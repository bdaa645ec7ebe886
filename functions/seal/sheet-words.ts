/** How facts of the manifest are put into words and cells of the sheet. */
import type { ItemRole } from '#core/evidence/manifest-schema.ts';
import type { SheetFacts } from '#core/evidence/party-copy.ts';
import { GRADE_WORDS, PLATE_COLOR_WORDS, VEHICLE_WORDS } from '#core/evidence/wording.ts';
import { REASON_CODES } from '#core/incident.ts';
import { formatPlate } from '#core/plates/plate.ts';
import type { Cell } from './sheet-layout.ts';

export const key = (text: string): Cell => ({ text, isKey: true });
export const value = (text: string): Cell => ({ text });
export const small = (text: string): Cell => ({ text, size: 7.5 });
export const middle = (text: string): Cell => ({ text, size: 8, align: 'centre' });
export const warned = (text: string): Cell => ({ text, colour: '#b91c1c' });

/** Rounded down: 99.96 % is not certainty. */
export const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)}%`;

/** 2026-05-12 09:32:30; the manifest has the milliseconds. */
export const time = (iso: string): string => iso.slice(0, 19).replace('T', ' ');
export const day = (iso: string): string => iso.slice(0, 10);
const look = <T>(words: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.entries(words).find(([known]) => known === name)?.[1];

export const vehicleWords = (name: string | null): string =>
  name === null ? '未定' : (look(VEHICLE_WORDS, name)?.zh ?? '未定');
export const gradeWords = (name: string): string => look(GRADE_WORDS, name)?.zh ?? name;
export const reasonWords = (code: string | null): string => (code === null ? '—' : (look(REASON_CODES, code) ?? code));
export const shareWords = (share: number | null): string =>
  share === null ? '—' : `最多占店外区域 ${Math.round(share * 100)}%`;

export const outcomeWords = (name: string): string => look(OUTCOMES, name) ?? name;
const OUTCOMES: Readonly<Record<string, string>> = {
  confirm: '确认',
  reject: '不予认定',
  educate: '教育',
  escalate: '上报',
  'send-back': '退回',
  uphold: '异议不成立，维持',
  sustain: '异议成立，撤销',
};

export const stageWords = (name: string): string => look(STAGES, name) ?? name;
const STAGES: Readonly<Record<string, string>> = {
  first: '初审',
  second: '复审',
  legal: '法制审核',
  arbitration: '裁定',
  objection: '异议复核',
};

export function plateCell({ plate, plateWords }: SheetFacts): Cell {
  if (plate === null) return warned(plateWords.zh);
  const colour = look(PLATE_COLOR_WORDS, plate.color ?? '')?.zh ?? '颜色未定';
  const sure = `${plate.reads} 帧合议，整牌置信度 ${percent(plate.confidence)}`;
  return value(`${formatPlate(plate.text)}（${colour}；${sure}）`);
}

/** What an item is called, and which kind of evidence it is (Administrative Penalty Law art. 46). */
export const ROLE_WORDS: Readonly<Record<ItemRole | 'redacted', { name: string; kind: string }>> = {
  original: { name: '原始快照', kind: '电子数据' },
  redacted: { name: '遮盖后快照', kind: '电子数据副本' },
  view: { name: '证据合成图', kind: '电子数据副本' },
  overview: { name: '首末对照图', kind: '电子数据副本' },
  plate: { name: '号牌特写', kind: '电子数据副本' },
  sheet: { name: '证据材料', kind: '说明材料' },
  audit: { name: '全过程记录', kind: '电子数据' },
  notice: { name: '劝导提醒收发记录', kind: '电子数据' },
};

const NUMERALS = '一二三四五六七八九';
/** 一 to 十九 */
export const numeral = (index: number): string =>
  index < 10 ? (NUMERALS[index - 1] ?? '十') : `十${NUMERALS[index - 11] ?? ''}`;
