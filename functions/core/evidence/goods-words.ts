/** What a detector of everyday things (COCO) names among what a shop put out, in words for people. */
import type { Bilingual } from '#core/bilingual.ts';

const WORDS: Readonly<Record<string, Bilingual>> = {
  chair: { zh: '椅', en: 'chair' },
  couch: { zh: '沙发', en: 'couch' },
  bench: { zh: '长凳', en: 'bench' },
  dining_table: { zh: '桌', en: 'table' },
  umbrella: { zh: '遮阳伞', en: 'parasol' },
  potted_plant: { zh: '盆栽', en: 'plants' },
  suitcase: { zh: '箱', en: 'boxes' },
  backpack: { zh: '包', en: 'bags' },
  handbag: { zh: '包', en: 'bags' },
  bottle: { zh: '瓶装物', en: 'bottles' },
  refrigerator: { zh: '柜', en: 'cabinet' },
  tv: { zh: '灯箱或屏幕', en: 'lit sign or screen' },
};
const FRUIT: Bilingual = { zh: '果蔬食品', en: 'fruit and food' };
const FOOD: ReadonlySet<string> = new Set(
  'banana apple orange broccoli carrot sandwich hot_dog pizza donut cake'.split(' '),
);
const OTHER: Bilingual = { zh: '物品', en: 'things' };

/** Each kind once, in the order given; what has no name of its own is 物品. */
export function goodsWords(labels: readonly string[]): Bilingual {
  const words = new Map<string, Bilingual>();
  for (const label of labels) {
    const word = FOOD.has(label) ? FRUIT : (WORDS[label] ?? OTHER);
    words.set(word.zh, word);
  }
  const all = words.size === 0 ? [OTHER] : [...words.values()];
  return { zh: all.map(({ zh }) => zh).join('、'), en: all.map(({ en }) => en).join(', ') };
}
