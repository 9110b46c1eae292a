import type { Person } from './views.ts'

/** The ready-made customers of the page. Numbers are of the range reserved for fiction, domains of the reserved `.example`. */
export const people: readonly Person[] = [
  { id: 'mei', name: 'Mei Chen', phone: '+14155550101', email: 'mei@chen.example', slackUser: 'U0MEICHEN', locale: 'en' },
  { id: 'tom', name: 'Tom Becker', phone: '+14155550102', email: 'tom@becker.example', slackUser: 'U0TOMBECK', locale: 'en' },
  { id: 'wang', name: '王芳', phone: '+8613900000103', email: 'wangfang@huaxia.example', slackUser: 'U0WANGFAN', locale: 'zh' },
  { id: 'sofia', name: 'Sofía Ruiz', phone: '+14155550104', email: 'sofia@ruiz.example', slackUser: 'U0SOFIARU', locale: 'en' },
]
