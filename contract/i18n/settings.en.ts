/** The administrator's settings. */
export const settingsEn = {
  label: 'Settings', adminsOnly: 'Only administrators change settings', adminsOnlyText: 'Ask one of them if something should be different.', actions: 'Actions', edit: 'Edit', editNamed: 'Edit {name}', retire: 'Retire', retireNamed: 'Retire {name}', retired: 'Retired', useAgain: 'Use again', useAgainNamed: 'Use {name} again', done: 'Done', copy: 'Copy', copied: 'Copied',
  name: 'Name', email: 'Email', emailInvalid: 'This is not an email address.', role: 'Role', team: 'Team', queue: 'Queue', members: 'Members', position: 'Place in the list', open: 'Open now', closed: 'Closed', on: 'On', off: 'Off', none: 'None', never: 'Never', fieldInvalid: 'Not valid: {message}',
  section: { people: 'People', teams: 'Teams and skills', queues: 'Queues', channels: 'Channels', calendars: 'Business hours', dispositions: 'Dispositions', sla: 'SLA policies', surveys: 'Surveys', dimensions: 'Satisfaction', departments: 'Departments and causes', 'api-keys': 'API keys', quarantine: 'Quarantine', audit: 'Audit log' },
  people: {
    teams: 'Teams',
    text: 'Everybody who signs in, what they may do and which queues they serve.', empty: 'Nobody is here yet', invite: 'Invite somebody', codes: 'Codes', invites: 'Open invitations', validUntil: 'Valid until {at}', revoke: 'Take back', makeLink: 'Make the link', link: 'Invitation link',
    linkMailed: 'The link is on its way to {email}. It is shown here this once.', linkNotMailed: 'Mail cannot be sent yet. Give the person this link; it is shown this once.', phone: 'Phone number', phoneHint: 'With country code, as +4930123456. Calls ring here when there is no browser line.',
    skills: 'Skills', level: 'Level in {skill}, 1 to 5', liveUnits: 'Units for calls and chats', deferredUnits: 'Units for messages and mail', signOut: 'Sign out everywhere', removeCodes: 'Remove the codes', retireText: 'They are signed out at once and their work goes back to its queues. What they did stays.',
  },
  teams: { text: 'People of one team see the same contacts.', empty: 'No team yet', emptyText: 'A queue belongs to a team: make one first.', add: 'Add a team', retireText: 'Only a team without queues can be retired.' },
  skills: { title: 'Skills', text: 'Named abilities, levels 1 to 5. A queue may ask for them.', empty: 'No skills yet.', add: 'Add a skill', retireText: 'Nobody will be asked for it any more.' },
  queues: {
    text: 'Where customers wait: who answers, when, and what is promised.', empty: 'No queue yet', emptyText: 'Make a queue with members, then connect a channel to it.', add: 'Add a queue', waiting: 'Waiting', restricted: 'Restricted', nobody: 'Nobody', retireText: 'Its contacts and channels need another queue to go to.', target: 'Its work goes to',
    noTeams: 'Make a team first, under Teams and skills.', teamHint: 'Who sees its contacts.', membersHint: 'Who gets its contacts.', hours: 'Business hours', slaPolicy: 'SLA policy', always: 'Always open', survey: 'Survey', wrapUp: 'Wrap-up limit, seconds', pending: 'Waits for customers, hours',
    greetingEn: 'Greeting, English', greetingZh: 'Greeting, Chinese', restrictedLabel: 'Restricted', restrictedHint: 'Others see one grey line instead of its contacts.', 
  },
  channels: {
    text: 'The numbers, mailboxes, websites and workspaces customers reach you at.', empty: 'No channel yet', emptyText: 'Connect the first one; what arrives goes to the queue you choose.', add: 'Connect a channel', channel: 'Channel', address: 'Address', nameHint: 'What colleagues call it.', queueHint: 'Where what arrives waits.', noQueues: 'Make a queue first.',
    addressHint: { voice: 'Your number with country code, as +15550100', sms: 'Your number with country code, as +15550100', whatsapp: 'Your WhatsApp number with country code', email: 'The address customers write to', webchat: 'The name of your website', slack: 'The id of the Slack workspace, as T0123ABCD' },
    accountSid: 'Twilio account SID', origins: 'Websites that may show the widget', trusted: 'What this website proves', trustedHint: 'Only where your website checked it itself: signed-in visitors are then the customer with this address.', originsHint: 'As https://shop.example.com, one after the other.', staffOnly: 'Only for colleagues: what they write becomes notes', secretKept: 'Set. Leave empty to keep it.',
    secret: { authToken: 'Auth token', secondaryAuthToken: 'Secondary auth token', smtpUrl: 'Outgoing mail server', siteSecret: 'Secret for signed-in visitors', botToken: 'Bot token', signingSecret: 'Signing secret' },
    secretHint: { authToken: 'In the Twilio console under Account Info.', secondaryAuthToken: 'While you change the token.', smtpUrl: 'As smtps://user:password@mail.example.com:465; empty for the one of this installation.', siteSecret: 'Your website signs its visitors’ names with it; empty for anonymous visitors only.', botToken: 'Begins with xoxb-, under OAuth & Permissions.', signingSecret: 'Under Basic Information.' },
    setUp: 'Set up and test', setUpNamed: 'Set up {name}', test: 'Test the connection', works: 'It works', fails: 'It does not work', retireText: 'Nothing that arrives for it will be taken any more.',
    paste: { value: 'Paste this', voiceUrl: 'A call comes in (webhook)', statusUrl: 'Status callback', messageUrl: 'A message comes in (webhook)', forwardTo: 'Address to forward to', mailServer: 'Mail server that receives', scriptTag: 'Paste before </body> on your website', requestUrl: 'Event subscriptions: request URL' },
    steps: {
      voice: 'In the Twilio console open the number, section Voice, and paste these addresses.', sms: 'In the Twilio console open the number, section Messaging, and paste these addresses.', whatsapp: 'In the Twilio console open the WhatsApp sender and paste these addresses.',
      email: 'Let your mail server forward this address, or point its MX record to the server below.', webchat: 'Paste this line into the pages that should show the chat.', slack: 'In your Slack app under Event Subscriptions paste this address and subscribe to message.im.',
    },
    testDetail: { other: '{detail}', 'no-allowed-origins': 'No website may show the widget yet: edit the account and name one.', 'not-an-origin': 'This is not the address of a website: {value}', 'SMTP_URL is not set': 'No outgoing mail server: give one in the account, or set SMTP_URL.', ready: 'Everything is in place.', 'anonymous-visitors-only': 'Ready for anonymous visitors. Add a secret so that your website can say who is signed in.' },
  },
  calendars: {
    text: 'When you are there. Outside these hours customers are told when you are back.', empty: 'No business hours yet', emptyText: 'A queue without them is always open.', add: 'Add business hours', timeZone: 'Time zone', exceptions: 'Days that differ', retireText: 'Only hours no queue uses can be retired.',
    week: 'Week', from: '{day}, from', to: '{day}, until', remove: 'Remove {day}', addPeriod: 'Add', addPeriodOn: 'Add hours on {day}', date: 'Date', holiday: 'What it is', addClosed: 'Add as closed', addOpen: 'Add with hours', nextDay: 'next day',
  },
  dispositions: { text: 'How contacts end, in your words. Agents choose one when they close.', empty: 'No dispositions yet', emptyText: 'Add a few, as “Solved” or “Wrong department”.', add: 'Add a disposition', complaint: 'Marks the contact as a complaint', retireText: 'It can no longer be chosen. Contacts closed with it keep it.' },
  sla: {
    text: 'What you promise, by when. Colleagues see the time left.', empty: 'No policy yet', emptyText: 'Add one and choose it in a queue.', add: 'Add a policy', targets: 'Targets', line: '{kind}, {channel}: {time}', every: 'every channel', calendar: 'Counts in these hours', queueCalendar: 'The queue’s hours',
    kind: 'Target', removeTarget: 'Remove the target', addTarget: 'Add a target',
  },
  surveys: {
    text: 'What customers are asked after a contact, over the channel it ended on.', empty: 'No survey yet', emptyText: 'Add one and choose it in a queue.', add: 'Add a survey', kind: 'Kind', questionEn: 'Question, English', questionZh: 'Question, Chinese', questionHint: 'Empty: the usual question of its kind.',
    delay: 'Sent after, minutes', quiet: 'Asked again after, days', expiry: 'Can be answered for, hours', low: 'A low answer is at most', enabled: 'Is sent', retireText: 'It is sent no more. Answers stay.',
    dimensionsText: 'Further questions, each answered 1–10. By text and by key they follow each other, by mail they stand on one page.', ask: { perceived: 'Ask how good they find', expected: 'Ask how good it should be', importance: 'Ask how important it is' },
    onlyQueues: 'Only in these queues', onlyQueuesHint: 'A survey that names queues is asked there; of several that fit, the one with the most conditions.', onlyChannels: 'Only on these channels', onlyLocales: 'Only in these languages', onlyTiers: 'Only these tiers', complaints: 'Complaints', complaint: { any: 'Makes no difference', only: 'Only after a complaint', never: 'Never after a complaint' },
    sample: 'Asks so many of 100', reminds: 'Reminds once, half-way', keypad: 'By key at the end of a call, where it can be put',
  },
  dimensions: {
    text: 'What satisfaction is measured in. Surveys ask how good each is, how good it should be and how important.', empty: 'No dimensions yet', emptyText: 'Add what matters to your customers, as “Delivery”. Then choose it in a survey.', add: 'Add a dimension', nameHint: 'Customers read the name in their language.', nameEn: 'Name, English', nameZh: 'Name, Chinese',
    weight: 'Weight', weightHint: 'Counts in the index where customers are not asked how important it is.', retireText: 'Surveys ask it no more. What was answered stays in reports, and it can be used again.',
  },
  departments: {
    text: 'Who repairs what went wrong, and by when. A follow-up is closed with a department and a cause.', empty: 'No departments yet', emptyText: 'Without any, a follow-up closes without one. Add those that repair things, as “Shipping”.', add: 'Add a department', due: 'Time to repair', dueHours: 'Time to repair, hours',
    dueHint: 'Runs from when a follow-up is handed over. What runs already keeps its time.', retireText: 'Nothing more is handed to it. Its open follow-ups and causes must go elsewhere first.',
  },
  followUpTimes: {
    title: 'Times', text: 'For follow-ups and checks with customers that begin from now on.', now: 'A follow-up is overdue after {due}. A customer has {recheck} to answer a check.', change: 'Change the times', due: 'Time to handle a follow-up, hours',
    dueHint: 'From when it is recorded, or found not put right. A department has its own time.', recheck: 'Time to answer a check, hours', recheckHint: 'Then it is marked as not answered, and you decide what to do.',
  },
  causes: { title: 'Causes', text: 'Why things go wrong. The report on the loop counts them and flags one that rises.', empty: 'No causes yet. Add a few, as “Parcel lost”.', add: 'Add a cause', department: 'Department', departmentHint: 'Follow-ups with this cause are handed to it.', retireText: 'It can no longer be chosen. Follow-ups that name it keep it.' },
  apiKeys: { text: 'For programs that read or write here. A key may do what the person it stands for may do.', empty: 'No keys yet', add: 'Make a key', standsFor: 'Stands for', lastUsed: 'Last used', expires: 'Expires', nameHint: 'What it is for.', days: 'Valid for so many days', made: 'The new key', once: 'Copy it now: it is not shown again.', revokeText: 'Programs that use it are refused at once.' },
  quarantine: { text: 'What arrived and could not be handled. Nothing is lost: it can be tried again.', empty: 'Nothing is in quarantine', emptyText: 'Everything that arrived was handled.', arrived: 'Arrived', reason: 'Reason', attempts: 'Attempts', replay: 'Try again' },
  audit: { text: 'Who used which power, when.', empty: 'Nothing yet.', when: 'When', who: 'Who', what: 'What', system: 'System', fact: '{fact}: {value}', factValue: '{value}', named: '{what} · {name}', on: 'on', off: 'off', theirQueues: 'their queues',
    field: {
      name: 'name', teamId: 'team', restricted: 'restricted', calendarId: 'business hours', slaPolicyId: 'SLA policy', surveyId: 'survey', memberIds: 'members', members: 'members', skills: 'skills', rings: 'rings', headStart: 'head starts', slaMarginMs: 'margin before a promise',
      offerTimeoutMs: 'time to answer an offer', units: 'units a contact takes', reopenMs: 'time to open again', wrapUpLimitMs: 'wrap-up limit', pendingLimitMs: 'wait for customers', ownerHoldMs: 'wait for the owner', lastAgentDays: 'days the last one who helped is preferred', lastAgentHoldMs: 'wait for who helped last',
      accountOwnerHoldMs: 'wait for who looks after the account', autoAccept: 'accept without asking', pull: 'members take contacts', keepIdle: 'kept free for calls', greeting: 'greeting', overflow: 'too much, too late', role: 'role', locale: 'language', phone: 'phone number', slackUserId: 'Slack account',
      liveUnits: 'units for calls and chats', deferredUnits: 'units for messages and mail', teamIds: 'teams', queueIds: 'queues', targets: 'promises', steps: 'warnings', applies: 'what it applies to', position: 'place', recheckMs: 'time to ask again', dueMs: 'time to finish',
    },
    factName: { other: '{fact}', role: 'Role', from: 'From', to: 'To', fields: 'Fields', returnedContacts: 'Contacts returned', followUps: 'Follow-ups now nobody’s', override: 'Over the limit', agentId: 'To', toOwnerId: 'To', fromOwnerId: 'From' },
    action: {
      other: '{action}', settings: { created: 'Added: {what}', changed: 'Changed: {what}', retired: 'Retired: {what}' }, session: { 'signed-in': 'Signed in' },
      staff: {
        invited: 'Invited somebody', 'invite-revoked': 'Took an invitation back', joined: 'Joined', changed: 'Changed a person', 'role-changed': 'Changed a role', retired: 'Retired a person', 'signed-out-everywhere': 'Signed somebody out everywhere', 'two-factor-removed': 'Removed somebody’s codes',
        'first-admin': 'Made the first administrator', 'password-changed': 'Changed their password', 'password-reset': 'Set a new password by mail',
      },
      'api-key': { created: 'Made an API key', revoked: 'Revoked an API key' }, receipt: { read: 'Read raw inbound', replayed: 'Tried raw inbound again' },
      customer: { changed: 'Changed a customer', merged: 'Merged two customers', unmerged: 'Took a merge apart', 'verification-sent': 'Sent a code to a customer', verified: 'Verified a customer by code' }, contact: { assigned: 'Gave a contact to somebody' }, agent: { 'work-moved': 'Moved all work of somebody' }, 'follow-up': { closed: 'Finished a follow-up', assigned: 'Gave a follow-up to somebody' },
    },
    target: { other: '{kind}', teams: 'a team', skills: 'a skill', queues: 'a queue', 'channel-accounts': 'a channel account', calendars: 'business hours', dispositions: 'a disposition', 'sla-policies': 'an SLA policy', surveys: 'a survey', departments: 'a department', causes: 'a cause', dimensions: 'a satisfaction dimension', 'follow-up-rules': 'times of follow-ups' },
  },
} as const
