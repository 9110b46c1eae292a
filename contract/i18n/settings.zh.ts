import type { TranslationOf } from './i18n.ts'
import type { settingsEn } from './settings.en.ts'

export const settingsZh: TranslationOf<typeof settingsEn> = {
  label: '设置', adminsOnly: '只有管理员可以修改设置', adminsOnlyText: '如需调整，请联系管理员。', actions: '操作', edit: '编辑', editNamed: '编辑{name}', retire: '停用', retireNamed: '停用{name}', retired: '已停用', useAgain: '重新启用', useAgainNamed: '重新启用{name}', done: '完成', copy: '复制', copied: '已复制',
  name: '名称', email: '邮箱', emailInvalid: '这不是邮箱地址。', role: '角色', team: '团队', queue: '队列', members: '成员', position: '排列位置', open: '营业中', closed: '不营业', on: '开启', off: '关闭', none: '无', never: '从未', fieldInvalid: '不正确：{message}',
  section: { people: '人员', teams: '团队和技能', queues: '队列', channels: '渠道', calendars: '工作时间', dispositions: '处理结果', sla: 'SLA 策略', surveys: '调查', dimensions: '满意度', departments: '部门和原因', 'api-keys': 'API 密钥', quarantine: '隔离区', audit: '审计日志' },
  people: {
    teams: '团队',
    text: '可以登录的人、他们的权限和服务的队列。', empty: '还没有人', invite: '邀请成员', codes: '验证码', invites: '待接受的邀请', validUntil: '有效期至 {at}', revoke: '撤回', makeLink: '生成链接', link: '邀请链接',
    linkMailed: '链接已发往 {email}，这里只显示一次。', linkNotMailed: '目前无法发送邮件。请把链接交给对方，它只显示一次。', phone: '电话号码', phoneHint: '含国家代码，如 +4930123456。没有浏览器线路时来电会打到这里。',
    skills: '技能', level: '{skill}的等级，1 到 5', liveUnits: '电话和聊天的容量', deferredUnits: '消息和邮件的容量', signOut: '在所有地方退出登录', removeCodes: '移除验证码', retireText: '此人立即退出登录，其工作回到队列，历史记录保留。',
  },
  teams: { text: '同一团队的人看到相同的联络。', empty: '还没有团队', emptyText: '队列属于团队，请先建立团队。', add: '添加团队', retireText: '只有没有队列的团队可以停用。' },
  skills: { title: '技能', text: '能力名称，等级 1 到 5，队列可以要求。', empty: '还没有技能。', add: '添加技能', retireText: '以后不再要求此技能。' },
  queues: {
    text: '客户在哪里等待：谁接待、何时、承诺什么。', empty: '还没有队列', emptyText: '建立一个有成员的队列，再把渠道接到它上面。', add: '添加队列', waiting: '等待', restricted: '受限', nobody: '无人', retireText: '它的联络和渠道需要转到其他队列。', target: '工作转到',
    noTeams: '请先在“团队和技能”中建立团队。', teamHint: '谁能看到它的联络。', membersHint: '谁接待它的联络。', slaPolicy: 'SLA 策略', hours: '工作时间', always: '全天', survey: '调查', wrapUp: '收尾时限（秒）', pending: '等客户回复（小时）',
    greetingEn: '欢迎语（英文）', greetingZh: '欢迎语（中文）', restrictedLabel: '受限', restrictedHint: '其他人只看到一行灰色提示。', 
  },
  channels: {
    text: '客户联系您的号码、邮箱、网站和工作区。', empty: '还没有渠道', emptyText: '接入第一个渠道，收到的内容会进入您选择的队列。', add: '接入渠道', channel: '渠道', address: '地址', nameHint: '同事如何称呼它。', queueHint: '收到的内容在哪里等待。', noQueues: '请先建立队列。',
    addressHint: { voice: '含国家代码的号码，如 +15550100', sms: '含国家代码的号码，如 +15550100', whatsapp: '含国家代码的 WhatsApp 号码', email: '客户写信的地址', webchat: '网站名称', slack: 'Slack 工作区 ID，如 T0123ABCD' },
    accountSid: 'Twilio 账户 SID', origins: '可以显示聊天窗口的网站', trusted: '此网站可证明的信息', trustedHint: '仅当网站自己核实过时选择：登录的访客会被视为拥有此地址的客户。', originsHint: '如 https://shop.example.com，逐个填写。', staffOnly: '仅供同事：他们写的内容成为备注', secretKept: '已设置，留空则保留。',
    secret: { authToken: '认证令牌', secondaryAuthToken: '备用认证令牌', smtpUrl: '发信服务器', siteSecret: '登录访客的密钥', botToken: '机器人令牌', signingSecret: '签名密钥' },
    secretHint: { authToken: '在 Twilio 控制台的 Account Info 中。', secondaryAuthToken: '更换令牌期间使用。', smtpUrl: '如 smtps://user:password@mail.example.com:465；留空则使用本系统的。', siteSecret: '您的网站用它签署访客身份；留空则只有匿名访客。', botToken: '以 xoxb- 开头，在 OAuth & Permissions 中。', signingSecret: '在 Basic Information 中。' },
    setUp: '配置和测试', setUpNamed: '配置{name}', test: '测试连接', works: '正常', fails: '不正常', retireText: '发给它的内容将不再接收。',
    paste: { value: '请粘贴', voiceUrl: '来电（webhook）', statusUrl: '状态回调', messageUrl: '来信（webhook）', forwardTo: '转发到的地址', mailServer: '收信服务器', scriptTag: '粘贴到网站的 </body> 之前', requestUrl: '事件订阅：请求 URL' },
    steps: {
      voice: '在 Twilio 控制台打开号码的 Voice 部分，粘贴这些地址。', sms: '在 Twilio 控制台打开号码的 Messaging 部分，粘贴这些地址。', whatsapp: '在 Twilio 控制台打开 WhatsApp 发送者，粘贴这些地址。',
      email: '让邮件服务器转发此地址，或把 MX 记录指向下面的服务器。', webchat: '把这一行粘贴到需要显示聊天的页面。', slack: '在 Slack 应用的 Event Subscriptions 中粘贴此地址，并订阅 message.im。',
    },
    testDetail: { other: '{detail}', 'no-allowed-origins': '还没有网站可以显示聊天窗口：请编辑账号并填写网站。', 'not-an-origin': '这不是网站地址：{value}', 'SMTP_URL is not set': '没有发信服务器：请在账号中填写，或设置 SMTP_URL。', ready: '一切就绪。', 'anonymous-visitors-only': '匿名访客可用。添加密钥后网站可以告知登录者是谁。' },
  },
  calendars: {
    text: '您何时在岗。其他时间会告诉客户何时恢复服务。', empty: '还没有工作时间', emptyText: '没有工作时间的队列全天开放。', add: '添加工作时间', timeZone: '时区', exceptions: '特殊日期', retireText: '只有没有队列使用的工作时间可以停用。',
    week: '每周', from: '{day}，从', to: '{day}，到', remove: '移除{day}', addPeriod: '添加', addPeriodOn: '在{day}添加时段', date: '日期', holiday: '名称', addClosed: '添加为不营业', addOpen: '添加并设时间', nextDay: '次日',
  },
  dispositions: { text: '联络如何结束，用您自己的说法。坐席关闭时选择。', empty: '还没有处理结果', emptyText: '添加几个，如“已解决”或“找错部门”。', add: '添加处理结果', complaint: '把联络标为投诉', retireText: '以后不能再选，已使用的保留。' },
  sla: {
    text: '您承诺在何时前做什么，同事能看到剩余时间。', empty: '还没有策略', emptyText: '添加一个并在队列中选用。', add: '添加策略', targets: '目标', line: '{kind}，{channel}：{time}', every: '所有渠道', calendar: '按此工作时间计算', queueCalendar: '队列的工作时间',
    kind: '目标', removeTarget: '移除目标', addTarget: '添加目标',
  },
  surveys: {
    text: '联络结束后通过最后使用的渠道询问客户。', empty: '还没有调查', emptyText: '添加一个并在队列中选用。', add: '添加调查', kind: '类型', questionEn: '问题（英文）', questionZh: '问题（中文）', questionHint: '留空则使用该类型的常用问题。',
    delay: '延迟发送（分钟）', quiet: '再次询问间隔（天）', expiry: '可回答时间（小时）', low: '低分上限', enabled: '发送', retireText: '不再发送，已有回答保留。',
    dimensionsText: '更多问题，均为 1–10 分。短信和按键逐题询问，邮件在一个页面上回答。', ask: { perceived: '询问实际感受', expected: '询问期望水平', importance: '询问重要程度' },
    onlyQueues: '仅用于这些队列', onlyQueuesHint: '指定队列的调查在那里使用；多个符合时，采用条件最多的一个。', onlyChannels: '仅用于这些渠道', onlyLocales: '仅用于这些语言', onlyTiers: '仅用于这些等级', complaints: '投诉', complaint: { any: '不区分', only: '仅在投诉后', never: '投诉后不发送' },
    sample: '每 100 个询问几个', reminds: '中途提醒一次', keypad: '通话结束时按键评价（如可行）',
  },
  dimensions: {
    text: '衡量满意度的方面。调查会问每个方面有多好、应该多好、有多重要。', empty: '还没有方面', emptyText: '添加客户在意的方面，如“配送”，然后在调查中选用。', add: '添加方面', nameHint: '客户会看到自己语言的名称。', nameEn: '名称（英文）', nameZh: '名称（中文）',
    weight: '权重', weightHint: '没有询问重要性时，用于计算指数。', retireText: '调查不再询问它。已有的回答保留在报告中，之后可以重新启用。',
  },
  departments: {
    text: '谁来处理出错的事、多久完成。关闭跟进时需要填写部门和原因。', empty: '还没有部门', emptyText: '没有部门时，关闭跟进不必填写。请添加负责处理的部门，如“物流”。', add: '添加部门', due: '处理时限', dueHours: '处理时限（小时）',
    dueHint: '从跟进移交时开始计算，已移交的保持原时限。', retireText: '以后不再移交给它。它未完成的跟进和原因需先转到别处。',
  },
  followUpTimes: {
    title: '时限', text: '适用于今后的跟进事项和客户复查。', now: '跟进事项在{due}后逾期。客户有{recheck}回答复查。', change: '修改时限', due: '处理跟进的时限（小时）',
    dueHint: '从记录或发现仍未解决时开始计算。部门有自己的时限。', recheck: '回答复查的时限（小时）', recheckHint: '到期后标为未回答，由您决定下一步。',
  },
  causes: { title: '原因', text: '为什么会出错。闭环报告会统计原因，并标出上升的原因。', empty: '还没有原因。添加几个，如“包裹丢失”。', add: '添加原因', department: '部门', departmentHint: '有此原因的跟进会移交给该部门。', retireText: '以后不能再选择。已填写它的跟进保持不变。' },
  apiKeys: { text: '供程序读写使用。密钥的权限与其代表的人相同。', empty: '还没有密钥', add: '生成密钥', standsFor: '代表', lastUsed: '上次使用', expires: '到期', nameHint: '用途。', days: '有效天数', made: '新密钥', once: '请立即复制，以后不再显示。', revokeText: '使用它的程序会立即被拒绝。' },
  quarantine: { text: '收到但无法处理的内容。没有丢失，可以重试。', empty: '隔离区是空的', emptyText: '收到的内容都已处理。', arrived: '到达时间', reason: '原因', attempts: '尝试次数', replay: '重试' },
  audit: { text: '谁在何时使用了哪些权限。', empty: '还没有记录。', when: '时间', who: '人员', what: '操作', system: '系统', fact: '{fact}：{value}', factValue: '{value}', named: '{what} · {name}', on: '开', off: '关', theirQueues: '各自队列',
    field: {
      name: '名称', teamId: '团队', restricted: '受限', calendarId: '工作时间', slaPolicyId: 'SLA 策略', surveyId: '调查', memberIds: '成员', members: '成员', skills: '技能', rings: '放宽级别', headStart: '提前量', slaMarginMs: '承诺前的余量',
      offerTimeoutMs: '应答时限', units: '联络占用', reopenMs: '重新打开时限', wrapUpLimitMs: '收尾时限', pendingLimitMs: '等客户的时限', ownerHoldMs: '等待负责人', lastAgentDays: '上次接待优先天数', lastAgentHoldMs: '等待上次接待的人',
      accountOwnerHoldMs: '等待客户负责人', autoAccept: '自动接受', pull: '由成员领取', keepIdle: '为电话预留', greeting: '问候语', overflow: '过多或过久', role: '角色', locale: '语言', phone: '电话号码', slackUserId: 'Slack 账号',
      liveUnits: '通话和聊天容量', deferredUnits: '消息和邮件容量', teamIds: '团队', queueIds: '队列', targets: '承诺', steps: '提醒', applies: '适用范围', position: '顺序', recheckMs: '回访时限', dueMs: '完成时限',
    },
    factName: { other: '{fact}', role: '角色', from: '原为', to: '改为', fields: '字段', returnedContacts: '退回的联络', followUps: '变为无人负责的跟进', override: '超出上限', agentId: '给', toOwnerId: '给', fromOwnerId: '原为' },
    action: {
      other: '{action}', settings: { created: '添加：{what}', changed: '修改：{what}', retired: '停用：{what}' }, session: { 'signed-in': '登录' },
      staff: {
        invited: '邀请同事', 'invite-revoked': '撤回邀请', joined: '加入', changed: '修改人员', 'role-changed': '修改角色', retired: '停用人员', 'signed-out-everywhere': '让某人在所有地方退出登录', 'two-factor-removed': '移除某人的验证码',
        'first-admin': '创建首位管理员', 'password-changed': '修改自己的密码', 'password-reset': '通过邮件重设密码',
      },
      'api-key': { created: '创建 API 密钥', revoked: '吊销 API 密钥' }, receipt: { read: '查看原始来件', replayed: '重新处理原始来件' },
      customer: { changed: '修改客户', merged: '合并两位客户', unmerged: '撤销合并', 'verification-sent': '向客户发送验证码', verified: '用验证码核实客户' }, contact: { assigned: '把联络指定给某人' }, agent: { 'work-moved': '转移了某人的全部工作' }, 'follow-up': { closed: '完成跟进', assigned: '分派跟进' },
    },
    target: { other: '{kind}', teams: '团队', skills: '技能', queues: '队列', 'channel-accounts': '渠道账号', calendars: '工作时间', dispositions: '处理结果', 'sla-policies': 'SLA 策略', surveys: '调查', departments: '部门', causes: '原因', dimensions: '满意度方面', 'follow-up-rules': '跟进时限' },
  },
}
