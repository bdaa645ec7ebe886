import { MOST_BODY_BYTES } from '#platform/aws/http-event.ts';
import { type AcceptLimits, DEFAULT_LIMITS } from '../../../functions/accept/limits.ts';

/** What is larger does not get far: Lambda takes no such event, nor does API Gateway above 10 MB. An upload goes past both. */
export const RECEIVE_LIMITS: AcceptLimits = {
  ...DEFAULT_LIMITS,
  ...{ maxBytes: MOST_BODY_BYTES, maxFormBytes: MOST_BODY_BYTES },
  largerGoes: 'by-upload',
};
