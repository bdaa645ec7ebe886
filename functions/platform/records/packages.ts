/** Where sealed packages lie: `seal` puts them there, retention finds them again. */
import { asciiName } from '#core/evidence/bag.ts';
import type { IncidentId } from '#core/ids.ts';

export const packageKey = (id: IncidentId, revision: number, sha256: string): string =>
  `evidence/${asciiName(id)}/${revision}-${sha256}.zip`;
