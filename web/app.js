/** The reviewers' page: sign in, take the next item, look, decide. */
import { api, Problem } from './api.js';
import { $, el, two } from './dom.js';
import { plateCloseUp, scene, subjectCloseUp } from './picture.js';
import { clockRows, drawAlarms, drawStage, mayDecide, missingWhy, saidAs } from './stages.js';
import { drawSufficiency, mayBeProven } from './sufficiency.js';
import {
  both,
  CLEARED,
  clock,
  dwell,
  ENDS,
  OUTCOMES,
  REFUSALS,
  SECOND_READINGS,
  STAGES,
  STATES,
  TYPES,
  time,
} from './words.js';

/** What is on the screen. `mine` says whether the item is in the officer's hands. */
const state = { officer: null, rows: [], cursor: null, item: null, mine: false, frame: 0, undoable: null, busy: false };
let heartbeat = 0;
let silence = 0;

function say(text, { undo = null } = {}) {
  clearTimeout(silence);
  state.undoable = undo;
  $('said-text').textContent = text;
  $('undo').hidden = undo === null;
  $('said').classList.toggle('shown', text !== '');
  silence = setTimeout(() => say(''), undo === null ? 6000 : 30000);
}

/** Runs one thing at a time, and says in words what the server refused. */
async function doing(work) {
  if (state.busy) return;
  state.busy = true;
  document.body.setAttribute('aria-busy', 'true');
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401 && state.officer !== null) showSignIn();
    say(REFUSALS[error.code] ?? error.message);
    const stale = error.code === 'version-stale' || error.code === 'lease-lost';
    if (stale && state.item !== null) await open(state.item.id);
  } finally {
    state.busy = false;
    document.body.removeAttribute('aria-busy');
  }
}

/** Whether it is worth asking who is signed in; the session itself is in a cookie that scripts cannot read. */
const SIGNED_IN = 'kerbwatch-signed-in';

// Signing in ------------------------------------------------------------------------------------------------------

function showSignIn() {
  state.officer = null;
  localStorage.removeItem(SIGNED_IN);
  clearInterval(heartbeat);
  $('work').hidden = true;
  $('sign-out').hidden = true;
  $('who').textContent = '';
  $('sign-in').hidden = false;
  $('sign-in-form').elements.account.focus();
}

async function begin(officer) {
  state.officer = officer;
  localStorage.setItem(SIGNED_IN, 'yes');
  $('who').textContent = `${officer.name} · ${officer.unit}`;
  $('sign-in').hidden = true;
  $('sign-out').hidden = false;
  $('work').hidden = false;
  const { items } = await api.reasons();
  $('reason').replaceChildren(
    el('option', { value: '' }, '—'),
    ...items.map(({ code, text }) => el('option', { value: code, title: code }, `${text} ${code}`)),
  );
  await refresh();
  show(null);
}

$('sign-in-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { account, password } = event.target.elements;
  $('sign-in-problem').textContent = '';
  try {
    await api.signIn(account.value, password.value);
    password.value = '';
    await begin(await api.who());
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    $('sign-in-problem').textContent = REFUSALS[error.code] ?? error.message;
  }
});

$('sign-out').addEventListener('click', () =>
  doing(async () => {
    await api.signOut();
    showSignIn();
  }),
);

// The queue -------------------------------------------------------------------------------------------------------

function wish() {
  const chosen = { type: $('filter-type').value, state: $('filter-state').value };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== ''));
}

async function refresh() {
  const page = await api.queue({ ...wish(), limit: 50 });
  state.rows = page.items;
  state.cursor = page.nextCursor;
  drawQueue();
  if (state.officer.roles.includes('supervisor')) drawAlarms((await api.alarms()).items, (id) => doing(() => take(id)));
}

async function more() {
  const page = await api.queue({ ...wish(), limit: 50, cursor: state.cursor });
  state.rows.push(...page.items);
  state.cursor = page.nextCursor;
  drawQueue();
}

function drawQueue() {
  $('queue-count').textContent = `${state.rows.length}${state.cursor === null ? '' : '+'}`;
  $('more').hidden = state.cursor === null;
  $('queue').replaceChildren(
    ...(state.rows.length === 0
      ? [el('li', { className: 'empty' }, '没有待审事件 Nothing waits')]
      : state.rows.map(rowOf)),
  );
}

