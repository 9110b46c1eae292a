/** The console as a member of staff uses it: everything is found by role and name. */
import type { Locator, Page } from 'playwright-core'

export async function signIn(page: Page, person: { email: string; password: string }): Promise<void> {
  await page.getByRole('textbox', { name: 'Email' }).fill(person.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Main navigation' }).waitFor()
}

export async function goAvailable(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Presence:/ }).click()
  await page.getByRole('menuitem', { name: 'Available' }).click()
  await page.getByRole('button', { name: 'Presence: Available' }).waitFor()
}

export const offer = (page: Page, customer: string | RegExp): Locator =>
  page.getByRole('region', { name: typeof customer === 'string' ? `Offer: ${customer}` : new RegExp(`^Offer: ${customer.source}`) }).first()

/** Accepts the offer and has the conversation open. */
export async function accept(page: Page, customer: string | RegExp): Promise<void> {
  await offer(page, customer).getByRole('button', { name: 'Accept' }).click()
  await timeline(page).waitFor()
}

export const timeline = (page: Page): Locator => page.getByRole('log', { name: 'Messages' })

/** One item of the timeline that contains the text. */
export const item = (page: Page, text: string | RegExp): Locator => timeline(page).getByRole('article').filter({ hasText: text })

export const details = (page: Page): Locator => page.getByRole('complementary', { name: 'Customer' })

/** Answers over what the composer chose, or over another channel. */
export async function answer(page: Page, text: string, over?: string): Promise<void> {
  const composer = page.getByRole('region', { name: 'Write to the customer' })
  await composer.getByText('Reply', { exact: true }).click()
  if (over !== undefined) await chooseRoute(page, over)
  await composer.getByRole('textbox', { name: 'Reply' }).fill(text)
  await composer.getByRole('button', { name: 'Send', exact: true }).click()
}

export async function chooseRoute(page: Page, over: string): Promise<void> {
  const route = page.getByRole('button', { name: /^Answer over/ })
  if ((await route.getAttribute('aria-label'))?.includes(`over ${over}:`)) return
  await route.click()
  await page.getByRole('menuitem', { name: new RegExp(`^${over}`) }).first().click()
  await page.getByRole('button', { name: new RegExp(`^Answer over ${over}:`) }).waitFor()
}

export async function note(page: Page, text: string): Promise<void> {
  const composer = page.getByRole('region', { name: 'Write to the customer' })
  await composer.getByText('Note', { exact: true }).click()
  await composer.getByRole('textbox', { name: 'Note' }).fill(text)
  await composer.getByRole('button', { name: 'Add note' }).click()
  await item(page, text).waitFor()
  await composer.getByText('Reply', { exact: true }).click()
}

export async function openFromList(page: Page, list: string, customer: string | RegExp): Promise<void> {
  await page.getByRole('navigation', { name: 'Contacts' }).getByRole('link', { name: new RegExp(`^${list}`) }).click()
  await page.getByRole('list', { name: list }).getByRole('link', { name: customer }).first().click()
  await timeline(page).waitFor()
}

/** The dialog that closes a contact is open: chooses how it ended. */
export async function close(page: Page, disposition: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Close the contact' })
  await dialog.getByRole('radio', { name: disposition }).check()
  await dialog.getByRole('button', { name: /^(Close|No reply needed, close)$/ }).last().click()
  await dialog.waitFor({ state: 'detached' })
}
