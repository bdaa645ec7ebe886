import type { ContractInfo } from '#platform/http/openapi.ts';
import { SYSTEM_VERSION } from './version.ts';

/** The head of the contract, in both homes. */
export const CONTRACT: ContractInfo = {
  version: SYSTEM_VERSION,
  description: '街面摄像机快照 → 人行道违停、出店经营线索 → 人工审核 → 可出庭的证据包 → 案件系统。',
};
