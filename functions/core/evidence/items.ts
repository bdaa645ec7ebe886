/** What each enclosed file is, how it was made, and what it proves (行政诉讼证据规定 art. 12). */
import type { Bilingual } from '#core/bilingual.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { sha256Hex } from './bag.ts';
import type { KeyFrame } from './key-frames.ts';
import type { EvidenceItem, ItemRole } from './manifest-schema.ts';
import type { CitedFrame, PackageInput } from './package-input.ts';
import { cameraWords, chineseTime, plateWords } from './wording.ts';
import type { ZipEntry } from './zip-write.ts';

/** A payload file together with what it is. */
export interface PackageFile extends ZipEntry {
  readonly role: ItemRole;
  /** The key frame it shows, when it shows one. */
  readonly keyFrame: KeyFrame | null;
}

const SYSTEM: Bilingual = { zh: 'Kerbwatch 系统自动制作', en: 'made by the Kerbwatch system' };

export function itemOf(file: PackageFile, input: PackageInput, frames: ReadonlyMap<string, CitedFrame>): EvidenceItem {
  const frame = file.keyFrame === null ? undefined : frames.get(file.keyFrame.sighting.frameId);
  return {
    path: file.name,
    role: file.role,
    sha256: sha256Hex(file.bytes),
    bytes: file.bytes.length,
    frameId: file.keyFrame?.sighting.frameId ?? null,
    madeAt: formatInstant(file.role === 'original' && frame !== undefined ? frame.capturedAt : input.sealedAt),
    ...makingOf(file, input, frame),
    proves: provesOf(file, input),
  };
}

function makingOf(
  file: PackageFile,
  input: PackageInput,
  frame: CitedFrame | undefined,
): { maker: Bilingual; method: Bilingual } {
  switch (file.role) {
    case 'original': {
      const camera = input.cameras.find(({ id }) => id === frame?.cameraId);
      const name = camera === undefined ? (frame?.cameraId ?? '') : cameraWords(camera);
      const received = frame === undefined ? '' : `${chineseTime(frame.receivedAt)} 由 ${frame.receivedFrom} 传入`;
      return {
        maker: { zh: `摄像机 ${name} 自动拍摄`, en: `taken automatically by camera ${frame?.cameraId ?? ''}` },
        method: {
          zh: `固定摄像机抓拍；${received}；按首次收到的字节原样保存，未作任何处理`,
          en: 'still of a fixed camera, kept byte for byte as first received',
        },
      };
    }
    case 'view':
      return {
        maker: SYSTEM,
        method: {
          zh: '在原图副本上绘制区域、目标框、号牌框，并在画面下方加注文字；画面内容未作修饰',
          en: 'zone, subject box and plate box drawn on a copy of the original, caption below; nothing retouched',
        },
      };
    case 'overview':
      return {
        maker: SYSTEM,
        method: {
          zh: '自同一摄像机的首次、中间、末次原图裁取同一范围并列',
          en: 'the same region cut from the first, middle and last original of one camera, side by side',
        },
      };
    case 'plate':
      return {
        maker: SYSTEM,
        method: {
          zh: '自原图裁取号牌范围，以 Lanczos 插值放大，未作锐化或修补；下方为该帧逐字识别结果',
          en: 'plate region cut from the original, enlarged (Lanczos), not sharpened or repaired; the reading of this frame below',
        },
      };
    case 'sheet':
      return {
        maker: SYSTEM,
        method: {
          zh: '由本清单同一事实生成的纸面材料',
          en: 'printable sheet made from the same facts as this manifest',
        },
      };
    case 'notice':
      return {
        maker: SYSTEM,
        method: {
          zh: '发送时逐字节记录请求与送达方的回执，一次性写入，未作改动',
          en: 'request and answer recorded to the byte when sent, written once, unchanged',
        },
      };
    case 'audit':
      return {
        maker: SYSTEM,
        method: {
          zh: '系统随处理过程逐条记录，每条含前一条的哈希值',
          en: 'recorded act by act while working; each entry carries the hash of the one before',
        },
      };
  }
}

function provesOf(file: PackageFile, input: PackageInput): Bilingual {
  const { stay, placeName } = input.incident;
  const vehicle = stay.type === 'sidewalk-parking';
  const subject = vehicle ? '涉案车辆' : '店外物品';
  const sighting = file.keyFrame?.sighting;
  const at = sighting === undefined ? '' : chineseTime(sighting.capturedAt);
  switch (file.role) {
    case 'original': {
      const reasons = file.keyFrame?.reasons ?? [];
      const bound = `${reasons.includes('first') ? '（首次见到）' : ''}${reasons.includes('last') ? '（末次见到）' : ''}`;
      return {
        zh: `${at}${bound}，${placeName}，${subject}位于所划区域内`,
        en: `the subject was in the zone at ${sighting === undefined ? '' : formatInstant(sighting.capturedAt)}`,
      };
    }
    case 'view':
      return {
        zh: `${at} ${subject}与所划区域${sighting?.plate ? '、号牌' : ''}的位置关系（以对应原图为准）`,
        en: 'where the subject stood in relation to the zone (the original prevails)',
      };
    case 'overview':
      return vehicle
        ? {
            zh: '涉案车辆在所列各次见到时均处同一位置',
            en: 'the vehicle was in the same position each time it is shown',
          }
        : { zh: '店外区域在所列各次见到时均被占用', en: 'the storefront was occupied each time it is shown' };
    case 'plate': {
      const words = plateWords(stay.type, sighting?.plate?.text ?? null);
      return { zh: `${at} 该帧识别的号牌：${words.zh}`, en: `the plate as read in this frame: ${words.en}` };
    }
    case 'sheet':
      return {
        zh: '汇总以上证据及制作说明，供审核签署',
        en: 'sums up the evidence and how it was made, for signature',
      };
    case 'notice':
      return {
        zh: '劝导提醒于何时、以何内容、经何渠道送出，送达方如何答复',
        en: 'when, in what words and by what channel the notice went out, and what was answered',
      };
    case 'audit':
      return {
        zh: '本事件自生成至封存的全过程，及其未被增删改动（各快照的接收见事实清单）',
        en: 'every act on the incident from its making to its sealing, and that none was added, removed or changed (receipt of frames: see the manifest)',
      };
  }
}

/** `20260512T093230`, Beijing time: part of file names. */
export const stamp = (at: Instant): string => formatInstant(at).slice(0, 19).replaceAll(/[-:]/g, '');
