/** A contact that somebody is working on, as the deeper tests begin. */
import type { TestHub, Staff } from './hub.ts'
import { newNumber, twilioText } from './factories.ts'

export interface Work {
  number: string
  customerId: string
  conversationId: string
  contactId: string
}

/** A stranger's text, waiting in the queue. */
export async function arrive(hub: Pick<TestHub, 'config' | 'db'>, text = 'Hello', number = newNumber()): Promise<Work> {
  const { status } = await twilioText(hub.config, { from: number, text })
  if (status !== 200) throw new Error(`the door said ${status}`)
  const ids = await hub.db.one<Omit<Work, 'number'>>(
    `select co.customer_id as "customerId", co.id as "conversationId", c.id as "contactId" from identity i join conversation co on co.customer_id = i.customer_id join contact c on c.conversation_id = co.id and c.state <> 'closed'
     where i.value = $1`, [number])
  return { number, ...ids }
}

/** Answers by SMS; the answering agent takes the contact when nobody has. Returns the message's id. */
export async function answer(staff: Staff, work: Work, text: string, clientId: string): Promise<string> {
  const reach = await staff.must('GET', `/conversations/${work.conversationId}/reachability`)
  const way = reach.options.find((option: { channel: string }) => option.channel === 'sms')
  const message = await staff.must('POST', `/conversations/${work.conversationId}/messages`, { kind: 'reply', clientId, text, channel: 'sms', identityId: way.identityId, accountId: way.accountId })
  return message.id
}
