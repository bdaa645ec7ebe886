/**
 * One JSON object a line. What goes in: ids, codes, counts, durations. What never does: plates, faces, pictures,
 * passwords, tokens, query strings. A `Log` that drops everything is `() => undefined`.
 */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  /** What happened, in the domain's words with hyphens: `frame-accepted`. */
  readonly event: string;
  readonly [fact: string]: unknown;
}
export type Log = (line: LogLine) => void;

/** Lines with the time in front, written by `write`: a file, a stream, CloudWatch's standard output. */
export function jsonLog(write: (line: string) => void, now: () => number = Date.now): Log {
  return (line) => write(`${JSON.stringify({ at: new Date(now()).toISOString(), ...line })}\n`);
}

export const stderrLog: Log = jsonLog((line) => process.stderr.write(line));
