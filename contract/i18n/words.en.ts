/** The words of the domain, shared by the screens of staff. */
export const wordsEn = {
  channel: { voice: 'Phone', webchat: 'Web chat', email: 'Email', sms: 'SMS', whatsapp: 'WhatsApp', slack: 'Slack' },
  role: { agent: 'Agent', supervisor: 'Supervisor', admin: 'Administrator' },
  tier: { standard: 'Standard', silver: 'Silver', gold: 'Gold' },
  identityKind: { phone: 'Phone', email: 'Email', visitor: 'Website visitor', 'site-user': 'Website account', 'slack-user': 'Slack', 'whatsapp-id': 'WhatsApp', call: 'Withheld call' },
  evidence: { proved: 'Proved', claimed: 'Unverified' },
  contactState: { arriving: 'Arriving', waiting: 'Waiting', offered: 'Offered', active: 'Active', pending: 'Pending', snoozed: 'Snoozed', 'wrap-up': 'Wrap-up', closed: 'Closed' },
  contactOutcome: { handled: 'Handled', 'self-served': 'Self-served', abandoned: 'Abandoned', 'left-in-menu': 'Left in menu', expired: 'Expired', 'no-reply': 'No reply', parked: 'Parked', merged: 'Merged', spam: 'Spam' },
  presence: { available: 'Available', break: 'On break', offline: 'Offline' },
  breakReason: { lunch: 'Lunch', training: 'Training', meeting: 'Meeting', personal: 'Personal', missed: 'Missed an offer' },
  load: { idle: 'Idle', 'on-contact': 'On a contact', 'wrap-up': 'Wrap-up' },
  messageStatus: { received: 'Received', pending: 'Waiting to send', sending: 'Sending', sent: 'Sent', delivered: 'Delivered', read: 'Read', failed: 'Failed', unknown: 'Not confirmed' },
  sla: { 'time-to-answer': 'Time to answer', 'first-response': 'First response', 'next-response': 'Next response', resolution: 'Resolution' },
  surveyKind: { csat: 'Satisfaction (1–5)', nps: 'Recommendation (0–10)', ces: 'Effort (1–7)', csi: 'Index of three questions (1–10)' },
  offerKind: { contact: 'New contact', transfer: 'Transfer', consult: 'Consultation', session: 'Live session' },
  locale: { en: 'English', zh: '简体中文' },
} as const
