/** 审核表: one block a stage, filled in from the decisions that a later revision has, with room to sign. */
import type { SheetFacts } from '#core/evidence/party-copy.ts';
import { formatPlate } from '#core/plates/plate.ts';
import { subjectOf } from './sheet-cover.ts';
import type { Sheet, SignatureBlock } from './sheet-layout.ts';
import { key, middle, outcomeWords, reasonWords, small, stageWords, time, value } from './sheet-words.ts';

type Decision = SheetFacts['decisions'][number];

const BLANKS: Readonly<Record<string, { title: string; choices: string }>> = {
  first: { title: '执法人员\n初审', choices: '□ 确认　□ 不予认定　□ 教育　□ 上报　□ 退回' },
  second: { title: '执法人员\n复审', choices: '□ 确认　□ 不予认定　□ 教育　□ 上报　□ 退回' },
  arbitration: { title: '负责人\n裁定', choices: '□ 确认　□ 不予认定　□ 教育　□ 退回' },
  legal: { title: '法制审核', choices: '□ 同意　□ 不同意　□ 退回补正' },
  objection: { title: '异议复核', choices: '□ 维持　□ 撤销' },
};
/** Stages that every form has; the others appear once somebody decided there. */
const ALWAYS = ['first', 'second', 'legal'] as const;
const FIELDS = ['签名', '执法证号', '日期'] as const;

export function reviewSheet(sheet: Sheet, facts: SheetFacts): void {
  const { incident, stay, decisions } = facts;
  sheet.newPage();
  sheet.entitle('审核表');
  sheet.centred('非现场执法证据审核表', { size: 18, weight: 700 });
  sheet.centred('Review sheet', { size: 9, colour: '#64748b' });
  sheet.space(8);
  const subject = subjectOf(facts);
  sheet.table([1, 2.05, 1, 2.15], null, [
    [
      key('事件编号'),
      value(`${incident.id} 第 ${incident.revision} 版`),
      key('违法行为'),
      value(incident.typeWords.zh),
    ],
    [key(subject.name), value(subject.text), key('违法地点'), value(incident.placeName)],
    [key('首次见到'), value(time(stay.firstSeen)), key('停留时长'), value(`至少 ${stay.dwellWords.zh}`)],
  ]);
  if (decisions.length > 0) history(sheet, facts);
  const stages = Object.keys(BLANKS).filter(
    (stage) => ALWAYS.some((always) => always === stage) || decisions.some((decision) => decision.stage === stage),
  );
  sheet.signatures([
    ...stages.map((stage) =>
      block(
        stage,
        decisions.findLast((decision) => decision.stage === stage),
      ),
    ),
    { title: '负责人\n意见', lines: [], fields: ['签名', '日期'] },
  ]);
}

function block(stage: string, decision: Decision | undefined): SignatureBlock {
  const { title, choices } = BLANKS[stage] ?? { title: stageWords(stage), choices: '' };
  if (decision === undefined) return { title, lines: [`意见：${choices}`, '理由：'], fields: FIELDS };
  const { outcome, reason, plate, note, officerName, officerId, at } = decision;
  return {
    title,
    lines: [
      `意见：■ ${outcomeWords(outcome)}${plate === null ? '' : `　确认号牌 ${formatPlate(plate)}`}`,
      `理由：${reason === null ? '—' : reasonWords(reason)}${note === '' ? '' : `；${note}`}`,
      `审核人：${officerName}（${officerId}）　审核时间：${time(at)}`,
    ],
    fields: FIELDS,
  };
}

/** Every decision, in order. */
export function history(sheet: Sheet, { decisions }: SheetFacts): void {
  if (decisions.length === 0) {
    sheet.paragraph('尚无审核决定。');
    return;
  }
  sheet.table(
    [0.6, 1.5, 0.9, 1.1, 1.2, 1.8, 2],
    ['序号', '时间', '阶段', '人员', '结论', '理由', '说明'],
    decisions.map((decision, index) => [
      middle(String(index + 1)),
      small(time(decision.at)),
      small(stageWords(decision.stage)),
      small(decision.officerName),
      small(outcomeWords(decision.outcome)),
      small(reasonWords(decision.reason)),
      small(decision.note === '' ? '—' : decision.note),
    ]),
  );
}
