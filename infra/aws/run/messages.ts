/** What comes out of the queues, checked: a message that somebody sent by hand is not to be trusted. */
import { z } from 'zod';
import { frameId, incidentId, placeId } from '#core/ids.ts';

const id = z.string().min(1).max(400);

export const InspectBody = z.object({ frameId: id.transform(frameId) });
export const CorrelateBody = z.object({
  placeId: id.transform(placeId),
  day: z.iso.date(),
  dayStartsAt: z.string().regex(/^\d{2}:\d{2}$/),
});
/** Of seal and copy. */
export const IncidentBody = z.object({ incidentId: id.transform(incidentId) });
export const WithdrawBody = z.object({ withdrawalId: id });
