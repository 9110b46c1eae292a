/** What the loader itself says: apart from the panel's catalog, which comes with the panel. */
export const launcherTexts = {
  en: { open: 'Open chat', close: 'Close chat', unread: 'unread', failed: 'The chat could not be loaded. Try again.' },
  zh: { open: '打开聊天', close: '关闭聊天', unread: '条未读', failed: '聊天加载失败，请重试。' },
}
