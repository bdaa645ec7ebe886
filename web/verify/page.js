/** The verifier in a browser: the same checks with the same words as `npm run verify`, on files that never leave the page. */
import { z } from 'zod';
import { sha256Hex } from '#core/evidence/bag.ts';
import { certificatesOfPem } from '#core/evidence/certificates.ts';
import { verdict } from '#core/evidence/check.ts';
import { readPublishedKeys } from '#core/evidence/signing-keys.ts';
import { leftOpen, verifyPackage } from '#core/evidence/verify.ts';
import { showContent } from './content.js';
import { element, fill, words } from './dom.js';

// The content policy allows no code made at run time.
z.config({ jitless: true });

const byId = (id) => document.getElementById(id);
const chosen = (id) => byId(id).files[0];
/** Counts the runs: the answer to an earlier choice must not overwrite that to a later one. */
let run = 0;

async function options() {
  const [keys, tsaCa, key] = [chosen('keys'), chosen('tsa-ca'), byId('key').value.trim()];
  return {
    ...(key === '' ? {} : { keyId: key }),
    ...(keys === undefined ? {} : { keys: readPublishedKeys(await keys.text()) }),
    ...(tsaCa === undefined ? {} : { tsaCa: certificatesOfPem(await tsaCa.text()) }),
  };
}

async function verify() {
  const file = chosen('package');
  if (file === undefined) return;
  run += 1;
  const mine = run;
  show('problem', false);
  document.body.dataset.state = 'working';
  try {
    const zip = new Uint8Array(await file.arrayBuffer());
    const pinned = await options();
    const checks = await verifyPackage(zip, pinned);
    if (mine === run) report(file.name, zip, checks, leftOpen(pinned, checks));
  } catch (error) {
    if (mine === run) complain(error instanceof Error ? error.message : String(error));
  }
  if (mine === run) document.body.dataset.state = 'done';
}

function report(name, zip, checks, open) {
  const ok = checks.every((check) => check.ok);
  fill(byId('verdict'), words(verdict(checks)));
  byId('verdict').dataset.ok = String(ok);
  fill(
    byId('open'),
    open.map((said) => element('li', {}, words(said))),
  );
  byId('what').textContent = `${name} · SHA-256 ${sha256Hex(zip)}`;
  fill(byId('checks'), checks.map(checkItem));
  show('report', true);
  show('content', ok);
  fill(byId('content'), ok ? showContent(zip) : []);
}

function checkItem({ id, ok, words: said, detail, faults }) {
  const item = element('li', {}, words(said));
  Object.assign(item.dataset, { check: id, ok: String(ok) });
  if (ok && detail !== null) item.append(element('div', { className: 'detail' }, [detail]));
  if (faults.length > 0) item.append(element('ul', { className: 'faults' }, faults.map(faultItem)));
  return item;
}

function faultItem({ item, zh, en }) {
  const line = element('li', {}, [element('code', {}, [item]), '：', ...words({ zh, en })]);
  line.dataset.item = item;
  return line;
}

function complain(text) {
  byId('problem').textContent = text;
  show('problem', true);
  show('report', false);
  show('content', false);
}

function show(id, shown) {
  byId(id).hidden = !shown;
}

/** What is dropped is sorted by its name: the package, the keys, the certificates. */
function take(files) {
  for (const file of files) {
    const id = /\.json$/i.test(file.name) ? 'keys' : /\.(pem|crt|cer)$/i.test(file.name) ? 'tsa-ca' : 'package';
    const transfer = new DataTransfer();
    transfer.items.add(file);
    byId(id).files = transfer.files;
    if (id !== 'package') byId('pins').open = true;
  }
  verify();
}

for (const id of ['package', 'keys', 'tsa-ca', 'key']) byId(id).addEventListener('change', verify);
addEventListener('dragover', (event) => {
  event.preventDefault();
  byId('drop').classList.add('over');
});
addEventListener('dragleave', () => byId('drop').classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  byId('drop').classList.remove('over');
  take(event.dataTransfer.files);
});
if (location.protocol === 'file:') byId('offline').hidden = true;
if (globalThis.crypto?.subtle === undefined) {
  complain(
    '浏览器在此地址不提供密码运算：请用 https 或 localhost 打开，或下载离线版后从本机打开。' +
      ' This browser has no cryptography at this address: open it by https or on localhost, or download the page and open it from your disk.',
  );
}
document.body.dataset.state = 'ready';
