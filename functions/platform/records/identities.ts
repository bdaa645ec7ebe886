/** The Identity port above the Table port: machine tokens (`kwt_…`) and officers' sessions (`kws_…`). */
import type { Clock } from '../clock.ts';
import type { Identity } from '../identity.ts';
import type { Table } from '../table.ts';
import { partsOfToken, secretMatches } from './secrets.ts';
import { officerOfSession } from './sessions.ts';
import { isUsable, machineOf, machineToken } from './tokens.ts';

export function tableIdentity(table: Table, clock: Clock): Identity {
  return {
    async authenticate(token) {
      const parts = partsOfToken(token);
      if (parts === undefined) return undefined;
      if (parts.kind === 'kws') return (await officerOfSession(table, token, clock.now()))?.officer;
      const record = await machineToken(table, parts.id);
      if (record === undefined || !secretMatches(parts.secret, record.secretSha256)) return undefined;
      return isUsable(record, clock.now()) ? machineOf(record) : undefined;
    },
  };
}
