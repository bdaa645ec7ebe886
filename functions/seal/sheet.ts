/** 证据材料: the printable sheet, written from the manifest's own facts so that the two cannot differ. */
import type { EvidenceManifest } from '#core/evidence/manifest-schema.ts';
import { cameraWords, GRADE_WORDS, PLATE_COLOR_WORDS, VEHICLE_WORDS } from '#core/evidence/wording.ts';
import { REASON_CODES } from '#core/incident.ts';
import { formatPlate } from '#core/plates/plate.ts';
import { type Cell, openSheet, type Sheet } from './sheet-layout.ts';

export interface SheetPicture {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** Path of the full picture in the package. */
  readonly path: string;
  readonly role: 'overview' | 'view' | 'plate';
}

/** Sightings printed; beyond it the sheet says how many more the manifest lists. */
const SIGHTINGS_PRINTED = 40;

/** A4 PDF with its fonts embedded. Same facts and pictures, same bytes. */
export async function evidenceSheet(
  facts: EvidenceManifest,
  pictures: readonly SheetPicture[],
  sealedAt: Date,
): Promise<Buffer> {
  const sheet = openSheet({
    title: `证据材料 ${facts.incident.id}`,
    author: facts.making.maker.zh,
    subject: `${facts.incident.typeWords.zh} ${facts.incident.placeName}`,
    createdAt: sealedAt,
  });
  sheet.title('非现场执法证据材料', 'Evidence sheet of off-site enforcement');
  sheet.table([1, 1.6, 1, 1.6], null, [
    [key('事件编号'), value(facts.incident.id), key('封存时间'), value(time(facts.making.sealedAt))],
    [key('版本'), value(`第 ${facts.incident.revision} 版`), key('管辖单位'), value(facts.incident.jurisdiction)],
  ]);
  sheet.notice(facts.statement.zh);
  basics(sheet, facts);
  overview(sheet, pictures);
  keyPictures(sheet, facts, pictures);
  items(sheet, facts);
  sightings(sheet, facts);
  making(sheet, facts);
  decisions(sheet, facts);
  sheet.heading('审核签署', 'Review and signature', 150);
  const fields = ['意见', '签名', '执法证号', '日期'];
  sheet.signatures([
    { title: '执法人员（一）', fields },
    { title: '执法人员（二）', fields },
    { title: '法制审核', fields },
  ]);
  return sheet.close(`事件编号 ${facts.incident.id}　第 ${facts.incident.revision} 版　机器制作，未经审核不得作为证据`);
}

function basics(sheet: Sheet, facts: EvidenceManifest): void {
  const { incident, stay } = facts;
  const vehicle = incident.type === 'sidewalk-parking';
  sheet.heading('一、基本事实', 'Facts');
  const cameras = new Set(facts.sightings.map(({ cameraId }) => cameraId)).size;
  sheet.table([1, 2, 1, 2.2], null, [
    [key('违法行为'), value(incident.typeWords.zh), key('地点'), value(incident.placeName)],
    [key('首次见到'), value(time(stay.firstSeen)), key('末次见到'), value(time(stay.lastSeen))],
    [
      key('停留时长'),
      value(`至少 ${stay.dwellWords.zh}`),
      key('见到次数'),
      value(`${facts.sightings.length} 次，${cameras} 台摄像机`),
    ],
    [
      ...(vehicle
        ? [key('车辆类型'), value(vehicleWords(incident.vehicleClass))]
        : [key('占用比例'), value(shareWords(stay.occupiedShare))]),
      key('证据等级'),
      value(gradeWords(incident.grade)),
    ],
  ]);
  sheet.table([1, 5.2], null, [
    vehicle ? [key('号牌'), plateCell(facts)] : [key('商户'), value(incident.shop ?? '未登记，由审核人员填写')],
    [key('结束情况'), value(stay.end.words.zh)],
    [key('区域'), value(facts.zones.map(({ words, cameraId }) => `${words.zh}（${cameraId}）`).join('；'))],
    ...ruleTexts(facts).map((text) => [key('适用规则'), value(text)]),
    ...facts.cameras.map((camera) => [key('摄像机'), value(dossierWords(camera))]),
  ]);
}

