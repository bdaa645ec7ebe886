/** `npm run verify:page -- OUT.html`: the verifier as one file, for a machine without network. */
import { writeFile } from 'node:fs/promises';
import { offlinePage } from './verifier-page.ts';

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('用法 Usage: npm run verify:page -- OUT.html');
  process.exitCode = 2;
} else {
  await writeFile(path, await offlinePage());
  console.log(`已写入 Written: ${path}`);
}
