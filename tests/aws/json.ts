/** JSON as templates hold it, and careful ways into it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const listOf = (value: unknown): readonly Json[] => (isList(value) ? value : []);

/** @throws {Error} when it is no text */
export function textOf(value: unknown, what: string): string {
  if (typeof value === 'number') return `${value}`;
  if (typeof value !== 'string') throw new Error(`Expected ${what} to be text, found ${JSON.stringify(value)}`);
  return value;
}

export const numberOf = (value: unknown): number | undefined => (value === undefined ? undefined : Number(value));
