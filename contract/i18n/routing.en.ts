/** Who gets what: a queue's settings, explanations, and moving work. */
export const routingEn = {
  tab: { general: 'Queue', people: 'People and skills', order: 'Order', offers: 'Offers and work', overflow: 'Too much, too late', preview: 'Try it' },
  minutes: ' min',
  people: {
    members: 'Members', membersText: 'Who has number 1 is asked first; a higher number only when nobody with a lower one can take it.', noMembers: 'Choose members on the first page.', priority: 'Asked as number', priorityOf: 'When {name} is asked',
    units: 'Own units', unitsOf: 'What a contact takes of {name}', unitsHint: 'For beginners, for example. Empty: as the queue says.', ownUnits: 'differ', level: 'Level of {skill}, 1 to 5', skills: 'Skills asked for', skillsText: 'Only members with these skills at this level are asked.', noSkills: 'Nothing is asked for: every member may take everything.',
    rings: 'Rings', ringsText: 'Who waits long meets others too: after a while the demands are relaxed. Rings add up.', after: 'After, minutes', levelsDown: 'Levels lower by', drop: 'No longer asked for', addRing: 'Add a ring', removeRing: 'Remove ring {number}',
  },
  order: {
    heads: 'Head starts', headsText: 'A contact is served as if it had come so many minutes earlier. Everybody’s waiting counts on, so nobody waits for ever. Whoever waits already is moved, too.', standingText: 'By where customers stand, on top of the above. Left empty, it does not matter here.', step: 'Per step of priority', silver: 'Silver customers', gold: 'Gold customers', urgent: 'Urgent',
    margin: 'To the front so many seconds before a promise is due', prefer: 'Who is preferred', preferText: 'A contact waits so long for somebody they know who is busy. 0: they are preferred only when free.', owner: 'Its owner, seconds', lastAgentDays: 'Who helped them last, within days', lastAgentHold: 'Waits for them, seconds', accountOwner: 'Who looks after the account, seconds',
  },
  offers: {
    keepIdle: 'Kept free for calls', keepIdleText: 'While no more than so many members are idle, a chat goes to somebody who chats already.',
    how: 'How members get contacts', push: 'They are offered', pull: 'They take them', pushText: 'The next contact is shown to the best member who has room.', pullText: 'Nothing is offered: members take contacts from the list by themselves.', autoAccept: 'Accept offers without asking', autoAcceptText: 'The contact opens at once.',
    timeouts: 'Time to answer an offer, seconds', units: 'Units a contact takes', unitsText: 'Of the 100 an agent has for calls and chats, and the 100 for messages and mail.', reopen: 'A closed contact opens again within, hours', reopenText: 'When the customer writes again later, a new contact begins.',
  },
  overflow: {
    text: 'What becomes of a contact that cannot be served in time. Rules are asked from the top; the first that holds decides.', empty: 'Everybody waits until somebody is free.', add: 'Add a rule', remove: 'Remove rule {number}', up: 'Rule {number} earlier', down: 'Rule {number} later', when: 'When', then: 'Then',
    cause: { wait: 'It has waited', length: 'So many wait already', closed: 'Outside business hours', 'nobody-staffed': 'Nobody of the queue is at work' }, action: { queue: 'To another queue', voicemail: 'Voicemail', callback: 'Offer a call back that keeps the place', message: 'Promise an answer' },
    waitMinutes: 'Minutes', atLeast: 'Contacts', withinHours: 'Within, hours', queue: 'Queue', actionFor: '{action} ({whom})', callsOnly: 'calls', everything: 'all', noQueues: 'There is no other queue.',
  },
  preview: {
    text: 'A contact like this, now, with the settings as they are saved.', channel: 'Channel', tier: 'Customer', stage: 'Stage', valueClass: 'Class by value', unknown: 'Not known', headStart: 'It counts as if it had come {minutes} min earlier.', priority: 'Priority', urgent: 'Urgent', skills: 'Needs besides', waited: 'Has waited, minutes', show: 'Who gets it?', save: 'Save the queue first, then try it.', aheadNone: 'Nobody is ahead for the same people.', ahead_one: '{count} contact is ahead for the same people.', ahead_other: '{count} contacts are ahead for the same people.',
    opens: 'The queue is closed. Work on it begins {at}.', asked: 'Asked for then: {skills}', skill: '{name} at level {level}', overflow: '{cause}: {action}', toQueue: 'to {name}', promise: 'an answer is promised by {at}',
  },
  why: {
    goes: 'Goes to {name}: {reason}.', would: 'Would go to {name}: {reason}.', waits: 'Waits: {reason}.', next: 'Next', nextRing: 'Others may take it {at}', change: 'This may change {at}', can: 'Can take it', offers: 'Offers so far', history: 'Why it waited', expected_one: 'The wait is about {count} minute more.', expected_other: 'The wait is about {count} minutes more.', expectedRange: 'The wait is about {from} to {to} minutes more.', asked: 'Asked for now: {skills}',
    rule: { other: 'next in line', owner: 'it is theirs', 'last-agent': 'helped them last', 'account-owner': 'looks after this account', 'longest-idle': 'free the longest', 'least-loaded': 'the most room', transfer: 'a colleague asked them', consult: 'a colleague asked for help', assigned: 'a supervisor chose them' },
  },
  move: {
    menu: 'Move', returnIt: 'Give it back to its queue', consult: 'Ask a colleague to help', assign: 'Give it to somebody', needs: 'Priority and skills', followUp: 'Make a follow-up', skill: 'A skill', level: 'At least level',
    consultText: 'Of a queue or with a skill, the best free colleague is asked, and the next if they cannot. You stay the owner; they see everything and may write.', consultCall: 'Their telephone rings and they join your call. You stay the owner; hand the contact over to leave it to them.', consultWhom: 'Who can help', hold: 'Put on hold', unhold: 'Take off hold', together_one: '{names} helps on the call', together_other: '{names} help on the call', youTogether: 'You help {owner} on the call', onHold: 'The customer is on hold: only {names} hear each other', you: 'you', askedHelp: '{name} is asked to help', askedTake: '{name} is asked to take it', secondsLeft_one: '{count} second left', secondsLeft_other: '{count} seconds left', takeBack: 'Take it back', ask: 'Ask', assignText: 'They are not asked: it is theirs at once.', give: 'Give', full: 'They have no room for it. Give it all the same: their work goes over the limit, and this is written down.', over: 'Give it over their limit',
    needsText: 'It moves in the line at once. Nobody is moved back.', priority: 'Priority, 0 to 9', urgent: 'Urgent', skills: 'Who takes it needs',
    followUpText: 'For another matter of this customer. It has a time of its own and outlives this contact.', matter: 'What is to be done', due: 'Until', mine: 'I do it', made: 'The follow-up is made', helping_one: '{names} helps', helping_other: '{names} help', youHelp: 'You help {owner}', leave: 'I have helped', handOver: 'Hand over to {name}', endHelp: 'End {name}’s help',
  },
  work: {
    action: 'Move work', actionOf: 'Move work of {name}', title: 'Move the work of {name}', none: 'They hold nothing.', contacts_one: '{count} contact', contacts_other: '{count} contacts', offers_one: '{count} open offer is withdrawn', offers_other: '{count} open offers are withdrawn', followUps_one: '{count} follow-up stays with them', followUps_other: '{count} follow-ups stay with them',
    more: 'and {count} more', offline: 'They are made offline, so that nothing new comes to them.', to: 'To', queues: 'Back to their queues, at the front', colleague: '{name}, as far as there is room', move: 'Move all', toAgent_one: '{count} contact given', toAgent_other: '{count} contacts given', toQueues_one: '{count} contact back in its queue', toQueues_other: '{count} contacts back in their queues', done: 'Moved: {what}.',
  },
  warning: {
    savedTitle_one: 'Saved. One thing does not fit', savedTitle_other: 'Saved. {count} things do not fit', title_one: 'One thing does not fit', title_other: '{count} things do not fit', short: 'Check', 'no-members': 'Nobody serves this queue: choose members.', 'never-opens': 'Its business hours have no opening any more: change them or choose others.',
    'skill-nobody-has': 'No member has {skill} at level {level}. Nobody gets its contacts until somebody has, or a ring asks for less.', 'nobody-has-all-skills': 'No member has all the skills asked for. Nobody gets its contacts.', 'ring-changes-nothing': 'Ring {ring} lets nobody in who was not asked before.',
    'no-room': 'No member has room for a contact by {channel}: give them more units, or let it take fewer.', 'margin-over-target': 'The margin before a promise is longer than every promise, the longest being {time}: all contacts stand at the front.',
  },
  refused: { 'rings-out-of-order': 'A ring has to open later than the one before it.', 'ring-empty': 'A ring has to lower a level or drop a skill.', 'overflow-circle': 'These queues would hand contacts round in a circle.' },
} as const
