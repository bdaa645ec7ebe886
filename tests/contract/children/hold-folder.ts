/** Takes the lock of a folder, says so, and holds it until it is killed. */
import { lockFolder } from '#platform/local/folder-lock.ts';

lockFolder(process.argv[2] ?? '.');
console.log('held');
setInterval(() => {}, 1_000);
