/** 证据清单, 证据说明 and the pictures: what is enclosed, and of each item what, when, who, how and what it proves. */
import type { CopyItem, PartyCopyManifest, SheetFacts } from '#core/evidence/party-copy.ts';
import type { PlacedPicture, Sheet } from './sheet-layout.ts';
import { middle, ROLE_WORDS, small, time } from './sheet-words.ts';

export interface SheetPicture {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** Path of the full picture in the package. */
  readonly path: string;
  readonly role: 'overview' | 'view' | 'plate';
}

/** 证据合成图 2: items of a kind are counted. */
function namesOf(items: readonly Pick<CopyItem, 'path' | 'role'>[]): Map<string, string> {
  const counts = new Map<string, number>();
  const many = (role: string) => items.filter((item) => item.role === role).length > 1;
  return new Map(
    items.map(({ path, role }) => {
      const count = (counts.get(role) ?? 0) + 1;
      counts.set(role, count);
      return [path, many(role) ? `${ROLE_WORDS[role].name} ${count}` : ROLE_WORDS[role].name];
    }),
  );
}

export function items(sheet: Sheet, facts: SheetFacts): void {
  const names = namesOf(facts.items);
  sheet.table(
    [0.55, 1.1, 1.35, 5.3, 0.9],
    ['序号', '名称', '种类', '文件 / SHA-256', '字节'],
    facts.items.map(({ path, role, sha256, bytes }, index) => [
      middle(String(index + 1)),
      small(names.get(path) ?? path),
      small(ROLE_WORDS[role].kind),
      small(`${path}\n${sha256}`),
      middle(bytes.toLocaleString('en-US')),
    ]),
  );
  sheet.paragraph(
    '除上列各项外，证据包另含事实清单 data/manifest.json 与本材料，均列入 manifest-sha256.txt 并经签名。',
    {
      size: 8.5,
      colour: '#475569',
    },
  );
}

export function statements(sheet: Sheet, facts: SheetFacts): void {
  const names = namesOf(facts.items);
  sheet.table(
    [0.55, 1.15, 1.25, 1.6, 2.5, 2.4],
    ['序号', '证据', '制作时间', '制作人', '制作方式', '证明内容'],
    facts.items.map(({ path, maker, madeAt, method, proves }, index) => [
      middle(String(index + 1)),
      small(names.get(path) ?? path),
      small(time(madeAt)),
      small(maker.zh),
      small(method.zh),
      small(proves.zh),
    ]),
  );
}

export function overview(sheet: Sheet, pictures: readonly SheetPicture[]): void {
  const strip = pictures.find(({ role }) => role === 'overview');
  if (strip !== undefined) sheet.pictures([{ ...strip, words: ['首末对照图：同一摄像机、同一范围', strip.path] }], 330);
}

export function keyPictures(sheet: Sheet, facts: SheetFacts, pictures: readonly SheetPicture[]): void {
  const names = namesOf(facts.items);
  sheet.paragraph(facts.keyFrames.rule.zh, { size: 8.5, colour: '#475569' });
  const placed = (role: SheetPicture['role'], isNarrow: boolean): PlacedPicture[] =>
    pictures
      .filter((picture) => picture.role === role)
      .map((picture) => {
        const item = facts.items.find(({ path }) => path === picture.path);
        const frame = facts.frames.find(({ id }) => id === item?.frameId);
        const name = names.get(picture.path) ?? '';
        const hash = frame?.sha256 ?? '';
        const proves = item?.proves.zh ?? '';
        const words = isNarrow
          ? [name, proves, picture.path]
          : [`${name}　${proves}`, `${picture.path}　原图 SHA-256 ${hash.slice(0, 16)}…`];
        return { ...picture, words };
      });
  for (const view of placed('view', false)) sheet.pictures([view], 290);
  const plates = placed('plate', true);
  for (let from = 0; from < plates.length; from += 2) sheet.pictures(plates.slice(from, from + 2), 190);
  if (!pictures.some(({ role }) => role === 'plate')) sheet.paragraph(`号牌特写：无。${facts.plateWords.zh}。`);
}

/** 遮盖说明: which original each picture was made from, and how much of it was destroyed. */
export function redactions(sheet: Sheet, { copy, items: all }: PartyCopyManifest): void {
  const names = namesOf(all);
  sheet.paragraph(copy.method.zh);
  sheet.table(
    [0.55, 1.2, 5.6, 1],
    ['序号', '图片', '所据原图 SHA-256', '遮盖处'],
    copy.pictures.map(({ path, madeFrom, hidden }, index) => [
      middle(String(index + 1)),
      small(names.get(path) ?? path),
      small(madeFrom.map(({ sha256 }) => sha256).join('\n')),
      middle(hidden === undefined ? '同所据快照' : String(hidden.length)),
    ]),
  );
  sheet.paragraph(
    `原证据包 SHA-256 ${copy.of.packageSha256}（第 ${copy.of.revision} 版，${time(copy.of.sealedAt)} 封存），由办案单位留存，可依法申请查阅。`,
  );
}