function rowOf(row) {
  const button = el(
    'button',
    { type: 'button' },
    el('span', { className: 'plate' }, row.plate ?? row.shop ?? '号牌待填 Plate to type'),
    tagOf(row),
    el('span', { className: 'place' }, row.place.name),
    el('span', { className: 'when' }, clock(row.firstSeen)),
    el('span', { className: 'place' }, `${TYPES[row.type][0]} · ${dwell(row.dwellSeconds)}`),
  );
  if (row.id === state.item?.id) button.setAttribute('aria-current', 'true');
  button.addEventListener('click', () => doing(() => take(row.id)));
  return el('li', {}, button);
}

function tagOf({ overdue, lease, grade, phase, state: stage }) {
  const tag = (kind, text) => el('span', { className: `tag tag-${kind}` }, text);
  if (lease?.mine) return tag('mine', '在手 Mine');
  if (lease) return tag('held', '审核中 Held');
  if (overdue) return tag('overdue', '超期 Overdue');
  if (grade !== 'evidence') return tag('clue', '线索 Clue');
  if (phase !== 'enforcing') return tag('warning', '警示期 Warning');
  return tag('stage', STATES[stage][0]);
}

// One item --------------------------------------------------------------------------------------------------------

/** Into the officer's hands, or only on the screen when it cannot be. */
async function take(id) {
  try {
    const { item } = await api.claim({ id });
    show(item, true);
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 401) throw error;
    await open(id);
    say(REFUSALS[error.code] ?? error.message);
  }
  await refresh();
}

async function open(id) {
  const item = await api.look(id);
  show(item, item.lease !== null && item.lease.officerId === state.officer.id);
}

/** A new item; when there is none, or both hands are full, the next of those already held. */
async function next() {
  const item = await claimed();
  await refresh();
  if (item !== null) {
    show(item, true);
    return;
  }
  const held = state.rows.filter(({ lease }) => lease?.mine).map(({ id }) => id);
  const after = held.indexOf(state.item?.id) + 1;
  const aside = held[after] ?? held[0];
  if (aside !== undefined) await take(aside);
  else show(null);
  say(
    aside === undefined
      ? '队列已空 The queue is empty'
      : '没有新的事件：先处理手中的 Nothing new: those you hold come first',
  );
}

async function claimed() {
  const { type } = wish();
  try {
    return (await api.claim(type === undefined ? {} : { type })).item;
  } catch (error) {
    if (error instanceof Problem && error.code === 'lease-limit') return null;
    throw error;
  }
}

/** What was put aside comes before anything new. */
async function afterDecision() {
  await refresh();
  const aside = state.rows.find(({ lease }) => lease?.mine);
  await (aside === undefined ? next() : take(aside.id));
}

function show(item, mine = false) {
  clearInterval(heartbeat);
  state.item = item;
  state.mine = mine;
  state.frame = 0;
  $('decide').hidden = !mine;
  if (mine) heartbeat = setInterval(keep, 60_000);
  drawFacts();
  drawStage(item);
  drawSufficiency(item);
  drawPictures();
  drawQueue();
  if (item === null) return;
  $('plate-field').hidden = item.type !== 'sidewalk-parking';
  $('plate').value = item.plate ?? '';
  $('reason').value = '';
  $('note').value = '';
  // What can never become a penalty cannot be confirmed; the server would refuse it too.
  $('confirm').disabled = item.grade !== 'evidence' || item.phase !== 'enforcing' || !mayBeProven(item);
  document.activeElement?.blur();
}

async function keep() {
  try {
    await api.heartbeat(state.item.id);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'lease-lost') await doing(() => open(state.item.id));
    say(REFUSALS[error.code] ?? error.message);
  }
}

function drawPictures() {
  const { item, frame } = state;
  const picture = item?.pictures[frame];
  if (picture === undefined) {
    const text = item === null ? '按 N 领取下一件 Press N for the next item' : '没有可显示的图片 No pictures to show';
    $('stage').replaceChildren(el('p', {}, text));
    $('strip').replaceChildren();
    $('closeups').replaceChildren();
    return;
  }
  const title = `${item.place.name} ${time(picture.capturedAt)}`;
  const caption = el(
    'p',
    { className: 'caption' },
    el('span', {}, time(picture.capturedAt)),
    el('span', {}, item.place.name),
    el('span', {}, `摄像机 ${picture.cameraId}`),
    el('span', {}, picture.plate === null ? '' : `本帧号牌 ${picture.plate.text}`),
  );
  $('stage').replaceChildren(scene(picture, title), caption);
  $('strip').replaceChildren(...item.pictures.map(thumbnail));
  $('closeups').replaceChildren(plateCloseUp(picture) ?? subjectCloseUp(picture));
}

