/** What `npm start` tells the person who started it. */
import type { Incident } from '#core/incident.ts';
import { WORK_STATES } from '#core/incident-machine.ts';
import { formatPlate } from '#core/plates/plate.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { formatInstant } from '#core/time.ts';
import { incidentsInState } from '#platform/records/incidents.ts';
import type { Credentials } from './credentials.ts';
import type { Store } from './store.ts';
import { table } from './terminal.ts';

export const banner = (baseUrl: string, seconds: number): string[] => [
  '',
  `  Kerbwatch 非现场执法  已就绪 ready in ${seconds.toFixed(1)} s`,
  `  ${baseUrl}        审核 review     ${baseUrl}/docs   接口 API`,
  '',
];

const TYPE_WORDS = { 'sidewalk-parking': '人行道违停', 'street-trading': '出店经营' } as const;

export interface Told {
  baseUrl: string;
  credentials: Credentials;
  models: readonly ModelVersion[];
}

export async function summary(store: Store, { baseUrl, credentials, models }: Told): Promise<string[]> {
  const waiting: Incident[] = [];
  for (const state of WORK_STATES)
    for await (const incident of incidentsInState(store.table, state)) waiting.push(incident);
  waiting.sort((a, b) => a.stay.firstSeen - b.stay.firstSeen);
  const { tokens, accounts } = credentials;
  return [
    '',
    waiting.length === 0
      ? '  审核队列为空 The review queue is empty.'
      : `  ${waiting.length} 起事件等待审核，证据包均已封存 ${waiting.length} incidents await review, each with its sealed package:`,
    ...table(waiting.slice(0, 12).map(rowOf), '    '),
    '',
    '  演示账号 Demo accounts（POST /v1/session 或网页 or the page）',
    ...table(
      accounts.map(({ account, password, name, roles }) => [account, password, name, roles.join(', ')]),
      '    ',
    ),
    '',
    '  接口令牌 API tokens（Authorization: Bearer …）',
    ...table(
      [
        ['摄像机网络 camera network', tokens.camera.token],
        ['案件系统 case system', tokens.case.token],
        ['管理 administration', tokens.admin.token],
      ],
      '    ',
    ),
    '',
    '  试一试 Try',
    `    打开 open ${baseUrl}，以 reviewer 登录 and sign in as reviewer`,
    `    curl -s -H "Authorization: Bearer ${tokens.case.token}" "${baseUrl}/v1/violations"`,
    `    账号与令牌也在 accounts and tokens are also in ${store.directory}/keys/credentials.json`,
    '',
    `  模型 Models  ${models.map(({ name, version }) => `${name} ${version}`).join('  ')}`,
    '',
  ];
}

function rowOf({ id, stay, placeName }: Incident): string[] {
  const subject = stay.plate === null ? (stay.shop ?? '号牌待审核人员填写') : formatPlate(stay.plate.text);
  const from = formatInstant(stay.firstSeen);
  const minutes = Math.round((stay.lastSeen - stay.firstSeen) / 60_000);
  return [id, TYPE_WORDS[stay.type], subject, placeName, `${from.slice(5, 16).replace('T', ' ')} 起 ${minutes} 分钟`];
}
