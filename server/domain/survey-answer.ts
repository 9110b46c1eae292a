import type { SurveyKind } from '#contract/words.ts'

/** The scale of each kind of survey, both ends included. */
export const scaleOf: Record<SurveyKind, { min: number; max: number }> = {
  csat: { min: 1, max: 5 },
  nps: { min: 0, max: 10 },
  ces: { min: 1, max: 7 },
  csi: { min: 1, max: 10 },
}

export interface SurveyAnswer {
  score: number
  /** The words beyond the answer, or null. */
  comment: string | null
}

const textLengthMax = 1_000

/**
 * Reads a reply to a survey. It is an answer only when the text is one by itself ("4", "four", "四", "⭐⭐⭐⭐", "4/5"), perhaps
 * followed by words that can only be a comment ("4 thanks", "4 - she was kind"). "4 people are waiting", "5 minutes ago
 * I called" are sentences: null, and the caller treats the text as a turn.
 */
export function surveyAnswerOf(text: string, kind: SurveyKind): SurveyAnswer | null {
  if (text.length > textLengthMax) return null
  const plain = text.replace(/\p{Cf}|\ufe0e|\ufe0f|\u20e3/gu, '').normalize('NFKC').trim()
  const head = starsHead(plain) ?? numberHead(plain, kind)
  if (!head) return null
  const { min, max } = scaleOf[kind]
  if (head.score < min || head.score > max) return null
  const rest = restOf(head)
  return rest.isAnswer ? { score: head.score, comment: rest.comment } : null
}

interface Head {
  score: number
  rest: string
  /** A mark of the scale stands beside the number ("4 stars", "4/5", "四分"): it cannot count anything else. */
  isMarked: boolean
  isWord: boolean
}

function starsHead(text: string): Head | null {
  const run = /^(?:[⭐★🌟]\s*){1,10}(?:☆\s*){0,9}/u.exec(text)?.[0]
  if (!run) return null
  const full = [...run].filter((character) => '⭐★🌟'.includes(character)).length
  return { score: full, rest: text.slice(run.length), isMarked: true, isWord: false }
}

const englishNumbers = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const numberWords: ReadonlyMap<string, number> = new Map([
  ...englishNumbers.map((word, index) => [word, index] as const),
  ...[...'零一二三四五六七八九十'].map((word, index) => [word, index] as const),
  ['〇', 0], ['两', 2], ['兩', 2],
  ...['cero', 'uno', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve', 'diez'].map((word, index) => [word, index] as const),
])

const wordPattern = [...numberWords.keys()].filter((word) => /^[a-z]/.test(word)).join('|')
const headPattern = new RegExp(`^[("'#「“]?\\s*(?:(\\d{1,2})(?![\\d.,]\\d|\\d)|(${wordPattern})(?![\\p{L}\\p{N}])|([零〇一二两兩三四五六七八九十])(?![零〇一二两兩三四五六七八九十\\d]))[)"'」”]?`, 'iu')
const markPattern = new RegExp(`^\\s*(?:(?:/|out of|of)\\s*(\\d{1,2}|${wordPattern})(?![\\d\\p{L}])|(?:stars?|points?|pts?|estrellas?)(?!\\p{L})|(?:颗星|顆星|星级|星|分|⭐|★))`, 'iu')

function numberHead(text: string, kind: SurveyKind): Head | null {
  const match = headPattern.exec(text)
  if (!match) return null
  const word = match[2]?.toLowerCase() ?? match[3]
  const number = match[1] === undefined ? numberWords.get(word!)! : Number(match[1])
  const rest = text.slice(match[0].length)
  const mark = markPattern.exec(rest)
  if (!mark) return { score: number, rest, isMarked: false, isWord: word !== undefined }
  const afterMark = rest.slice(mark[0].length)
  // "分" also begins 分钟 (minutes), 星 begins 星期 (week).
  if (mark[0].endsWith('分') && /^(?:钟|鐘|之|店|公司|开|開|期|别|別|批)/u.test(afterMark)) return null
  // 十分 before a word means "very": 十分不满意 is no ten.
  if (mark[0].endsWith('分') && word === '十' && /^[\p{L}]/u.test(afterMark)) return null
  if (mark[0].endsWith('星') && /^(?:期|座|球)/u.test(afterMark)) return null
  if (mark[1] === undefined) return { score: number, rest: afterMark, isMarked: true, isWord: false }
  const outOf = numberWords.get(mark[1].toLowerCase()) ?? Number(mark[1])
  const { max } = scaleOf[kind]
  if (outOf === max) return { score: number, rest: afterMark, isMarked: true, isWord: false }
  // Full marks mean the same on every scale; "8/10" on a scale of five does not say which of the five.
  return number === outOf && [5, 7, 10].includes(outOf) ? { score: max, rest: afterMark, isMarked: true, isWord: false } : null
}

const thanks = /^(?:thanks|thank\s*(?:you|u)|thx|thnx|ty|cheers|gracias|bye|have a (?:nice|good|great)|谢谢|謝謝|多谢|多謝|感谢|感謝|辛苦)/iu
const because = /^(?:because|but|though|since you|因为|因為|但是|但|不过|不過)(?!\p{Script=Latin})/iu
const praise = /^(?:(?:very|so|really|quite|not|super)\s+)?(?:good|great|excellent|perfect|awesome|amazing|nice|fine|ok|okay|bad|poor|terrible|awful|slow|helpful|friendly|satisfied|happy|unhappy|easy|hard|difficult|fast|quick)(?:\s+(?:service|job|work|help|support|experience|agent|answer|person|lady|guy|everything))?(?=\s*(?:$|[.!,;:)😀-🙏👍]))/iu
const chinesePraise = /^(?:非常|很|挺|比较|太|还|還|真)?(?:好|棒|不错|不錯|满意|滿意|不满意|不滿意|一般|还行|還行|可以|差|慢|快|赞|讚|耐心)(?:[的了啊呀吧！!。.，,\s]|$)/u
const emoji = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\s]+$/u
const signature = /^(?:sent from my |von meinem |发自我的|發自我的|--\s)/iu

function restOf(head: Head): { isAnswer: true; comment: string | null } | { isAnswer: false } {
  const gap = /^[\s.!,;:，。！、；：…~)–—-]*/u.exec(head.rest)![0]
  const words = head.rest.slice(gap.length).trim()
  if (words === '' || signature.test(words)) return { isAnswer: true, comment: null }
  if (/^\d/.test(words)) return { isAnswer: false }
  const opensAsComment = thanks.test(words) || because.test(words) || praise.test(words) || chinesePraise.test(words) || emoji.test(words)
  const isCutOff = /[!！;；–—\n]/u.test(gap) || /\s-+\s/.test(gap) || (/[:：]/u.test(gap) && !/^\d/.test(words))
  const isAnswer = opensAsComment || (head.isMarked ? isCutOff || /[.,，。]/u.test(gap) : isCutOff && !head.isWord)
  return isAnswer ? { isAnswer: true, comment: words } : { isAnswer: false }
}
