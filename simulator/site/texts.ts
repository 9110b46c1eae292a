/** What the shop's page says. Keys are the placeholders of its HTML. */
const en = {
  lang: 'en', title: 'Hillside Lamps', shop: 'Hillside Lamps', nav: 'Shop', lamps: 'Lamps', delivery: 'Delivery and returns', otherLang: 'zh-CN', otherHref: '/demo?lang=zh', otherName: '中文',
  signedInAs: 'Signed in as', signedOut: 'Not signed in', signIn: 'Sign in as Mei Chen', signOut: 'Sign out',
  headline: 'Light that makes a room yours', lead: 'Lamps made in small series, repaired for as long as you own them. Ask us anything: the chat is in the corner.', look: 'See the lamps',
  good1: 'Arc', good1Text: 'Floor lamp, steel and linen, dims to candle light.', good2: 'Globe', good2Text: 'Pendant of mouth-blown glass, 30 cm.', good3: 'Scholar', good3Text: 'Desk lamp with a hinge that stays where you put it.',
  fact1: 'Two working days', fact1Text: 'Ordered before noon, at your door the day after tomorrow.', fact2: '60 days', fact2Text: 'Send it back for whatever reason, we pay the way.', fact3: 'Repaired for life', fact3Text: 'Sockets, cables, switches: free, however old your lamp is.',
  footer: 'A made-up shop that shows the chat as customers see it.',
}

const zh: Record<keyof typeof en, string> = {
  lang: 'zh', title: '山间灯具', shop: '山间灯具', nav: '商店', lamps: '灯具', delivery: '配送与退货', otherLang: 'en', otherHref: '/demo?lang=en', otherName: 'English',
  signedInAs: '已登录：', signedOut: '未登录', signIn: '以陈梅（Mei Chen）登录', signOut: '退出登录',
  headline: '一盏灯，让房间属于您', lead: '小批量制作的灯具，终身维修。有任何问题，请点击右下角与我们聊天。', look: '查看灯具',
  good1: '弧', good1Text: '落地灯，钢与亚麻，可调至烛光亮度。', good2: '球', good2Text: '人工吹制玻璃吊灯，直径 30 厘米。', good3: '书生', good3Text: '台灯，转轴停在您想要的位置。',
  fact1: '两个工作日', fact1Text: '中午前下单，后天送达。', fact2: '60 天', fact2Text: '无理由退货，运费由我们承担。', fact3: '终身维修', fact3Text: '灯座、电线、开关：不论多旧，一律免费。',
  footer: '这是一家虚构的商店，用来展示客户看到的聊天窗口。',
}

export const siteTexts = { en, zh }
