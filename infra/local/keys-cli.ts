/**
 * `npm run keys -- list | rotate [--json]`: the keys that packages are signed with, in the data folder (KERBWATCH_DATA). The
 * server must be stopped: a folder belongs to one process.
 */
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { publish } from '#core/evidence/signing-keys.ts';
import { formatInstant } from '#core/time.ts';
import { systemClock } from '#platform/clock.ts';
import { runCommand } from './cli.ts';
import { rotateKeys } from './keys.ts';
import { openStore } from './store.ts';

const USAGE = '用法 Usage: npm run keys -- list | rotate [--json]';

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [command] = positionals;
  if (positionals.length !== 1 || (command !== 'list' && command !== 'rotate')) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const directory = process.env.KERBWATCH_DATA ?? 'var';
  if (command === 'rotate') {
    const { retired, current } = await rotateKeys(directory, { clock: systemClock, by: userInfo().username });
    if (!values.json) console.log(`已更换签名密钥 Rotated\n  停用 retired  ${retired}\n  启用 in use   ${current}\n`);
  }
  const store = await openStore(directory, { baseUrl: 'http://localhost' });
  const keys = await store.signer.keys();
  store.close();
  if (values.json) console.log(JSON.stringify(publish(keys), null, 2));
  else
    for (const { keyId, from, until } of keys)
      console.log(
        `${keyId}  ${from === null ? '启用以来 from the beginning' : formatInstant(from)} – ${until === null ? '在用 in use' : formatInstant(until)}`,
      );
}, console.error);
