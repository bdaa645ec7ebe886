/** Who calls and from where, as records and the audit trail name it. */
import type { Context } from 'hono';
import type { Principal } from '../identity.ts';
import type { EdgeEnv } from './edge.ts';

export const actorOf = (principal: Principal): string =>
  principal.kind === 'machine' ? `token:${principal.id}` : `officer:${principal.id}`;

/** The network address of the caller as {@link frontDoor} found it. */
export const addressOf = (c: Context<EdgeEnv>): string => c.get('address') ?? 'unknown';
