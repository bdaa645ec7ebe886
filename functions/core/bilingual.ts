/** What a person reads: Chinese first, English beside it. */
export interface Bilingual {
  zh: string;
  en: string;
}
