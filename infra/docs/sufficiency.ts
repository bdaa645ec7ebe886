/** docs/sufficiency.md, printed from the registry that runs. */
import type { Bilingual } from '#core/bilingual.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { REQUIREMENTS } from '#core/sufficiency/check.ts';
import type { Requirement } from '#core/sufficiency/requirement.ts';

const both = ({ zh, en }: Bilingual): string => `${zh}<br>${en}`;

const row = ({ id, words, source, blocking }: Requirement, index: number): string =>
  `| ${index + 1} | [\`${id}\`](../functions/core/sufficiency/${id}.ts) | ${both(words)} | ${blocking ? '必备 blocks' : '参考 informs'} | ${both(source)} |`;

const { panoramas, clockWithinMs, continuityFrom } = DEFAULT_POLICY;

export const sufficiencyPage = (): string => `# 证据充分性 What must be proven

<!-- Printed by \`npm run docs:sufficiency\` from functions/core/sufficiency. Do not edit. -->

Before an officer may confirm, each of these is asked of the facts on record. One file each, named as what it asks; each answers
\`holds\` 符合, \`fails\` 不符合 or \`not-applicable\` 不适用 with the facts it used, in one sentence.

| | id | 要求 what is asked | 性质 | 依据 source |
| --- | --- | --- | --- | --- |
${REQUIREMENTS.map(row).join('\n')}

GA/T 832-2014 is written for traffic offences; for shops it is applied by analogy (参照).

**Where it stands.** \`GET /v1/review/{id}\` and a claim carry the list as it is at that moment (\`sufficiency\`); the review page shows
it, what fails first. A confirmation is judged anew, with the plate as the officer gives it: where something that blocks fails it is
refused (\`evidence-insufficient\`, 422, with the findings). \`reject\`, \`educate\`, \`escalate\` stay open. The list that was judged
is stored with the incident; storage takes no violation whose list is missing, shortened, of another package, or fails. The act
\`incident.decided\` in the trail carries every answer and the SHA-256 of the list's canonical JSON (RFC 8785). The package carries the
list as it was when sealed (\`manifest.json\`, \`sufficiency\`), the evidence sheet prints it.

**What a bureau may set** (\`PUT /v1/policies/{jurisdiction}\`, never laxer than the law): number of panoramas (${panoramas.least}), seconds between
them (${panoramas.apartSeconds}), their size (${panoramas.width}×${panoramas.height}), the clock's limit (${clockWithinMs} ms), the probability from which the same vehicle
counts as proven (${continuityFrom}). In brackets what holds where nobody set anything.

**A plate that no picture gave** is the one thing an officer may add: \`plate-legible\` fails until the plate is typed from the
pictures, and permits, earlier cases and the reminder are then asked of the typed plate. In the sample \`g_two_cars\` one car is read;
the plate of the other, a white car, is hidden behind a scooter in every picture, so its list stops at \`plate-legible\`: the officer types it, or rejects as \`image-unclear\`.
`;
