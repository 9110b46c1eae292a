/** The supervisors' live board. Each figure's definition is what RULES section 7 says, in a sentence. */
export const boardEn = {
  since: 'Today since {at} · as of {now}', queues: 'Queues', agents: 'Agents', queue: 'Queue', channel: 'Channel', agent: 'Agent', presence: 'Presence', load: 'Load', helping: 'Helps on a call', contacts: 'Contacts', live: 'Live work', deferred: 'Other work',
  n_one: 'from {count} case', n_other: 'from {count} cases', noQueues: 'No queue has any traffic today.', noRows: 'There is nothing to count.', everywhere: 'all queues', where: '{queue}, {channel}', rowsTitle: '{figure} · {where}',
  cellLabel: '{figure}: {value}, {queue}, {channel}', liveOf: '{name}: {count} of 100 live units', deferredOf: '{name}: {count} of 100 deferred units',
  figure: {
    waiting: 'Waiting', 'longest-wait': 'Longest wait', 'service-level': 'Service level', asa: 'Average wait', abandonment: 'Abandoned', active: 'Active', 'at-risk': 'SLA at risk', breached: 'SLA missed', handled: 'Handled', csat: 'Satisfaction', omission: 'Forgotten', complaints: 'Complaints', 'complaint-rate': 'Complaint rate', dissatisfaction: 'Dissatisfied',
  },
  definition: {
    waiting: 'Entries that wait in a queue right now.', 'longest-wait': 'The wait of the entry that has waited the longest, from when it could be worked. The total counts calls and chats only; each line counts its channel.', 'service-level': 'Of what ended or waits too long, the share answered within the time set for its channel; short abandons are left out.',
    asa: 'Mean wait of what was answered today, voice and chat.', abandonment: 'Of calls and chats answered or abandoned today, the share abandoned; those that left within seconds are left out.', active: 'Contacts an agent is working on.', 'at-risk': 'Contacts with a promise that was warned about and is not yet missed.',
    breached: 'Open contacts with a promise that was missed.', handled: 'Contacts closed as handled today.', csat: 'Share of satisfaction answers of 4 and 5.', omission: 'Of what customers said, the share neither answered nor settled whose contact is closed or whose limit has passed.', complaints: 'Contacts marked as a complaint today.', 'complaint-rate': 'Of contacts closed today, the share marked as a complaint; spam and merged left out.', dissatisfaction: 'Share of satisfaction answers of 1 and 2.',
  },
} as const
