/** What the page calls things, Chinese first. */
export const TYPES = {
  'sidewalk-parking': ['人行道违停', 'Sidewalk parking'],
  'street-trading': ['出店/占道经营', 'Street trading'],
};
export const STATES = {
  pending: ['初审', 'First review'],
  'second-review': ['复审', 'Second review'],
  arbitration: ['裁定', 'Arbitration'],
  'legal-review': ['法制审核', 'Legal review'],
  escalated: ['已上报', 'Escalated'],
  objected: ['异议复核', 'Objection'],
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
  uphold: ['维持', 'Upheld'],
  sustain: ['采纳异议', 'Objection sustained'],
};
/** In which stage somebody decided. */
export const STAGES = {
  first: ['初审', 'first'],
  second: ['复审', 'second'],
  arbitration: ['裁定', 'arbiter'],
  legal: ['法制', 'legal'],
  objection: ['异议', 'objection'],
};
/** What a button does where an objection is to be answered. */
export const ANSWERS = {
  confirm: ['维持', 'Uphold'],
  reject: ['采纳', 'Sustain'],
};
/** What whoever works on a stage should know. */
export const STAGE_HINTS = {
  'second-review': [
    '背对背复核：请独立判断，初审结论暂不公开',
    'Blind: judge for yourself, the first decision is not shown',
  ],
  arbitration: ['两人意见不一：请裁定并说明理由', 'The officers differ: decide, and say why'],
  'legal-review': ['法制审核：不改号牌，有疑请退回', 'Legal review: the plate stands; send back what is in doubt'],
  objected: ['当事人提出异议：请复核并说明理由', 'The party objects: look again, and say why'],
};
export const STATEMENTS = {
  state: ['陈述', 'States'],
  defend: ['申辩', 'Defends'],
  object: ['异议', 'Objects'],
};
export const CLOCK_STATES = {
  running: ['剩余', 'left'],
  overdue: ['超期', 'overdue'],
  met: ['按期完成', 'in time'],
  stopped: ['已终止', 'stopped'],
};
/** Goods do not drive off. */
export const CLEARED = ['已撤除', 'Cleared'];

export const ENDS = {
  departed: ['已驶离', 'Departed'],
  replaced: ['被他车替代', 'Replaced'],
  boundary: ['到规则时界', 'Rule boundary'],
  ongoing: ['未见离开', 'Not seen to leave'],
};

/** What a second reader, asked for letters and digits only, makes of the plate. */
export const SECOND_READINGS = {
  agrees: ['一致', 'agrees'],
  disagrees: ['不一致', 'disagrees'],
  unread: ['未读出', 'not read'],
  unavailable: ['未应答', 'no answer'],
  off: ['未启用', 'not in use'],
};

/** What each refusal means to an officer; others show the server's own sentence. */
export const REFUSALS = {
  'version-stale': '事件刚有变化，已重新载入，请再看一遍 It changed; look again',
  'lease-lost': '领取已过期，请重新领取 Your hold ended; claim it again',
  'lease-held': '同事正在审核 A colleague has it open',
  'lease-limit': '手中事件过多，请先处理 You hold too many items',
  'reason-missing': '请选择理由 Choose a reason',
  'why-missing': '请填写备注说明理由 Write why in the note',
  'note-missing': '选择“其他”时请填写备注 Write a note for “other”',
  'plate-missing': '请填写号牌 Type the plate',
  'plate-invalid': '号牌格式不符 Not a plate as GA 36 knows it',
  'plate-disagrees': '与已确认号牌不一致，请退回 Differs from the plate the officers confirmed; send it back',
  'grade-clue': '该摄像机仅可作线索，不能确认 A clue camera cannot make a violation',
  'phase-warning': '规则处于警示期，只能教育 Warning phase: educate instead',
  'same-officer': '须由另一人员办理 Another person must do this',
  'not-blind':
    '您已看过初审结论，复审须由他人进行 You have seen the first decision; another must be the second officer',
  'limitation-passed': '已过二年追责时效，不得处罚 Past the two years of limitation: no penalty',
  'objection-answered': '异议答复不可撤销，可由主管撤回 An answer to an objection stands; a supervisor may withdraw',
  'evidence-insufficient': '依法须证明的事项未能证明，不能确认 What the law asks is not proven',
  'notice-missing': '规则要求先劝导提醒，没有送出记录，只能教育 No notice on record: educate instead',
  'notice-unproven': '提醒没有送达方回执，不能确认 Nothing proves that the notice was delivered',
  'grace-running': '宽限期后未再见到，不能确认 Not seen again after the grace',
  'notice-elsewhere': '提醒发给了另一号牌的车主，不能确认 The notice went to the owner of another plate',
  'role-missing': '没有此项权限 You lack the role',
  'already-released': '案件系统已接收，请由主管撤回 Already handed over: a supervisor must withdraw it',
  'sign-in-refused': '账号或密码有误 Wrong account or password',
  'credentials-invalid': '登录已过期，请重新登录 Signed out; sign in again',
};

export const both = ([chinese, english]) => `${chinese} ${english}`;

/** 2026-05-12T09:30:00+08:00 -> 2026-05-12 09:30:00, Beijing time whatever the browser's zone. */
export const time = (text) => text.slice(0, 19).replace('T', ' ');
export const clock = (text) => text.slice(5, 16).replace('T', ' ').replace('-', '/');

/** Seconds to go or gone by, as a person counts them: 3 天 4 小时. */
export function span(seconds) {
  const whole = Math.abs(seconds);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor((whole % 86_400) / 3600);
  if (days > 0) return `${days} 天 ${hours} 小时`;
  return hours > 0 ? `${hours} 小时` : `${Math.floor(whole / 60)} 分`;
}

/** 605 -> 10 分 05 秒 */
export function dwell(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours} 小时 ${String(minutes).padStart(2, '0')} 分` : `${minutes} 分 ${rest} 秒`;
}
