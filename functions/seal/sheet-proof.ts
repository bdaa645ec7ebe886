/** 充分性审查表, 劝导提醒记录, 连续性, 设备档案: what the law asks for, requirement by requirement, with its proof. */
import { CONTINUITY_ERROR } from '#core/continuity/error.ts';
import type { SheetFacts } from '#core/evidence/party-copy.ts';
import { cameraWords } from '#core/evidence/wording.ts';
import type { Cell, Sheet } from './sheet-layout.ts';
import { day, gradeWords, key, middle, percent, small, time, value, warned } from './sheet-words.ts';

const ANSWERS = { holds: '符合', fails: '不符合', 'not-applicable': '不适用' } as const;

export function sufficiency(sheet: Sheet, { sufficiency: report }: SheetFacts): void {
  if (report === undefined) {
    sheet.paragraph('封存时未作自动审查；审核人员确认前由系统逐项审查。');
    return;
  }
  const { findings, policy, checkedAt } = report;
  const count = (wanted: string) => findings.filter(({ answer }) => answer === wanted).length;
  const broken = findings.filter(({ answer, blocking }) => answer === 'fails' && blocking);
  sheet.table(
    [0.55, 1.6, 0.75, 3.1, 2.3, 0.6],
    ['序号', '审查项目', '结论', '依据的事实', '法律、标准依据', '性质'],
    findings.map(({ words, answer, facts, source, blocking }, index) => [
      middle(String(index + 1)),
      small(words.zh),
      { ...middle(ANSWERS[answer]), weight: 700, ...(answer === 'fails' ? { colour: '#b91c1c' } : {}) },
      small(facts.zh),
      small(source.zh),
      middle(blocking ? '必备' : '参考'),
    ]),
  );
  const set = policy.version === 0 ? '默认设置' : `${policy.jurisdiction} 设置第 ${policy.version} 版`;
  sheet.paragraph(
    `共 ${findings.length} 项：符合 ${count('holds')} 项，不符合 ${count('fails')} 项，不适用 ${count('not-applicable')} 项。审查时间 ${time(checkedAt)}，依据${set}。`,
  );
  sheet.paragraph(
    broken.length === 0
      ? '必备项目无不符合。是否确认由执法人员决定。'
      : `必备项目不符合：${broken.map(({ words }) => words.zh).join('、')}。依法不得确认为违法行为。`,
    { weight: 700, ...(broken.length === 0 ? {} : { colour: '#b91c1c' }) },
  );
}

export function noticeRecord(sheet: Sheet, { notice, rules, sightings }: SheetFacts): void {
  if (notice === undefined || notice === null) {
    const asked = rules.some(({ noticeGraceSeconds }) => noticeGraceSeconds !== null);
    sheet.paragraph(
      asked ? '适用规则要求先行劝导提醒，本件封存时无提醒记录。' : '适用规则未要求先行劝导提醒，本件未发送提醒。',
      asked ? { colour: '#b91c1c' } : {},
    );
    return;
  }
  const after = sightings.find(({ capturedAt }) => Date.parse(capturedAt) > Date.parse(notice.graceUntil));
  const { response } = notice;
  const rows: Cell[][] = [
    [key('提醒对象'), value(notice.recipientWords?.zh ?? '—')],
    [key('发送方式'), value(`${notice.channel}　流水号 ${notice.reference}`)],
    [key('发出时间'), value(time(notice.sentAt))],
    [key('宽限至'), value(time(notice.graceUntil))],
    [key('提醒内容'), value(notice.text ?? '—')],
    [
      key('网关回执'),
      value(
        response === undefined || response === null
          ? '无（仅记入日志）'
          : `HTTP ${response.status}　回执 SHA-256 ${response.sha256}`,
      ),
    ],
    [
      key('留存记录'),
      value(
        notice.recordSha256 === undefined
          ? '—'
          : `收发原文一次性写入，SHA-256 ${notice.recordSha256}（与全过程记录 notice.sent 一致）`,
      ),
    ],
    [
      key('宽限后情况'),
      after === undefined
        ? warned('宽限期满后未再见到')
        : value(`宽限期满后于 ${time(after.capturedAt)} 仍见到（${after.cameraId}）`),
    ],
  ];
  sheet.table([1, 5.2], null, rows);
}

