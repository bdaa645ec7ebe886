/** 法律依据: what a violation breaks and what it may cost, as the party is told (Administrative Penalty Law art. 44). */
import type { Bilingual } from '../bilingual.ts';
import type { ViolationType } from './violation.ts';

export const GROUNDS: Readonly<Record<ViolationType, readonly Bilingual[]>> = {
  'sidewalk-parking': [
    {
      zh: '《道路交通安全法》第五十六条第一款：机动车应当在规定地点停放；禁止在人行道上停放机动车（施划的停车泊位除外）',
      en: 'Road Traffic Safety Law art. 56(1): motor vehicles are parked where it is provided; parking on sidewalks is forbidden, marked bays excepted',
    },
    {
      zh: '《道路交通安全法》第九十三条：可以指出违法行为，予以口头警告，令其立即驶离；拒绝立即驶离、妨碍通行的，处二十元以上二百元以下罚款',
      en: 'Road Traffic Safety Law art. 93: a warning and an order to leave; a fine of 20 to 200 yuan for who refuses and obstructs',
    },
  ],
  'street-trading': [
    {
      zh: '《城市市容和环境卫生管理条例》第十四条：任何单位和个人不得在街道两侧和公共场地堆放物料，搭建建筑物、构筑物或者其他设施',
      en: 'Regulations on City Appearance art. 14: nobody stores goods or puts up structures along streets and on public ground',
    },
    {
      zh: '《城市市容和环境卫生管理条例》第三十六条：责令停止违法行为，限期清理，可以并处罚款',
      en: 'Regulations on City Appearance art. 36: an order to stop and to clear away, and possibly a fine',
    },
  ],
};

/** What a party may do, and until when, as it is told beside the facts. */
export const RIGHTS_OF_PARTY: readonly Bilingual[] = [
  {
    zh: '您有权陈述和申辩；行政机关必须充分听取，不得因此给予更重的处罚（行政处罚法第四十五条）',
    en: 'You may state and defend; you must be heard, and nobody is punished more severely for it (Administrative Penalty Law art. 45)',
  },
  {
    zh: '您提出异议的，由未参与本案的另一名执法人员复核（道路交通安全违法行为处理程序规定第二十二条）',
    en: 'An objection is reviewed by another officer, who had no part in the case (Procedure Provisions art. 22)',
  },
  {
    zh: '对处罚决定不服的，可自知道之日起六十日内申请行政复议，或六个月内提起行政诉讼（行政复议法第二十条、行政诉讼法第四十六条）',
    en: 'Against a decision: reconsideration within 60 days, or a suit within six months of learning of it',
  },
];