function thumbnail(picture, index) {
  const button = el(
    'button',
    { type: 'button' },
    el('img', { src: picture.url, alt: `快照 Frame ${index + 1}`, loading: 'lazy' }),
    picture.capturedAt.slice(11, 19),
  );
  if (index === state.frame) button.setAttribute('aria-current', 'true');
  button.addEventListener('click', () => turnTo(index));
  return el('li', {}, button);
}

function turnTo(index) {
  const count = state.item?.pictures.length ?? 0;
  if (count === 0) return;
  state.frame = (index + count) % count;
  drawPictures();
}

/** Characters the machine was unsure of stand out: the mean would hide one bad one. */
function plateNode({ plateRead, plate, secondReading }) {
  const unread =
    secondReading?.state === 'disagrees' ? '读数不一，请填写 Readings differ: type it' : '未能识别 Not readable';
  if (plateRead === null) return el('span', {}, plate ?? unread);
  const characters = plateRead.characters.map(({ char, confidence }) =>
    el('span', { className: confidence < 0.9 ? 'weak' : '', title: `${Math.round(confidence * 100)} %` }, char),
  );
  // As it stands on the plate: the dot follows province and letter.
  if (characters.length > 2) characters.splice(2, 0, '·');
  return el('span', {}, ...characters, ` · ${plateRead.reads} 帧 frames`);
}

/** What another reader made of the same plate: one that differs makes the officer look. */
function secondReadingNode({ state, words, differences, frames }) {
  const where = differences.map(({ position, ours, theirs }) => `第 ${position} 位 ${ours}↔${theirs}`).join('、');
  const [zh, en] = SECOND_READINGS[state];
  const counted = state === 'off' || state === 'unavailable' ? '' : ` · ${frames[state]} 帧 frames`;
  return el(
    'span',
    { className: state === 'disagrees' ? 'weak' : '', title: `${words.zh} ${words.en}` },
    where === '' ? `${zh} ` : `${zh}（${where}） `,
    el('small', {}, `second reading ${en}${counted}`),
  );
}

/** What the same vehicle or shop was found at before; the look is on record there too. */
const historyText = ({ history, suggestion }) =>
  `${history.length === 0 ? '无 none' : `${history.length} 件 cases`}${suggestion.repeat ? ' · 屡犯 repeat' : ''}`;

const noticeNode = ({ sentAt, graceUntil, text }) =>
  el('span', { title: text ?? '' }, `${time(sentAt)} 送出 sent · 宽限至 until ${time(graceUntil)}`);

/** Art. 33: a hint with its reasons, never a decision. */
function suggestionNode(suggestion) {
  const tests = [
    ['首次', 'first', suggestion.first],
    ['轻微', 'minor', suggestion.minor],
    ['改正', 'corrected', suggestion.corrected],
  ];
  const marks = tests.map(([chinese, english, { holds, facts }]) =>
    el('span', { title: `${facts.zh} ${facts.en}` }, `${holds ? '✓' : '✗'}${chinese} `, el('small', {}, `${english} `)),
  );
  const said = suggestion.outcome === 'educate' ? '可教育 may be educated ' : '';
  return el('span', { title: suggestion.source.zh }, said, ...marks);
}

