/** 设备合法: legal review, technical verification, sign and publication stood when each picture was taken, and the device was sound. */
import type { Bilingual } from '../bilingual.ts';
import { dossierAt, dossierGaps, gradeAt } from '../camera.ts';
import { IMPAIRMENT_WORDS, type Impairment, isImpaired } from '../camera-impairment.ts';
import { cameraWords } from '../evidence/wording.ts';
import { type CaseFacts, fails, holds, type Requirement } from './requirement.ts';
import { cameraNamed, ended, enTime, zhTime } from './words.ts';

export const dossierValid: Requirement = {
  id: 'dossier-valid',
  words: {
    zh: '设备经审核、检定、标识并公布，且状态正常',
    en: 'Device reviewed, verified, signed, published and sound',
  },
  source: { zh: '《行政处罚法》第四十一条', en: 'Administrative Penalty Law art. 41' },
  blocking: true,
  check({ incident, cameras }) {
    for (const { cameraId, capturedAt } of incident.stay.sightings) {
      const known = cameras.find(({ camera }) => camera.id === cameraId);
      const name = cameraNamed(cameras, cameraId);
      const at = { zh: `${name} 在 ${zhTime(capturedAt)} 拍摄时`, en: `${name} at ${enTime(capturedAt)}` };
      const gaps = gapsAt(known, capturedAt);
      if (gaps.length > 0) {
        const why = (of: keyof Bilingual, by: string) => gaps.map((gap) => gap[of]).join(by);
        return fails(
          `${at.zh}${why('zh', '、')}，只能作为线索，不得作为处罚依据。`,
          `${at.en}: ${why('en', ', ')}: a clue, never a ground for a penalty.`,
        );
      }
      // What its clock did is asked by itself.
      const ailing = known?.impairments.find(
        (impairment) => impairment.kind !== 'clock-off' && isImpaired([impairment], capturedAt),
      );
      if (ailing !== undefined)
        return fails(ended(`${at.zh}${zhAilment(ailing)}`, '。'), `${at.en}: ${enAilment(ailing)}`);
    }
    if (incident.grade !== 'evidence') {
      return fails(
        '本事件的证据等级为线索，不得作为处罚依据。',
        'This incident is a clue, never a ground for a penalty.',
      );
    }
    const at = incident.stay.lastSeen;
    return holds(
      `${cameras.map((seen) => zhDossier(seen, at)).join('；')}。`,
      `${cameras.map((seen) => enDossier(seen, at)).join('; ')}.`,
    );
  },
};

type Seen = CaseFacts['cameras'][number];

/** What made its output no evidence at an instant. */
function gapsAt(seen: Seen | undefined, at: number): readonly Bilingual[] {
  if (seen === undefined) return [{ zh: '未经登记', en: 'not registered' }];
  if (gradeAt(seen.camera, at) === 'off') return [{ zh: '已停用', en: 'switched off' }];
  return dossierGaps(seen.camera, at);
}

const zhAilment = ({ kind, facts }: Impairment): string => `状态异常（${IMPAIRMENT_WORDS[kind].zh}）：${facts.zh}`;
const enAilment = ({ kind, facts }: Impairment): string => `${IMPAIRMENT_WORDS[kind].en}: ${facts.en}`;

function zhDossier({ camera }: Seen, at: number): string {
  const dossier = dossierAt(camera, at);
  if (dossier === null) return `${cameraWords(camera)} 没有设备档案`;
  const until = zhTime(dossier.technicalVerifiedUntil).split(' ')[0];
  return `${cameraWords(camera)}：法制审核 ${dossier.legalReviewNumber}，技术检定 ${dossier.technicalVerificationNumber}（有效期至 ${until}），现场设有标志，设置地点已公布，拍摄时状态正常`;
}

function enDossier({ camera }: Seen, at: number): string {
  const dossier = dossierAt(camera, at);
  if (dossier === null) return `${cameraWords(camera)} has no dossier`;
  const until = enTime(dossier.technicalVerifiedUntil).slice(0, 10);
  return `${cameraWords(camera)}: legal review ${dossier.legalReviewNumber}, verification ${dossier.technicalVerificationNumber} (until ${until}), sign in place, published, sound`;
}
