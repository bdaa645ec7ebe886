/** What must be proven before a confirmation, as the server answers it: what fails stands first. */
import { $, el } from './dom.js';

const MARKS = {
  fails: ['✗', '不符合 Fails'],
  holds: ['✓', '符合 Holds'],
  'not-applicable': ['—', '不适用 Not applicable'],
};
const ORDER = Object.keys(MARKS);

/** The list of an item; nothing for none. What fails is always in view, the rest a click away. */
export function drawSufficiency(item) {
  const findings = item?.sufficiency?.findings ?? [];
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.answer) - ORDER.indexOf(b.answer));
  const failing = sorted.filter(({ answer }) => answer === 'fails');
  const rest = sorted.slice(failing.length);
  const holding = rest.filter(({ answer }) => answer === 'holds').length;
  $('sufficiency').hidden = findings.length === 0;
  $('sufficiency-rest').open = false;
  $('sufficiency-count').replaceChildren(
    el('span', { className: 'holds' }, `✓ ${holding} `),
    el('span', {}, `— ${rest.length - holding} `),
    el('span', { className: failing.length > 0 ? 'fails' : '' }, `✗ ${failing.length}`),
  );
  $('sufficiency-failing').replaceChildren(...failing.map(rowOf));
  $('sufficiency-list').replaceChildren(...rest.map(rowOf));
}

function rowOf({ id, words, source, answer, blocking, facts }) {
  const [mark, said] = MARKS[answer];
  const kind = answer === 'fails' && !blocking ? 'informs' : answer;
  return el(
    'li',
    { className: kind, title: `${words.en}\n${facts.en}\n${source.zh} ${source.en}` },
    el('span', { className: 'mark', role: 'img', ariaLabel: said }, mark),
    el('strong', {}, words.zh),
    el('span', { className: 'why', id: `why-${id}` }, facts.zh),
  );
}

/** Whether a confirmation may be tried: a plate the officer types may settle what fails for want of one. The server decides. */
export function mayBeProven({ sufficiency }) {
  const blocking = (sufficiency?.findings ?? []).filter((finding) => finding.blocking && finding.answer === 'fails');
  return blocking.every(({ id }) => SETTLED_BY_A_PLATE.has(id));
}
const SETTLED_BY_A_PLATE = new Set(['plate-legible', 'no-permit', 'once-per-act', 'notice-proven']);
