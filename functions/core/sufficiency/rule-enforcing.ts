/** 正式执法: the rule was in force, applied at that hour, and is past its warning phase. */
import type { Rule } from '../camera.ts';
import { VIOLATION_WORDS } from '../evidence/wording.ts';
import type { StaySighting } from '../incident.ts';
import { isOpen } from '../stays/law.ts';
import { type CaseFacts, fails, holds, type Requirement } from './requirement.ts';
import { enTime, zhTime } from './words.ts';

export const ruleEnforcing: Requirement = {
  id: 'rule-enforcing',
  words: { zh: '规则有效、在适用时段内且已正式执法', en: 'Rule in force, in its hours, and enforcing' },
  source: {
    zh: '《行政处罚法》第五条（未经公布的规定不得作为处罚依据）、第三十九条（立案依据公示）',
    en: 'Administrative Penalty Law arts. 5, 39',
  },
  blocking: true,
  check({ incident, rules }) {
    const warning = rules.find(({ phase }) => phase === 'warning');
    if (warning !== undefined || incident.phase === 'warning') {
      const words = warning === undefined ? { zh: '适用规则', en: 'The rule' } : named(warning);
      return fails(`${words.zh}处于警示期，只劝导，不处罚。`, `${words.en} is in its warning phase: no penalties.`);
    }
    const outside = incident.stay.sightings.find((sighting) => !isInForce(sighting, rules));
    if (outside !== undefined) {
      const { rule, capturedAt } = outside;
      return fails(
        `${zhTime(capturedAt)} 拍摄时，规则 ${rule.ruleId} 第 ${rule.version} 版不在有效期内。`,
        `Rule ${rule.ruleId} version ${rule.version} was not in force at ${enTime(capturedAt)}.`,
      );
    }
    for (const rule of rules) {
      const closed = incident.stay.sightings.find(
        (sighting) => isBy(sighting, rule) && !isOpen(rule, sighting.capturedAt),
      );
      if (closed === undefined) continue;
      return fails(
        `${zhTime(closed.capturedAt)} 不在${named(rule).zh}的适用时段（${hoursOf(rule, 'zh')}）内。`,
        `${enTime(closed.capturedAt)} lies outside the hours (${hoursOf(rule, 'en')}) of: ${named(rule).en}.`,
      );
    }
    const zh = rules.map((rule) => `${named(rule).zh}（${hoursOf(rule, 'zh')}）`).join('、');
    const en = rules.map((rule) => `${named(rule).en} (${hoursOf(rule, 'en')})`).join(', ');
    return holds(
      `${zh}已正式执法，各次拍摄均在其有效期和适用时段内。`,
      `${en}: enforcing, in force and in its hours each time.`,
    );
  },
};

const named = ({ violation, id, version }: Rule) => ({
  zh: `“${VIOLATION_WORDS[violation].zh}”规则 ${id} 第 ${version} 版`,
  en: `rule ${id} version ${version}`,
});

function hoursOf({ hours }: Rule, of: 'zh' | 'en'): string {
  if (hours.length === 0) return of === 'zh' ? '全天适用' : 'at all hours';
  return hours.map(({ from, to }) => `${from}-${to}`).join(of === 'zh' ? '、' : ', ');
}

const isBy = ({ rule }: StaySighting, { id, version }: Rule): boolean => rule.ruleId === id && rule.version === version;

function isInForce(sighting: StaySighting, rules: CaseFacts['rules']): boolean {
  const rule = rules.find((candidate) => isBy(sighting, candidate));
  const { capturedAt } = sighting;
  return (
    rule !== undefined &&
    rule.effectiveFrom <= capturedAt &&
    (rule.effectiveTo === null || capturedAt < rule.effectiveTo)
  );
}
