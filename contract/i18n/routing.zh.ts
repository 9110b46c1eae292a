import type { TranslationOf } from './i18n.ts'
import type { routingEn } from './routing.en.ts'

export const routingZh: TranslationOf<typeof routingEn> = {
  tab: { general: '队列', people: '人员和技能', order: '次序', offers: '分配和处理', overflow: '过多或过久', preview: '试一试' },
  minutes: ' 分钟',
  people: {
    members: '成员', membersText: '编号为 1 的先被询问；编号更大的只在没有更小编号的人能接时才被询问。', noMembers: '请先在第一页选择成员。', priority: '询问次序', priorityOf: '何时询问{name}',
    units: '个人容量', unitsOf: '每个联络占用{name}的容量', unitsHint: '例如给新人。留空则与队列相同。', ownUnits: '不同', level: '{skill}的等级，1 到 5', skills: '要求的技能', skillsText: '只询问具备这些技能和等级的成员。', noSkills: '没有要求：每位成员都可以接。',
    rings: '放宽', ringsText: '等待过久的联络也会分给其他人：一段时间后降低要求，逐级累加。', after: '等待分钟数', levelsDown: '等级降低', drop: '不再要求', addRing: '添加一级', removeRing: '移除第 {number} 级',
  },
  order: {
    heads: '提前量', headsText: '联络按早到若干分钟处理。每个人的等待都继续累计，所以没有人会一直等下去。已在等待的联络也会重新排位。', standingText: '按客户所处阶段和价值等级，与以上叠加；留空则不考虑。', step: '每级优先级', silver: '银级客户', gold: '金级客户', urgent: '紧急',
    margin: '承诺到期前多少秒排到最前', prefer: '优先分给谁', preferText: '熟悉的人正忙时，联络等待这么久。0：仅在其空闲时优先。', owner: '负责人（秒）', lastAgentDays: '最近接待的人（天内）', lastAgentHold: '为其等待（秒）', accountOwner: '客户负责人（秒）',
  },
  offers: {
    keepIdle: '为来电保留的空闲人数', keepIdleText: '空闲成员不超过此人数时，新聊天会分给已在聊天的成员。',
    how: '成员如何得到联络', push: '系统分配', pull: '自行领取', pushText: '下一个联络会分给有余量的最合适成员。', pullText: '不分配：成员自己从列表中领取。', autoAccept: '自动接受分配', autoAcceptText: '联络立即打开。',
    timeouts: '应答分配的时间（秒）', units: '每个联络占用的容量', unitsText: '坐席通话和聊天共有 100，消息和邮件共有 100。', reopen: '已关闭的联络可重新打开（小时内）', reopenText: '客户更晚再来时会开始新的联络。',
  },
  overflow: {
    text: '无法及时处理的联络怎么办。规则自上而下，第一条成立的生效。', empty: '所有人都等到有人空闲。', add: '添加规则', remove: '移除规则 {number}', up: '规则 {number} 上移', down: '规则 {number} 下移', when: '当', then: '则',
    cause: { wait: '已等待', length: '已有这么多在等', closed: '不在工作时间', 'nobody-staffed': '队列无人在岗' }, action: { queue: '转到其他队列', voicemail: '语音留言', callback: '提供保留位置的回电', message: '承诺答复时间' },
    waitMinutes: '分钟', atLeast: '联络数', withinHours: '小时内', queue: '队列', actionFor: '{action}（{whom}）', callsOnly: '来电', everything: '全部', noQueues: '没有其他队列。',
  },
  preview: {
    text: '按已保存的设置，现在来一个这样的联络。', channel: '渠道', tier: '客户', stage: '阶段', valueClass: '价值等级', unknown: '未知', headStart: '按提前 {minutes} 分钟到达计算。', priority: '优先级', urgent: '紧急', skills: '另外需要', waited: '已等待（分钟）', show: '分给谁？', save: '请先保存队列再试。', aheadNone: '前面没有人等同样的人。', ahead_other: '前面有 {count} 个联络等同样的人。',
    opens: '队列已关闭，{at}开始处理。', asked: '届时要求：{skills}', skill: '{name} {level} 级', overflow: '{cause}：{action}', toQueue: '转到{name}', promise: '承诺在{at}前答复',
  },
  why: {
    goes: '分给{name}：{reason}。', would: '会分给{name}：{reason}。', waits: '等待：{reason}。', next: '其次', nextRing: '{at}起其他人也可以接', change: '{at}可能变化', can: '可以接', offers: '已有的分配', history: '等待的原因', expected_other: '预计还要等约 {count} 分钟。', expectedRange: '预计还要等约 {from} 到 {to} 分钟。', asked: '现在要求：{skills}',
    rule: { other: '轮到', owner: '是其联络', 'last-agent': '上次由其接待', 'account-owner': '负责此客户', 'longest-idle': '空闲最久', 'least-loaded': '余量最多', transfer: '同事转给其', consult: '同事请其协助', assigned: '由主管指定' },
  },
  move: {
    menu: '转移', returnIt: '退回队列', consult: '请同事协助', assign: '指定给某人', needs: '优先级和技能', followUp: '另立跟进事项', skill: '技能', level: '最低等级',
    consultText: '选择队列或技能时，先询问其中最合适的空闲同事，若不便则询问下一位。您仍是负责人；对方能看到全部内容，也可以回复。', consultCall: '对方的电话会响起并加入您的通话。您仍是负责人；如要离开，请将联络转接给对方。', consultWhom: '谁能协助', hold: '保持通话', unhold: '恢复通话', together_other: '{names}正在通话中协助', youTogether: '您正在通话中协助{owner}', onHold: '客户处于保持状态：只有{names}能听到彼此', you: '您', askedHelp: '已请{name}协助', askedTake: '已请{name}接手', secondsLeft_other: '剩余 {count} 秒', takeBack: '撤回', ask: '询问', assignText: '不询问对方，立即归其负责。', give: '指定', full: '对方没有余量。仍要指定：其工作将超出上限，并会被记录。', over: '超出上限也指定',
    needsText: '立即影响排队位置，不会让任何人后退。', priority: '优先级（0 到 9）', urgent: '紧急', skills: '接手的人需要',
    followUpText: '客户的另一件事。有自己的期限，独立于此联络。', matter: '要做什么', due: '期限', mine: '由我来做', made: '已建立跟进事项', helping_other: '{names}正在协助', youHelp: '您正在协助{owner}', leave: '协助完毕', handOver: '转交给{name}', endHelp: '结束{name}的协助',
  },
  work: {
    action: '转移工作', actionOf: '转移工作：{name}', title: '转移{name}的工作', none: '没有任何工作。', contacts_other: '{count} 个联络', offers_other: '撤回 {count} 个分配', followUps_other: '{count} 个跟进事项保留',
    more: '另有 {count} 个', offline: '将其设为离线，不再收到新的工作。', to: '转给', queues: '退回各自队列的最前', colleague: '{name}（有余量时）', move: '全部转移', toAgent_other: '已指定 {count} 个联络', toQueues_other: '{count} 个联络退回队列', done: '已转移：{what}。',
  },
  warning: {
    savedTitle_other: '已保存，但有 {count} 处不相符', title_other: '有 {count} 处不相符', short: '请检查', 'no-members': '没有人服务此队列，请选择成员。', 'never-opens': '工作时间不再开放，请修改或另选。',
    'skill-nobody-has': '没有成员的{skill}达到 {level} 级。在有人达到或放宽要求之前，没有人能接到联络。', 'nobody-has-all-skills': '没有成员具备全部要求的技能，没有人能接到联络。', 'ring-changes-nothing': '第 {ring} 级没有放入新的人。',
    'no-room': '没有成员容得下一个{channel}联络：请增加其容量或降低占用。', 'margin-over-target': '提前量长于所有承诺（最长{time}）：所有联络都排在最前。',
  },
  refused: { 'rings-out-of-order': '每一级都必须晚于前一级。', 'ring-empty': '必须降低等级或去掉一项技能。', 'overflow-circle': '这些队列会互相转来转去。' },
}