export function continuity(sheet: Sheet, { stay, frames, incident }: SheetFacts): void {
  const proof = stay.continuity;
  if (proof === undefined || proof === null) {
    sheet.paragraph(
      incident.type === 'sidewalk-parking'
        ? '封存时未作连续性比对；由审核人员对照图片判断。'
        : '店外占用按区域判断，不涉及车辆同一性。',
    );
    return;
  }
  const { weakest } = proof;
  const at = (id: string) => {
    const frame = frames.find((known) => known.id === id);
    return frame === undefined ? id : `${time(frame.capturedAt)}（${frame.cameraId}）`;
  };
  sheet.paragraph(
    `对本次停留中同一摄像机的 ${proof.links} 组相邻快照逐组比对，其中最弱一组为同一车辆且未移动的概率为 ${percent(proof.score)}，阈值由执法单位设定。该方法在留出的 ${CONTINUITY_ERROR.of} 对（${CONTINUITY_ERROR.vehicles.of} 辆车）上误判为同一且未动 ${CONTINUITY_ERROR.falseSame} 次，按车辆计误判率 95% 上限 ${percent(CONTINUITY_ERROR.vehicles.upper95)}。`,
  );
  if (weakest === null) return;
  const share = (part: number | null) => (part === null ? '未比对' : percent(part));
  const likeness = (part: number | null) => (part === null ? '未比对' : part.toFixed(2));
  sheet.table([1, 2.1, 1, 2.1], null, [
    [key('最弱一组：前'), value(at(weakest.from)), key('后'), value(at(weakest.to))],
    [
      key('目标框重合'),
      value(share(weakest.overlap)),
      key('着地点位移'),
      value(weakest.shift === null ? '未比对' : `车宽的 ${percent(weakest.shift)}`),
    ],
    [
      key('外观相似'),
      value(`车辆 ${likeness(weakest.appearance)}　所处位置 ${likeness(weakest.spot)}`),
      key('号牌'),
      value(weakest.samePlate === null ? '一帧未识别' : weakest.samePlate ? '两帧一致' : '两帧不一致'),
    ],
  ]);
}

export function dossiers(sheet: Sheet, { cameras }: SheetFacts): void {
  for (const camera of cameras) {
    const { dossier, impairments } = camera;
    sheet.table([1, 2.05, 1, 2.15], null, [
      [
        key('摄像机'),
        value(cameraWords(camera)),
        key('位置'),
        value(`${camera.lng.toFixed(5)}°E　${camera.lat.toFixed(5)}°N`),
      ],
      ...(dossier === null
        ? [[key('设备档案'), warned('无，仅作线索'), key('当时等级'), value(gradeWords(camera.gradeAtFirstSeen))]]
        : [
            [
              key('法制审核'),
              value(`${dossier.legalReviewNumber}（${day(dossier.legalReviewedAt)}）`),
              key('技术检定'),
              value(`${dossier.technicalVerificationNumber}，有效至 ${day(dossier.technicalVerifiedUntil)}`),
            ],
            [
              key('标志'),
              dossier.signInPlace ? value('已设置明显标志') : warned('未设置'),
              key('向社会公布'),
              value(`${day(dossier.publishedAt)}\n${dossier.publicationUrl}`),
            ],
            [key('当时等级'), value(gradeWords(camera.gradeAtFirstSeen)), key('异常'), ailments(impairments)],
          ]),
    ]);
  }
}

function ailments(impairments: SheetFacts['cameras'][number]['impairments']): Cell {
  if (impairments === undefined) return value('封存时未查询');
  if (impairments.length === 0) return value('停留期间无异常记录');
  return warned(
    impairments
      .map(
        ({ words, from, to, facts }) => `${words.zh}：${time(from)} 至 ${to === null ? '今' : time(to)}，${facts.zh}`,
      )
      .join('\n'),
  );
}
