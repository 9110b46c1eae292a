/**
 * Takes the README's pictures from a fresh demo hub, while its history is still young: `npm start` beside it, then
 * `node docs/pictures/take.ts http://127.0.0.1:3000`.
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { lampPicture } from '#prisma/history/picture.ts'
import { password } from '#prisma/seed.ts'
import { Customers } from '#simulator/client.ts'
import { people } from '#simulator/people.ts'
import { accept, answer, goAvailable, item, note, offer, signIn, timeline } from '../../test/e2e/support/console.ts'
import { chatLog, openChat, say, signInAtShop } from '../../test/e2e/support/shop.ts'
import { openBrowser, Windows } from '../../test/support/browser.ts'

const hub = (process.argv[2] ?? 'http://127.0.0.1:3000').replace(/\/$/, '')
const mei = people.find(({ id }) => id === 'mei')!
const lamp = { name: 'lamp.png', contentType: 'image/png', base64: lampPicture(7).toString('base64') }
const customers = new Customers(`${hub}/simulator`)
const windows = new Windows(await openBrowser())

const picture = async (page: Page, name: string): Promise<void> => {
  // A window behind others is not painted; cursors, rings and toasts come to rest.
  await page.bringToFront()
  await page.mouse.move(0, 0)
  await page.waitForTimeout(1_200)
  await page.screenshot({ path: join(import.meta.dirname, `${name}.png`), timeout: 20_000 })
}

try {
  const lena = await windows.open('lena', hub)
  await signIn(lena, { email: 'lena@hillside.example', password })
  await lena.getByRole('navigation', { name: 'Contacts' }).getByRole('link', { name: /^All/ }).click()
  await goAvailable(lena)

  const shop = await windows.open('mei', `${hub}/demo`)
  await signInAtShop(shop)
  await openChat(shop)
  await say(shop, 'Does the Arc lamp dim?')
  await answerOffersUntilMei(lena)
  await accept(lena, mei.name)
  await answer(lena, 'It does: turn the ring under the shade, down to a glow.')
  await chatLog(shop).getByText('down to a glow').waitFor()
  await say(shop, 'Lovely. And the one I have flickers since yesterday, can that be mended?')
  await customers.mail(mei.email, { fromName: mei.name, to: 'support@hillside.example', subject: 'Flickering lamp, order 20417', text: 'As I said in the chat: it flickers when it is warm. The bill is with you under 20417.\n\nMei Chen' })
  await item(lena, 'order 20417').or(item(lena, 'The bill is with you')).first().waitFor()
  await note(lena, 'Sounds like the dimmer module of the spring batch: free repair.')
  await customers.whatsapp(mei.phone, 'This is how it looks.', { files: [lamp] })
  await item(lena, 'This is how it looks.').waitFor()
  await answer(lena, 'We mend it for free. A courier comes on Tuesday at three, is that right for you?', 'WhatsApp')
  await item(lena, 'We mend it for free').getByText(/Delivered|Sent|Read/).waitFor()
  await customers.sms(mei.phone, 'Tuesday at three is fine. I am at home until five.')
  await item(lena, 'Tuesday at three is fine').waitFor()
  await picture(shop, 'widget')
  await timeline(lena).waitFor()
  await picture(lena, 'inbox')

  const sam = await windows.open('sam', `${hub}/board`)
  await signIn(sam, { email: 'sam@hillside.example', password })
  await sam.getByRole('heading', { name: 'Live board' }).waitFor()
  await picture(sam, 'board')

  const simulator = await windows.open('somebody', `${hub}/simulator/`)
  await simulator.getByText('We mend it for free').first().waitFor()
  await picture(simulator, 'simulator')
  if (windows.complaints.length > 0) throw new Error(windows.complaints.join('\n'))
} finally {
  await windows.close()
}

/** Takes what is written and lets calls wait on, until Mei's chat is offered. */
async function answerOffersUntilMei(page: Page): Promise<void> {
  const offers = page.getByRole('region', { name: /^Offer:/ })
  for (const end = Date.now() + 30_000; !(await offer(page, mei.name).isVisible()) && Date.now() < end; await page.waitForTimeout(500)) {
    for (const label of await offers.evaluateAll((cards) => cards.map((card) => card.getAttribute('aria-label') ?? ''))) {
      const card = page.getByRole('region', { name: label, exact: true })
      if (label.includes(mei.name) || (await card.count()) === 0) continue
      if ((await card.getByText('Phone').count()) === 0) await card.getByRole('button', { name: 'Accept' }).click()
      else {
        await card.getByRole('button', { name: 'Decline' }).click()
        await page.getByRole('menuitem', { name: 'I cannot right now' }).click()
      }
      await card.waitFor({ state: 'detached' })
    }
  }
}
