import type { boardEn } from './board.en.ts'
import type { TranslationOf } from './i18n.ts'

export const boardZh: TranslationOf<typeof boardEn> = {
  since: '今天自 {at} 起 · 截至 {now}', queues: '队列', agents: '坐席', queue: '队列', channel: '渠道', agent: '坐席', presence: '状态', load: '工作', helping: '协助通话', contacts: '联络', live: '实时工作', deferred: '其他工作',
  n_other: '基于 {count} 例', noQueues: '今天还没有任何队列有联络。', noRows: '没有可统计的内容。', everywhere: '所有队列', where: '{queue}，{channel}', rowsTitle: '{figure} · {where}',
  cellLabel: '{figure}：{value}，{queue}，{channel}', liveOf: '{name}：实时 {count}/100', deferredOf: '{name}：其他 {count}/100',
  figure: {
    waiting: '等待中', 'longest-wait': '最长等待', 'service-level': '服务水平', asa: '平均等待', abandonment: '放弃率', active: '处理中', 'at-risk': '即将超时', breached: '已超时', handled: '已处理', csat: '满意度', omission: '遗漏率', complaints: '投诉', 'complaint-rate': '投诉率', dissatisfaction: '不满率',
  },
  definition: {
    waiting: '此刻在队列中等待的条目。', 'longest-wait': '等待最久的条目从可处理起的等待时间。总计只含电话和在线聊天；各行按其渠道计算。', 'service-level': '已结束或等待过久的条目中，在渠道规定时间内接听的比例；短时放弃不计。',
    asa: '今天已接听的电话和聊天的平均等待时间。', abandonment: '今天接听或放弃的电话和聊天中放弃的比例；几秒内离开的不计。', active: '坐席正在处理的联络。', 'at-risk': '已预警但尚未超时的联络。',
    breached: '承诺已超时的进行中联络。', handled: '今天以“已处理”关闭的联络。', csat: '满意度回答中 4 分和 5 分的比例。', omission: '客户所说的内容中，既未回复也未标记、且联络已关闭或已超时的比例。', complaints: '今天标为投诉的联络。', 'complaint-rate': '今天关闭的联络中标为投诉的比例，不含垃圾信息和已合并的联络。', dissatisfaction: '满意度回答中 1 分和 2 分的比例。',
  },
}
