/** The words of the evidence: Chinese as a court reads it, English beside. One place, so sheet, pictures and manifest agree. */
import type { Bilingual } from '#core/bilingual.ts';
import type { Grade, Rule, Zone, ZoneType } from '#core/camera.ts';
import type { StayEnd } from '#core/incident.ts';
import { formatPlate, type PlateColor } from '#core/plates/plate.ts';
import { SECOND_SAID, type SecondDifference, type SecondSaid, type SecondVote } from '#core/plates/second-reader.ts';
import type { VehicleClass } from '#core/sighting.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import type { ViolationType } from '#core/violations/violation.ts';

export const VIOLATION_WORDS: Readonly<Record<ViolationType, Bilingual>> = {
  'sidewalk-parking': { zh: '人行道违停', en: 'Parking on the sidewalk' },
  'street-trading': { zh: '出店/占道经营', en: 'Trading outside the shop or on the street' },
};

export const ZONE_WORDS: Readonly<Record<ZoneType, Bilingual>> = {
  sidewalk: { zh: '人行道', en: 'sidewalk' },
  storefront: { zh: '店外区域', en: 'storefront' },
  legal_parking: { zh: '合法泊位', en: 'marked bay' },
  road: { zh: '车行道', en: 'road' },
};

export const VEHICLE_WORDS: Readonly<Record<VehicleClass, Bilingual>> = {
  car: { zh: '小型汽车', en: 'car' },
  bus: { zh: '客车', en: 'bus' },
  truck: { zh: '货车', en: 'truck' },
  motorcycle: { zh: '摩托车/电动自行车', en: 'motorcycle or scooter' },
  bicycle: { zh: '自行车', en: 'bicycle' },
};

export const PLATE_COLOR_WORDS: Readonly<Record<PlateColor, Bilingual>> = {
  blue: { zh: '蓝牌', en: 'blue' },
  yellow: { zh: '黄牌', en: 'yellow' },
  green: { zh: '绿牌', en: 'green' },
  'yellow-green': { zh: '黄绿牌', en: 'yellow-green' },
  white: { zh: '白牌', en: 'white' },
  black: { zh: '黑牌', en: 'black' },
};

export const GRADE_WORDS: Readonly<Record<Grade, Bilingual>> = {
  evidence: { zh: '证据', en: 'evidence' },
  clue: { zh: '线索（不得作为处罚依据）', en: 'clue (never a ground for a penalty)' },
  off: { zh: '停用', en: 'off' },
};

export const PHASE_WORDS = {
  warning: { zh: '警示期（不予处罚）', en: 'warning phase (no penalties)' },
  enforcing: { zh: '正式执法', en: 'enforcing' },
} as const satisfies Record<Rule['phase'], Bilingual>;

export const UNREVIEWED: Bilingual = {
  zh: '本材料由系统自动制作，内容为机器识别结果；未经执法人员审核，不得作为行政处罚的证据（行政处罚法第四十一条）。',
  en: 'Made by machine from machine readings. Without review by officers it is not evidence for a penalty (Administrative Penalty Law, art. 41).',
};

export const PLATE_UNREAD: Bilingual = {
  zh: '号牌未能识别，由审核人员填写',
  en: 'Plate not readable by machine; to be entered by the reviewer',
};

export const PLATE_DOUBTED: Bilingual = {
  zh: '第二读数与识别结果不一致，号牌由审核人员依据图片填写',
  en: 'A second reading differs; the plate is to be entered by the reviewer from the pictures',
};

export const NO_PLATE_TO_READ: Bilingual = { zh: '不涉及号牌', en: 'No plate involved' };

/** 2026年5月12日 09:32:30, Beijing time. */
export function chineseTime(at: Instant): string {
  const [date = '', time = ''] = formatInstant(at).split('T');
  const [year, month, day] = date.split('-').map(Number);
  return `${year}年${month}月${day}日 ${time.replace('+08:00', '')}`;
}

/** 11 分 0 秒 */
export function durationWords(seconds: number): Bilingual {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return {
    zh: `${hours > 0 ? `${hours} 小时 ` : ''}${hours > 0 || minutes > 0 ? `${minutes} 分 ` : ''}${rest} 秒`,
    en: `${hours > 0 ? `${hours} h ` : ''}${hours > 0 || minutes > 0 ? `${minutes} min ` : ''}${rest} s`,
  };
}

/** The plate as it is spoken of: as read, doubted by a second reader, unreadable, or none at stake (a shop). */
export function plateWords(type: ViolationType, text: string | null, second?: Pick<SecondVote, 'own'>): Bilingual {
  if (text !== null) return { zh: formatPlate(text), en: formatPlate(text) };
  if (typeof second?.own === 'string') return PLATE_DOUBTED;
  return type === 'sidewalk-parking' ? PLATE_UNREAD : NO_PLATE_TO_READ;
}

