/** The party's page: enter by number and code, look at one case, take a copy along, and speak. */
import { party } from './party-api.js';
import { picturesOf, unzipStored } from './party-copy.js';
import { element, fill, words } from './party-dom.js';
import { ANSWERS, actText, decisionText, KINDS, problemText, time } from './party-words.js';

const at = (id) => document.getElementById(id);
const both = (zh, en) => ({ zh, en });
const row = (name, value) => [
  element('dt', {}, words(name)),
  element('dd', {}, typeof value === 'string' ? [value] : words(value)),
];
const say = (place, problem) => fill(at(place), words(problemText(problem)));

let copy;

// Entering ----------------------------------------------------------------------------------------------------------

// The number may come in the address of a printed square code; the code never does.
at('incident').value = decodeURIComponent(window.location.hash.slice(1)).slice(0, 64);

at('enter').addEventListener('submit', async (event) => {
  event.preventDefault();
  fill(at('enter-problem'), []);
  const button = event.target.querySelector('button');
  button.disabled = true;
  try {
    await party.enter(at('incident').value.trim().toUpperCase(), at('code').value);
    at('code').value = '';
    show(await party.look());
    at('enter').hidden = true;
    at('case').hidden = false;
    at('leave').hidden = false;
    at('main').focus();
  } catch (problem) {
    say('enter-problem', problem);
  } finally {
    button.disabled = false;
  }
});

function close(problem) {
  at('enter').hidden = false;
  at('case').hidden = true;
  at('leave').hidden = true;
  for (const place of ['pictures', 'trail', 'statements', 'facts', 'speak-done', 'speak-problem']) fill(at(place), []);
  at('text').value = '';
  forgetCopy();
  if (problem !== undefined) say('enter-problem', problem);
  at('incident').focus();
}

at('leave').addEventListener('click', async () => {
  await party.leave();
  close();
});

/** A session that ended leads back to the door; anything else is said where it happened. */
function failed(place, problem) {
  if (problem.code === 'credentials-invalid') close(problem);
  else say(place, problem);
}

// The case ----------------------------------------------------------------------------------------------------------

function show(facts) {
  fill(at('state'), words(facts.stateWords));
  at('state').className = facts.state === 'withdrawn' ? 'good' : '';
  const { withdrawal, notice } = facts;
  fill(
    at('facts'),
    [
      row(both('事件编号', 'Number'), facts.incident),
      row(both('违法行为', 'Violation'), facts.typeWords),
      row(both('地点', 'Place'), facts.place),
      row(both('时间', 'Time'), `${time(facts.firstSeen)} 至 ${time(facts.lastSeen)}`),
      row(both('停留', 'Seen for'), facts.dwellWords),
      facts.type === 'sidewalk-parking'
        ? row(both('号牌', 'Plate'), facts.plateWords)
        : row(both('商户', 'Shop'), facts.shop ?? '—'),
      row(both('结束', 'End'), facts.endWords),
      row(both('办案单位', 'Unit'), facts.unit === '' ? '—' : facts.unit),
      withdrawal === null ? [] : row(both('撤回', 'Withdrawn'), `${time(withdrawal.at)}　${withdrawal.reasonWords.zh}`),
    ].flat(),
  );
  fill(
    at('grounds'),
    [...facts.grounds, ...facts.rules].map((one) => element('li', {}, words(one))),
  );
  at('proof-panel').hidden = facts.sufficiency.length === 0;
  const held = facts.sufficiency.filter(({ answer }) => answer === 'holds').length;
  fill(at('proof-count'), [`${facts.sufficiency.length} 项，符合 ${held} 项`]);
  fill(at('proof'), facts.sufficiency.map(finding));
  at('notice-panel').hidden = notice === null;
  if (notice !== null) {
    fill(at('notice'), [
      ...row(both('发出', 'Sent'), time(notice.sentAt)),
      ...row(both('宽限至', 'Grace until'), time(notice.graceUntil)),
      ...(notice.text === null ? [] : row(both('内容', 'Text'), notice.text)),
    ]);
  }
  fill(at('deadlines'), [
    ...facts.decisions.flatMap((decision) => row(both(time(decision.at), ''), decisionText(decision))),
    ...facts.deadlines.flatMap(({ words: name, until, source }) => row(name, `${time(until)}（${source.zh}）`)),
  ]);
  fill(
    at('rights'),
    facts.rights.map((right) => element('li', {}, words(right))),
  );
  fill(
    at('statements'),
    facts.statements.map(({ kind, text, at: when }) =>
      element('li', {}, [
        element('strong', {}, words(KINDS[kind])),
        ` ${time(when)}`,
        element('div', { className: 'said' }, [text]),
      ]),
    ),
  );
  at('show-copy').hidden = facts.copy.state === 'none' || copy !== undefined;
  if (facts.copy.state === 'none') say('copy-state', { code: 'not-sealed', message: 'No copy so far' });
}

