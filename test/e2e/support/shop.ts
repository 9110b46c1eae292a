/** The made-up shop's website and the chat on it, as a visitor uses them. */
import type { Locator, Page } from 'playwright-core'

export const chatLog = (page: Page): Locator => page.getByRole('log', { name: 'Conversation' })
export const chatBox = (page: Page): Locator => page.getByRole('textbox', { name: 'Your message' })

export async function signInAtShop(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in as Mei Chen' }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

export async function openChat(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Open chat/ }).click()
  await chatBox(page).waitFor()
}

export async function say(page: Page, text: string): Promise<void> {
  await chatBox(page).fill(text)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await chatLog(page).getByText(text).waitFor()
}
