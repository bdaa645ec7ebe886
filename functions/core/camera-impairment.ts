/**
 * 设备异常: a time in which what a camera delivered proves nothing, whatever its dossier says. GA/T 832-2014 asks for a clock
 * within 1.0 s and a whole, clear view; a zone is drawn on one view and means nothing on another.
 */
import type { Bilingual } from './bilingual.ts';
import type { CameraId } from './ids.ts';
import type { Instant } from './time.ts';

export const IMPAIRMENT_WORDS = {
  'clock-off': { zh: '时钟偏差超过 1.0 秒', en: 'clock off by more than 1.0 s' },
  'view-moved': { zh: '画面偏移', en: 'view moved' },
  blurred: { zh: '画面模糊', en: 'blurred' },
  dark: { zh: '画面过暗', en: 'too dark' },
  blocked: { zh: '镜头被遮挡', en: 'blocked' },
  /** By a person: the sign was missing, the verification was withdrawn. */
  declared: { zh: '人工登记的异常', en: 'declared by an administrator' },
} as const satisfies Readonly<Record<string, Bilingual>>;
export type ImpairmentKind = keyof typeof IMPAIRMENT_WORDS;

export interface Impairment {
  cameraId: CameraId;
  kind: ImpairmentKind;
  /** Back to when it was last known to be right: what was captured in between is affected too. */
  from: Instant;
  /** Exclusive; null while it lasts. */
  to: Instant | null;
  /** What was measured, or what somebody wrote. */
  facts: Bilingual;
}

export const isImpaired = (impairments: readonly Impairment[], at: Instant): boolean =>
  impairments.some(({ from, to }) => from <= at && (to === null || at < to));
