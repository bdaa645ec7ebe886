/** A place in the queue as an opaque cursor. */
import { refuse } from '#core/refusal.ts';

/** Deadline, doubt and id: review-queue.ts. */
const POSITION = /^\d{4}-\d\d-\d\dT[\d:.]+Z#\d{7}#[^\p{Cc}]{1,200}$/u;

export const positionText = (position: string): string => Buffer.from(position).toString('base64url');

/** @throws {Refusal} `cursor-invalid` */
export function positionOf(cursor: string): string {
  const position = Buffer.from(cursor, 'base64url').toString();
  if (POSITION.test(position)) return position;
  throw refuse('cursor-invalid', 400, {
    expected: 'a nextCursor of this queue',
    received: 'another text',
    action: 'Send the nextCursor unchanged, or none to start again.',
  });
}
