/** Promises (SLA): policies and their steps, the ledger of a contact, what is next, what one is told. */
export const promisesEn = {
  policy: {
    appliesTo: 'For', order: 'Order', orderHint: 'Of policies that apply, the lowest number is taken.', byQueue: 'Queues that name it', everything: 'Everything', applyKind: 'Where it applies', applyQueue: 'Where a queue names it', applyRule: 'By a rule, before what queues name',
    queues: 'Queues', tiers: 'Tiers', channels: 'Channels', priority: 'Priority at least', during: 'Only for what begins in these hours', any: 'Any', anyTime: 'At any time', tier: { standard: 'Standard', silver: 'Silver', gold: 'Gold' },
    priorityFrom: 'priority {count} or more', duringHours: 'in {name}', targets: 'Targets', targetOf: '{kind}, {channel}', amount: 'How long', unit: 'Unit', units: { minute: 'minutes', hour: 'hours', day: 'days' },
    steps: 'Warnings and what follows', stepsHint: 'A step is taken once for each clock, when this much of the target has run. 100 % is the breach.', stepAt: 'At, percent', stepName: 'Step at {percent}', stepBreach: 'When it is missed', addStep: 'Add a step', removeStep: 'Remove the step at {percent}',
    addAction: 'Do something', removeAction: 'Remove: {action}', onlyShown: 'Shown on the contact.',
    action: { notify: 'Tell people', 'raise-priority': 'Raise the priority', 'move-queue': 'Move to a queue', 'add-supervisor': 'Add a supervisor', slack: 'Post to a Slack channel', webhook: 'Call a webhook' },
    people: 'People', teams: 'Teams', owner: 'Whoever has the contact', supervisors: 'All supervisors', by: 'Steps up', queue: 'Queue', supervisor: 'Supervisor', account: 'Slack account for staff', noAccount: 'Add a Slack account for staff first, under Channels.',
    channelId: 'Id of the Slack channel', channelHint: 'In Slack: the channel’s details, at the bottom, as C024BE91L', url: 'Address', urlHint: 'https only', secret: 'Signing secret', secretHint: 'Every call carries Tributary-Signature: t=<seconds>,v1=HMAC-SHA256 of “<seconds>.<body>”.', showSecret: 'Show the signing secret',
    retireText: 'What runs under it is timed by the policy that applies next, or ends with “no longer promised”. A policy a queue names can not be retired.', changeNote: 'What runs now is timed anew: what was counted stays, and a missed promise stays missed.',
    preview: 'A message now', previewText: 'What this policy would promise it.', previewQueue: 'In queue', previewChannel: 'By', never: 'never: these hours do not open', closedNow: 'Closed at this moment: counting begins at the next opening.', due: '{kind}: by {at}', warns: 'warns at {at}', nothing: 'Nothing is promised on this channel.',
    warnsAt: 'Warns at {shares}', stepsSummary_one: '{count} action', stepsSummary_other: '{count} actions',
  },
  ledger: {
    open: 'Show what counted', title: 'What counted, and why', none: 'No promise was made for this contact.', picture: '{kind}: {worked} of {target} counted', worked: '{worked} of {target} counted', state: { running: 'Running', paused: 'Paused', met: 'Kept', cancelled: 'Ended' },
    missed: 'Missed', late: '{time} late', inTime: 'Kept', policy: 'Policy: {name}', hours: 'Hours: {name}', always: 'around the clock', from: 'From', to: 'To', what: 'What', counted: 'Counted', now: 'now', due: 'due', warned: 'warned', watchers: 'Watched by {names}', steps: 'Steps taken',
    runs: 'Runs', pauses: 'Pauses', closed: 'Closed hours', because: '{what}: {why}', ended: 'ended: {why}',
    why: {
      other: '{code}', 'turn-started': 'the customer wrote or called', opened: 'contact opened', pending: 'waiting for the customer', parked: 'set aside', resumed: 'taken up again', reopened: 'opened again', closed: 'closed', retimed: 'the promise changed', accepted: 'somebody took it', bridged: 'the call was put through', replied: 'answered', 'turn-settled': 'no reply needed', 'not-promised': 'no longer promised', merged: 'joined with another contact',
    },
    step: { pending: 'on its way', done: 'done', skipped: 'not needed: {reason}', failed: 'failed: {reason}' },
    reason: {
      other: '{code}', nobody: 'nobody to tell', 'highest-already': 'it is the highest already', closed: 'the contact is closed', 'there-already': 'it was so already', 'in-session': 'a call or chat is going on', 'queue-retired': 'the queue is retired', 'account-retired': 'the account is retired',
      blocked: 'the address may not be reached', unreachable: 'could not be reached', timeout: 'no answer in time', 'too-large': 'the answer was too large', 'too-many-redirects': 'it was sent on',
    },
  },
  next: { open: 'Due next', title: 'Promises that run out next', within: 'Within', minutes_one: '{count} minute', minutes_other: '{count} minutes', queue: 'Queue', allQueues: 'All queues', none: 'Nothing runs out in this time.', of: '{kind} · {queue}', nobody: 'nobody has it' },
  notice: { label: 'Notifications', labelCount_one: 'Notifications, {count} unread', labelCount_other: 'Notifications, {count} unread', none: 'Nothing to tell you.', noneText: 'A promise at risk, a contact that nobody accepts, or something to follow up stands here.', readAll: 'Mark all as read', 'sla-warned': '{target}: {percent} % of the time is gone', 'sla-breached': '{target} missed', 'not-accepted': 'Offered {offers} times, accepted by nobody', 'follow-up-given': 'For you to follow up: {what}', 'follow-up-again': 'The customer says it is not right yet: {what}', 'follow-up-overdue': 'Follow-up overdue: {what}', where: '{queue} · {channel} · {at}' },
} as const