function overview(sheet: Sheet, pictures: readonly SheetPicture[]): void {
  const strip = pictures.find(({ role }) => role === 'overview');
  if (strip === undefined) return;
  sheet.heading('二、首末对照', 'First, middle and last, one camera', 190);
  sheet.picture(strip.jpeg, strip, [`${strip.path}　同一摄像机同一范围`]);
}

function keyPictures(sheet: Sheet, facts: EvidenceManifest, pictures: readonly SheetPicture[]): void {
  sheet.heading('三、证据合成图与号牌特写', 'Composed views and plate close-ups', 330);
  sheet.paragraph(facts.keyFrames.rule.zh, { size: 8.5, colour: '#475569' });
  for (const picture of pictures) {
    if (picture.role === 'overview') continue;
    const item = facts.items.find(({ path }) => path === picture.path);
    const frame = facts.frames.find(({ id }) => id === item?.frameId);
    const words = [picture.path, `证明内容：${item?.proves.zh ?? ''}`, `原图 SHA-256：${frame?.sha256 ?? ''}`];
    sheet.picture(picture.jpeg, picture, words, picture.role === 'plate' ? 190 : 298);
  }
  if (!pictures.some(({ role }) => role === 'plate')) sheet.paragraph(`号牌特写：无。${facts.plateWords.zh}。`);
}

function items(sheet: Sheet, facts: EvidenceManifest): void {
  sheet.heading('四、证据清单', 'List of items and what each proves', 80);
  sheet.table(
    [0.45, 3.5, 2.4, 2.9],
    ['序号', '文件 / SHA-256', '证明内容', '制作人、时间、方式'],
    facts.items.map(({ path, sha256, proves, maker, madeAt, method }, index) => [
      small(String(index + 1)),
      small(`${path}\n${sha256}`),
      small(proves.zh),
      small(`${maker.zh}；${time(madeAt)}；${method.zh}`),
    ]),
  );
}

function sightings(sheet: Sheet, facts: EvidenceManifest): void {
  sheet.heading('五、目击记录', 'Every sighting', 80);
  const all = facts.sightings;
  const half = SIGHTINGS_PRINTED / 2;
  const printed = all.length > SIGHTINGS_PRINTED ? [...all.slice(0, half), ...all.slice(-half)] : all;
  const frames = new Map(facts.frames.map((frame) => [frame.id, frame]));
  sheet.table(
    [1.9, 1, 1.6, 1.9, 1.7],
    ['拍摄时间', '摄像机', '本帧号牌（置信度）', '接收时间', '原图 SHA-256（前 16 位）'],
    printed.map((sighting) => {
      const received = frames.get(sighting.frameId);
      return [
        small(time(sighting.capturedAt)),
        small(sighting.cameraId),
        small(
          sighting.plate === null
            ? '—'
            : `${formatPlate(sighting.plate.text)}（${percent(sighting.plate.confidence)}）`,
        ),
        small(received === undefined ? '—' : `${time(received.receivedAt)}${received.late ? '（迟到）' : ''}`),
        small(sighting.frameSha256.slice(0, 16)),
      ];
    }),
  );
  if (printed.length < all.length)
    sheet.paragraph(`共 ${all.length} 次，此处印首末各 ${half} 次，全部见 data/manifest.json。`, { size: 8.5 });
}

function making(sheet: Sheet, facts: EvidenceManifest): void {
  sheet.heading('六、制作说明', 'How, when and by whom this was made', 120);
  sheet.paragraph(`制作方法：${facts.making.method.zh}。`);
  sheet.paragraph(`制作人：${facts.making.maker.zh}。制作时间：${time(facts.making.sealedAt)}（北京时间）。`);
  if (facts.plate !== null) {
    const letters = facts.plate.characters.map(({ char, confidence }) => `${char} ${percent(confidence)}`).join('　');
    sheet.paragraph(`号牌逐字置信度（${facts.plate.reads} 帧合议）：${letters}。`);
  }
  sheet.paragraph(
    `全过程记录：data/audit.jsonl，${facts.audit.entries} 条，末条哈希 ${facts.audit.head?.hash ?? '无'}。`,
  );
  if (facts.models.length > 0) {
    sheet.table(
      [1.2, 0.6, 3.4],
      ['识别模型', '版本', '权重 SHA-256'],
      facts.models.map(({ name, version, sha256 }) => [small(name), small(version), small(sha256)]),
    );
  }
  sheet.paragraph(
    '核验方法：解压证据包，在其目录内执行 sha256sum -c manifest-sha256.txt 与 sha256sum -c tagmanifest-sha256.txt；signature.jws 为对 tagmanifest-sha256.txt 的 EdDSA 签名（JWS 分离式，RFC 7515）。任何一个字节的改动都会使核验失败。',
  );
}

