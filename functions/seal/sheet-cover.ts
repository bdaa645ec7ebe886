/** 封面: what the case is, whose, sealed when and under which key, and where to find what. */
import type { SheetFacts } from '#core/evidence/party-copy.ts';
import { formatPlate } from '#core/plates/plate.ts';
import type { Sheet } from './sheet-layout.ts';
import { gradeWords, key, time, value } from './sheet-words.ts';

export interface Edition {
  /** Above the title, at the right: who may see it. */
  readonly classification: string;
  readonly title: { readonly zh: string; readonly en: string };
  /** What a reader must know first. */
  readonly statement: string;
  /** RFC 7638 thumbprint of the key that signs the bag. */
  readonly keyId: string;
}

export function cover(sheet: Sheet, facts: SheetFacts, edition: Edition): void {
  const { incident, stay, making } = facts;
  sheet.right(edition.classification, { size: 10, weight: 700 });
  sheet.space(22);
  sheet.centred(incident.jurisdiction === '' ? '城市管理综合行政执法' : incident.jurisdiction, { size: 14 });
  sheet.space(8);
  sheet.centred(edition.title.zh, { size: 28, weight: 700 });
  sheet.centred(edition.title.en, { size: 10, colour: '#64748b' });
  sheet.space(18);
  const party = subjectOf(facts);
  sheet.table([1.15, 4.2], null, [
    [key('事件编号'), value(`${incident.id}　第 ${incident.revision} 版`)],
    [key('违法行为'), value(incident.typeWords.zh)],
    [key('违法地点'), value(incident.placeName)],
    [key('违法时间'), value(`${time(stay.firstSeen)} 至 ${time(stay.lastSeen)}（北京时间）`)],
    [key(party.name), value(party.text)],
    [key('办案单位'), value(incident.jurisdiction === '' ? '—' : incident.jurisdiction)],
    [key('证据等级'), value(gradeWords(incident.grade))],
    [key('封存'), value(`${time(making.sealedAt)}（北京时间），${making.maker.zh}`)],
    [key('签名公钥指纹'), value(`${edition.keyId}（Ed25519，RFC 7638；与本单位公布的指纹核对）`)],
  ]);
  sheet.notice(edition.statement);
  sheet.space(4);
  sheet.centred('卷内目录', { size: 12, weight: 700 });
  sheet.space(6);
  sheet.contents();
}

/** The vehicle or the shop that the case is about. */
export function subjectOf({ incident, plate, plateWords }: SheetFacts): { name: string; text: string } {
  return incident.type === 'sidewalk-parking'
    ? { name: '车辆号牌', text: plate === null ? plateWords.zh : formatPlate(plate.text) }
    : { name: '当事商户', text: incident.shop ?? '未登记，由审核人员填写' };
}
