/** The Identity port: who is calling. Machines carry bearer tokens with scopes; people sign in and have roles. */
import type { CameraId, OfficerId } from '#core/ids.ts';

export const SCOPES = ['frames:write', 'violations:read', 'violations:ack', 'admin', 'audit:read'] as const;
export type Scope = (typeof SCOPES)[number];
export const ROLES = ['reviewer', 'legal-reviewer', 'supervisor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Machine {
  readonly kind: 'machine';
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Cameras it may push frames for; `*` for all. Only meaningful with `frames:write`. */
  readonly cameras: readonly CameraId[] | '*';
}
export interface Officer {
  readonly kind: 'officer';
  readonly id: OfficerId;
  readonly name: string;
  /** Unit (中队) the officer belongs to. */
  readonly unit: string;
  readonly roles: readonly Role[];
}
export type Principal = Machine | Officer;

export interface Identity {
  /** The principal of a bearer token or session, or undefined for a wrong, expired or revoked one. */
  authenticate(token: string): Promise<Principal | undefined>;
}

/** Whoever of these knows the token. Each leaves the tokens of the others alone, so their order says nothing. */
export function anyOf(...identities: readonly Identity[]): Identity {
  return {
    async authenticate(token) {
      for (const identity of identities) {
        const principal = await identity.authenticate(token);
        if (principal !== undefined) return principal;
      }
      return undefined;
    },
  };
}
