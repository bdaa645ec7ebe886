/** What frames and incidents use, as counted: the input of cost.ts. `npm run docs:cost -- --count` counts anew (usage-run.ts). */
import { z } from 'zod';

const Tally = z.object({
  tableCalls: z.number(),
  readUnits: z.number(),
  writeUnits: z.number(),
  blobPuts: z.number(),
  blobGets: z.number(),
  blobDeletes: z.number(),
  blobLinks: z.number(),
  messages: z.number(),
  cpuMs: z.number(),
});

export const Usage = z.object({
  /** `2026-11-28`. */
  countedOn: z.string(),
  machine: z.string(),
  /** What was played. */
  day: z.object({
    cameras: z.number(),
    framesPerCamera: z.number(),
    everyMinutes: z.number(),
    incidents: z.number(),
    confirmed: z.number(),
    /** Frames that some incident cites. */
    citedFrames: z.number(),
  }),
  perFrame: z.object({
    authorize: Tally,
    receive: Tally,
    inspect: Tally,
    correlate: Tally,
    tend: Tally,
    discard: Tally,
  }),
  perIncident: z.object({ seal: Tally, review: Tally, release: Tally }),
  /** Invocations of `seal`, and requests of people and of the case system, for one incident. */
  perIncidentCalls: z.object({ seal: z.number(), review: z.number(), release: z.number() }),
  /** A round of `tend` in which nothing happened. */
  idleRound: z.object({ base: Tally, perCamera: Tally }),
  /** Bytes. */
  stored: z.object({
    frame: z.number(),
    /** Requests API Gateway bills for a pushed frame: one for each 512 KB begun. */
    apiUnits: z.number(),
    derivedPerFrame: z.number(),
    packagePerIncident: z.number(),
    rowsPerFrame: z.number(),
    /** Of these, what stays when the frame was destroyed. */
    rowsPerFrameForever: z.number(),
    rowsPerIncident: z.number(),
  }),
});
export type Usage = z.infer<typeof Usage>;
