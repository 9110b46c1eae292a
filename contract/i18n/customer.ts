/** What the server itself says to customers, in their language. Used by no screen of staff. */
import type { Locale } from '../words.ts'
import { formatsFor } from './formats.ts'
import { translator, type KeyOf, type TranslationOf, type Translate } from './i18n.ts'

const en = {
  greeting: {
    call: 'Welcome to {company}. One moment, please: we are connecting you with a colleague.',
    chat: 'Hello, and welcome to {company}. How can we help?',
    message: 'Thank you for your message to {company}. We will answer you here.',
  },
  closedHours: {
    promised: 'Thank you for contacting {company}. We are closed right now and will answer you on {at}.',
    unknown: 'Thank you for contacting {company}. We are closed right now and will answer you as soon as we are back.',
    call: 'Thank you for calling {company}. We are closed right now. We are open again on {at}.',
    callUnknown: 'Thank you for calling {company}. We are closed right now. Please call again later, or write to us.',
  },
  waiting: {
    next: 'You are next in line. Thank you for waiting.',
    ahead_one: 'About {count} person is ahead of you. Thank you for waiting.',
    ahead_other: 'About {count} people are ahead of you. Thank you for waiting.',
    expected_one: 'The wait is about {count} minute.',
    expected_other: 'The wait is about {count} minutes.',
    expectedRange: 'The wait is about {from} to {to} minutes.',
    hold: 'All of our colleagues are busy at the moment. Please stay with us.',
  },
  overflow: {
    promise: 'Thank you for contacting {company}. More people than usual need us at the moment. We will answer you by {at}.',
    promiseCall: 'More people than usual are calling at the moment. We will call you back by {at}. Thank you for calling {company}, goodbye.',
  },
  callback: {
    ask: 'You can keep your place in line without waiting on the telephone. Press 1, and we call you back on this number. Or simply stay on the line.',
    askClosed: 'Press 1, and we call you back on this number when we are open again.',
    kept: 'Thank you. You keep your place in line, and we call you back on this number. Goodbye.',
    here: 'This is {company}, calling you back. One moment, please: our colleague is joining.',
  },
  call: {
    connecting: 'We are connecting you now.',
    voicemail: 'Nobody can take your call right now. Please leave a message after the tone, and press the hash key when you are done.',
    voicemailThanks: 'Thank you. We have your message and will call you back.',
    goodbye: 'Thank you for calling {company}. Goodbye.',
    failed: 'We are sorry, something went wrong on our side. Please call again in a moment.',
  },
  chat: {
    goodbye: 'This chat has ended. Write here at any time if you need us again.',
    joined: '{agent} is with you now.',
  },
  survey: {
    csat: 'How satisfied were you with our help? Answer with a number from 1 (not at all) to 5 (very).',
    nps: 'How likely are you to recommend {company} to a friend? Answer with a number from 0 (not at all) to 10 (very).',
    ces: 'How easy was it to get what you needed? Answer with a number from 1 (very hard) to 7 (very easy).',
    csi: 'All in all, how satisfied are you with us? Answer with a number from 1 (not at all) to 10 (completely).',
    'against-expectation': 'How far have we met what you expected? Answer with a number from 1 (far below) to 10 (far above).',
    'against-ideal': 'How close are we to what you would wish for? Answer with a number from 1 (far away) to 10 (just so).',
    perceived: 'How good do you find {dimension}? Answer with a number from 1 (very poor) to 10 (excellent).',
    expected: 'And how good should it be, for you? {dimension}: from 1 (does not have to be good) to 10 (excellent).',
    importance: 'How important is it to you? {dimension}: from 1 (not at all) to 10 (very).',
    recheck: 'You told us that something was not right. We have worked on it. How content are you with it now? Answer with a number from 1 (not at all) to 5 (very).',
    recheckMailSubject: 'Is it right now?',
    keypad: '{question} Please press the number on your telephone.',
    keypadAgain: 'That was not one of the numbers.',
    keypadThanks: 'Thank you for your answer. Goodbye.',
    thanks: 'Thank you for your answer. It helps us to do better.',
    thanksLow: 'Thank you for telling us. We are sorry it was not better; a colleague will look into it.',
    reminder: 'A short reminder: we would still like to hear how it went.',
    mailSubject: 'How did we do?',
    link: 'You can reply to this mail, or answer here: {url}',
  },
  surveyPage: {
    title: 'How did we do?',
    csatLow: 'Not at all', csatHigh: 'Very', npsLow: 'Not at all', npsHigh: 'Very', cesLow: 'Very hard', cesHigh: 'Very easy', csiLow: 'Not at all', csiHigh: 'Completely',
    comment: 'Anything you would like to add? (optional)',
    send: 'Send my answer',
    choose: 'Please choose one of the numbers.',
    thanks: 'Thank you for your answer. It helps us to do better.',
    thanksText: 'You can close this page now.',
    over: 'This question is not open any more.',
    overText: 'The time to answer has passed, or the link is not complete. If you need us, simply write to us.',
  },
  consent: {
    optedOut: 'You will receive no further messages from {company} here. Reply START to receive them again.',
    optedIn: 'You will receive messages from {company} here again. Reply STOP to end this.',
  },
  code: {
    text: '{code} is your code for {site}. It is valid for 10 minutes. If you did not ask for it, ignore this message.',
    mailSubject: 'Your code for {site}',
  },
  mail: {
    replySubject: 'Re: {subject}',
    noSubject: 'Your message to {company}',
    quoted: 'On {at}, {author} wrote:',
    answerAbove: 'You can simply reply to this mail.',
    link: 'Continue this conversation: {url}',
  },
} as const

