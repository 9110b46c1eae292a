import type { TranslationOf } from './i18n.ts'
import type { promisesEn } from './promises.en.ts'

export const promisesZh: TranslationOf<typeof promisesEn> = {
  policy: {
    appliesTo: '适用于', order: '顺序', orderHint: '多个策略适用时，取数字最小的。', byQueue: '指定它的队列', everything: '全部', applyKind: '适用方式', applyQueue: '由队列指定', applyRule: '按规则，优先于队列指定的策略',
    queues: '队列', tiers: '客户等级', channels: '渠道', priority: '优先级至少为', during: '仅适用于在此时间内开始的', any: '不限', anyTime: '任何时间', tier: { standard: '标准', silver: '银级', gold: '金级' },
    priorityFrom: '优先级 {count} 及以上', duringHours: '在“{name}”内', targets: '目标', targetOf: '{kind}，{channel}', amount: '时长', unit: '单位', units: { minute: '分钟', hour: '小时', day: '天' },
    steps: '预警与升级', stepsHint: '目标时间用去该比例时执行一次，每个计时只执行一次。100% 即超时。', stepAt: '用去百分比', stepName: '{percent} 时的步骤', stepBreach: '超时时', addStep: '添加步骤', removeStep: '移除 {percent} 时的步骤',
    addAction: '添加动作', removeAction: '移除：{action}', onlyShown: '在联络上显示。',
    action: { notify: '通知人员', 'raise-priority': '提高优先级', 'move-queue': '转到队列', 'add-supervisor': '加入主管', slack: '发到 Slack 频道', webhook: '调用 webhook' },
    people: '人员', teams: '团队', owner: '当前负责人', supervisors: '所有主管', by: '提高级数', queue: '队列', supervisor: '主管', account: '员工用 Slack 账号', noAccount: '请先在“渠道”中添加一个员工用 Slack 账号。',
    channelId: 'Slack 频道 ID', channelHint: '在 Slack 频道详情底部，例如 C024BE91L', url: '地址', urlHint: '仅限 https', secret: '签名密钥', secretHint: '每次调用都带有 Tributary-Signature：t=<秒>,v1=对“<秒>.<正文>”的 HMAC-SHA256。', showSecret: '显示签名密钥',
    retireText: '正在计时的将改按下一个适用的策略计时；没有适用的则以“不再承诺”结束。被队列指定的策略不能停用。', changeNote: '正在计时的会重新计算：已计的时间保留，已超时的仍算超时。',
    preview: '此刻来一条消息', previewText: '此策略会如何承诺。', previewQueue: '队列', previewChannel: '渠道', never: '永不：这些时间不会开放', closedNow: '此刻不在营业时间内：从下次开始营业时计时。', due: '{kind}：{at} 前', warns: '{at} 预警', nothing: '此渠道没有承诺。',
    warnsAt: '在 {shares} 时预警', stepsSummary_other: '{count} 个动作',
  },
  ledger: {
    open: '查看计时经过', title: '计时经过与原因', none: '此联络没有承诺。', picture: '{kind}：已计 {worked}，目标 {target}', worked: '已计 {worked}，目标 {target}', state: { running: '计时中', paused: '已暂停', met: '已履行', cancelled: '已结束' },
    missed: '超时', late: '超时 {time}', inTime: '已履行', policy: '策略：{name}', hours: '时间：{name}', always: '全天', from: '自', to: '至', what: '内容', counted: '计入', now: '现在', due: '到期', warned: '预警', watchers: '关注者：{names}', steps: '已执行的步骤',
    runs: '计时', pauses: '暂停', closed: '非营业时间', because: '{what}：{why}', ended: '结束：{why}',
    why: {
      other: '{code}', 'turn-started': '客户来信或来电', opened: '联络开启', pending: '等待客户', parked: '已搁置', resumed: '继续处理', reopened: '重新开启', closed: '已关闭', retimed: '承诺已更改', accepted: '有人接手', bridged: '电话已接通', replied: '已回复', 'turn-settled': '无需回复', 'not-promised': '不再承诺', merged: '与另一联络合并',
    },
    step: { pending: '处理中', done: '已完成', skipped: '未执行：{reason}', failed: '失败：{reason}' },
    reason: {
      other: '{code}', nobody: '没有可通知的人', 'highest-already': '已是最高', closed: '联络已关闭', 'there-already': '原本就是如此', 'in-session': '通话或聊天进行中', 'queue-retired': '队列已停用', 'account-retired': '账号已停用',
      blocked: '不允许访问该地址', unreachable: '无法访问', timeout: '未及时响应', 'too-large': '响应过大', 'too-many-redirects': '被重定向',
    },
  },
  next: { open: '即将到期', title: '即将到期的承诺', within: '时间范围', minutes_other: '{count} 分钟', queue: '队列', allQueues: '所有队列', none: '此时间内没有到期的承诺。', of: '{kind} · {queue}', nobody: '无人负责' },
  notice: { label: '通知', labelCount_other: '通知，{count} 条未读', none: '暂无通知。', noneText: '承诺有风险、联络无人接受或需要您跟进的事项会显示在这里。', readAll: '全部标为已读', 'sla-warned': '{target}：已用去 {percent}%', 'sla-breached': '{target}已超时', 'not-accepted': '已分配 {offers} 次，无人接受', 'follow-up-given': '请您跟进：{what}', 'follow-up-again': '客户说仍未解决：{what}', 'follow-up-overdue': '跟进已逾期：{what}', where: '{queue} · {channel} · {at}' },
}
