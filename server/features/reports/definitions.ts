/** What each figure of a report is, in a sentence; screens have their own wording of the same in each language. */
import type { ReportName } from '#contract/api/analysis.ts'

const interval = 'Wilson’s 95 % interval'

const definitions: Record<ReportName, Record<string, string>> = {
  sla: { compliance: `Promises kept / promises kept or missed, counted when they were kept or missed; cancelled ones left out; ${interval}.` },
  surveys: {
    csat: `Share of 4–5 of 1–5; ${interval}.`, nps: '% of 9–10 less % of 0–6; ± 1.96·√((p + d − (p − d)²)/n).', ces: 'Mean of 1–7; Student’s t interval.', csi: 'Mean of the overall question, 1–10; Student’s t interval. The index of all three is in the report on satisfaction.',
    responseRate: `Answered / delivered; delivered: receipt, or sent and not refused for 24 h, shown, or played; ${interval}.`, opened: 'Pages opened or questions shown; programs that open links count too, so it is in no rate.',
  },
  loop: {
    complaint: `Closed contacts marked as a complaint / closed contacts, spam and merged left out; ${interval}.`, omission: `Turns neither answered nor settled whose contact is closed or whose limit has passed / turns; ${interval}.`,
    dissatisfaction: `CSAT answers 1–2 / CSAT answers; ${interval}.`, inTime: `Handled before overdue / handled; ${interval}.`, putRight: `Checks answered with 3–5 / checks answered; ${interval}.`,
    rising: 'The last four weeks against the four before, by contacts closed: conditional binomial test of two Poisson rates, one-sided, 5 % divided by the causes compared, five cases at least.',
  },
  satisfaction: {
    index: '(Σ wᵢ·xᵢ − Σ wᵢ) / (9·Σ wᵢ) × 100 of the three questions on 1–10 (overall, against expectation, against the ideal), mean of those who answered all; Student’s t interval.',
    ratio: 'Mean perceived / mean expected of those who said both; Fieller’s interval.', perceived: 'Mean of 1–10; Student’s t interval.', importance: 'Mean of 1–10; Student’s t interval.',
    matrix: 'Axes cut at the means of the dimensions with ten answers or more.', dimensionIndex: 'Σ wᵢ·(x̄ᵢ − 1) / 9 × 100, weights by stated importance, else as set by hand; together 1.',
  },
  stages: {
    stage: 'Prospect, customer, loyal, at risk, lost, won back, by the rules in the handbook; the reasons stand with each customer.', valueClass: 'A: those who together bring the first 80 % of all value given; B: the next 15 %; C: the rest.',
  },
}

export function definitionsOf(report: ReportName): Record<string, string> {
  return definitions[report]
}
