/** 违法行为类型. Adding one: a file beside this one named as the rule, its test file, and its line in `registry.ts`. */
export type ViolationType = 'sidewalk-parking' | 'street-trading';
