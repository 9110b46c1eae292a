import type { TranslationOf } from './i18n.ts'
import type { reportsEn } from './reports.en.ts'

export const reportsZh: TranslationOf<typeof reportsEn> = {
  title: '报表', which: '报表', period: '时间范围', anyQueue: '全部队列', anyAgent: '所有人', anyChannel: '全部渠道', queue: '队列', agent: '坐席', channel: '渠道', supervisorsOnly: '报表仅供主管查看', supervisorsOnlyText: '如需数据，请联系您的主管。',
  days: { '7': '7 天', '28': '28 天', '90': '90 天', '365': '一年' },
  name: { surveys: '调查结果', loop: '投诉与原因', satisfaction: '满意度', sla: '服务承诺', stages: '客户' },
  text: {
    surveys: '客户的回答，以及问题是否送达。', loop: '客户遇到的问题：记录、处理、复查、反馈给责任部门。', satisfaction: '客户的实际感受与期望，以及他们看重什么。',
    sla: '哪些承诺兑现了，按兑现或超时的时间计算。', stages: '客户处于哪个阶段、带来多少价值、谁值得回访。',
  },
  n_other: '共 {count} 个回答', cases_other: '共 {count} 条', tooFew: '少于 10 个：仅供参考，不参与排名', between: '95% 置信区间 {low} 至 {high}', noInterval: '数据太少，无法判断可靠程度', nothing: '该时间范围内没有数据', nothingText: '请选择更长的时间范围，或减少筛选条件。',
  trend: '趋势', from: '开始', value: '数值', count: '数量', share: '占比', table: '以表格显示',
  export: '导出明细', exportText: '导出报表背后的每一行数据。数据量大时需要一些时间，您可以继续工作。', csv: 'CSV（电子表格）', json: 'JSON（含定义）', running: '已完成 {done} / {total} 行', begun: '正在开始……', download: '下载', again: '再次导出', failed: '文件生成失败，请重试。',
  definitions: '这些指标的含义',
  surveyFigure: { csat: '满意（4–5 分）', nps: '净推荐值', ces: '容易程度', csi: '总体评分 1–10' },
  scores: '按分数统计', byQueue: '按队列', byAgent: '按坐席', byChannel: '按渠道', invitations: '调查的去向', responseRate: '送达后的回答率',
  invitation: { sent: '已发送', delivered: '已送达', opened: '已打开', answered: '已回答', refused: '被拒收', expired: '逾期未答', cancelled: '已撤回' },
  openedHint: '自动打开链接的程序也会计入“已打开”，因此它不参与任何比率。',
  rate: { complaint: '投诉率', omission: '遗漏率', dissatisfaction: '不满率', inTime: '按时处理', putRight: '客户认可已改进' },
  rateText: {
    complaint: '已关闭联络中标为投诉的比例，不含垃圾信息和已合并的联络。', omission: '客户所说的内容中，既未回复也未标记、且联络已关闭或已超时的比例。', dissatisfaction: '满意度回答中 1 分和 2 分的比例。',
    inTime: '已处理事项中，逾期前处理的比例。', putRight: '已回答的复查中，3 分及以上的比例。',
  },
  loopSteps: '闭环', loopStep: { recorded: '已记录', handled: '已处理', checked: '已复查', closed: '已反馈' }, overdueCount_other: '{count} 个逾期', againCount_other: '{count} 个重新打开',
  causes: '各部门的原因', causesText: '最近四周与之前四周相比，并按关闭的联络数折算。“上升”：偶然出现的概率低于 5%（除以比较的原因数），且不少于五例。', department: '部门', cause: '原因', recent: '最近 4 周', before: '之前 4 周', weeks: '最近 8 周', rising: '上升', noCause: '尚未说明原因', noDepartment: '无部门', noCauses: '这八周没有记录原因', chance: '属于偶然的概率：{p}',
  openFollowUps: '打开跟进事项',
  index: '满意度指数', indexText: '三个 1–10 分的问题：总体、与期望相比、与理想相比。每题权重 {weight}。', dimensionIndex: '各维度综合指数', dimensions: '维度', dimension: '维度', perceived: '实际感受', expected: '期望', ratio: '感受 / 期望', importance: '重要性', weight: '权重', weightStated: '客户所述', weightSet: '人工设定',
  matrix: '重要性与满意度', matrixText: '以回答满十个的维度的平均值划分。灰色的维度回答不足，不参与划分。', noMatrix: '矩阵至少需要两个各有十个回答的维度。请在调查中加入维度问题。', satisfaction: '满意度', place: '位置',
  quadrant: { 'improve-now': '急需改进', advantage: '竞争优势', 'improve-later': '次要改进', overdone: '锦上添花' },
  kept: '兑现', missed: '超时', promise: '承诺', promisesKept: '承诺兑现率',
  stage: { prospect: '潜在客户', customer: '客户', loyal: '忠诚客户', 'at-risk': '有流失风险', lost: '已流失', 'won-back': '已赢回' }, stages: '客户阶段', classes: '按价值分类', valueClass: '{name} 类', customers: '客户数', brings: '价值', changes: '期间的变化', change: '{from} → {to}', customer: '客户', asOf: '截至 {at}', noStages: '客户阶段在每晚和每次联络后更新。',
  atRisk: '有流失风险，值得回访', atRiskText: '价值高的排在前面。创建跟进事项会指定负责人和期限。', why: '原因', nobodyAtRisk: '没有客户有流失风险', nobodyAtRiskText: '投诉、打低分或长期沉默的客户会显示在这里。', openFollowUp: '创建跟进', workedOn: '已有人跟进', callTitle: '在客户流失前致电', lastSeen: '最近联系', classColumn: '类别',
  reason: {
    'no-order': '尚无订单', 'not-served-yet': '尚未服务', ordered_other: '{count} 个订单', served_other: '已服务 {count} 次', silent: '沉默 {days} 天', quiet: '安静 {days} 天', 'quieter-than-usual': '安静 {days} 天，平常 {usualDays} 天',
    'open-complaint': '投诉未解决 {days} 天', 'open-low-answer': '低分未跟进 {days} 天', 'open-late': '承诺严重超时，未解决 {days} 天', 'low-answer': '{days} 天前打了 {score} 分', often_other: '一年内联络 {count} 次', long: '相识 {days} 天', content: '最近评分 {score}', 'came-back': '{days} 天后回来', other: '其他',
  },
  followUp: {
    department: '部门', anyDepartment: '全部部门', owner: '负责人', anyOwner: '所有人', open: '打开', source: '起因', picture: '目前进展', history: '经过', handle: '说明处理结果', handled: '保存处理结果', ask: '询问客户', askAgain: '再次询问', isAsked: '已询问客户。回答或过期会自动记录，您可以先反馈并关闭。', notAnswered: '客户没有按时回答。请再次询问、亲自询问，或直接反馈并关闭。', mark: { sent: '已询问客户', expired: '复查未回答' }, asked: '正在询问客户。', byHand: '我已亲自询问，现在好了', close: '反馈并关闭', closed: '已关闭',
    handOver: '转交给', cause: '发生原因', remedy: '采取的措施', conversation: '打开对话', checkText: '通过客户联系我们的方式，发送一个问题。低分会重新打开此事项。', still: '还需要：{what}', score: '评分 {score} / {max}', lateBy: '{promise}超时 {late}', dueAt: '期限 {at}',
    needs: { remedy: '处理结果', cause: '发生原因', department: '责任部门', recheck: '向客户复查' },
    stepName: { recorded: '记录', handled: '处理', rechecked: '复查', 'fed-back': '反馈' },
    stepText: { recorded: '{at}', todo: '待办', waiting: '已询问，尚未回答', answered: '客户评分 {score}', expired: '已询问，未回答', 'by-hand': '已亲自询问' },
    step: { recorded: '已记录', assigned: '交给{who}', 'handed-over': '转交{department}', overdue: '已逾期', handled: '已处理：{remedy}', 'recheck-sent': '已询问客户', 'recheck-answered': '客户评分 {score}', 'recheck-expired': '客户未回答', 'rechecked-by-hand': '已亲自询问客户', 'fed-back': '已反馈：{cause}', 'opened-again': '重新打开：仍未解决' },
    nobody: '无人', unknown: '未说明',
  },
}
