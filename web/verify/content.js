/** What a valid package tells: the facts, the list of requirements, the pictures. */
import { readManifest } from '#core/evidence/verify.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import { element, words } from './dom.js';

const ANSWERS = {
  holds: { zh: '符合', en: 'holds' },
  fails: { zh: '不符合', en: 'fails' },
  'not-applicable': { zh: '不适用', en: 'not applicable' },
};
let shown = [];

export function showContent(zip) {
  for (const url of shown) URL.revokeObjectURL(url);
  shown = [];
  const files = new Map(readZip(zip).entries.map(({ name, bytes }) => [name.slice(name.indexOf('/') + 1), bytes]));
  const manifest = readManifest(new TextDecoder().decode(files.get('data/manifest.json')));
  return [...facts(manifest), ...sufficiency(manifest), ...pictures(manifest, files)];
}

const heading = (said) => element('h2', {}, words(said));
const table = (rows) =>
  element(
    'table',
    {},
    rows.map((row) =>
      element(
        'tr',
        {},
        row.map((cell) => element('td', {}, cell)),
      ),
    ),
  );

function facts({ incident, stay, plateWords, statement, making }) {
  return [
    heading({ zh: '事实', en: 'Facts' }),
    table([
      [words({ zh: '事件', en: 'Incident' }), [`${incident.id} · `, ...words(incident.typeWords)]],
      [words({ zh: '地点', en: 'Place' }), [incident.placeName]],
      [words({ zh: '首次与末次见到', en: 'First and last seen' }), [`${stay.firstSeen} – ${stay.lastSeen}`]],
      [words({ zh: '停留', en: 'Stay' }), words(stay.dwellWords)],
      [words({ zh: '号牌', en: 'Plate' }), words(plateWords)],
      [words({ zh: '封存', en: 'Sealed' }), [making.sealedAt]],
    ]),
    element('p', {}, words(statement)),
  ];
}

function sufficiency({ sufficiency: report }) {
  if (report === undefined) return [];
  return [
    heading({ zh: '证据充分性', en: 'Sufficiency when sealed' }),
    table(
      report.findings.map((finding) => [
        words(finding.words),
        words(ANSWERS[finding.answer]),
        words(finding.facts),
        words(finding.source),
      ]),
    ),
  ];
}

function pictures({ items }, files) {
  const seen = items.filter(({ role }) => ['overview', 'view', 'plate', 'redacted', 'original'].includes(role));
  if (seen.length === 0) return [];
  return [
    heading({ zh: '图片', en: 'Pictures' }),
    ...seen.map(({ path, proves }) => {
      const src = URL.createObjectURL(new Blob([files.get(path)], { type: 'image/jpeg' }));
      shown.push(src);
      return element('figure', {}, [
        element('img', { src, alt: path, loading: 'lazy' }),
        element('figcaption', {}, [`${path}：`, ...words(proves)]),
      ]);
    }),
  ];
}
