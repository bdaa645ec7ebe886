/** The words that requirements share: a list is read by people, so cameras have names and days are said once. */
import { cameraWords, chineseTime } from '../evidence/wording.ts';
import { formatInstant, type Instant } from '../time.ts';
import type { CaseFacts } from './requirement.ts';

export const zhTime = chineseTime;
export const enTime = formatInstant;

/** 2026年5月12日 09:32:30 与 09:43:30: the day once, when it is one. */
export function zhPair(first: Instant, last: Instant): string {
  const [from, to] = [chineseTime(first), chineseTime(last)];
  const [day, time] = to.split(' ');
  return `${from} 与 ${from.split(' ')[0] === day ? time : to}`;
}

/** Its name and id; the id of one that is on no register. */
export function cameraNamed(cameras: CaseFacts['cameras'], id: string): string {
  const known = cameras.find(({ camera }) => camera.id === id);
  return known === undefined ? id : cameraWords(known.camera);
}

/** With a full stop, whoever wrote it. */
export const ended = (sentence: string, stop: '。' | '.'): string =>
  /[。.！!？?]$/.test(sentence) ? sentence : `${sentence}${stop}`;