function drawFacts() {
  const { item } = state;
  if (item === null) {
    $('facts').replaceChildren();
    $('decisions').replaceChildren();
    return;
  }
  const link = el('a', { href: api.packageUrl(item.id), target: '_blank', rel: 'noopener' }, '下载证据包 Package');
  const rows = [
    ['类型 Type', two(TYPES[item.type])],
    ['环节 Stage', two(STATES[item.state])],
    ['地点 Place', item.place.name],
    ...(item.shop === null ? [] : [['店铺 Shop', item.shop]]),
    ...(item.type === 'sidewalk-parking' ? [['识别 Read', plateNode(item)]] : []),
    ...(item.secondReading === null ? [] : [['第二读数', secondReadingNode(item.secondReading)]]),
    ['首次 First', time(item.firstSeen)],
    ['末次 Last', time(item.lastSeen)],
    [
      '停留 Stay',
      el(
        'span',
        {},
        `${dwell(item.dwellSeconds)} · `,
        two(item.type === 'street-trading' && item.end.kind === 'departed' ? CLEARED : ENDS[item.end.kind]),
      ),
    ],
    ...clockRows(item),
    ...(item.grade === 'evidence' ? [] : [['等级 Grade', '线索，不得处罚 Clue, never a penalty']]),
    ...(item.phase === 'enforcing' ? [] : [['阶段 Phase', '警示期 Warning phase']]),
    ...(item.notice === null ? [] : [['劝导 Notice', noticeNode(item.notice)]]),
    ...(item.suggestion === null ? [] : [['以往 History', historyText(item)]]),
    ...(item.suggestion === null ? [] : [['提示 Hint', suggestionNode(item.suggestion)]]),
    ...(item.lateFrames.contradicts ? [['注意 Note', '后到快照与此不符 Late frames speak against it']] : []),
    ['证据 Evidence', item.package === null ? '未封存 Not sealed' : link],
  ];
  $('facts').replaceChildren(...rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
  $('decisions').replaceChildren(
    ...item.decisions.map(({ officerName, stage, outcome, plate, reason, note, at }) =>
      el(
        'li',
        {},
        `${time(at)} ${STAGES[stage][0]} ${officerName} ${both(OUTCOMES[outcome])} ${plate ?? ''} ${reason ?? ''} ${note}`,
      ),
    ),
  );
}

async function decide(outcome) {
  const { item, mine } = state;
  if (item === null || !mine || !mayDecide(item, outcome)) return;
  const reason = $('reason').value;
  const missing = missingWhy(item, outcome, { reason, note: $('note').value });
  if (missing !== null) {
    $(missing).focus();
    say(REFUSALS[missing === 'reason' ? 'reason-missing' : 'why-missing']);
    return;
  }
  await api.decide(item.id, {
    outcome,
    reason: reason === '' || outcome === 'confirm' ? null : reason,
    plate: outcome === 'confirm' && item.type === 'sidewalk-parking' ? $('plate').value : null,
    note: $('note').value,
    version: item.version,
  });
  const said = `${item.plate ?? item.place.name} ${both(OUTCOMES[saidAs(item, outcome)])}`;
  await afterDecision();
  // The answer to an objection stands.
  say(said, item.state === 'objected' ? {} : { undo: item.id });
}

async function undo() {
  const id = state.undoable;
  if (id === null) return;
  await api.undo(id);
  say('已撤销 Undone');
  await take(id);
}

async function giveBack() {
  if (state.item === null || !state.mine) return;
  await api.giveBack(state.item.id);
  show(null);
  await refresh();
}

// Hands -----------------------------------------------------------------------------------------------------------

$('next').addEventListener('click', () => doing(next));
$('more').addEventListener('click', () => doing(more));
$('undo').addEventListener('click', () => doing(undo));
$('give-back').addEventListener('click', () => doing(giveBack));
$('filter-type').addEventListener('change', () => doing(refresh));
$('filter-state').addEventListener('change', () => doing(refresh));
$('decide').addEventListener('submit', (event) => event.preventDefault());
for (const button of document.querySelectorAll('[data-outcome]')) {
  button.addEventListener('click', () => doing(() => decide(button.dataset.outcome)));
}

const KEYS = {
  a: () => doing(() => decide('confirm')),
  r: () => doing(() => decide('reject')),
  e: () => doing(() => decide('educate')),
  u: () => doing(undo),
  n: () => doing(next),
  p: () => $('plate').select(),
  arrowleft: () => turnTo(state.frame - 1),
  arrowright: () => turnTo(state.frame + 1),
  escape: () => doing(giveBack),
};

document.addEventListener('keydown', (event) => {
  if (state.officer === null || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (typing) {
    // Enter and Escape lead out of a field, back to the keys.
    if (event.key === 'Enter' || event.key === 'Escape') event.target.blur();
    return;
  }
  const act = KEYS[event.key.toLowerCase()];
  if (act === undefined) return;
  event.preventDefault();
  act();
});

if (localStorage.getItem(SIGNED_IN) === null) showSignIn();
else api.who().then((officer) => doing(() => begin(officer)), showSignIn);