const finding = ({ words: name, answer, facts, source }) =>
  element('li', {}, [
    element('span', { className: `answer ${answer}` }, words(ANSWERS[answer])),
    ...words(name),
    element('div', {}, words(facts)),
    element('div', { className: 'soft' }, words(source)),
  ]);

// The copy ----------------------------------------------------------------------------------------------------------

at('show-copy').addEventListener('click', async () => {
  at('show-copy').disabled = true;
  try {
    const coming = both('副本正在制作，请稍候（通常一分钟以内）', 'being made, usually within a minute');
    const { buffer, fileName } = await party.copy(() => fill(at('copy-state'), words(coming)));
    const files = unzipStored(buffer);
    copy = { buffer, fileName, files, urls: [] };
    fill(at('pictures'), picturesOf(files).map(figure));
    fill(at('copy-state'), []);
    at('show-copy').hidden = true;
    at('save-copy').hidden = false;
    at('save-sheet').hidden = false;
  } catch (problem) {
    failed('copy-state', problem);
  } finally {
    at('show-copy').disabled = false;
  }
});

function blobUrl(bytes, type) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  copy.urls.push(url);
  return url;
}

const figure = ({ proves, bytes }) =>
  element('figure', {}, [
    element('img', { src: blobUrl(bytes, 'image/jpeg'), alt: proves.zh }),
    element('figcaption', {}, words(proves)),
  ]);

function save(bytes, type, name) {
  element('a', { href: blobUrl(bytes, type), download: name }).click();
}
at('save-copy').addEventListener('click', () => save(copy.buffer, 'application/zip', copy.fileName));
at('save-sheet').addEventListener('click', () =>
  save(copy.files.get('data/evidence.pdf'), 'application/pdf', copy.fileName.replace('.zip', '.pdf')),
);

function forgetCopy() {
  for (const url of copy?.urls ?? []) URL.revokeObjectURL(url);
  copy = undefined;
  fill(at('copy-state'), []);
  at('save-copy').hidden = true;
  at('save-sheet').hidden = true;
}

// Speaking ----------------------------------------------------------------------------------------------------------

at('speak').addEventListener('submit', (event) => {
  event.preventDefault();
  fill(at('speak-problem'), []);
  fill(at('speak-done'), []);
  const text = at('text').value.trim();
  if (text === '') {
    say('speak-problem', { code: 'request-invalid', message: 'Write something' });
    return;
  }
  fill(at('confirm-kind'), words(KINDS[kind()]));
  fill(at('confirm-text'), [text]);
  at('confirm').returnValue = 'no';
  at('confirm').showModal();
});

const kind = () => new FormData(at('speak')).get('kind');

at('confirm').addEventListener('close', async () => {
  if (at('confirm').returnValue !== 'yes') return;
  const button = at('speak').querySelector('button');
  button.disabled = true;
  try {
    show(await party.speak(kind(), at('text').value.trim()));
    at('text').value = '';
    fill(at('speak-done'), words(both('已记录在案。', 'It is on record.')));
  } catch (problem) {
    failed('speak-problem', problem);
  } finally {
    button.disabled = false;
  }
});

// Who looked --------------------------------------------------------------------------------------------------------

at('show-trail').addEventListener('click', async () => {
  try {
    const { items } = await party.trail();
    fill(
      at('trail'),
      items.map(({ at: when, by, act }) => element('li', {}, [`${time(when)}　${by.words.zh}　${actText(act)}`])),
    );
  } catch (problem) {
    failed('trail', problem);
  }
});
