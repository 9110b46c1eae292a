import type { TranslationOf } from './i18n.ts'
import type { wordsEn } from './words.en.ts'

export const wordsZh: TranslationOf<typeof wordsEn> = {
  channel: { voice: '电话', webchat: '网页聊天', email: '邮件', sms: '短信', whatsapp: 'WhatsApp', slack: 'Slack' },
  role: { agent: '坐席', supervisor: '主管', admin: '管理员' },
  tier: { standard: '普通', silver: '银卡', gold: '金卡' },
  identityKind: { phone: '电话', email: '邮箱', visitor: '网站访客', 'site-user': '网站账号', 'slack-user': 'Slack', 'whatsapp-id': 'WhatsApp', call: '隐藏号码来电' },
  evidence: { proved: '已验证', claimed: '未验证' },
  contactState: { arriving: '接入中', waiting: '等待中', offered: '待接受', active: '处理中', pending: '等客户回复', snoozed: '稍后处理', 'wrap-up': '收尾', closed: '已关闭' },
  contactOutcome: { handled: '已处理', 'self-served': '自助完成', abandoned: '客户放弃', 'left-in-menu': '菜单中离开', expired: '已过期', 'no-reply': '无回复', parked: '已搁置', merged: '已合并', spam: '垃圾信息' },
  presence: { available: '空闲可接', break: '小休', offline: '离线' },
  breakReason: { lunch: '午餐', training: '培训', meeting: '会议', personal: '个人事务', missed: '错过分配' },
  load: { idle: '空闲', 'on-contact': '处理中', 'wrap-up': '收尾' },
  messageStatus: { received: '已收到', pending: '等待发送', sending: '发送中', sent: '已发送', delivered: '已送达', read: '已读', failed: '发送失败', unknown: '未确认' },
  sla: { 'time-to-answer': '接听时限', 'first-response': '首次响应', 'next-response': '后续响应', resolution: '解决时限' },
  surveyKind: { csat: '满意度（1–5）', nps: '推荐意愿（0–10）', ces: '费力度（1–7）', csi: '满意度指数，三个问题（1–10）' },
  offerKind: { contact: '新联络', transfer: '转接', consult: '咨询', session: '实时会话' },
  locale: { en: 'English', zh: '简体中文' },
}
