/**
 * 当事人: what whoever a case is about may know of it, and from when. Before anybody decided, only what they were told
 * themselves: that a notice was sent (Administrative Penalty Law arts. 44 and 45: facts, reasons and grounds are told before a
 * penalty, and the party may state and defend).
 */
import type { Incident } from './incident.ts';
import { isWorkState } from './incident-machine.ts';

/** Whether the party was told of the case, by a notice or because it was confirmed, and anything of it is left to see. */
export const isOpenToParty = ({
  state,
  notice,
  destroyed,
}: Pick<Incident, 'state' | 'notice' | 'destroyed'>): boolean =>
  destroyed == null && (notice != null || state === 'confirmed' || state === 'objected' || state === 'withdrawn');

/**
 * Whether what officers decided may be told. While they judge, nobody hears what one of them thinks: the second must not know
 * it (art. 42), and what the party has in hand anybody may have. An objection is judged on a decision that was told.
 */
export const isDecided = ({ state }: Pick<Incident, 'state'>): boolean =>
  state === 'objected' || (state !== 'open' && !isWorkState(state));

/** Whether a copy of its package may be made: it holds the chain, and with it every decision. */
export const mayBeCopied = (incident: Pick<Incident, 'state' | 'notice' | 'destroyed' | 'decisions'>): boolean =>
  isOpenToParty(incident) && (isDecided(incident) || incident.decisions.length === 0);

/** Characters of a query code: none that is taken for another in print or by phone (no 0 O 1 I L, 2 Z, 5 S, 8 B, U V). */
export const CODE_ALPHABET = '34679ACDEFGHJKMNPQRTWXY';
/** 23 to the power of 12: 54 bits, 10^9 years at the tries that are allowed. */
export const CODE_LENGTH = 12;

/** As it was issued, however it was typed: case, blanks and dashes do not count. Undefined for what is no code. */
export function normalCode(typed: string): string | undefined {
  const code = typed.normalize('NFKC').toUpperCase().replaceAll(/[\s-]/g, '');
  const isCode = code.length === CODE_LENGTH && [...code].every((char) => CODE_ALPHABET.includes(char));
  return isCode ? code : undefined;
}

/** ABCD-EFGH-JKMN */
export const printedCode = (code: string): string => code.match(/.{1,4}/g)?.join('-') ?? code;

/**
 * Where somebody looked from, roughly: whoever answers for the record sees whether it was one place or many, and nobody is
 * followed home. The network of an address, /24 or /48.
 */
export function coarseAddress(address: string): string {
  const v4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address)?.[1];
  if (v4 !== undefined) return `${v4}.0/24`;
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return 'unknown';
  const head = (address.split('::')[0] ?? '').split(':').filter((part) => part !== '');
  const three = [...head, '0', '0', '0'].slice(0, 3);
  return `${three.join(':').toLowerCase()}::/48`;
}
