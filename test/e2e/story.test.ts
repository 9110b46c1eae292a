/**
 * The story of Mei Chen: one person, six doors, one conversation. Staff and visitor act only through their screens, found by role
 * and name; the world outside only through the providers' doors. Over 10 s: a whole hub, a browser with three people's windows, and
 * calls at the speed of speech.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Customers } from '#simulator/client.ts'
import { people } from '#simulator/people.ts'
import { openBrowser, tonesOf, Windows } from '../support/browser.ts'
import { until } from '../support/deadline.ts'
import { accept, answer, chooseRoute, close, details, goAvailable, item, note, offer, signIn, timeline } from './support/console.ts'
import { credentialsOf, errorsIn, startProgram, type Program } from './support/program.ts'
import { tellAsStory } from './support/story.ts'
import { chatBox, chatLog, openChat, say, signInAtShop } from './support/shop.ts'

const mei = people.find(({ id }) => id === 'mei')!

const supportAddress = 'support@hillside.example'
const picture = { name: 'lamp.png', contentType: 'image/png', base64: readFileSync(join(import.meta.dirname, 'support', 'lamp.png')).toString('base64') }

let program: Program
let windows: Windows
let outside: Customers
let lena: Page
let sam: Page
let shop: Page

tellAsStory()

beforeAll(async () => {
  const [started, browser] = await Promise.all([startProgram(), openBrowser()])
  program = started
  windows = new Windows(browser)
  outside = program.customers()
}, 90_000)

afterAll(async () => {
  await windows?.close()
  await program?.stop()
})

afterEach(async ({ task }) => {
  await windows.picture(task.name.slice(0, 60))
  expect(windows.complaints.splice(0), 'complaints of the browser').toEqual([])
  expect(errorsIn(program.output()), 'errors in the log').toEqual([])
})

/** The number a tile of the board shows. */
const tile = async (page: Page, figure: string): Promise<string> => (await page.getByRole('button', { name: new RegExp(`^${figure}`) }).first().innerText()).split('\n')[1] ?? ''

/** What the bubbles of the timeline say, from top to bottom. */
async function textsOf(page: Page): Promise<string[]> {
  const articles = await timeline(page).getByRole('article').all()
  return Promise.all(articles.map(async (article) => (await article.locator('p[dir=auto]').last().innerText()).trim()))
}

