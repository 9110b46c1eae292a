/** The requests of the settings screens. Shapes come from the contract's schemas, as types only. */
import type { ApiKey, ApiKeyCreated } from '#contract/api/auth.ts'
import type {
  AccountSecrets, AccountSettings, Calendar, ChannelAccount, Disposition, Queue, QueueChange, QueuePreview, Skill, Survey, Team,
} from '#contract/api/settings.ts'
import type { SlaPolicy } from '#contract/api/sla.ts'
import type { Dimension } from '#contract/api/analysis.ts'
import type { Cause, Department, FollowUp, FollowUpChange, FollowUpKind, FollowUpRules } from '#contract/api/followups.ts'
import type { AuditEntry, Invite, InviteCreated, StaffChange, StaffMember } from '#contract/api/staff.ts'
import type { Channel, ReceiptState, Role } from '#contract/words.ts'
import { http } from './http.ts'
import type { SlaPolicyBody } from './promises.ts'
import type { Page } from './work.ts'

export type FollowUpView = 'mine' | 'due' | 'unowned' | 'all'

export interface AccountTest { ok: boolean; detail: string }

export interface ReceiptRow { id: string; channel: Channel; accountId: string | null; kind: string; state: ReceiptState; reason: string | null; receivedAt: string; attempts: number }

/** The requests every plain list of settings has. */
function listAt<Row, Body extends object>(path: string) {
  return {
    list: (): Promise<Page<Row>> => http.get<Page<Row>>(path),
    create: (body: Body): Promise<Row> => http.post<Row>(path, body),
    change: (id: string, body: Partial<Body>): Promise<Row> => http.patch<Row>(`${path}/${id}`, body),
    retire: (id: string, body: object = {}): Promise<void> => http.post(`${path}/${id}/retire`, body),
  }
}

/** The same of a list whose rows are retired, and used again, by a change. */
function changeableAt<Row, Body extends object>(path: string) {
  return {
    list: (isRetired = false): Promise<Page<Row>> => http.get<Page<Row>>(path, isRetired ? { retired: 'true' } : {}),
    create: (body: Body): Promise<Row> => http.post<Row>(path, body),
    change: (id: string, body: Partial<Body> & { isRetired?: boolean }): Promise<Row> => http.patch<Row>(`${path}/${id}`, body),
  }
}

export type CalendarBody = Pick<Calendar, 'name' | 'timeZone' | 'periods' | 'exceptions'>
export type SurveyBody = Pick<Survey, 'name' | 'kind' | 'questions' | 'rule' | 'samplingShare' | 'reminds' | 'delayMs' | 'quietMs' | 'expiryMs' | 'lowAtMost' | 'enabled'>
export interface ChannelAccountBody { channel: Channel; address: string; name: string; queueId: string; staffOnly: boolean; settings: AccountSettings; secrets: AccountSecrets }

export const settings = {
  teams: listAt<Team, { name: string; memberIds: string[] }>('/teams'),
  skills: listAt<Skill, { name: string }>('/skills'),
  dispositions: listAt<Disposition, { name: string; complaint: boolean; position: number }>('/dispositions'),
  calendars: listAt<Calendar, CalendarBody>('/calendars'),
  slaPolicies: listAt<SlaPolicy, SlaPolicyBody>('/sla-policies'),
  surveys: listAt<Survey, SurveyBody>('/surveys'),
  dimensions: changeableAt<Dimension, Pick<Dimension, 'name' | 'weight' | 'position'>>('/dimensions'),
  departments: changeableAt<Department, Pick<Department, 'name' | 'dueMs'>>('/departments'),
  causes: changeableAt<Cause, Pick<Cause, 'name' | 'departmentId'>>('/causes'),
  followUpRules: { read: () => http.get<FollowUpRules>('/follow-up-rules'), change: (to: FollowUpRules) => http.patch<FollowUpRules>('/follow-up-rules', to) },
  queues: {
    ...listAt<Queue, QueueChange>('/queues'),
    preview: (id: string, like: object) => http.post<QueuePreview>(`/queues/${id}/preview`, like),
  },
  channelAccounts: {
    ...listAt<ChannelAccount, ChannelAccountBody>('/channel-accounts'),
    test: (id: string) => http.post<AccountTest>(`/channel-accounts/${id}/test`),
  },
  staff: {
    list: (cursor: string | null = null) => http.get<Page<StaffMember>>('/staff', { cursor, limit: 100 }),
    change: (id: string, change: StaffChange) => http.patch<StaffMember>(`/staff/${id}`, change),
    retire: (id: string) => http.post<StaffMember>(`/staff/${id}/retire`),
    signOut: (id: string) => http.delete(`/staff/${id}/sessions`),
    removeTwoFactor: (id: string) => http.delete(`/staff/${id}/two-factor`),
  },
  invites: {
    list: () => http.get<Page<Invite>>('/invites'),
    create: (invite: { email: string; name: string; role: Role; teamIds: string[]; queueIds: string[] }) => http.post<InviteCreated>('/invites', invite),
    revoke: (id: string) => http.delete(`/invites/${id}`),
  },
  apiKeys: {
    list: () => http.get<Page<ApiKey>>('/api-keys'),
    create: (key: { name: string; expiresInDays?: number }) => http.post<ApiKeyCreated>('/api-keys', key),
    revoke: (id: string) => http.delete(`/api-keys/${id}`),
  },
  quarantine: {
    list: (cursor: string | null) => http.get<Page<ReceiptRow>>('/receipts', { state: 'quarantined', cursor }),
    replay: (id: string) => http.post(`/receipts/${id}/replay`),
  },
  audit: { list: (cursor: string | null) => http.get<Page<AuditEntry>>('/audit', { cursor }) },
}

export const followUps = {
  list: (of: { view: FollowUpView; state: 'open' | 'closed' }, filter: { departmentId: string | null; ownerId: string | null; kind: FollowUpKind | null }, cursor: string | null) => http.get<Page<FollowUp>>('/follow-ups', { ...of, ...filter, cursor }),
  create: (made: Pick<FollowUp, 'customerId' | 'contactId' | 'kind' | 'title' | 'ownerId' | 'dueAt'>) => http.post<FollowUp>('/follow-ups', made),
  change: (id: string, change: FollowUpChange) => http.patch(`/follow-ups/${id}`, change),
}
