/** What the commands share: a refusal is a sentence, anything unforeseen shows where it came from, and both exit with 1. */
import { Refusal } from '#core/refusal.ts';

export async function runCommand(command: () => Promise<void>, line: (text: string) => void): Promise<void> {
  try {
    await command();
  } catch (error) {
    line(explain(error));
    process.exitCode = 1;
  }
}

export function explain(error: unknown): string {
  if (error instanceof Refusal) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
