/** One program a data folder. The lock is SQLite's own on a file: the system gives it up when its holder dies, however. */

import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { refuse } from '#core/refusal.ts';

/**
 * Held until `release` or the end of the process.
 * @throws {Refusal} `folder-in-use`
 */
export function lockFolder(directory: string): { release(): void } {
  const database = new DatabaseSync(join(directory, 'running.lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw refuse(
      'folder-in-use',
      409,
      {
        expected: `the data folder ${directory} free`,
        received: 'another running Kerbwatch that has it',
        action: 'Stop that one, or set KERBWATCH_DATA to another folder.',
      },
      cause,
    );
  }
  return { release: () => database.close() };
}
