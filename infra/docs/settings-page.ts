/** The table of settings in docs/operations.md, printed from what reads them. */
import { SETTING_KEYS, SETTINGS } from '../aws/settings.ts';
import { markdownTable } from './sections.ts';

export const settingsSection = (): string =>
  markdownTable(
    ['key', 'value', 'otherwise', 'means'],
    SETTING_KEYS.map((key) => [`\`${key}\``, SETTINGS[key].expected, SETTINGS[key].otherwise, SETTINGS[key].meaning]),
  );
