/** docs/state-machine.md, printed from the table that runs: who reads the page reads the program. */
import type { Bilingual } from '#core/bilingual.ts';
import { CLOCK_IDS, CLOCKS, type ClockId } from '#core/clocks.ts';
import type { IncidentState } from '#core/incident.ts';
import {
  isInFeed,
  isWorkState,
  STAGES,
  STATE_WORDS,
  TRANSITIONS,
  type Transition,
  type Who,
} from '#core/incident-machine.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';

const WHO: Readonly<Record<Who, string>> = {
  reviewer: '审核员 reviewer',
  'legal-reviewer': '法制审核员 legal-reviewer',
  supervisor: '督导 supervisor',
  program: '系统 program',
  party: '当事人 party',
};

const STATES: readonly IncidentState[] = [
  ...(['open', 'pending', 'second-review', 'arbitration', 'legal-review', 'escalated'] as const),
  ...(['confirmed', 'objected', 'withdrawn', 'rejected', 'educated', 'self-corrected', 'dissolved'] as const),
];

const both = ({ zh, en }: Bilingual): string => `${zh}<br>${en}`;
const people = (who: readonly Who[]): string => who.map((one) => WHO[one]).join('<br>');
const states = (all: readonly IncidentState[]): string => all.map((state) => `\`${state}\``).join(' ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const stateRow = (state: IncidentState): readonly string[] => {
  const stage = isWorkState(state) ? STAGES[state] : null;
  return [
    `\`${state}\``,
    both(STATE_WORDS[state]),
    stage === null ? '' : people(stage.by),
    stage?.another == null ? '' : both(stage.another),
    isInFeed(state) ? '是 yes' : '',
  ];
};

const transitionRow = ({ from, act, to, who, guard, source }: Transition): readonly string[] => [
  `\`${from}\``,
  `\`${act}\``,
  states(to),
  people(who),
  both(guard),
  both(source),
];

const DAYS: Readonly<Record<ClockId, number>> = {
  review: DEFAULT_POLICY.deadlines.reviewDays,
  objection: DEFAULT_POLICY.deadlines.reviewDays,
  decision: DEFAULT_POLICY.deadlines.decideDays,
  service: DEFAULT_POLICY.deadlines.serveDays,
  limitation: DEFAULT_POLICY.deadlines.limitDays,
};

const clockRow = (id: ClockId): readonly string[] => {
  const { words, source, starts, ends } = CLOCKS[id];
  return [`\`${id}\``, both(words), `${DAYS[id]}`, both(starts), both(ends), both(source)];
};

/** Without undo, which leads back along every arrow. */
function diagram(): string {
  const arrows = new Map<string, string[]>();
  for (const { from, act, to } of TRANSITIONS) {
    if (act === 'undo') continue;
    for (const state of to) {
      const arrow = `${nodeOf(from)} --> ${nodeOf(state)}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), act]);
    }
  }
  const lines = [...arrows].map(([arrow, acts]) => `    ${arrow}: ${acts.join(', ')}`);
  const names = STATES.filter((state) => nodeOf(state) !== state).map(
    (state) => `    state "${state}" as ${nodeOf(state)}`,
  );
  return ['```mermaid', 'stateDiagram-v2', ...names, '    [*] --> open', ...lines, '```'].join('\n');
}

/** Mermaid takes a hyphen for the beginning of an arrow. */
const nodeOf = (state: IncidentState): string => state.replaceAll('-', '_');

export const stateMachinePage = (): string => `# 状态机 The state machine

<!-- Printed by \`npm run docs:machine\` from functions/core/incident-machine.ts and clocks.ts. Do not edit. -->

Every incident moves along this table and in no other way: \`functions/core/incident-machine.ts\` is the table, storage refuses a
change of state it does not list, and \`tests/unit/state-machine-doc.test.ts\` fails when this page is not what the code says.

${diagram()}

\`undo\` leads back to the state before the last decision, where the table below lists it.

## 状态 States

${table(['state', '含义 meaning', '谁来做 who works on it', '须为他人 and must be', '在移送队列 in the feed'], STATES.map(stateRow))}

## 转移 Transitions

${table(['from', 'act', 'to', '谁 who', '条件 guard', '依据 source'], TRANSITIONS.map(transitionRow))}

Which stages an incident needs is settled when it opens: what its rule asks (\`secondReview\`, \`legalReview\`), and what the policy
of its jurisdiction asks of every case (\`stages\`). Statements of the party (陈述、申辩) are put on record in every state and move
none; only an objection (异议) to a confirmed violation does. On an objection the outcomes \`confirm\` and \`reject\` of the review API
mean \`uphold\` and \`sustain\`.

**背对背 Blind.** In \`second-review\` nobody is shown what another officer decided: not in the item, the queue, the trail, the package, a refusal
or the past of another incident, the supervisor too. Whoever learnt of it in another state is remembered, and is no second officer
when a decision is taken back (\`not-blind\`). That an item is in second review tells that somebody confirmed it: a rejection
needs no second officer.

## 期限 Deadlines

${table(['clock', '期限 what is due', '日 days', '起 from', '止 until', '依据 source'], CLOCK_IDS.map(clockRow))}

Days are the law's; a policy may set fewer (\`deadlines\`), never more. From four fifths of its time a clock warns, past its end it
is overdue: each is recorded once in the audit trail (\`deadline.warning\`, \`deadline.overdue\`), counted at \`/metrics\`, and listed for
supervisors at \`GET /v1/review/alarms\` until what is due is done. \`GET /v1/review/{id}\` shows every clock of an item. After the
limitation nothing is confirmed any more (\`limitation-passed\`).
`;
