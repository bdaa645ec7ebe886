/**
 * 首违不罚的提示: who did it for the first time, little of it, and put it right may go without a penalty (Administrative Penalty
 * Law art. 33). Says which of the three holds, with the facts; it decides nothing, and no screen may decide by it.
 */
import type { Bilingual } from './bilingual.ts';
import type { Rule } from './camera.ts';
import { durationWords, endWords } from './evidence/wording.ts';
import { type PastIncident, subjectOf } from './history.ts';
import type { Incident, IncidentState } from './incident.ts';
import type { Policy } from './policy.ts';

export interface SuggestionTest {
  holds: boolean;
  /** What it was judged by, in one sentence. */
  facts: Bilingual;
}

export interface Suggestion {
  /** null when one of the three fails: then there is nothing to suggest. */
  outcome: 'educate' | null;
  reason: 'first-minor-corrected' | null;
  first: SuggestionTest;
  minor: SuggestionTest;
  corrected: SuggestionTest;
  /** Violations confirmed within the time of the policy: one makes a repeat offender. */
  repeat: boolean;
  source: Bilingual;
}

/** A bureau that educated somebody so often without need of a penalty has dissuaded enough. */
export const SELF_CORRECTED_MOST = 3;
/** Of the pavement before a shop. */
export const SMALL_SHARE = 0.2;
/** Minor is less than so many times what is permitted. */
const MINOR_TIMES = 2;

const SOURCE: Bilingual = {
  zh: '《行政处罚法》第三十三条第一款',
  en: 'Administrative Penalty Law, art. 33, para. 1',
};

export interface SuggestionFacts {
  /** As whoever is advised may see it. */
  incident: Pick<Incident, 'stay' | 'state' | 'decisions'>;
  /** All that still counts for a first offence. */
  history: readonly PastIncident[];
  /** At least the versions the sightings cite. */
  rules: readonly Rule[];
  policy: Pick<Policy, 'firstTimeDays'>;
}

export function suggest({ incident, history, rules, policy }: SuggestionFacts): Suggestion {
  const first = firstTime(incident, history, policy);
  const minor = isMinor(incident, rules);
  const corrected = isCorrected(incident);
  const all = first.holds && minor.holds && corrected.holds;
  return {
    outcome: all ? 'educate' : null,
    reason: all ? 'first-minor-corrected' : null,
    ...{ first, minor, corrected },
    repeat: count(history, 'confirmed') > 0,
    source: SOURCE,
  };
}

const count = (history: readonly PastIncident[], ...states: readonly IncidentState[]): number =>
  history.filter(({ state }) => states.includes(state)).length;

/** Only what was decided or closed counts: what nobody judged yet says nothing about anybody. */
function firstTime(
  incident: SuggestionFacts['incident'],
  history: readonly PastIncident[],
  { firstTimeDays }: SuggestionFacts['policy'],
): SuggestionTest {
  const subject = subjectOf(incident);
  if (subject === null) {
    return {
      holds: false,
      facts: { zh: '号牌或店名未知，无从查询以往', en: 'no plate or shop name known to look up' },
    };
  }
  const [confirmed, educated, selfCorrected] = [
    count(history, 'confirmed'),
    count(history, 'educated'),
    count(history, 'self-corrected'),
  ];
  const zh = `${firstTimeDays} 天内：确认违法 ${confirmed} 件，教育 ${educated} 件，自行改正 ${selfCorrected} 件`;
  const en = `within ${firstTimeDays} days: ${confirmed} confirmed, ${educated} educated, ${selfCorrected} self-corrected`;
  const holds = confirmed === 0 && educated === 0 && selfCorrected <= SELF_CORRECTED_MOST;
  return { holds, facts: { zh, en } };
}

function isMinor({ stay }: SuggestionFacts['incident'], rules: readonly Rule[]): SuggestionTest {
  const cited = new Set(stay.sightings.map(({ rule }) => `${rule.ruleId} ${rule.version}`));
  const permitted = rules
    .filter(({ id, version }) => cited.has(`${id} ${version}`))
    .map(({ permittedStaySeconds }) => permittedStaySeconds);
  if (permitted.length === 0) {
    return { holds: false, facts: { zh: '所依据的规则版本不详', en: 'the rule version it is judged by is not known' } };
  }
  const dwellSeconds = (stay.lastSeen - stay.firstSeen) / 1000;
  const permittedSeconds = Math.max(...permitted);
  const dwell = durationWords(dwellSeconds);
  const allowed = durationWords(permittedSeconds);
  const isShort = dwellSeconds < MINOR_TIMES * permittedSeconds;
  const zh = `停留 ${dwell.zh}，允许 ${allowed.zh}`;
  const en = `${dwell.en} where ${allowed.en} are permitted`;
  if (stay.type !== 'street-trading') return { holds: isShort, facts: { zh, en } };
  const share = stay.occupiedShare ?? 1;
  const percent = `${Math.round(share * 100)} %`;
  return {
    holds: isShort && share <= SMALL_SHARE,
    facts: { zh: `${zh}；占用店外区域 ${percent}`, en: `${en}; ${percent} of the storefront occupied` },
  };
}

function isCorrected({ stay, state }: SuggestionFacts['incident']): SuggestionTest {
  const left = stay.end.kind === 'departed' || stay.end.kind === 'replaced';
  return { holds: left || state === 'self-corrected', facts: endWords(stay.end) };
}
