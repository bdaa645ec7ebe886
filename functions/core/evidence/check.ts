/** What a verification says: things that must hold, and what speaks against each. */
import type { Bilingual } from '#core/bilingual.ts';

/** Something that speaks against a check, and at which file. */
export interface Fault {
  readonly item: string;
  readonly zh: string;
  readonly en: string;
}

/** One thing that must hold. It holds when nothing speaks against it. */
export interface Check {
  /** Stable: `payload-hashes`. */
  readonly id: string;
  readonly words: Bilingual;
  readonly ok: boolean;
  readonly faults: readonly Fault[];
  /** What a person wants to know when it holds: the signing key, the number of files. */
  readonly detail: string | null;
}

/** The files of a package by their path in its folder. */
export type Files = ReadonlyMap<string, Uint8Array>;

export const check = (id: string, words: Bilingual, faults: readonly Fault[], detail: string | null = null): Check => ({
  id,
  words,
  ok: faults.length === 0,
  faults,
  detail,
});

export const fault = (item: string, zh: string, en: string): Fault => ({ item, zh, en });
export const unreadable = (item: string): Fault => fault(item, '缺失或无法解读', 'missing or cannot be understood');

/** UTF-8, or undefined when it is none. */
export function decode(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The last line of a report. */
export function verdict(checks: readonly Check[]): Bilingual {
  const failed = checks.filter(({ ok }) => !ok).length;
  return failed === 0
    ? { zh: '结论：全部核验通过', en: 'All checks hold.' }
    : { zh: `结论：${failed} 项未通过`, en: `${failed} of ${checks.length} checks failed.` };
}