function decisions(sheet: Sheet, facts: EvidenceManifest): void {
  if (facts.decisions.length === 0) return;
  sheet.heading('七、审核决定', 'Decisions', 80);
  sheet.table(
    [1.3, 0.8, 0.9, 1.6, 1.2, 2],
    ['时间', '人员', '结论', '理由', '确认号牌', '说明'],
    facts.decisions.map((decision) => [
      small(time(decision.at)),
      small(decision.officerName),
      small(OUTCOME_WORDS[decision.outcome] ?? decision.outcome),
      small(reasonWords(decision.reason)),
      small(decision.plate === null ? '—' : formatPlate(decision.plate)),
      small(decision.note),
    ]),
  );
}

const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  confirm: '确认',
  reject: '不予认定',
  educate: '教育',
  escalate: '上报',
  'send-back': '退回',
};

const key = (text: string): Cell => ({ text, weight: 700 });
const value = (text: string): Cell => ({ text });
const small = (text: string): Cell => ({ text, size: 7.5 });
const percent = (share: number) => `${(Math.floor(share * 1000) / 10).toFixed(1)}%`;

/** 2026-05-12 09:32:30 */
const time = (iso: string) => iso.replace('T', ' ').replace('+08:00', '');

function plateCell(facts: EvidenceManifest): Cell {
  if (facts.plate === null) return { text: facts.plateWords.zh, colour: '#b91c1c' };
  const { text, color, confidence, reads } = facts.plate;
  const known = Object.entries(PLATE_COLOR_WORDS).find(([name]) => name === color)?.[1].zh ?? '颜色未定';
  return value(`${formatPlate(text)}（${known}；${reads} 帧合议，整牌置信度 ${percent(confidence)}）`);
}

const shareWords = (share: number | null) => (share === null ? '—' : `最多占店外区域 ${Math.round(share * 100)}%`);

const vehicleWords = (name: string | null) =>
  Object.entries(VEHICLE_WORDS).find(([known]) => known === name)?.[1].zh ?? '未定';

const gradeWords = (name: string) => Object.entries(GRADE_WORDS).find(([known]) => known === name)?.[1].zh ?? name;

const reasonWords = (code: string | null) =>
  code === null ? '—' : (Object.entries(REASON_CODES).find(([known]) => known === code)?.[1] ?? code);

/** Each camera may have its own rule; those that say the same are printed once. */
function ruleTexts(facts: EvidenceManifest): string[] {
  const named = new Map<string, string[]>();
  for (const { id, version, words } of facts.rules)
    named.set(words.zh, [...(named.get(words.zh) ?? []), `${id} 第 ${version} 版`]);
  return [...named].map(([text, names]) => `${text}（${names.join('、')}）`);
}

function dossierWords(camera: EvidenceManifest['cameras'][number]): string {
  const where = `${cameraWords(camera)}，${camera.lng.toFixed(5)}°E ${camera.lat.toFixed(5)}°N`;
  const dossier = camera.dossier;
  if (dossier === null) return `${where}；无设备档案，仅作线索`;
  return `${where}；法制审核 ${dossier.legalReviewNumber}（${time(dossier.legalReviewedAt).slice(0, 10)}）；技术检定 ${dossier.technicalVerificationNumber}，有效至 ${time(dossier.technicalVerifiedUntil).slice(0, 10)}；${dossier.signInPlace ? '已设标志' : '未设标志'}；公布于 ${dossier.publicationUrl}`;
}
