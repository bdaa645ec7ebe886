/**
 * The plate an officer types or confirms: it goes on a penalty, so it must be one that GA 36-2018 can issue, and it must
 * be whole. Reading a plate from pixels is another matter and lives in `plates/`.
 */
import { normalizePlate, PROVINCES } from './plates/plate.ts';

/** I and O are not used (GA 36-2018, 5.2). */
const ORDINARY = '[A-HJ-NP-Z0-9]';
/** Energy letters: D A B C E for electric, F G H J K for others; D and F came first. */
const ENERGY = '[A-HJK]';

const GRAMMAR: readonly RegExp[] = [
  // Blue, yellow, white and black: five characters, the last may say what the plate is for.
  new RegExp(`^[${PROVINCES}][A-HJ-NP-Z](?:${ORDINARY}{5}|${ORDINARY}{4}[学警挂港澳领])$`),
  // New energy, small: the energy letter first; large: last.
  new RegExp(`^[${PROVINCES}][A-HJ-NP-Z](?:${ENERGY}${ORDINARY}\\d{4}|\\d{5}${ENERGY})$`),
  // Embassies (使) carry no province.
  /^使\d{6}$/,
];

/** The text without dots, spaces and lower case when GA 36 knows such a plate; otherwise undefined. */
export function registrablePlate(text: string): string | undefined {
  const plate = normalizePlate(text);
  return GRAMMAR.some((form) => form.test(plate)) ? plate : undefined;
}
