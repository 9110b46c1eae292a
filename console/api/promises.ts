/** The requests of promises (SLA) and notifications. */
import type { NotificationList, SlaDue, SlaLedger, SlaPolicy, SlaPreview } from '#contract/api/sla.ts'
import type { Channel } from '#contract/words.ts'
import { http } from './http.ts'

export type SlaPolicyBody = Omit<SlaPolicy, 'id' | 'retiredAt' | 'version'>

export const promises = {
  ledger: (contactId: string) => http.get<SlaLedger>(`/contacts/${contactId}/sla`),
  atRisk: (minutes: number, queueId: string | null) => http.get<{ at: string; items: SlaDue[] }>('/sla/at-risk', { minutes, queueId }),
  preview: (draft: Pick<SlaPolicyBody, 'targets' | 'calendarId' | 'steps'> & { queueId: string | null; channel: Channel }) => http.post<SlaPreview>('/sla-policies/preview', draft),
  webhookSecret: (policyId: string) => http.get<{ secret: string }>(`/sla-policies/${policyId}/webhook-secret`),
}

export const notifications = {
  list: () => http.get<NotificationList>('/notifications'),
  read: (id: string) => http.post(`/notifications/${id}/read`),
  readAll: () => http.post('/notifications/read'),
}
