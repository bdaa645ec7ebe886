/** Who calls and from where, as records and the audit trail name it. */
import type { Context } from 'hono';
import type { AuditActor } from '#core/audit.ts';
import type { Principal } from '../identity.ts';
import type { EdgeEnv } from './edge.ts';

export const actorOf = ({ kind, id, name }: Principal): AuditActor => ({ kind, id, name });

/** The network address of the caller as {@link frontDoor} found it. */
export const addressOf = (c: Context<EdgeEnv>): string => c.get('address') ?? 'unknown';
