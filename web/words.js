/** What the page calls things, Chinese first. */
export const TYPES = {
  'sidewalk-parking': ['人行道违停', 'Sidewalk parking'],
  'street-trading': ['出店/占道经营', 'Street trading'],
};
export const STATES = {
  pending: ['初审', 'First review'],
  'second-review': ['复审', 'Second review'],
  escalated: ['已上报', 'Escalated'],
  confirmed: ['已确认', 'Confirmed'],
  rejected: ['已驳回', 'Rejected'],
  educated: ['已教育', 'Educated'],
  withdrawn: ['已撤回', 'Withdrawn'],
  'self-corrected': ['已自行纠正', 'Self-corrected'],
  dissolved: ['已撤销立项', 'Dissolved'],
  open: ['取证中', 'Open'],
};
export const OUTCOMES = {
  confirm: ['确认', 'Confirmed'],
  reject: ['驳回', 'Rejected'],
  educate: ['教育', 'Educated'],
  escalate: ['上报', 'Escalated'],
  'send-back': ['退回', 'Sent back'],
};
export const ENDS = {
  departed: ['已驶离', 'Departed'],
  replaced: ['被他车替代', 'Replaced'],
  boundary: ['到规则时界', 'Rule boundary'],
  ongoing: ['未见离开', 'Not seen to leave'],
};

/** What each refusal means to an officer; others show the server's own sentence. */
export const REFUSALS = {
  'version-stale': '事件刚有变化，已重新载入，请再看一遍 It changed; look again',
  'lease-lost': '领取已过期，请重新领取 Your hold ended; claim it again',
  'lease-held': '同事正在审核 A colleague has it open',
  'lease-limit': '手中事件过多，请先处理 You hold too many items',
  'reason-missing': '请选择理由 Choose a reason',
  'note-missing': '选择“其他”时请填写备注 Write a note for “other”',
  'plate-missing': '请填写号牌 Type the plate',
  'plate-invalid': '号牌格式不符 Not a plate as GA 36 knows it',
  'plate-disagrees': '与初审号牌不一致，请退回 Differs from the first officer’s plate; send it back',
  'grade-clue': '该摄像机仅可作线索，不能确认 A clue camera cannot make a violation',
  'phase-warning': '规则处于警示期，只能教育 Warning phase: educate instead',
  'same-officer': '复审须由另一人员进行 The second officer must be another person',
  'role-missing': '没有此项权限 You lack the role',
  'already-released': '案件系统已接收，请由主管撤回 Already handed over: a supervisor must withdraw it',
  'sign-in-refused': '账号或密码有误 Wrong account or password',
  'credentials-invalid': '登录已过期，请重新登录 Signed out; sign in again',
};

export const both = ([chinese, english]) => `${chinese} ${english}`;

/** 2026-05-12T09:30:00+08:00 -> 2026-05-12 09:30:00, Beijing time whatever the browser's zone. */
export const time = (text) => text.slice(0, 19).replace('T', ' ');
export const clock = (text) => text.slice(5, 16).replace('T', ' ').replace('-', '/');

/** 605 -> 10 分 05 秒 */
export function dwell(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours} 小时 ${String(minutes).padStart(2, '0')} 分` : `${minutes} 分 ${rest} 秒`;
}
