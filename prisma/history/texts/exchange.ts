/** What is said between customers and the shop. One topic is one small story; every language tells all of them. */
export const topics = ['shade', 'bulb', 'delivery', 'flicker', 'rewire', 'return', 'bulk', 'hours', 'broken', 'invoice'] as const
export type Topic = (typeof topics)[number]

export interface Exchange {
  subject: string
  ask: string
  answer: string
  /** A second question, and its answer. */
  follow: string
  answerAgain: string
}

export interface Language {
  exchanges: Readonly<Record<Topic, Exchange>>
  thanks: readonly string[]
  /** The agent's last word in a chat. */
  bye: string
  /** The agent needs to know more before anything can be done. */
  question: string
  /** Somebody who waited too long. */
  impatient: string
  /** After some days: the agent asks whether it is well. */
  checkUp: string
  happy: readonly string[]
  unhappy: readonly string[]
}

/** Which queue a topic ends in, and how such contacts are closed. */
export const handlingOf: Readonly<Record<Topic, { queue: 'Service' | 'Sales' | 'Repairs' | 'Accounts'; disposition: string; isComplaint: boolean; note: string | null }>> = {
  shade: { queue: 'Sales', disposition: 'Advice given', isComplaint: false, note: null },
  bulb: { queue: 'Service', disposition: 'Advice given', isComplaint: false, note: null },
  delivery: { queue: 'Service', disposition: 'Order changed', isComplaint: false, note: 'Parcel was held at the depot since Tuesday. Carrier confirms delivery tomorrow.' },
  flicker: { queue: 'Repairs', disposition: 'Repair arranged', isComplaint: false, note: 'Sounds like the dimmer module of the spring batch. Same fault as three others this month.' },
  rewire: { queue: 'Repairs', disposition: 'Repair arranged', isComplaint: false, note: 'Original 1962 socket: keep the brass parts, only the cable is to be replaced.' },
  return: { queue: 'Service', disposition: 'Return or refund', isComplaint: false, note: 'Within thirty days, unused. Refund to the card.' },
  bulk: { queue: 'Sales', disposition: 'Answered', isComplaint: false, note: 'Asked Robin: ten per cent from twelve pieces on.' },
  hours: { queue: 'Service', disposition: 'Answered', isComplaint: false, note: null },
  broken: { queue: 'Service', disposition: 'Complaint', isComplaint: true, note: 'Third broken globe from the same packer in two weeks. Told the workshop.' },
  invoice: { queue: 'Accounts', disposition: 'Answered', isComplaint: false, note: 'Address changed at the tax office, new copy filed.' },
}

/** Why things went wrong and what was done, in staff's words. The causes are the company's (prisma/seed.ts). */
export const remedies: Readonly<Record<'broken' | 'waited' | 'missed', readonly { cause: string; remedy: string }[]>> = {
  broken: [{ cause: 'Badly packed', remedy: 'Sent a new globe by express, double-walled box from now on. Called: it came whole.' }, { cause: 'Damaged on the way', remedy: 'Claim with the carrier, money for the shipping back. Customer is content.' }],
  waited: [{ cause: 'Nobody free', remedy: 'Apologised by telephone and gave ten dollars off the next order.' }, { cause: 'Wrong information', remedy: 'Corrected the product page and told the customer.' }],
  missed: [{ cause: 'Nobody free', remedy: 'Called back, question answered.' }],
}
