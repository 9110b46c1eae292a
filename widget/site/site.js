// The shop's own script: signs its customer in and tells the chat who it is. Under the page's strict rules: a file, no inline code.
const who = document.getElementById('who')
const signIn = document.getElementById('sign-in')
const signOut = document.getElementById('sign-out')

/** The shop's server signs a fresh word for the chat each time it connects; null: nobody is signed in. */
async function chatToken() {
  const response = await fetch('/demo/chat-token')
  return response.ok ? (await response.json()).token : undefined
}

function show(name) {
  who.textContent = name ? `${who.dataset.in} ${name}` : who.dataset.out
  signIn.hidden = Boolean(name)
  signOut.hidden = !name
}

/** The chat's script is loaded beside this one; either may be first. */
function whenChatIsThere(act) {
  if (window.tributary) return act()
  document.querySelector('script[data-account]').addEventListener('load', act)
}

async function refresh() {
  const response = await fetch('/demo/me')
  const { name } = await response.json()
  show(name)
  whenChatIsThere(() => window.tributary.identify(name ? chatToken : undefined))
}

signIn.addEventListener('click', async () => {
  await fetch('/demo/sign-in', { method: 'POST' })
  await refresh()
})
signOut.addEventListener('click', async () => {
  await fetch('/demo/sign-out', { method: 'POST' })
  await refresh()
})
refresh()
