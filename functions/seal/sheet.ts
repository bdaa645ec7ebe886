/** 证据材料: the printable sheet, written from the manifest's own facts so that the two cannot differ. */
import { COPY_SCHEMA, type PartyCopyManifest, type SheetFacts } from '#core/evidence/party-copy.ts';
import { cover, type Edition } from './sheet-cover.ts';
import { items, keyPictures, overview, redactions, type SheetPicture, statements } from './sheet-evidence.ts';
import { basics, sightings } from './sheet-facts.ts';
import { openSheet, type Sheet } from './sheet-layout.ts';
import { continuity, dossiers, noticeRecord, sufficiency } from './sheet-proof.ts';
import { history, reviewSheet } from './sheet-review.ts';
import { middle, numeral, percent, small, time } from './sheet-words.ts';

export type { SheetPicture };

export interface SheetOptions {
  readonly sealedAt: Date;
  /** RFC 7638 thumbprint of the key that will sign the bag. */
  readonly keyId: string;
  /** The package's own sheet by default; another edition of it has another cover. */
  readonly edition?: Omit<Edition, 'keyId'>;
}

/** A part with its heading, the points it needs beneath it on the same page, and what writes it. */
type Part = readonly [zh: string, en: string, withPoints: number, write: () => void];

/** A4 PDF with its fonts embedded. Same facts and pictures, same bytes. */
export async function evidenceSheet(
  facts: SheetFacts,
  pictures: readonly SheetPicture[],
  { sealedAt, keyId, edition = originalEdition(facts) }: SheetOptions,
): Promise<Buffer> {
  const { id, revision, typeWords, placeName } = facts.incident;
  const sheet = openSheet({
    title: `${edition.title.zh} ${id}`,
    author: facts.making.maker.zh,
    subject: `${typeWords.zh} ${placeName}`,
    createdAt: sealedAt,
  });
  cover(sheet, facts, { ...edition, keyId });
  const parts: readonly Part[] = [
    ['基本事实', 'Facts', 200, () => basics(sheet, facts)],
    ['证据清单', 'List of items', 80, () => items(sheet, facts)],
    ['证据说明', 'What, when, who, how, and what it proves', 120, () => statements(sheet, facts)],
    ['首末对照', 'First, middle and last, one camera', 190, () => overview(sheet, pictures)],
    ['证据合成图与号牌特写', 'Composed views and plate close-ups', 340, () => keyPictures(sheet, facts, pictures)],
    ['充分性审查表', 'Sufficiency, requirement by requirement', 120, () => sufficiency(sheet, facts)],
    ['劝导提醒记录', 'Notice', facts.notice ? 250 : 60, () => noticeRecord(sheet, facts)],
    ['同一车辆连续性', 'That it was one vehicle, unmoved', 60, () => continuity(sheet, facts)],
    ['摄像机档案与异常', 'Dossiers of the cameras and what ailed them', 110, () => dossiers(sheet, facts)],
    ['目击记录', 'Every sighting', 80, () => sightings(sheet, facts)],
    ['制作与核验', 'How this was made, and how to check it', 120, () => making(sheet, facts)],
  ];
  const hasStrip = pictures.some(({ role }) => role === 'overview');
  const isCopy = facts.schema === COPY_SCHEMA;
  const present: readonly Part[] = [
    ...parts.filter(([zh]) => zh !== '首末对照' || hasStrip),
    ...(isCopy ? copyParts(sheet, facts) : []),
  ];
  present.forEach(([zh, en, withPoints, write], index) => {
    sheet.heading(`${numeral(index + 1)}、${zh}`, en, withPoints);
    write();
  });
  // The party signs nothing: it is told what was decided.
  if (!isCopy) reviewSheet(sheet, facts);
  return sheet.close(`事件编号 ${id}　第 ${revision} 版　${isCopy ? COPY_FOOT : FOOT}`);
}

const FOOT = '机器制作，未经审核不得作为证据';
const COPY_FOOT = '当事人副本';

const copyParts = (sheet: Sheet, facts: PartyCopyManifest): readonly Part[] => [
  ['遮盖说明', 'What is hidden, and the originals', 120, () => redactions(sheet, facts)],
  ['审核决定', 'Decisions', 60, () => history(sheet, facts)],
];

const originalEdition = ({ statement }: SheetFacts): Omit<Edition, 'keyId'> => ({
  classification: '内部材料　含个人信息　注意保密',
  title: { zh: '非现场执法证据材料', en: 'Evidence sheet of off-site enforcement' },
  statement: statement.zh,
});

function making(sheet: Sheet, { making: made, plate, audit, models }: SheetFacts): void {
  sheet.paragraph(`制作方法：${made.method.zh}。`);
  sheet.paragraph(`制作人：${made.maker.zh}。制作时间：${time(made.sealedAt)}（北京时间）。`);
  if (plate !== null) {
    const letters = plate.characters.map(({ char, confidence }) => `${char} ${percent(confidence)}`).join('　');
    sheet.paragraph(`号牌逐字置信度（${plate.reads} 帧合议）：${letters}。`);
  }
  sheet.paragraph(`全过程记录：${audit.path}，${audit.entries} 条，末条哈希 ${audit.head?.hash ?? '无'}。`);
  if (models.length > 0) {
    sheet.table(
      [1.2, 0.6, 3.4],
      ['识别模型', '版本', '权重 SHA-256'],
      models.map(({ name, version, sha256 }) => [small(name), middle(version), small(sha256)]),
    );
  }
  sheet.paragraph(
    '核验方法：解压证据包，在其目录内执行 sha256sum -c manifest-sha256.txt 与 sha256sum -c tagmanifest-sha256.txt；signature.jws 为对 tagmanifest-sha256.txt 的 EdDSA 签名（JWS 分离式，RFC 7515）。任何一个字节的改动都会使核验失败。',
  );
}