export const SECOND_WORDS: Readonly<Record<SecondSaid, Bilingual>> = {
  agrees: { zh: '一致', en: 'agrees' },
  disagrees: { zh: '不一致', en: 'disagrees' },
  unread: { zh: '未读出', en: 'reads nothing' },
  unavailable: { zh: '未应答', en: 'does not answer' },
};

/** 第 3 位 8↔B */
export const differenceWords = ({ position, ours, theirs }: Omit<SecondDifference, 'frames'>): Bilingual => ({
  zh: `第 ${position} 位 ${ours}↔${theirs}`,
  en: `character ${position} ${ours}↔${theirs}`,
});

/** Who was asked a second time, what was said in how many frames, and what that may do. */
export function secondWords({ readers, frames, differences }: SecondVote): Bilingual {
  const asked = readers.map(({ name, version }) => (version === null ? name : `${name} ${version}`)).join('、');
  const counts = SECOND_SAID.filter((said) => frames[said] > 0);
  const apart = differences.map(differenceWords);
  const zh = counts.map((said) => `${SECOND_WORDS[said].zh} ${frames[said]} 帧`).join('，');
  const en = counts.map((said) => `${SECOND_WORDS[said].en} in ${frames[said]} frame(s)`).join(', ');
  return {
    zh: `${zh}${apart.length > 0 ? `：${apart.map((one) => one.zh).join('、')}` : ''}（${asked}，只读字母与数字；不改变识别结果，只可能降低其置信度）`,
    en: `${en}${apart.length > 0 ? `: ${apart.map((one) => one.en).join(', ')}` : ''} (${asked}, letters and digits only; it changes no reading and can only make one less sure)`,
  };
}

export function endWords(end: StayEnd): Bilingual {
  switch (end.kind) {
    case 'departed':
      return {
        zh: `离开：${chineseTime(end.seenFreeAt)} 画面显示该处已空`,
        en: `departed: the spot was seen free at ${formatInstant(end.seenFreeAt)}`,
      };
    case 'replaced':
      return {
        zh: `离开：${chineseTime(end.by)} 该处已为其他车辆占用`,
        en: `departed: another subject held the spot at ${formatInstant(end.by)}`,
      };
    case 'boundary':
      return {
        zh: `跨越分次界限：${chineseTime(end.at)}（按规则另计一次）`,
        en: `reached the rule's boundary at ${formatInstant(end.at)}`,
      };
    case 'ongoing':
      return { zh: '封存时未见离开', en: 'no departure seen when sealed' };
  }
}

/** The whole rule version in one sentence a court can read. */
export function ruleWords(rule: Rule): Bilingual {
  const hours = rule.hours.map(({ from, to }) => `${from}-${to}`).join('、');
  const notice = rule.notice.required
    ? {
        zh: `须先劝导提醒，宽限 ${rule.notice.graceSeconds} 秒`,
        en: `notice first, grace ${rule.notice.graceSeconds} s`,
      }
    : { zh: '不设事先提醒', en: 'no notice stage' };
  return {
    zh: `${VIOLATION_WORDS[rule.violation].zh}：允许停留 ${rule.permittedStaySeconds} 秒；适用时段 ${hours === '' ? '全天' : hours}；${PHASE_WORDS[rule.phase].zh}；${notice.zh}；同一摄像机 ${rule.departureFrames} 帧显示已空视为离开；每日 ${rule.dayStartsAt} 起另计；${rule.twoWheelers ? '含' : '不含'}两轮车；${rule.secondReview ? '须第二人复核' : '单人审核'}${rule.legalReview === true ? '；须法制审核' : ''}。`,
    en: `${VIOLATION_WORDS[rule.violation].en}: permitted stay ${rule.permittedStaySeconds} s; hours ${hours === '' ? 'always' : hours}; ${PHASE_WORDS[rule.phase].en}; ${notice.en}; departed after ${rule.departureFrames} frame(s) of one camera showing the spot free; a new day starts at ${rule.dayStartsAt}; two-wheelers ${rule.twoWheelers ? 'included' : 'not included'}; ${rule.secondReview ? 'second officer required' : 'one reviewer'}${rule.legalReview === true ? '; legal review required' : ''}.`,
  };
}

/** Name and id, the id once. */
export const cameraWords = ({ id, name }: { id: string; name: string }): string =>
  name.includes(id) ? name : `${name}（${id}）`;

export function zoneWords(zone: Zone): Bilingual {
  const shop = zone.shop === null ? '' : `（${zone.shop}）`;
  return {
    zh: `${ZONE_WORDS[zone.type].zh}${shop} ${zone.id} 第 ${zone.version} 版`,
    en: `${ZONE_WORDS[zone.type].en} ${zone.id} version ${zone.version}`,
  };
}
