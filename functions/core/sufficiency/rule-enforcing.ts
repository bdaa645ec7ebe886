/** 正式执法: the rule was in force, applied at that hour, and is past its warning phase. */
import type { StaySighting } from '../incident.ts';
import { isOpen } from '../stays/law.ts';
import { enTime, zhTime } from './panoramas.ts';
import { type CaseFacts, fails, holds, type Requirement } from './requirement.ts';

export const ruleEnforcing: Requirement = {
  id: 'rule-enforcing',
  words: { zh: '规则有效、在适用时段内且已正式执法', en: 'Rule in force, in its hours, and enforcing' },
  source: { zh: '《行政处罚法》第五条、第三十九条', en: 'Administrative Penalty Law arts. 5, 39' },
  blocking: true,
  check({ incident, rules }) {
    const { sightings } = incident.stay;
    const warning = rules.find(({ phase }) => phase === 'warning');
    if (warning !== undefined || incident.phase === 'warning') {
      const name = warning === undefined ? '' : `${warning.id} 第 ${warning.version} 版`;
      return fails(`规则${name}处于警示期，只劝导，不处罚。`, `Rule ${warning?.id ?? ''} is in its warning phase.`);
    }
    const outside = sightings.find((sighting) => !applies(sighting, rules));
    if (outside !== undefined) {
      const { rule, capturedAt } = outside;
      return fails(
        `${zhTime(capturedAt)} 拍摄时，规则 ${rule.ruleId} 第 ${rule.version} 版不在有效期或适用时段内。`,
        `Rule ${rule.ruleId} version ${rule.version} did not apply at ${enTime(capturedAt)}.`,
      );
    }
    const named = rules.map(({ id, version, hours }) => {
      const open = hours.map(({ from, to }) => `${from}-${to}`).join('、');
      return `${id} 第 ${version} 版（${open === '' ? '全天' : open}）`;
    });
    return holds(`${named.join('、')}，各次拍摄时均适用。`, `${rules.length} rule version(s), applying each time.`);
  },
};

function applies({ rule: { ruleId, version }, capturedAt }: StaySighting, rules: CaseFacts['rules']): boolean {
  const rule = rules.find((candidate) => candidate.id === ruleId && candidate.version === version);
  return (
    rule !== undefined &&
    rule.effectiveFrom <= capturedAt &&
    (rule.effectiveTo === null || capturedAt < rule.effectiveTo) &&
    isOpen(rule, capturedAt)
  );
}
