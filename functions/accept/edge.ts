/** What both doors of the camera network ask of a request. */
import type { Context } from 'hono';
import { type CameraId, cameraId } from '#core/ids.ts';
import { assertBoundTo } from '#platform/http/auth.ts';
import { actorOf, addressOf } from '#platform/http/caller.ts';
import type { EdgeEnv } from '#platform/http/edge.ts';

export const NETWORK_TAG = ['摄像机网络 Camera network'];

export function boundCamera(c: Context<EdgeEnv>, id: string): CameraId {
  assertBoundTo(c.get('principal'), cameraId(id));
  return cameraId(id);
}

export const caller = (c: Context<EdgeEnv>) => ({ actor: actorOf(c.get('principal')), address: addressOf(c) });

/** A `+` that was not escaped in a query arrives as a blank, and every other client forgets to escape it. */
export const unescapedPlus = (text: string) => text.replace(/ (?=\d{2}:?\d{2}$)/, '+');
