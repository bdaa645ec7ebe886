/** What the page says, Chinese first. */

export const ANSWERS = {
  holds: { zh: '符合', en: 'holds' },
  fails: { zh: '不符合', en: 'fails' },
  'not-applicable': { zh: '不适用', en: 'not applicable' },
};

export const KINDS = {
  state: { zh: '陈述', en: 'statement' },
  defend: { zh: '申辩', en: 'defence' },
  object: { zh: '异议（由另一名执法人员复核）', en: 'objection, for another officer' },
};

const STAGES = { first: '初审', second: '复审', arbitration: '裁定', legal: '法制审核', objection: '异议复核' };
const OUTCOMES = {
  confirm: '确认',
  reject: '不予认定',
  educate: '教育',
  escalate: '上报',
  'send-back': '退回',
  uphold: '异议不成立，维持',
  sustain: '异议成立，撤销',
};
export const decisionText = ({ stage, outcome, officerName }) =>
  `${STAGES[stage] ?? stage}：${OUTCOMES[outcome] ?? outcome}（${officerName}）`;

const ACTS = [
  [/^party\.entered$/, '进入查询'],
  [/^party\.viewed$/, '查看本案'],
  [/^party\.trail-viewed$/, '查看处理记录'],
  [/^party\.copy-asked$/, '申请副本'],
  [/^party\.copy-fetched$/, '取得副本'],
  [/^party\.(stated|defended)$/, '陈述、申辩'],
  [/^party\.objected$/, '提出异议'],
  [/^party-code\.issued$/, '发放查询码'],
  [/^party-copy\.made$/, '制作副本'],
  [/^notice\.sent$/, '发送劝导提醒'],
  [/^incident\.sealed$/, '封存证据'],
  [/^incident\.claimed$/, '领取审核'],
  [/^incident\.decided$/, '作出审核决定'],
  [/^incident\.decision-undone$/, '撤销审核决定'],
  [/^incident\.returned$/, '退回队列'],
  [/^violation\.withdrawn$/, '撤回'],
  [/^violation\.acknowledged$/, '登记案号'],
  [/package-fetched$/, '取得证据包'],
  [/(viewed|viewed-as-history|handed-out)$/, '查看'],
  [/^incident\./, '更新事件'],
];
export const actText = (act) => ACTS.find(([pattern]) => pattern.test(act))?.[1] ?? act;

/** 2026-05-12 09:32:30, Beijing time as the server gives it. */
export const time = (iso) => iso.slice(0, 19).replace('T', ' ');

const PROBLEMS = {
  'party-code-refused': '编号或查询码不正确，或已过期。请核对告知书；也可请发出告知的单位重新发放。',
  'party-throttled': '尝试次数过多，请稍后再试。',
  'credentials-invalid': '查询已失效，请重新输入编号与查询码。',
  'not-sealed': '证据尚未封存或案件正在审核，暂无副本，请稍后再看。',
  'statements-full': '本案陈述已达上限，请以书面形式提交办案单位。',
  'statement-invalid': '内容过长，请分次提交。',
  'request-invalid': '请填写内容（5000 字以内）。',
  'copy-late': '副本仍在制作，请稍后再试。',
  'copy-gone': '链接已失效，请重新点击查看。',
  unreachable: '无法连接服务器，请检查网络。',
};
export const problemText = ({ code, message }) => ({ zh: PROBLEMS[code] ?? '出现问题，请稍后再试。', en: message });
