import { describe, expect, it } from 'vitest'
import { surveyAnswerOf } from '#server/domain/survey-answer.ts'

describe('a reply is an answer when the text is one by itself', () => {
  it.each([
    ['4', 4], ['4.', 4], [' 4 ! ', 4], ['４', 4], ['4️⃣', 4], ['(4)', 4], ['#4', 4], ['"5"', 5],
    ['four', 4], ['Four.', 4], ['cinco', 5], ['四', 4], ['四分', 4], ['4分', 4], ['5星', 5], ['五星', 5], ['4颗星', 4],
    ['⭐️⭐️⭐️⭐️', 4], ['⭐ ⭐ ⭐', 3], ['★★★★☆', 4], ['5 stars', 5], ['five stars!', 5], ['4/5', 4], ['4 out of 5', 4], ['4 of five', 4],
    ['10/10', 5], ['5 ⭐', 5],
  ] as const)('csat %s is %i', (text, score) => expect(surveyAnswerOf(text, 'csat')).toEqual({ score, comment: null }))

  it.each([['10', 10], ['0', 0], ['ten', 10], ['zero', 0], ['十', 10], ['10/10', 10], ['9 out of 10', 9], ['10分', 10], ['零', 0]] as const)(
    'nps %s is %i', (text, score) => expect(surveyAnswerOf(text, 'nps')?.score).toBe(score))

  it.each([['7', 7], ['7/7', 7], ['seven', 7], ['七', 7], ['10/10', 7]] as const)('ces %s is %i', (text, score) => expect(surveyAnswerOf(text, 'ces')?.score).toBe(score))
})

describe('words beyond the answer are its comment', () => {
  it.each([
    ['4 thanks', 4, 'thanks'], ['4, thank you Anna', 4, 'thank you Anna'], ['four thanks', 4, 'thanks'], ['5!! She was so kind', 5, 'She was so kind'],
    ['2 - nobody called me back', 2, 'nobody called me back'], ['1: still broken', 1, 'still broken'], ['5 great service', 5, 'great service'], ['5 👍', 5, '👍'],
    ['5 stars. Anna is wonderful', 5, 'Anna is wonderful'], ['3 because it took long', 3, 'because it took long'], ['4谢谢', 4, '谢谢'], ['四分，谢谢你们', 4, '谢谢你们'],
    ['5 非常满意', 5, '非常满意'], ['2 但是太慢了', 2, '但是太慢了'], ['⭐⭐⭐⭐⭐, best support ever', 5, 'best support ever'],
    ['4\nBest regards, Mei', 4, 'Best regards, Mei'],
  ] as const)('%s', (text, score, comment) => expect(surveyAnswerOf(text, 'csat')).toEqual({ score, comment }))

  it('leaves a mail program’s signature out of the comment', () =>
    expect(surveyAnswerOf('4\n\nSent from my iPhone', 'csat')).toEqual({ score: 4, comment: null }))
})

describe('an answer off the scale is no answer', () => {
  it.each([['0', 'csat'], ['6', 'csat'], ['ten', 'csat'], ['8/10', 'csat'], ['11', 'nps'], ['-1', 'nps'], ['4.5', 'csat'], ['4,5', 'csat'], ['0', 'ces'], ['8', 'ces'], ['44', 'nps'], ['⭐⭐⭐⭐⭐⭐', 'csat']] as const)(
    '%s on %s', (text, kind) => expect(surveyAnswerOf(text, kind)).toBeNull())
})

const sentences = [
  '4 people are waiting', '5 minutes ago I called', '2 of my parcels are missing', '3 days later still nothing', 'I have 4 questions', 'call me at 5', '5 pm works', '5pm please',
  '1 more thing', 'One more thing', 'one of the lamps is broken', 'Two lamps arrived broken', 'Four weeks and no answer', 'Five people told me the same',
  '4 is the number of my flat', '3rd floor', '2nd attempt', '4th of July', '5 reasons to be angry', '5 good reasons to leave', '3 great ideas', '4G does not work', '4x faster please',
  '1. My parcel is missing 2. I want my money', '1) broken lamp 2) wrong colour', '5-6 days', '1, 2, 3 testing', '4, 5', '10 Downing Street', '5, rue de la Paix', '5. Juni passt mir', '4:30 works',
  '4 o’clock', '5 euro', '5€', '$5', '5 % off', '3 x lamp', '2 lamps', '1 lamp', '7 lamps please', '2000', '2026', '0049 30 123456', '12345', '12-34-56', '5 kg', '3 cm too short', '4 thousand',
  'the 4', 'no 5', 'a 4', 'maybe 4?', 'is it 4', 'order 4', 'Nr. 4', 'No. 5', 'hello', 'thanks', 'ok', 'yes', 'no', 'STOP', '', ' ', '?', '!', '👍', '...', 'tenant', 'onerous', 'sixty', 'tension', 'threefold',
  'fourteen', 'seventy', 'nineteen', 'One, I cannot log in. Two, nobody answers.', 'One. My parcel is lost', 'Five of us', 'ten past four', 'two or three days', '1/2 of it is missing', '3/4 of an hour', '4/6', '24/7', 'four of my friends', 'nine of ten parcels', '5 of them', '1 and only', '2 + 2', '4*', 'No 4 5', '3 am', '10 a.m.', '6 packs',
  '1 st', '4 ever', '2 be or not', '4 you', '2 late', '1st', '5 stars hotel or 4 stars hotel?', 'my rating is not for you', 'rate 4 is wrong', 'please give me 5', '5 very late parcels', '3 slow days', '4 nice people wait', '1 bad lamp', '2 broken',
  'It was 5 good', 'score', 'star', 'stars', 'I would say 4 if you answer my question', 'Nobody answered my 3 mails', 'You said 2 days', 'What does 4 mean?', '4 what', '3 and a half weeks',
  '4个人在等', '5分钟前我打过电话', '3天了还没到', '两个包裹丢了', '一个问题', '一直没有人回复', '一点都不好', '三楼', '四川', '五一放假吗', '十分感谢', '十分不满意', '七月', '八折', '九点钟', '二维码打不开', '一下', '一样', '三个月', '两天', '零钱', '五星期', '三星手机坏了',
  '4月5日', '2号', '5点打给我', '1楼', '3号线', '6月', '我要4个', '给我打5分吗', '订单4', '第四', '四号', '一，我的包裹没到', '二、退款', '10点', '4G不能用', '5公斤', '3块钱', '2次了', '两次都没人接', '一分钱一分货', '五分钟', '三分之一', '7天无理由退货', '1个也没有', '没有', '好的', '谢谢', '你好', '是的', '不', '请问', '什么时候到', '在吗',
  '千万不要', '百分之五', '十二', '二十', '三四天', '四五个', '１２３', '一二三', '几分', '满意', '不满意',
]

describe('no ordinary sentence is an answer', () => {
  it('has a set of about 200 sentences', () => expect(sentences.length).toBeGreaterThan(180))
  it.each(sentences)('“%s”', (sentence) => {
    for (const kind of ['csat', 'nps', 'ces'] as const) {
      expect(surveyAnswerOf(sentence, kind), kind).toBeNull()
    }
  })
})