const zh: TranslationOf<typeof en> = {
  greeting: {
    call: '欢迎致电{company}。请稍候，我们正在为您接通客服人员。',
    chat: '您好，欢迎来到{company}。请问有什么可以帮您？',
    message: '感谢您联系{company}。我们会在这里回复您。',
  },
  closedHours: {
    promised: '感谢您联系{company}。现在是非工作时间，我们将在{at}回复您。',
    unknown: '感谢您联系{company}。现在是非工作时间，我们恢复服务后会尽快回复您。',
    call: '感谢您致电{company}。现在是非工作时间，我们将在{at}恢复服务。',
    callUnknown: '感谢您致电{company}。现在是非工作时间，请稍后再来电，或给我们留言。',
  },
  waiting: {
    next: '下一位就是您，感谢您的等候。',
    ahead_other: '您前面大约还有{count}位，感谢您的等候。',
    expected_other: '预计等候约{count}分钟。',
    expectedRange: '预计等候约{from}到{to}分钟。',
    hold: '所有客服人员正忙，请不要离开。',
  },
  overflow: {
    promise: '感谢您联系{company}。目前咨询人数较多，我们将在{at}之前回复您。',
    promiseCall: '目前来电人数较多，我们将在{at}之前给您回电。感谢您致电{company}，再见。',
  },
  callback: {
    ask: '您无需在线等候也可保留排队位置：请按 1，我们会回拨此号码。您也可以继续在线等候。',
    askClosed: '请按 1，我们恢复服务后会回拨此号码。',
    kept: '谢谢。您的排队位置已保留，我们会回拨此号码。再见。',
    here: '这里是{company}，正在给您回电。请稍候，我们的同事马上接听。',
  },
  call: {
    connecting: '正在为您接通。',
    voicemail: '现在无人能接听您的来电。请在提示音后留言，结束后按井号键。',
    voicemailThanks: '谢谢，我们已收到您的留言，会给您回电。',
    goodbye: '感谢您致电{company}，再见。',
    failed: '非常抱歉，我们这边出了点问题，请稍后再来电。',
  },
  chat: {
    goodbye: '本次聊天已结束。如需帮助，随时可以在这里留言。',
    joined: '{agent}正在为您服务。',
  },
  survey: {
    csat: '您对我们的服务满意吗？请回复 1（很不满意）到 5（非常满意）之间的数字。',
    nps: '您有多大可能把{company}推荐给朋友？请回复 0（完全不会）到 10（非常可能）之间的数字。',
    ces: '解决您的问题有多容易？请回复 1（非常难）到 7（非常容易）之间的数字。',
    csi: '总体来说，您对我们满意吗？请回复 1（很不满意）到 10（完全满意）之间的数字。',
    'against-expectation': '我们在多大程度上达到了您的期望？请回复 1（远低于期望）到 10（远超期望）之间的数字。',
    'against-ideal': '我们离您心目中的理想有多近？请回复 1（很远）到 10（正是如此）之间的数字。',
    perceived: '您觉得“{dimension}”怎么样？请回复 1（很差）到 10（非常好）之间的数字。',
    expected: '您期望“{dimension}”达到什么水平？请回复 1（不必太好）到 10（非常好）之间的数字。',
    importance: '“{dimension}”对您有多重要？请回复 1（不重要）到 10（非常重要）之间的数字。',
    recheck: '您之前告诉我们有地方没做好，我们已经处理。现在您满意吗？请回复 1（很不满意）到 5（非常满意）之间的数字。',
    recheckMailSubject: '现在好了吗？',
    keypad: '{question}请在电话上按相应的数字键。',
    keypadAgain: '您按的数字不在范围内。',
    keypadThanks: '感谢您的回答，再见。',
    thanks: '感谢您的回答，它会帮助我们做得更好。',
    thanksLow: '感谢您告诉我们。很抱歉没能让您满意，我们会有同事跟进。',
    reminder: '温馨提醒：我们仍然希望听到您的评价。',
    mailSubject: '我们的服务怎么样？',
    link: '您可以直接回复本邮件，也可以在这里作答：{url}',
  },
  surveyPage: {
    title: '我们的服务怎么样？',
    csatLow: '很不满意', csatHigh: '非常满意', npsLow: '完全不会', npsHigh: '非常可能', cesLow: '非常难', cesHigh: '非常容易', csiLow: '最低', csiHigh: '最高',
    comment: '还有什么想告诉我们的吗？（选填）',
    send: '提交评价',
    choose: '请选择一个数字。',
    thanks: '感谢您的回答，它会帮助我们做得更好。',
    thanksText: '现在可以关闭此页面了。',
    over: '本次评价已结束。',
    overText: '评价时间已过，或链接不完整。如需帮助，请直接联系我们。',
  },
  consent: {
    optedOut: '您将不会再在这里收到{company}的消息。回复 START 可重新接收。',
    optedIn: '您将重新在这里收到{company}的消息。回复 STOP 可停止接收。',
  },
  code: {
    text: '{code} 是您在{site}的验证码，10 分钟内有效。如果不是您本人操作，请忽略本消息。',
    mailSubject: '您在{site}的验证码',
  },
  mail: {
    replySubject: '回复：{subject}',
    noSubject: '您给{company}的留言',
    quoted: '{author}于{at}写道：',
    answerAbove: '您可以直接回复本邮件。',
    link: '继续这次对话：{url}',
  },
}

export const customerCatalogs = { en, zh }
export type CustomerTextKey = KeyOf<typeof en>

/** The server's texts in a customer's language. */
export function customerTexts(locale: Locale): Translate<CustomerTextKey> {
  return locale === 'zh' ? chinese : english
}

/** A promised time as a customer reads or hears it: weekday, date and time in the queue's zone. */
export function promisedTime(at: Date, locale: Locale, timeZone: string): string {
  const formats = formatsFor(locale, timeZone)
  return locale === 'zh' ? `${formats.day(at)}${formats.time(at)}` : `${formats.day(at)} at ${formats.time(at)}`
}

const english = translator<CustomerTextKey>(en, 'en')
const chinese = translator<CustomerTextKey>(zh, 'zh')