describe('the story of Mei Chen', { timeout: 40_000 }, () => {
  test('Lena signs in and goes available; Sam looks at the board', async () => {
    lena = await windows.open('lena', program.url)
    await signIn(lena, credentialsOf('lena'))
    await goAvailable(lena)
    sam = await windows.open('sam', `${program.url}/board`)
    await signIn(sam, credentialsOf('sam'))
    await sam.getByRole('heading', { name: 'Live board' }).waitFor()
    expect(await tile(sam, 'Waiting')).toBe('–')
  })

  test('Mei, signed in at the shop, chats and is offered to Lena in both her tabs, which sound once', async () => {
    const tab = await windows.open('lena', program.url)
    await tab.getByRole('navigation', { name: 'Contacts' }).click()
    const unseen = await windows.open('lena', program.url)
    await unseen.getByRole('navigation', { name: 'Contacts' }).waitFor()
    const before = await tonesOf(lena)
    shop = await windows.open('mei', `${program.url}/demo`)
    await signInAtShop(shop)
    await openChat(shop)
    await say(shop, 'Does the Arc lamp dim?')
    await offer(lena, mei.name).getByText('Does the Arc lamp dim?').waitFor()
    for (const other of [tab, unseen]) await offer(other, mei.name).waitFor()
    // Two tones: one tab played them, and not the one in which nobody has done anything yet.
    await until('the sound', async () => (await tonesOf(lena)) - before + (await tonesOf(tab)) === 2)
    expect(await tonesOf(unseen)).toBe(0)
    await accept(lena, mei.name)
    for (const other of [tab, unseen]) await offer(other, mei.name).waitFor({ state: 'detached' })
    expect((await tonesOf(lena)) - before + (await tonesOf(tab)), 'tones of all tabs').toBe(2)
    for (const other of [tab, unseen]) await other.close()
    await item(lena, 'Does the Arc lamp dim?').getByText('Web chat').waitFor()
    await shop.getByText('Lena Fischer is with you.').waitFor()
  })

  test('the answer arrives in the chat and is there after a reload', async () => {
    await answer(lena, 'It does, down to a glow.')
    await chatLog(shop).getByText('It does, down to a glow.').waitFor()
    await shop.reload()
    await chatLog(shop).getByText('It does, down to a glow.').waitFor()
    await until('the answer to be marked read', () => item(lena, 'It does, down to a glow.').getByText('Read').isVisible())
  })

  test('typing is seen on both sides, a note on one', async () => {
    await chatBox(shop).pressSequentially('And in the')
    await timeline(lena).getByText('Mei Chen is typing…').waitFor()
    await lena.getByRole('textbox', { name: 'Reply' }).pressSequentially('Hm')
    await shop.getByText('Lena Fischer is writing…').waitFor()
    await lena.getByRole('textbox', { name: 'Reply' }).fill('')
    await note(lena, 'She asked about dimming before.')
    await say(shop, 'And in the kitchen?')
    await item(lena, 'And in the kitchen?').waitFor()
    expect(await chatLog(shop).getByText('She asked about dimming before.').count()).toBe(0)
    // Escape leaves the dialog, and not the conversation with it.
    const url = lena.url()
    await lena.getByRole('button', { name: 'Transfer' }).first().click()
    await lena.getByRole('dialog', { name: 'Transfer' }).waitFor()
    await lena.evaluate('document.activeElement.blur()')
    await lena.keyboard.press('Escape')
    await lena.getByRole('dialog', { name: 'Transfer' }).waitFor({ state: 'hidden' })
    expect(lena.url()).toBe(url)
  })

  test('what she mails, texts and sends by WhatsApp comes into the same conversation, in order, each with its channel', async () => {
    await outside.mail(mei.email, { fromName: mei.name, to: supportAddress, subject: 'My order 4711', text: 'Where is my order?' })
    await item(lena, 'Where is my order?').getByText('Email').waitFor()
    await outside.sms(mei.phone, 'I am on the train now.')
    await item(lena, 'I am on the train now.').getByText('SMS').waitFor()
    await outside.whatsapp(mei.phone, 'This is the broken one.', { files: [picture] })
    await item(lena, 'This is the broken one.').getByText('WhatsApp').waitFor()
    const shown = item(lena, 'This is the broken one.').getByRole('img', { name: 'media-1.png' })
    await until('the picture to be drawn', () => shown.evaluate((image) => 'naturalWidth' in image && Number(image.naturalWidth) > 0))
    expect(await textsOf(lena)).toEqual(['Does the Arc lamp dim?', 'It does, down to a glow.', 'She asked about dimming before.', 'And in the kitchen?', 'Where is my order?', 'I am on the train now.', 'This is the broken one.'])
    expect(await timeline(lena).getByText('Unverified').count()).toBe(0)
  })

  test('mail that anybody could have sent in her name is marked as unverified', async () => {
    await outside.mail(mei.email, { fromName: mei.name, to: supportAddress, subject: 'Change my address', text: 'Send it to another house.', signed: false })
    await item(lena, 'Send it to another house.').getByText('Unverified').waitFor()
  })

  test('Lena answers by email in the thread, by SMS and by WhatsApp, with a file', async () => {
    await answer(lena, 'It leaves the workshop tomorrow.', 'Email')
    const mail = await until('the mail', async () => (await outside.inbox('mail', mei.email)).findLast((one) => one.box === 'inbox' && one.text.includes('It leaves the workshop tomorrow.')), 10_000)
    expect(mail.subject).toMatch(/My order 4711|Change my address/)
    expect(mail.references.length).toBeGreaterThan(0)
    await answer(lena, 'Have a good trip.', 'SMS')
    await until('the SMS', async () => (await outside.inbox('sms', mei.phone)).some((one) => one.by === 'hub' && one.text.includes('Have a good trip.')), 10_000)
    await chooseRoute(lena, 'WhatsApp')
    const chooser = lena.waitForEvent('filechooser')
    await lena.getByRole('button', { name: 'Attach files' }).click()
    await (await chooser).setFiles({ name: 'how-to-mend.png', mimeType: 'image/png', buffer: Buffer.from(picture.base64, 'base64') })
    await lena.getByRole('list', { name: 'Attached files' }).getByText('how-to-mend.png').waitFor()
    await answer(lena, 'This is how to mend it.', 'WhatsApp')
    await until('the WhatsApp with its file', async () => (await outside.inbox('whatsapp', mei.phone)).some((one) => one.by === 'hub' && (one.text.includes('This is how to mend it.') || one.files.length > 0)), 10_000)
    await item(lena, 'This is how to mend it.').getByText(/Delivered|Sent|Read/).waitFor()
  })

  test('a call hears the greeting and its place in line, is put through when Lena accepts, and becomes one item with its times', async () => {
    await shop.getByLabel('More').click()
    await shop.getByRole('button', { name: 'Leave chat' }).click()
    const call = await outside.call(mei.phone)
    await call.hears('Welcome to Hillside Lamps', 15_000)
    await call.hears('You are next in line', 25_000)
    await accept(lena, mei.name)
    await call.until(({ state }) => state === 'bridged', 15_000)
    await call.say('The shade is broken.')
    await call.otherSays('We mend it for free.')
    await call.hears('We mend it for free.')
    await lena.getByRole('button', { name: 'Hang up' }).click()
    await call.until(({ state }) => state === 'ended', 10_000)
    const callItem = timeline(lena).getByRole('article', { name: /^Call of/ })
    await callItem.getByText('Talked').waitFor()
    await callItem.getByText('Waited').waitFor()
  })

  test('closed with how it ended, she is asked by SMS; her "5 thanks" is stored and on the board', async () => {
    await lena.getByRole('region', { name: 'Wrap-up' }).getByRole('button', { name: 'How did it end?' }).click()
    await close(lena, 'Advice given')
    await until('the survey', async () => (await outside.inbox('sms', mei.phone)).some((one) => one.by === 'hub' && one.text.includes('How satisfied were you')), 10_000)
    await outside.sms(mei.phone, '5 thanks')
    await until('the board to show it', async () => (await tile(sam, 'Satisfaction')) === '100%')
    await sam.getByRole('button', { name: /^Satisfaction/ }).first().click()
    const rows = sam.getByRole('dialog', { name: /^Satisfaction/ })
    await rows.getByRole('link', { name: /Mei Chen/ }).waitFor()
    expect(await rows.getByRole('link').count()).toBe(1)
    await rows.getByRole('button', { name: 'Close' }).click()
    await rows.waitFor({ state: 'detached' })
    expect(await tile(sam, 'Handled')).toBe('1')
  })

  test('her Slack account may be the same person: merged by one click, taken apart by one', async () => {
    await outside.slackDm(mei.slackUser, 'Can I pay by invoice?')
    await accept(lena, mei.name)
    await item(lena, 'Can I pay by invoice?').getByText('Slack').waitFor()
    expect(await item(lena, 'Where is my order?').count()).toBe(0)
    await answer(lena, 'Yes, within 30 days.')
    await until('the answer in Slack', async () => (await outside.inbox('slack', mei.slackUser)).some((one) => one.by === 'hub' && one.text.includes('Yes, within 30 days.')), 10_000)
    const suggestion = details(lena).getByRole('region', { name: 'The same person?' })
    await suggestion.getByText('mei@chen.example').waitFor()
    await suggestion.getByRole('button', { name: 'Merge' }).click()
    await item(lena, 'Can I pay by invoice?').waitFor()
    await item(lena, 'I am on the train now.').waitFor()
    await details(lena).getByRole('region', { name: 'Merged into this customer' }).getByRole('button', { name: 'Undo' }).click()
    await lena.getByRole('dialog').getByRole('button', { name: 'Undo' }).click()
    await item(lena, 'Can I pay by invoice?').waitFor({ state: 'detached' })
  })

  test('a stranger who types her address, or calls with her number, sees and hears nothing of hers', async () => {
    const call = await outside.call(mei.phone, { attestation: 'none' })
    await call.hears('next in line', 25_000)
    await offer(lena, mei.name).getByText('Unverified').waitFor()
    expect(call.heard.join(' ')).not.toMatch(/Mei|Lena|order/)
    await call.hangup()
    await offer(lena, mei.name).waitFor({ state: 'detached' })
    const stranger = await windows.open('stranger', `${program.url}/demo`)
    await openChat(stranger)
    await stranger.getByRole('group', { name: 'Who are you?' }).getByLabel('Email').fill(mei.email)
    await stranger.getByRole('button', { name: 'Save' }).click()
    await say(stranger, 'What did I order?')
    await accept(lena, /.*/)
    await item(lena, 'What did I order?').waitFor()
    await details(lena).getByRole('region', { name: 'The same person?' }).getByText('mei@chen.example').first().waitFor()
    await answer(lena, 'Please sign in first.')
    await chatLog(stranger).getByText('Please sign in first.').waitFor()
    await stranger.reload()
    await chatLog(stranger).getByText('Please sign in first.').waitFor()
    expect(await chatLog(stranger).innerText()).not.toMatch(/order 4711|train|broken|invoice/)
  })

  test('who declines is not asked again: the next one is', async () => {
    const tom = people.find(({ id }) => id === 'tom')!
    const jonas = await windows.open('jonas', program.url)
    await signIn(jonas, credentialsOf('jonas'))
    await goAvailable(jonas)
    await outside.sms(tom.phone, 'Do you repair old lamps?')
    const [first, second] = await Promise.any([lena, jonas].map(async (page, at) => {
      await offer(page, tom.phone).waitFor()
      return at === 0 ? [lena, jonas] as const : [jonas, lena] as const
    }))
    await offer(first, tom.phone).getByRole('button', { name: 'Decline' }).click()
    await first.getByRole('menuitem', { name: 'I cannot right now' }).click()
    await offer(first, tom.phone).waitFor({ state: 'detached' })
    await accept(second, tom.phone)
    await item(second, 'Do you repair old lamps?').waitFor()
  })
})
