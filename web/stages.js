/** What a stage asks of who works on it: what may be decided there, what must be said, what is due when. */
import { $, el, two } from './dom.js';
import { ANSWERS, both, CLOCK_STATES, STAGE_HINTS, STATEMENTS, STATES, span, time } from './words.js';

const NAMES = { confirm: ['确认', 'Confirm'], reject: ['驳回', 'Reject'] };
/** On an objection the two first buttons answer it. */
const ANSWERED_BY = { confirm: 'uphold', reject: 'sustain' };

/** What an outcome is called in the stage of an item. */
export const saidAs = ({ state }, outcome) => (state === 'objected' ? (ANSWERED_BY[outcome] ?? outcome) : outcome);

export const mayDecide = ({ outcomes }, outcome) =>
  outcomes.includes(outcome) || outcomes.includes(ANSWERED_BY[outcome]);

/** The hint, the party's words and the buttons of an item; null for none. */
export function drawStage(item) {
  const hint = item === null ? undefined : STAGE_HINTS[item.state];
  $('hint').hidden = hint === undefined;
  $('hint').replaceChildren(...(hint === undefined ? [] : [two(hint)]));
  $('statements').replaceChildren(
    ...(item?.statements ?? []).map(({ kind, text, at }) =>
      el('li', {}, `${time(at)} ${both(STATEMENTS[kind])}${text === '' ? '' : `：${text}`}`),
    ),
  );
  if (item === null) return;
  for (const button of document.querySelectorAll('[data-outcome]')) {
    button.hidden = !mayDecide(item, button.dataset.outcome);
  }
  const names = item.state === 'objected' ? ANSWERS : NAMES;
  for (const id of ['confirm', 'reject']) $(id).querySelector('.words').replaceChildren(two(names[id]));
  $('plate').readOnly = item.state === 'legal-review' || item.state === 'objected';
}

/** The field an officer still has to fill in for a decision: `reason`, `note`, or null. The server asks for the same. */
export function missingWhy({ state }, outcome, { reason, note }) {
  if ((outcome === 'reject' || outcome === 'educate') && reason === '') return 'reason';
  const mustSay = outcome === 'send-back' || state === 'arbitration' || state === 'objected';
  // A confirmation carries no reason code: its why is the note.
  const isSaid = note.trim() !== '' || (reason !== '' && outcome !== 'confirm');
  return mustSay && !isSaid ? 'note' : null;
}

const byDue = (a, b) =>
  (a.remainingSeconds ?? Number.POSITIVE_INFINITY) - (b.remainingSeconds ?? Number.POSITIVE_INFINITY);

/** Rows for the facts: one for each clock, what is due first. */
export const clockRows = ({ clocks }) =>
  [...(clocks ?? [])]
    .sort(byDue)
    .map(({ words, source, state, dueAt, remainingSeconds }) => [
      words.zh,
      el(
        'span',
        { className: state === 'overdue' ? 'overdue' : '', title: source.zh },
        `${time(dueAt).slice(0, 16)} · ${remainingSeconds === null ? '' : `${span(remainingSeconds)} `}`,
        two(CLOCK_STATES[state]),
        ' ',
        el('small', {}, words.en),
      ),
    ]);

/** Deadlines that come near or passed, for a supervisor. */
export function drawAlarms(alarms, open) {
  $('alarms').hidden = false;
  $('alarm-count').textContent = `${alarms.length}`;
  $('alarm-list').replaceChildren(
    ...alarms.map(({ id, level, clock, place, state }) => {
      const button = el(
        'button',
        { type: 'button', className: level },
        `${clock.words.zh} ${level === 'overdue' ? '超期' : '剩余'} ${span(clock.remainingSeconds)}`,
        el('small', {}, ` ${place.name} · ${both(STATES[state])}`),
      );
      button.addEventListener('click', () => open(id));
      return el('li', {}, button);
    }),
  );
}
