/** 设备合法: legal review, technical verification, sign and publication stood when each picture was taken, and the device was sound. */
import type { Bilingual } from '../bilingual.ts';
import { dossierAt, dossierGaps, gradeAt } from '../camera.ts';
import { IMPAIRMENT_WORDS, type Impairment } from '../camera-impairment.ts';
import { enTime, zhTime } from './panoramas.ts';
import { type CaseFacts, fails, holds, type Requirement } from './requirement.ts';

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
      const grade = known === undefined ? 'clue' : gradeAt(known.camera, capturedAt);
      if (grade !== 'evidence') {
        const gaps = known === undefined ? [UNKNOWN] : dossierGaps(known.camera, capturedAt);
        const why = (of: keyof Bilingual, by: string) => gaps.map((gap) => gap[of]).join(by);
        return fails(
          `${cameraId} 在 ${zhTime(capturedAt)} 拍摄时${why('zh', '、')}，只能作为线索。`,
          `${cameraId} at ${enTime(capturedAt)}: ${why('en', ', ')}: a clue, never a penalty.`,
        );
      }
      const ailing = known?.impairments.find((impairment) => covers(impairment, capturedAt));
      if (ailing !== undefined) {
        const words = IMPAIRMENT_WORDS[ailing.kind];
        return fails(
          `${cameraId} 在 ${zhTime(capturedAt)} 拍摄时${words.zh}：${ailing.facts.zh}`,
          `${cameraId} at ${enTime(capturedAt)}: ${words.en}: ${ailing.facts.en}`,
        );
      }
    }
    if (incident.grade !== 'evidence') {
      return fails('本事件的证据等级为线索，不得作为处罚依据。', 'The grade of this incident is clue.');
    }
    const at = incident.stay.lastSeen;
    return holds(
      cameras.map((seen) => zhDossier(seen, at)).join('；'),
      cameras.map((seen) => enDossier(seen, at)).join('; '),
    );
  },
};

const covers = ({ from, to }: Impairment, at: number) => from <= at && (to === null || at < to);

type Seen = CaseFacts['cameras'][number];

const UNKNOWN: Bilingual = { zh: '未登记', en: 'not registered' };

function zhDossier({ camera }: Seen, at: number): string {
  const { id } = camera;
  const dossier = dossierAt(camera, at);
  if (dossier === null) return `${id} 无设备档案`;
  const until = zhTime(dossier.technicalVerifiedUntil).split(' ')[0];
  return `${id}：法制审核 ${dossier.legalReviewNumber}，技术检定 ${dossier.technicalVerificationNumber}（有效至 ${until}），已设标志，已公布，拍摄时状态正常`;
}

function enDossier({ camera }: Seen, at: number): string {
  const { id } = camera;
  const dossier = dossierAt(camera, at);
  if (dossier === null) return `${id} has no dossier`;
  const until = enTime(dossier.technicalVerifiedUntil).slice(0, 10);
  return `${id}: legal review ${dossier.legalReviewNumber}, verification ${dossier.technicalVerificationNumber} (until ${until}), sign in place, published, sound`;
}
